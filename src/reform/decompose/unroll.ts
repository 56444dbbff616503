/**
 * RNN, GRU and LSTM step by step: sums, functions and products of each step. All steps have the same weights, as the same constants. Samples come first
 * (layout 1), as the reader leaves it.
 */
import { CELLS, type Cell, type CellActivation, type State } from '../../graph/ops/cells.js';
import { recurrentGeometry, sequenceLength, type RecurrentGeometry } from '../../graph/ops/recurrent.js';
import { evaluateNode } from '../../graph/infer.js';
import type { ConstantTensor, Graph, GraphNode, Tensor } from '../../graph/types.js';
import { Rewriter } from './rewriter.js';

/** The graph without recurrent nodes. */
export function unroll(graph: Graph): Graph {
  if (!graph.nodes.some(({ op }) => Object.hasOwn(CELLS, op))) return graph;
  const r = new Rewriter(graph);
  for (const node of graph.nodes) {
    if (Object.hasOwn(CELLS, node.op) && r.tensor(node.inputs[0]).type === 'float32') unrollNode(r, node);
  }
  return r.graph();
}

/** What one direction gives: the state behind each step, in order of time (`null`: a step beyond the sequence), and the last. */
interface Run {
  readonly steps: readonly (number | null)[];
  readonly last: State<number>;
}

function unrollNode(r: Rewriter, node: GraphNode): void {
  const [x, w] = node.inputs.map((id) => (id < 0 ? null : r.tensor(id)));
  if (!x || !w) return;
  const g = recurrentGeometry(node, x.shape, w.shape);
  const near = r.tensor(node.outputs.find((id) => id >= 0) ?? node.inputs[0]).name;
  const runs = g.directions.map((_, d) => unrollDirection(r, node, g, d, near));
  // Sequences without a step have constant results, which no core carries.
  if (runs.some(({ last }) => last.h === NONE)) return;
  const { hidden, time } = g;
  const row = (id: number): number => reshaped(r, near, id, [1, 1, hidden]);
  const joined = (ids: readonly number[], shape: readonly number[]): number => (ids.length === 1 ? ids[0] : r.node(near, 'Concat', ids, { axis: 1 }, shape));
  const state = (of: (run: Run) => number): number => joined(runs.map((run) => row(of(run))), [1, runs.length, hidden]);
  const results = [
    (): number => {
      const zero = (): number => r.scaled(near, runs[0].last.h, 0);
      const rows = Array.from({ length: time }, (_, t) => runs.map(({ steps }) => row(steps[t] ?? zero()))).flat();
      return reshaped(r, near, joined(rows, [1, time * runs.length, hidden]), [1, time, runs.length, hidden]);
    },
    (): number => state(({ last }) => last.h),
    (): number => state(({ last }) => last.c),
  ];
  r.replaceAll(node, node.outputs.map((id, i) => (id < 0 ? -1 : results[i]())));
}

function reshaped(r: Rewriter, near: string, x: number, shape: readonly number[]): number {
  return r.node(near, 'Reshape', [x, r.integers([-1, ...shape.slice(1)])], {}, shape);
}

/** Row `index` of a tensor [1, rows, columns], as [1, columns]. */
function rowOf(r: Rewriter, near: string, x: number, index: number): number {
  const columns = r.tensor(x).shape[2];
  const part: readonly [number[], number[], number[]] = [[index], [index + 1], [1]];
  const slice = r.opset < 10
    ? r.node(near, 'Slice', [x], { starts: part[0], ends: part[1], axes: part[2] }, [1, 1, columns])
    : r.node(near, 'Slice', [x, ...part.map((list) => r.integers(list))], {}, [1, 1, columns]);
  return reshaped(r, near, slice, [1, columns]);
}

function unrollDirection(r: Rewriter, node: GraphNode, g: RecurrentGeometry, d: number, near: string): Run {
  const cell = new GraphCell(r, node, g, d, near);
  const [x] = node.inputs;
  const lengths = node.inputs[4] ?? -1;
  const count = sequenceLength(lengths < 0 ? undefined : r.tensor(lengths).data, 0, g.time);
  const steps = new Array<number | null>(g.time).fill(null);
  let state: State<number> = { h: cell.initial(5), c: cell.initial(6) };
  for (let s = 0; s < count; s++) {
    const t = g.directions[d].reverse ? count - 1 - s : s;
    state = CELLS[node.op].step(cell, rowOf(r, near, x, t), state, g);
    steps[t] = state.h;
  }
  return { steps, last: state };
}

/** No state yet: zeros, which take no part in any sum or product. */
const NONE = -1;

/** The cell of one direction, as nodes of the graph. A value is a tensor [1, hidden size], or `NONE`. */
class GraphCell implements Cell<number> {
  private readonly activations: readonly CellActivation[];
  private readonly matrices = new Map<string, number>();

  constructor(
    private readonly r: Rewriter, private readonly node: GraphNode, private readonly g: RecurrentGeometry, private readonly d: number,
    private readonly near: string,
  ) {
    this.activations = g.directions[d].activations;
  }

  /** The state before the first step: operand `index`, or none where it is absent or zero. */
  initial(index: number): number {
    const id = this.node.inputs[index] ?? -1;
    if (id < 0) return NONE;
    const { hidden } = this.g;
    const { data } = this.r.tensor(id);
    if (data !== undefined) {
      const own = data.subarray(this.d * hidden, (this.d + 1) * hidden);
      return own.every((v) => v === 0) ? NONE : this.r.constant(own, [1, hidden]);
    }
    return rowOf(this.r, this.near, id, this.d);
  }

  gate(gate: number, x: number, h: number): number {
    return this.shifted(this.sum(this.times(1, gate, x), h === NONE ? NONE : this.times(2, gate, h)), [gate, this.g.gates + gate]);
  }

  fromInput(gate: number, x: number): number {
    return this.shifted(this.times(1, gate, x), [gate]);
  }

  fromState(gate: number, h: number): number {
    if (h !== NONE) return this.shifted(this.times(2, gate, h), [this.g.gates + gate]);
    return this.bias([this.g.gates + gate]);
  }

  peephole(index: number, v: number, c: number): number {
    const id = this.node.inputs[7] ?? -1;
    if (id < 0 || c === NONE) return v;
    return this.sum(v, this.product(c, this.part(id, 3, index)));
  }

  activate(index: number, v: number, gate = true): number {
    const { r, near, g: { clip } } = this;
    const { name, alpha, beta } = this.activations[index];
    const x = clip === Infinity || !gate ? v : r.clip(near, v, -clip, clip);
    switch (name) {
      case 'Affine': return r.shifted(near, r.scaled(near, x, alpha), beta);
      case 'ScaledTanh': return r.scaled(near, r.node(near, 'Tanh', [r.scaled(near, x, beta)]), alpha);
      case 'LeakyRelu':
      case 'Elu':
      case 'ThresholdedRelu': return r.node(near, name, [x], { alpha });
      case 'HardSigmoid': return r.node(near, name, [x], { alpha, beta });
      default: return r.node(near, name, [x]);
    }
  }

  product(a: number, b: number): number {
    return a === NONE || b === NONE ? NONE : this.made('Mul', [a, b]);
  }

  sum(a: number, b: number): number {
    if (a === NONE || b === NONE) return a === NONE ? b : a;
    return this.made('Add', [a, b]);
  }

  difference(a: number, b: number): number {
    if (b === NONE) return a;
    return a === NONE ? this.made('Neg', [b]) : this.made('Sub', [a, b]);
  }

  complement(a: number): number {
    return this.made('Sub', [this.r.constant([1]), a]);
  }

  /** v times the transposed matrix of a gate, from operand 1 (W) or 2 (R): one constant for all steps. */
  private times(operand: 1 | 2, gate: number, v: number): number {
    const { hidden, inputs, gates } = this.g;
    const columns = operand === 1 ? inputs : hidden;
    const matrix = this.once(`${operand}.${gate}`, () => {
      const data = this.r.tensor(this.node.inputs[operand]).data ?? [];
      const first = (this.d * gates + gate) * hidden * columns;
      const turned = Float32Array.from({ length: columns * hidden }, (_, i) => data[first + (i % hidden) * columns + Math.floor(i / hidden)]);
      return this.r.constant(turned, [columns, hidden]);
    });
    return this.made('MatMul', [v, matrix]);
  }

  /** x plus the biases of these numbers; W's come before R's. */
  private shifted(x: number, numbers: readonly number[]): number {
    return (this.node.inputs[3] ?? -1) < 0 ? x : this.made('Add', [x, this.bias(numbers)]);
  }

  /** The sum of biases as a constant. */
  private bias(numbers: readonly number[]): number {
    const { hidden, gates } = this.g;
    const id = this.node.inputs[3] ?? -1;
    if (id < 0) return NONE;
    return this.once(`b${numbers.join()}`, () => {
      const data = this.r.tensor(id).data ?? [];
      const at = (number: number, j: number): number => data[(this.d * 2 * gates + number) * hidden + j];
      return this.r.constant(Float32Array.from({ length: hidden }, (_, j) => numbers.reduce((sum, n) => sum + at(n, j), 0)), [1, hidden]);
    });
  }

  /** Row `index` of this direction's part of an operand [directions, rows x hidden size]. */
  private part(id: number, rows: number, index: number): number {
    const { hidden } = this.g;
    const first = (this.d * rows + index) * hidden;
    return this.once(`p${index}`, () => this.r.constant(this.r.tensor(id).data?.subarray(first, first + hidden) ?? [], [1, hidden]));
  }

  /** A node, or a constant where all operands are: a first state that the file gives. */
  private made(op: string, inputs: readonly number[]): number {
    const { r, g: { hidden } } = this;
    if (!inputs.every((id) => r.isConstant(id))) return r.node(this.near, op, inputs, {}, [1, hidden]);
    const operands = inputs.map((id) => r.tensor(id) as Tensor & ConstantTensor);
    return r.constant(evaluateNode(op, {}, operands, r.opset)[0].data, [1, hidden]);
  }

  private once(key: string, make: () => number): number {
    const id = this.matrices.get(key) ?? make();
    this.matrices.set(key, id);
    return id;
  }
}
