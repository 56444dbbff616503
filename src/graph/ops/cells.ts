/**
 * One step in time of RNN, GRU and LSTM, written once for whatever values are: vectors of numbers where the float network is evaluated, tensors of a
 * graph where it is unrolled.
 */
import { refuse } from '../operator.js';
import { unary, type Scalar } from './unary.js';

/** What a step is made of. Gates, activations and peepholes are counted as the operator's weights are. */
export interface Cell<V> {
  /** x W^T + h R^T + both biases, of one gate. */
  gate(gate: number, x: V, h: V): V;
  /** x W^T + its bias. */
  fromInput(gate: number, x: V): V;
  /** h R^T + its bias. */
  fromState(gate: number, h: V): V;
  /** v + P . c; v where the node has no peepholes. */
  peephole(index: number, v: V, c: V): V;
  /** The activation at `index`; of gates (the default) behind the node's clip. */
  activate(index: number, v: V, gate?: boolean): V;
  product(a: V, b: V): V;
  sum(a: V, b: V): V;
  difference(a: V, b: V): V;
  /** 1 - a. */
  complement(a: V): V;
}

export interface State<V> {
  readonly h: V;
  /** LSTM alone. */
  readonly c: V;
}

export interface CellOptions {
  readonly linearBeforeReset: boolean;
  readonly inputForget: boolean;
}

export interface CellKind {
  readonly gates: number;
  /** Names of the activations that a node without any has. */
  readonly activations: readonly string[];
  readonly step: <V>(cell: Cell<V>, x: V, state: State<V>, options: CellOptions) => State<V>;
}

/** h' = f(x W^T + h R^T + b). */
const RNN: CellKind = {
  gates: 1, activations: ['Tanh'],
  step: (cell, x, { h, c }) => ({ h: cell.activate(0, cell.gate(0, x, h)), c }),
};

/** z = f(gate 0), r = f(gate 1), n = g(x W^T + (r . h) R^T + b) or, with linear_before_reset, g(x W^T + bW + r . (h R^T + bR)); h' = (1 - z) . n + z . h. */
const GRU: CellKind = {
  gates: 3, activations: ['Sigmoid', 'Tanh'],
  step(cell, x, { h, c }, { linearBeforeReset }) {
    const z = cell.activate(0, cell.gate(0, x, h));
    const r = cell.activate(0, cell.gate(1, x, h));
    const inside = linearBeforeReset
      ? cell.sum(cell.fromInput(2, x), cell.product(r, cell.fromState(2, h)))
      : cell.gate(2, x, cell.product(r, h));
    const n = cell.activate(1, inside);
    return { h: cell.sum(n, cell.product(z, cell.difference(h, n))), c };
  },
};

/** i, o, f of gates 0, 1, 2 with peepholes, c' = f . c + i . g(gate 3), h' = o . h(c'); with input_forget f = 1 - i. As in onnxruntime c' is not clipped. */
const LSTM: CellKind = {
  gates: 4, activations: ['Sigmoid', 'Tanh', 'Tanh'],
  step(cell, x, { h, c }, { inputForget }) {
    const gate = (index: number, peeped: typeof c): typeof c => cell.activate(0, cell.peephole(index, cell.gate(index, x, h), peeped));
    const i = gate(0, c);
    const f = inputForget ? cell.complement(i) : gate(2, c);
    const next = cell.sum(cell.product(f, c), cell.product(i, cell.activate(1, cell.gate(3, x, h))));
    return { h: cell.product(gate(1, next), cell.activate(2, next, false)), c: next };
  },
};

export const CELLS: Readonly<Record<string, CellKind>> = { RNN, GRU, LSTM };

export interface CellActivation {
  readonly name: string;
  readonly alpha: number;
  readonly beta: number;
}

/** Activations that a node may name, with the parameters that they take from the node's lists, and what these are where the lists end. */
const PARAMETERS: Readonly<Record<string, { readonly alpha?: number; readonly beta?: number }>> = {
  Relu: {}, Tanh: {}, Sigmoid: {}, Softsign: {}, Softplus: {}, LeakyRelu: { alpha: Math.fround(0.01) }, Elu: { alpha: 1 }, ThresholdedRelu: { alpha: 1 },
  Affine: { alpha: 1, beta: 0 }, ScaledTanh: { alpha: 1, beta: 1 }, HardSigmoid: { alpha: Math.fround(0.2), beta: 0.5 },
};

/** Each activation takes the next entry of the lists, if it has such a parameter. */
export function cellActivations(names: readonly string[], alphas: readonly number[], betas: readonly number[]): CellActivation[] {
  const [restA, restB] = [[...alphas], [...betas]];
  return names.map((name) => {
    const known = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : refuse('T103', `activation "${name}"`, undefined, Object.keys(PARAMETERS).join(', '));
    const alpha = known.alpha === undefined ? 0 : restA.shift() ?? known.alpha;
    const beta = known.beta === undefined ? 0 : restB.shift() ?? known.beta;
    return { name, alpha, beta };
  });
}

export function activationFunction({ name, alpha, beta }: CellActivation): Scalar {
  switch (name) {
    case 'Relu': return (x) => Math.max(x, 0);
    case 'Affine': return (x) => alpha * x + beta;
    case 'ThresholdedRelu': return (x) => (x > alpha ? x : 0);
    case 'ScaledTanh': {
      const tanh = unary('Tanh');
      return (x) => alpha * tanh(beta * x);
    }
    default: return unary(name, { alpha, beta });
  }
}
