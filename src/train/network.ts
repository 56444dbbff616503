/**
 * A float network made ready for training: the steps of the float network forward, the rows of gradients/ back. Trained constants lie together in one
 * block of parameters; every thread works in an arena of its own.
 */
import { bytesOf, viewArray } from '../graph/data-types.js';
import { TrestleError, type Diagnostic } from '../diagnostics.js';
import { operatorOf } from '../graph/infer.js';
import { elements, type NodeView } from '../graph/operator.js';
import { kernelCaller, type RunContext, type Step } from '../graph/steps/step.js';
import { prepareStep, STEPS } from '../graph/steps/table.js';
import type { ConstantTensor, DataType, Graph, GraphNode } from '../graph/types.js';
import { placeFloats } from '../kernels/float.js';
import { float32View } from '../kernels/memory.js';
import type { KernelExports } from '../kernels/types.js';
import { isConstantTensor, type BackwardContext, type GradientRow } from './gradients/gradient.js';
import { GRADIENTS, gradientName } from './gradients/table.js';

/** A trained constant: floats `offset`..`offset + length - 1` of the block of parameters. */
export interface Parameter {
  readonly tensor: number;
  readonly name: string;
  readonly offset: number;
  readonly length: number;
}

interface PlannedTensor {
  readonly type: DataType;
  readonly shape: readonly number[];
  /** Address of a constant that plain evaluation reads. */
  readonly address: number;
  /** Bytes from the start of the arena of values and of the gradient; -1: none. */
  readonly values: number;
  readonly gradient: number;
}

/** Where an operand's gradient goes; `first`: nothing has been written there yet. */
interface Destination {
  readonly kind: 'tensor' | 'parameter';
  readonly id: number;
  readonly first: boolean;
}

interface PlannedNode {
  readonly node: GraphNode;
  readonly step: Step;
  /** The row of gradients, if the node's result has one. */
  readonly row: string | null;
  readonly destinations: readonly (Destination | null)[];
}

/** Plain data (structured-cloneable), for any thread that shares the memory. */
export interface TrainingPlan {
  readonly opset: number;
  readonly input: number;
  readonly output: number;
  readonly tensors: readonly PlannedTensor[];
  readonly nodes: readonly PlannedNode[];
  readonly parameters: readonly Parameter[];
  /** First byte of the parameters, and floats of their block. */
  readonly parametersAt: number;
  readonly parameterFloats: number;
  /** Samples that an arena holds, its bytes, and where in it scratch and sums that wait begin. */
  readonly samples: number;
  readonly arenaBytes: number;
  readonly scratchAt: number;
  readonly waitingAt: number;
  readonly waitingBytes: number;
}

export interface TrainingPlanOptions {
  /** Samples at once. */
  readonly samples: number;
  /** Names of constants that stay as they are. */
  readonly fixed: readonly string[];
}

const round16 = (bytes: number): number => Math.ceil(bytes / 16) * 16;

/**
 * Plans the training of a graph with one input and one output. Errors: T515 several inputs or outputs, an output that no parameter
 * reaches, an operator without a gradient.
 */
export function planTraining(
  graph: Graph, memory: WebAssembly.Memory, allocate: (bytes: number) => number, { samples, fixed }: TrainingPlanOptions,
): TrainingPlan {
  const [input, output] = [graph.inputs[0], graph.outputs[0]];
  if (input === undefined || output === undefined || graph.inputs.length > 1 || graph.outputs.length > 1) {
    refuse([problem(graph.name, `the network has ${graph.inputs.length} inputs and ${graph.outputs.length} outputs`, 'one of each')]);
  }
  if (graph.tensors[input].type !== 'float32') refuse([problem(graph.name, `the input is ${graph.tensors[input].type}`, 'float32')]);
  const steps = graph.nodes.map((node) => prepareStep({ graph, node, memory, allocate }));
  const rows = graph.nodes.map((node, i) => GRADIENTS.get(gradientName(node, steps[i])));
  const parameters = parametersOf(graph, rows, fixed);
  const parameterFloats = parameters.reduce((end, { offset, length }) => Math.max(end, offset + Math.ceil(length / 8) * 8), 0);
  const parametersAt = allocate((parameterFloats + 8) * 4);
  const block = float32View(memory, parametersAt, parameterFloats + 8).fill(0);
  for (const { tensor, offset } of parameters) block.set(graph.tensors[tensor]?.data ?? [], offset);
  const parameterOf = new Map(parameters.map((parameter) => [parameter.tensor, parameter]));

  const trained = new Set(parameterOf.keys());
  for (const node of graph.nodes) if (node.inputs.some((id) => trained.has(id))) node.outputs.forEach((id) => trained.add(id));
  const problems: Diagnostic[] = [];
  if (!trained.has(output)) problems.push(problem(graph.name, 'no parameter changes the output', 'at least one that can be trained'));
  const destinations = planDestinations(graph, output, trained, parameterOf, rows);
  let [scratchBytes, waitingBytes] = [0, 0];
  const nodes = graph.nodes.map((node, i): PlannedNode => {
    const step = steps[i];
    scratchBytes = Math.max(scratchBytes, step.scratchBytes);
    const to = destinations[i];
    if (to.every((d) => d === null)) return { node, step, row: null, destinations: to };
    const address = (operand: number): number => {
      const tensor = graph.tensors[node.inputs[operand] ?? -1];
      const parameter = tensor && parameterOf.get(tensor.id);
      if (parameter) return parametersAt + parameter.offset * 4;
      return isConstantTensor(tensor) ? placeFloats(memory, allocate, tensor.data) : 0;
    };
    const single = [...node.inputs.slice(0, 1), ...node.outputs].every((id) => graph.tensors[id].type === 'float32');
    const prepared = single && rows[i]?.prepare({ graph, node, step, samples, memory, allocate, address });
    if (!prepared) {
      problems.push(problem(`${node.name} (${node.op})`, 'gradients of this operator, or of this form or type of it, are not supported', trainable()));
      return { node, step, row: null, destinations: to };
    }
    scratchBytes = Math.max(scratchBytes, prepared.scratchBytes);
    to.forEach((d) => {
      if (d !== null && !d.first) waitingBytes = Math.max(waitingBytes, destinationFloats(graph, d, samples) * 4);
    });
    return { node, step: { ...step, fields: prepared.fields }, row: gradientName(node, step), destinations: to };
  });
  if (problems.length > 0) refuse(problems);
  const { tensors, end } = placeTensors(graph, trained, parameterOf, nodes, memory, allocate, samples);
  const waitingAt = end + round16(scratchBytes + 64);
  const operands = Math.max(...graph.nodes.map((node) => node.inputs.length));
  const arenaBytes = Math.ceil((waitingAt + operands * round16(waitingBytes) + 64) / 4096) * 4096;
  return {
    opset: graph.opset, input, output, tensors, nodes, parameters, parametersAt, parameterFloats, samples, arenaBytes, scratchAt: end, waitingAt,
    waitingBytes: round16(waitingBytes),
  };
}

function problem(place: string, message: string, limit: string): Diagnostic {
  return { code: 'T515', severity: 'error', place, message, limit };
}

function refuse(problems: readonly Diagnostic[]): never {
  throw new TrestleError(problems);
}

function trainable(): string {
  return [...GRADIENTS.keys()].join(', ');
}

/** The float32 constants at the operands that rows call parameters, each once, in the order of the nodes. */
function parametersOf(graph: Graph, rows: readonly (GradientRow | undefined)[], fixed: readonly string[]): Parameter[] {
  const parameters = new Map<number, Parameter>();
  let offset = 0;
  graph.nodes.forEach((node, i) => {
    for (const operand of rows[i]?.parameters ?? []) {
      const tensor = graph.tensors[node.inputs[operand] ?? -1];
      if (!isConstantTensor(tensor) || tensor.type !== 'float32' || fixed.includes(tensor.name) || parameters.has(tensor.id)) continue;
      const length = tensor.data.length;
      parameters.set(tensor.id, { tensor: tensor.id, name: tensor.name, offset, length });
      offset += Math.ceil(length / 8) * 8;
    }
  });
  return [...parameters.values()];
}

/** Where the gradients of every node's operands go. The way back visits the nodes from the last to the first. */
function planDestinations(
  graph: Graph, output: number, trained: ReadonlySet<number>, parameters: ReadonlyMap<number, Parameter>, rows: readonly (GradientRow | undefined)[],
): (Destination | null)[][] {
  const reached = new Set([output]);
  const written = new Set([output]);
  const destinations: (Destination | null)[][] = graph.nodes.map((node) => node.inputs.map(() => null));
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const node = graph.nodes[i];
    if (!node.outputs.some((id) => reached.has(id))) continue;
    node.inputs.forEach((id, operand) => {
      if (!trained.has(id)) return;
      const parameter = parameters.get(id);
      if (parameter && rows[i]?.parameters.includes(operand) === false) {
        refuse([problem(`${node.name} (${node.op})`, `it reads "${parameter.name}" in a place where it cannot be trained`, 'constants of one use')]);
      }
      reached.add(id);
      destinations[i][operand] = { kind: parameter ? 'parameter' : 'tensor', id, first: !written.has(id) };
      written.add(id);
    });
  }
  return destinations;
}

function destinationFloats(graph: Graph, { kind, id }: Destination, samples: number): number {
  return elements(graph.tensors[id].shape) * (kind === 'tensor' ? samples : 1);
}

/** Places of the values and gradients of all tensors in an arena; constants that plain evaluation reads get memory of their own. */
function placeTensors(
  graph: Graph, trained: ReadonlySet<number>, parameters: ReadonlyMap<number, Parameter>, nodes: readonly PlannedNode[],
  memory: WebAssembly.Memory, allocate: (bytes: number) => number, samples: number,
): { readonly tensors: PlannedTensor[]; readonly end: number } {
  const plain = new Set(nodes.flatMap(({ node, step }) => (step.kernel === 'plain' ? node.inputs : [])));
  const renamed = new Map(nodes.filter(({ step }) => step.kernel === 'alias').map(({ node }) => [node.outputs[0], node.inputs[0]]));
  let end = 0;
  const take = (bytes: number): number => {
    const at = end;
    end += round16(bytes + 32);
    return at;
  };
  const tensors: PlannedTensor[] = graph.tensors.map(({ id, type, shape, data }) => {
    const none = { type, shape, address: 0, values: -1, gradient: -1 };
    if (data === undefined) {
      const bytes = elements(shape) * samples;
      return { ...none, values: renamed.has(id) ? -1 : take(bytes * bytesOf(type)), gradient: trained.has(id) ? take(bytes * 4) : -1 };
    }
    if (!plain.has(id) || parameters.has(id)) return none;
    const address = allocate(data.byteLength);
    viewArray(type, memory.buffer, address, data.length).set(data);
    return { ...none, address };
  });
  for (const { node } of nodes) {
    const [from, to] = [node.inputs[0], node.outputs[0]];
    if (renamed.has(to)) tensors[to] = { ...tensors[to], values: tensors[from].values };
  }
  return { tensors, end };
}

/** One thread's way forward and back. */
export class TrainingNetwork {
  private readonly call: RunContext['call'];

  /** `arena`: first of `plan.arenaBytes` bytes. Both variants of kernels give the same bits. */
  constructor(
    readonly plan: TrainingPlan, private readonly memory: WebAssembly.Memory, exports: KernelExports, private readonly arena: number,
    variant: 'simd' | 'scalar' = 'simd',
  ) {
    this.call = kernelCaller(exports, variant);
  }

  /** Brings what the steps have packed up to date. To be called by one thread, after parameters have changed. */
  refresh(): void {
    for (const { row, step } of this.plan.nodes) if (row !== null) GRADIENTS.get(row)?.refresh?.(step.fields, this.call, this.floats);
  }

  /** Values of the input, to be filled before `forward`. */
  input(batch: number): Float32Array {
    return this.floats(this.valuesAt(this.plan.input), batch * this.size(this.plan.input));
  }

  /** Values of the output, and its gradient, to be filled before `backward`. */
  output(batch: number): { readonly values: Float32Array; readonly gradient: Float32Array } {
    const { output } = this.plan;
    const length = batch * this.size(output);
    return { values: this.floats(this.valuesAt(output), length), gradient: this.floats(this.gradientAt(output), length) };
  }

  forward(batch: number): void {
    for (const { node, step } of this.plan.nodes) {
      if (step.kernel === 'alias') continue;
      if (step.kernel === 'plain') {
        this.plain(node, batch);
        continue;
      }
      STEPS.get(step.kernel)?.run(step.fields, {
        call: this.call, batch, scratch: this.arena + this.plan.scratchAt,
        load: (address) => this.floats(address, 1)[0] as number,
        inputs: node.inputs.map((id) => this.valuesAt(id)), outputs: node.outputs.map((id) => this.valuesAt(id)),
      });
    }
  }

  /** Writes the gradients of all parameters over the block at `gradients`, laid out as the parameters. */
  backward(batch: number, gradients: number): void {
    for (let i = this.plan.nodes.length - 1; i >= 0; i--) {
      const { node, step, row, destinations } = this.plan.nodes[i];
      if (row === null) continue;
      const waiting = this.arena + this.plan.waitingAt;
      const final = destinations.map((d) => (d === null ? 0 : this.destinationAt(d, gradients)));
      const context: BackwardContext = {
        call: this.call, batch, scratch: this.arena + this.plan.scratchAt, attributes: node.attributes, floats: this.floats,
        inputs: node.inputs.map((id) => this.valuesAt(id)), output: this.valuesAt(node.outputs[0]),
        dy: this.gradientAt(node.outputs[0]),
        gradients: destinations.map((d, k) => (d === null || d.first ? final[k] : waiting + k * this.plan.waitingBytes)),
      };
      GRADIENTS.get(row)?.backward(step.fields, context);
      destinations.forEach((d, k) => {
        if (d === null || d.first) return;
        const length = this.size(d.id) * (d.kind === 'tensor' ? batch : 1);
        this.call('addFloat', final[k], context.gradients[k], final[k], length);
      });
    }
  }

  private readonly floats = (address: number, length: number): Float32Array => new Float32Array(this.memory.buffer, address, length);

  private destinationAt({ kind, id }: Destination, gradients: number): number {
    if (kind === 'tensor') return this.gradientAt(id);
    return gradients + (this.plan.parameters.find(({ tensor }) => tensor === id) as Parameter).offset * 4;
  }

  private size(id: number): number {
    return elements(this.plan.tensors[id].shape);
  }

  private valuesAt(id: number): number {
    const tensor = this.plan.tensors[id];
    return tensor === undefined || tensor.values < 0 ? 0 : this.arena + tensor.values;
  }

  private gradientAt(id: number): number {
    return this.arena + this.plan.tensors[id].gradient;
  }

  private plain(node: GraphNode, batch: number): void {
    const tensor = (id: number): ConstantTensor | null => {
      if (id < 0) return null;
      const { type, shape, address } = this.plan.tensors[id];
      const real = address > 0 ? shape : [batch, ...shape.slice(1)];
      return { type, shape: real, data: viewArray(type, this.memory.buffer, address > 0 ? address : this.valuesAt(id), elements(real)) };
    };
    const view: NodeView<ConstantTensor> = {
      op: node.op, opset: this.plan.opset, attributes: node.attributes, inputs: node.inputs.map(tensor), outputCount: node.outputs.length,
    };
    operatorOf(node.op).evaluate(view, node.outputs.map(tensor));
  }
}

/** The graph with the values that its parameters have now. */
export function trainedGraph(graph: Graph, plan: TrainingPlan, memory: WebAssembly.Memory): Graph {
  const trained = new Map(plan.parameters.map((p) => [p.tensor, float32View(memory, plan.parametersAt + p.offset * 4, p.length).slice()]));
  return { ...graph, tensors: graph.tensors.map((tensor) => ({ ...tensor, ...(trained.has(tensor.id) ? { data: trained.get(tensor.id) } : {}) })) };
}

