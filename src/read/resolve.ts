/**
 * From named, ordered nodes to a `Graph`: shapes are inferred, and everything that does not depend on the input is computed, so that
 * chains such as Shape - Gather - Concat - Reshape vanish.
 */
import { fail, throwIfErrors, type Diagnostic } from '../diagnostics.js';
import { GraphBuilder } from '../graph/build.js';
import { bytesOf } from '../graph/data-types.js';
import { evaluateNode, inferNode } from '../graph/infer.js';
import { evaluationSteps } from '../graph/macs.js';
import { elements, refuse, Refusal, type NodeView, type TensorType } from '../graph/operator.js';
import { OPERATORS } from '../graph/table.js';
import type { AttributeValue, ConstantTensor, DataType, Graph } from '../graph/types.js';
import { fileShape, hasTimeFirst, samplesInFront, type Turned } from './time-first.js';

export interface NamedInput {
  readonly name: string;
  readonly type: DataType;
  readonly shape: readonly number[];
}

export interface NamedNode {
  readonly name: string;
  readonly op: string;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  /** Names of tensors; '' is absent. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export interface NamedGraph {
  readonly name: string;
  readonly file: string;
  readonly opset: number;
  readonly inputs: readonly NamedInput[];
  readonly outputs: readonly string[];
  readonly constants: readonly (readonly [string, ConstantTensor])[];
  /** In topological order; every operand is defined, none twice. */
  readonly nodes: readonly NamedNode[];
}

/** Bytes of all constants that folding may make, and steps that it may take (seconds): beyond them a file is broken. */
const GREATEST_FOLDED = 2 ** 29;
const MOST_STEPS = 2 ** 30;

type Known = Turned & { readonly id: number };

/** Errors, all at once, after those `found` before: T102 and T103, one a node; T101 and T104. What was found before may be missing in `named`. */
export function resolveGraph(named: NamedGraph, found: readonly Diagnostic[] = []): Graph {
  const resolver = new Resolver(named, found);
  for (const node of named.nodes) resolver.add(node);
  return resolver.finish();
}

class Resolver {
  private readonly builder: GraphBuilder;
  private readonly known = new Map<string, Known>();
  private readonly found: Diagnostic[];
  private folded = 0;
  private steps = 0;
  /** Constants whose values were looked at. */
  private readonly checked = new Set<number>();
  /** Samples may leave the front of the file's tensors. */
  private readonly turns: boolean;

  constructor(private readonly graph: NamedGraph, found: readonly Diagnostic[]) {
    this.found = [...found];
    this.turns = hasTimeFirst(graph.nodes);
    this.builder = new GraphBuilder(graph.name, graph.opset);
    for (const { name, type, shape } of graph.inputs) {
      this.known.set(name, { id: this.builder.addTensor(name, type, shape), type, shape, batched: true, at: 0 });
    }
    this.builder.setInputs(graph.inputs.map(({ name }) => this.known.get(name)?.id ?? -1));
    for (const [name, tensor] of graph.constants) this.addConstant(name, tensor);
  }

  private addConstant(name: string, { type, shape, data }: ConstantTensor): Known {
    const known = { id: this.builder.addConstant(name, type, shape, data), type, shape, data, batched: false, at: 0 };
    this.known.set(name, known);
    return known;
  }

  add(node: NamedNode): void {
    try {
      if (!OPERATORS.has(node.op)) throw new Refusal('T102', `operator ${node.op} is not supported`);
      const inputs = trimmed(node.inputs).map((name) => (name === '' ? null : this.known.get(name)));
      // An operand that something refused should have made: that is reported, this node cannot be judged.
      if (inputs.some((operand) => operand === undefined)) return;
      this.addKnown(node, inputs as readonly (Known | null)[]);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { code, message, remedy, limit } = error;
      const place = `${node.name} (${node.op})`;
      this.found.push({ code, severity: 'error', place, message, ...(remedy ? { remedy } : {}), ...(limit ? { limit } : {}) });
    }
  }

  private addKnown(node: NamedNode, inputs: readonly (Known | null)[]): void {
    if (this.turns && inputs.some((operand) => operand?.batched) && (node.op === 'Transpose' || inputs.some((operand) => (operand?.at ?? 0) > 0))) {
      this.addTurned(node, inputs);
    } else {
      this.addInFront(node, inputs);
    }
  }

  /** A node on tensors that have their samples elsewhere in the file. */
  private addTurned(node: NamedNode, inputs: readonly (Known | null)[]): void {
    const [x] = inputs;
    if (node.op === 'Shape' && x) {
      this.addInFront(node, [{ ...x, shape: fileShape(x) }]);
      return;
    }
    const { attributes, operands, at, same } = samplesInFront({ op: node.op, opset: this.graph.opset, attributes: node.attributes, inputs });
    if (same && x) {
      this.known.set(node.outputs[0], { ...x, at: at[0] });
      return;
    }
    const turned = operands.map((operand, i): Known | null => {
      if (typeof operand === 'number') return inputs[operand];
      const name = `${node.name}/operand ${i}`;
      if (!('state' in operand)) return this.addConstant(name, { type: 'int64', shape: [operand.length], data: Float64Array.from(operand) });
      const state = inputs[operand.state];
      if (!state?.data) return null;
      const [directions, samples, hidden] = state.shape;
      return this.addConstant(name, { type: state.type, shape: [samples, directions, hidden], data: state.data });
    });
    this.addInFront({ ...node, attributes, inputs: turned.map((_, i) => node.inputs[i] ?? '') }, turned);
    node.outputs.forEach((name, i) => {
      const made = this.known.get(name);
      if (made) this.known.set(name, { ...made, at: at[i] });
    });
  }

  private addInFront(node: NamedNode, inputs: readonly (Known | null)[]): void {
    const outputs = trimmed(node.outputs);
    const view: NodeView = { op: node.op, opset: this.graph.opset, attributes: node.attributes, inputs, outputCount: outputs.length };
    const types = inferNode(view);
    if (node.op === 'Shape') this.fold(view, types, outputs, inputs.map((operand) => operand && { ...operand, data: new Uint8Array(0) }));
    else if (inputs.some((operand) => operand?.batched)) this.addBatched(node, inputs, types, outputs);
    else this.fold(view, types, outputs, inputs as readonly (ConstantTensor | null)[]);
  }

  private fold(view: NodeView, types: readonly TensorType[], outputs: readonly string[], inputs: readonly (ConstantTensor | null)[]): void {
    this.folded += types.reduce((bytes, { type, shape }) => bytes + elements(shape) * bytesOf(type), 0);
    if (this.folded > GREATEST_FOLDED) {
      fail('T104', this.graph.file, `constants of ${this.folded} bytes are computed from others`, { limit: `${GREATEST_FOLDED} bytes` });
    }
    this.steps += evaluationSteps(view, types);
    if (this.steps > MOST_STEPS) {
      fail('T104', this.graph.file, `constants that are computed from others take ${this.steps} steps`, { limit: `${MOST_STEPS} steps` });
    }
    const results = evaluateNode(view.op, view.attributes, inputs, view.opset, outputs.length);
    results.forEach((tensor, i) => outputs[i] && this.addConstant(outputs[i], tensor));
  }

  private addBatched(node: NamedNode, inputs: readonly (Known | null)[], types: readonly TensorType[], outputs: readonly string[]): void {
    this.checkFinite(node, inputs);
    const ids = outputs.map((name, i) => {
      const type = types[i];
      if (name === '' || !type) return -1;
      if (elements(type.shape) === 0) refuse('T104', `the result [${type.shape.join(', ')}] has no elements`, undefined, 'at least one element');
      const id = this.builder.addTensor(name, type.type, type.shape);
      this.known.set(name, { id, ...type, batched: true, at: 0 });
      return id;
    });
    this.builder.addNode(node.op, inputs.map((operand) => operand?.id ?? -1), ids, node.attributes, node.name);
  }

  /** Refuses constants that would make every result NaN or infinite; only bounds and fillings may be infinite. */
  private checkFinite(node: NamedNode, inputs: readonly (Known | null)[]): void {
    const bounds = node.op === 'Clip' || node.op === 'Pad';
    for (const [i, operand] of inputs.entries()) {
      if (!operand?.data || this.checked.has(operand.id)) continue;
      this.checked.add(operand.id);
      const wrong = operand.data.findIndex((v) => (bounds ? Number.isNaN(v) : !Number.isFinite(v)));
      if (wrong < 0) continue;
      this.found.push({
        code: 'T105', severity: 'error', place: `${this.graph.file}: tensor "${node.inputs[i]}"`,
        message: `element ${wrong} is ${operand.data[wrong]}`,
        limit: 'finite numbers', remedy: 'Train or export the model anew: its weights are damaged',
      });
    }
  }

  finish(): Graph {
    throwIfErrors(this.found);
    const outputs = this.graph.outputs.map((name) => this.known.get(name));
    outputs.forEach((operand, i) => {
      if (operand?.batched && operand.at > 0) {
        fail('T103', this.graph.file, `output "${this.graph.outputs[i]}" has the samples in dimension ${operand.at}`, {
          limit: 'samples in front', remedy: 'Transpose the samples back to the front',
        });
      }
      if (operand?.batched) return;
      fail('T101', this.graph.file, `output "${this.graph.outputs[i]}" does not depend on the input`, {
        limit: 'outputs that are computed from the input',
      });
    });
    this.builder.setOutputs(outputs.map((operand) => operand?.id ?? -1));
    return this.builder.toGraph();
  }
}

/** Without absent names at the end. */
function trimmed(names: readonly string[]): readonly string[] {
  let end = names.length;
  while (end > 0 && names[end - 1] === '') end--;
  return names.slice(0, end);
}
