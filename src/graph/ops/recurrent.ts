/** RNN, GRU and LSTM over sequences of one length or of given ones, in one direction or both. */
import { flagAttribute, integerAttribute, numberAttribute, stringAttribute } from '../attributes.js';
import { isFloat } from '../data-types.js';
import { elements, firstDimensionStays, input, optionalInput, refuse, type NodeView, type Operator, type TensorType } from '../operator.js';
import type { AttributeValue, ConstantTensor } from '../types.js';
import { activationFunction, CELLS, cellActivations, type Cell, type CellActivation, type CellOptions, type State } from './cells.js';

export interface RecurrentGeometry extends CellOptions {
  readonly time: number;
  readonly batch: number;
  readonly inputs: number;
  readonly hidden: number;
  readonly gates: number;
  /** One entry a direction: whether it runs backwards, and its activations. */
  readonly directions: readonly { readonly reverse: boolean; readonly activations: readonly CellActivation[] }[];
  /** Samples come first in all tensors (layout 1), else time does. */
  readonly samplesFirst: boolean;
  /** Inputs of the gates' activations lie within -clip..clip. */
  readonly clip: number;
}

const DIRECTIONS: Readonly<Record<string, readonly boolean[]>> = { forward: [false], reverse: [true], bidirectional: [false, true] };

type RecurrentNode = Pick<NodeView, 'op' | 'attributes'>;

function listOf<T extends number | string>(node: RecurrentNode, name: string, kind: 'number' | 'string'): readonly T[] {
  const value: AttributeValue | undefined = node.attributes[name];
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every((v) => typeof v === kind)) refuse('T103', `attribute "${name}" is not a list of ${kind}s`);
  return value as readonly T[];
}

/** Sizes and options of a node, from its attributes and the shapes of X and W. Errors: T103, T104. */
export function recurrentGeometry(node: RecurrentNode, x: readonly number[], w: readonly number[]): RecurrentGeometry {
  const { gates, activations: usual } = CELLS[node.op];
  if (x.length !== 3) refuse('T104', `X [${x.join(', ')}] has not three dimensions`);
  const direction = stringAttribute(node, 'direction', 'forward');
  const reversed = Object.hasOwn(DIRECTIONS, direction) ? DIRECTIONS[direction] : refuse('T103', `attribute "direction" is "${direction}"`);
  const samplesFirst = flagAttribute(node, 'layout', false);
  const [time, batch] = samplesFirst ? [x[1], x[0]] : [x[0], x[1]];
  const hidden = integerAttribute(node, 'hidden_size', w.length === 3 ? w[1] / gates : 0);
  if (w.join() !== [reversed.length, gates * hidden, x[2]].join()) {
    refuse('T104', `W [${w.join(', ')}] is not [directions, ${gates} x hidden size, input size], [${reversed.length}, ${gates * hidden}, ${x[2]}]`);
  }
  const named = listOf<string>(node, 'activations', 'string');
  const names = named.length > 0 ? named : reversed.flatMap(() => usual);
  if (names.length !== usual.length * reversed.length) refuse('T103', `${names.length} activations`, undefined, `${usual.length} a direction`);
  const all = cellActivations(names, listOf(node, 'activation_alpha', 'number'), listOf(node, 'activation_beta', 'number'));
  const clip = numberAttribute(node, 'clip', Infinity);
  if (clip < 0) refuse('T103', `attribute "clip" is ${clip}`, undefined, '0 or more');
  return {
    time, batch, inputs: x[2], hidden, gates, samplesFirst, clip,
    directions: reversed.map((reverse, d) => ({ reverse, activations: all.slice(d * usual.length, (d + 1) * usual.length) })),
    linearBeforeReset: node.op === 'GRU' && integerAttribute(node, 'linear_before_reset', 0) !== 0,
    inputForget: node.op === 'LSTM' && integerAttribute(node, 'input_forget', 0) !== 0,
  };
}

const OPERANDS = ['X', 'W', 'R', 'B', 'sequence_lens', 'initial_h', 'initial_c', 'P'] as const;

/** Shapes that operands after W must have, by position. */
function operandShapes({ batch, hidden, gates, directions: { length: d }, samplesFirst }: RecurrentGeometry): readonly (readonly number[])[] {
  const state = samplesFirst ? [batch, d, hidden] : [d, batch, hidden];
  return [[], [], [d, gates * hidden, hidden], [d, 2 * gates * hidden], [batch], state, state, [d, 3 * hidden]];
}

/** Number of steps of a sample. */
export function sequenceLength(lengths: ArrayLike<number> | undefined, sample: number, time: number): number {
  const length = lengths?.[sample % lengths.length] ?? time;
  return length >= 0 && length <= time ? length : refuse('T104', `a sequence of ${length} steps`, undefined, `0..${time}`);
}

function recurrent(name: string, own: readonly string[], operands: number): Operator {
  return {
    name,
    attributes: ['activation_alpha', 'activation_beta', 'activations', 'clip', 'direction', 'hidden_size', 'layout', ...own],
    arity: [3, operands],
    constantInputs: [1, 2, 3, 4, 7],
    infer(node) {
      const x = input(node, 0);
      if (!isFloat(x.type)) refuse('T103', `operand is ${x.type}, not a float type`);
      const g = recurrentGeometry(node, x.shape, input(node, 1).shape);
      operandShapes(g).forEach((expected, i) => {
        const shape = i < 2 ? undefined : optionalInput(node, i)?.shape;
        if (shape && shape.join() !== expected.join()) refuse('T104', `${OPERANDS[i]} [${shape.join(', ')}] is not [${expected.join(', ')}]`);
      });
      const { time, batch, hidden, directions: { length: d } } = g;
      const all = g.samplesFirst ? [batch, time, d, hidden] : [time, d, batch, hidden];
      const last = g.samplesFirst ? [batch, d, hidden] : [d, batch, hidden];
      const shapes = name === 'LSTM' ? [all, last, last] : [all, last];
      return shapes.map((shape): TensorType => ({ type: x.type, shape }));
    },
    mixesSamples(node, outputs) {
      if (!flagAttribute(node, 'layout', false)) return 'time comes before the samples (layout 0)';
      return firstDimensionStays(node, outputs);
    },
    evaluate(node, outputs) {
      const x = input(node, 0);
      const g = recurrentGeometry(node, x.shape, input(node, 1).shape);
      // Steps beyond a sequence are 0.
      outputs[0]?.data.fill(0);
      for (let d = 0; d < g.directions.length; d++) for (let b = 0; b < g.batch; b++) runSequence(node, g, d, b, outputs);
    },
  };
}

/** One sample in one direction. */
function runSequence(node: NodeView<ConstantTensor>, g: RecurrentGeometry, d: number, b: number, outputs: readonly (ConstantTensor | null)[]): void {
  const { time, batch, inputs, hidden, directions, samplesFirst } = g;
  const x = input(node, 0).data;
  const cell = new VectorCell(node, g, d);
  const steps = sequenceLength(optionalInput(node, 4)?.data, b, time);
  // A constant state is that of one sample, whatever the batch.
  const stateAt = (samples: number): number => (samplesFirst ? (b % samples) * directions.length + d : d * samples + (b % samples)) * hidden;
  const initial = (index: number): Float64Array => {
    const given = optionalInput(node, index);
    if (!given) return new Float64Array(hidden);
    const at = stateAt(given.shape[samplesFirst ? 0 : 1]);
    return Float64Array.from(given.data.subarray(at, at + hidden));
  };
  let state: State<Float64Array> = { h: initial(5), c: node.op === 'LSTM' ? initial(6) : new Float64Array(0) };
  for (let s = 0; s < steps; s++) {
    const t = directions[d].reverse ? steps - 1 - s : s;
    const from = (samplesFirst ? b * time + t : t * batch + b) * inputs;
    state = CELLS[node.op].step(cell, Float64Array.from(x.subarray(from, from + inputs)), state, g);
    const to = samplesFirst ? (b * time + t) * directions.length + d : (t * directions.length + d) * batch + b;
    outputs[0]?.data.set(state.h, to * hidden);
  }
  outputs[1]?.data.set(state.h, stateAt(batch));
  outputs[2]?.data.set(state.c, stateAt(batch));
}

/** The cell of one direction, on vectors. */
class VectorCell implements Cell<Float64Array> {
  private readonly functions: readonly ((x: number) => number)[];
  private readonly w: ConstantTensor['data'];
  private readonly r: ConstantTensor['data'];
  private readonly b: ConstantTensor['data'] | undefined;
  private readonly p: ConstantTensor['data'] | undefined;

  constructor(node: NodeView<ConstantTensor>, private readonly g: RecurrentGeometry, direction: number) {
    const part = (index: number): ConstantTensor['data'] | undefined => {
      const tensor = optionalInput(node, index);
      const size = tensor ? elements(tensor.shape.slice(1)) : 0;
      return tensor?.data.subarray(direction * size, (direction + 1) * size);
    };
    this.functions = g.directions[direction].activations.map(activationFunction);
    this.w = part(1) ?? new Float64Array(0);
    this.r = part(2) ?? new Float64Array(0);
    this.b = part(3);
    this.p = part(7);
  }

  gate(gate: number, x: Float64Array, h: Float64Array): Float64Array {
    return this.sum(this.fromInput(gate, x), this.fromState(gate, h));
  }

  fromInput(gate: number, x: Float64Array): Float64Array {
    return this.affine(this.w, gate, x, gate);
  }

  fromState(gate: number, h: Float64Array): Float64Array {
    return this.affine(this.r, gate, h, this.g.gates + gate);
  }

  /** M v + bias, M the rows of a gate, `bias` the number of its vector. */
  private affine(m: ConstantTensor['data'], gate: number, v: Float64Array, bias: number): Float64Array {
    const { hidden } = this.g;
    return Float64Array.from({ length: hidden }, (_, j) => {
      const row = (gate * hidden + j) * v.length;
      let sum = this.b?.[bias * hidden + j] ?? 0;
      for (let k = 0; k < v.length; k++) sum += m[row + k] * v[k];
      return sum;
    });
  }

  peephole(index: number, v: Float64Array, c: Float64Array): Float64Array {
    const { p } = this;
    return p === undefined ? v : v.map((value, j) => value + p[index * this.g.hidden + j] * c[j]);
  }

  activate(index: number, v: Float64Array, gate = true): Float64Array {
    const clip = gate ? this.g.clip : Infinity;
    return v.map((value) => this.functions[index](Math.min(Math.max(value, -clip), clip)));
  }

  product(a: Float64Array, b: Float64Array): Float64Array {
    return a.map((value, j) => value * b[j]);
  }

  sum(a: Float64Array, b: Float64Array): Float64Array {
    return a.map((value, j) => value + b[j]);
  }

  difference(a: Float64Array, b: Float64Array): Float64Array {
    return a.map((value, j) => value - b[j]);
  }

  complement(a: Float64Array): Float64Array {
    return a.map((value) => 1 - value);
  }
}

export const rnn = recurrent('RNN', [], 6);
export const gru = recurrent('GRU', ['linear_before_reset'], 6);
export const lstm = recurrent('LSTM', ['input_forget'], 8);
