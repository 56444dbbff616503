/** Gradients of small networks: from the trainer's kernels, and from central differences of plain evaluation in float64. */
import { GraphBuilder } from '../../../src/graph/build.js';
import { evaluateNode, inferNode } from '../../../src/graph/infer.js';
import { elements } from '../../../src/graph/operator.js';
import type { AttributeValue, ConstantTensor, Graph } from '../../../src/graph/types.js';
import { float32View } from '../../../src/kernels/memory.js';
import { planTraining, TrainingNetwork } from '../../../src/train/network.js';
import { generator, loadKernels } from '../../kernels/setup.js';

export interface Layer {
  readonly op: string;
  /** Names of operands: `x`, an earlier layer's number (`#0` for the first), or constants. */
  readonly inputs: readonly string[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

export interface Case {
  /** Of one sample, without the batch. */
  readonly shape: readonly number[];
  readonly constants?: Readonly<Record<string, readonly number[]>>;
  /** Constants that are above 0. */
  readonly positive?: readonly string[];
  readonly layers: readonly Layer[];
  readonly opset?: number;
}

/** The network of a case with random constants. */
export function graphOf({ shape, constants = {}, positive = [], layers, opset = 13 }: Case, seed: number): Graph {
  const next = generator(seed);
  const builder = new GraphBuilder('case', opset);
  const ids = new Map<string, number>();
  for (const [name, size] of Object.entries(constants)) {
    const data = Float32Array.from({ length: elements(size) }, () => (positive.includes(name) ? next(64, 512) : next(-256, 256)) / 256);
    ids.set(name, builder.addConstant(name, 'float32', size, data));
  }
  ids.set('x', builder.addTensor('x', 'float32', [1, ...shape]));
  layers.forEach(({ op, inputs, attributes = {} }, i) => {
    const operands = inputs.map((name) => ids.get(name)!);
    const view = operands.map((id) => ({ ...builder.tensor(id), batched: builder.tensor(id).data === undefined }));
    const [type] = inferNode({ op, opset, attributes, inputs: view, outputCount: 1 });
    const id = builder.addTensor(`#${i}`, 'float32', type!.shape);
    ids.set(`#${i}`, id);
    builder.addNode(op, operands, [id], attributes);
  });
  builder.setInputs([ids.get('x')!]);
  builder.setOutputs([ids.get(`#${layers.length - 1}`)!]);
  return builder.toGraph();
}

/** The output for a batch, in float64. */
function evaluate(graph: Graph, constants: ReadonlyMap<number, Float64Array>, input: Float64Array, batch: number): Float64Array {
  const values = new Map<number, ConstantTensor>();
  for (const { id, shape, data } of graph.tensors) {
    if (data) values.set(id, { type: 'float64', shape, data: constants.get(id) ?? Float64Array.from(data) });
  }
  const [first] = graph.inputs;
  values.set(first!, { type: 'float64', shape: [batch, ...graph.tensors[first!]!.shape.slice(1)], data: input });
  for (const node of graph.nodes) {
    const operands = node.inputs.map((id) => values.get(id) ?? null);
    values.set(node.outputs[0]!, evaluateNode(node.op, node.attributes, operands, graph.opset)[0]!);
  }
  return values.get(graph.outputs[0]!)!.data as Float64Array;
}

export interface Gradients {
  /** By name of the parameter. */
  readonly kernels: ReadonlyMap<string, Float32Array>;
  readonly differences: ReadonlyMap<string, Float64Array>;
}

/** Half the step of a central difference: the error of the difference is about its square. */
const STEP = 1e-4;

/** Gradients of sum of weights * outputs, with random weights and inputs. */
export function gradientsOf(graph: Graph, batch: number, seed: number, variant: 'simd' | 'scalar' = 'simd'): Gradients {
  const next = generator(seed);
  const { instance: { memory, exports }, arena } = loadKernels();
  const plan = planTraining(graph, memory, arena.allocate, { samples: batch, fixed: [] });
  const address = arena.allocate(plan.arenaBytes);
  float32View(memory, address, plan.arenaBytes / 4).fill(NaN);
  const network = new TrainingNetwork(plan, memory, exports, address, variant);
  network.refresh();
  const input = network.input(batch);
  // Values apart from each other: no maximum and no corner of a function is within a step.
  const places = Array.from(input, (_, i) => i).sort(() => next(0, 1) - 0.5);
  places.forEach((place, i) => (input[i] = (place - input.length / 2 + 0.25) / Math.max(input.length / 4, 16)));
  network.forward(batch);
  const { values, gradient } = network.output(batch);
  const weights = Float64Array.from(values, () => next(-256, 256) / 256);
  gradient.set(weights);
  const to = arena.allocate(plan.parameterFloats * 4 + 64);
  float32View(memory, to, plan.parameterFloats).fill(NaN);
  network.backward(batch, to);
  const kernels = new Map(plan.parameters.map(({ name, offset, length }) => [name, float32View(memory, to + offset * 4, length).slice()]));
  const wide = Float64Array.from(input);
  const loss = (constants: ReadonlyMap<number, Float64Array>): number =>
    evaluate(graph, constants, wide, batch).reduce((sum, v, i) => sum + v * weights[i]!, 0);
  const differences = new Map(plan.parameters.map(({ tensor, name }) => {
    const values64 = Float64Array.from(graph.tensors[tensor]!.data!);
    return [name, values64.map((value, i) => {
      const at = (v: number): number => loss(new Map([[tensor, values64.with(i, v)]]));
      return (at(value + STEP) - at(value - STEP)) / (2 * STEP);
    })];
  }));
  return { kernels, differences };
}
