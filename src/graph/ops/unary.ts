/**
 * Functions of one value, by name: what operators compute element by element, what may follow a weighted sum, what a chip's table holds or ReLUs
 * approximate. Only arithmetic that every engine rounds alike.
 */
import { erf, exp, log, pow, sigmoid, tanh } from './exponential.js';

export type Scalar = (x: number) => number;
export type Parameters = Readonly<Record<string, number>>;

export interface UnaryFunction {
  /** Names of the parameters, and what they are if a file does not say. */
  readonly parameters: Parameters;
  readonly of: (p: Parameters) => Scalar;
  /** Values between which all results lie; infinite where there is no end. */
  readonly bounds: (p: Parameters) => readonly [lo: number, hi: number];
  /** Made of straight lines with slopes of -1, 0 and 1: on codes of one step it is exact. */
  readonly unitSlopes?: true;
}

const EVERYTHING: UnaryFunction['bounds'] = () => [-Infinity, Infinity];
const POSITIVE: UnaryFunction['bounds'] = () => [0, Infinity];

function plain(f: Scalar, bounds = EVERYTHING): UnaryFunction {
  return { parameters: {}, of: () => f, bounds };
}

/** ln(1 + e^x) without overflow. */
function softplus(x: number): number {
  return Math.max(x, 0) + log(1 + exp(-Math.abs(x)));
}

function clamp(x: number, lo: number, hi: number): number {
  return Math.min(Math.max(x, lo), hi);
}

const SQRT_HALF = Math.SQRT1_2;
const SQRT_2_OVER_PI = 0.7978845608028654;

export const UNARY: Readonly<Record<string, UnaryFunction>> = {
  Abs: { ...plain(Math.abs, POSITIVE), unitSlopes: true },
  Elu: {
    parameters: { alpha: 1 }, bounds: ({ alpha }) => [Math.min(0, -alpha), Infinity], of: ({ alpha }) => (x) => (x < 0 ? alpha * (exp(x) - 1) : x),
  },
  Erf: plain(erf, () => [-1, 1]),
  Exp: plain(exp, POSITIVE),
  Gelu: plain((x) => 0.5 * x * (1 + erf(x * SQRT_HALF))),
  GeluTanh: plain((x) => 0.5 * x * (1 + tanh(SQRT_2_OVER_PI * (x + 0.044715 * x * x * x)))),
  HardSigmoid: {
    parameters: { alpha: Math.fround(0.2), beta: 0.5 }, bounds: () => [0, 1], of: ({ alpha, beta }) => (x) => clamp(alpha * x + beta, 0, 1),
  },
  HardSwish: plain((x) => x * clamp(x / 6 + 0.5, 0, 1)),
  LeakyRelu: {
    parameters: { alpha: Math.fround(0.01) }, bounds: ({ alpha }) => (alpha <= 0 ? [0, Infinity] : [-Infinity, Infinity]),
    of: ({ alpha }) => (x) => (x < 0 ? x * alpha : x),
  },
  Log: plain(log),
  Mish: plain((x) => x * tanh(softplus(x))),
  Pow: {
    parameters: { exponent: 1 }, bounds: ({ exponent }) => (exponent % 2 === 0 ? [0, Infinity] : [-Infinity, Infinity]),
    of: ({ exponent }) => (x) => pow(x, exponent),
  },
  Reciprocal: plain((x) => 1 / x),
  Selu: {
    parameters: { alpha: Math.fround(1.67326319217681884765625), gamma: Math.fround(1.05070102214813232421875) }, bounds: EVERYTHING,
    of: ({ alpha, gamma }) => (x) => gamma * (x > 0 ? x : alpha * (exp(x) - 1)),
  },
  Sigmoid: plain(sigmoid, () => [0, 1]),
  Softplus: plain(softplus, POSITIVE),
  Softsign: plain((x) => x / (1 + Math.abs(x)), () => [-1, 1]),
  Sqrt: plain(Math.sqrt, POSITIVE),
  Swish: { parameters: { alpha: 1 }, bounds: EVERYTHING, of: ({ alpha }) => (x) => x * sigmoid(alpha * x) },
  Tanh: plain(tanh, () => [-1, 1]),
};

/** A function of the table with its parameters; those left out are as the table has them. */
export function unary(name: string, parameters: Parameters = {}): Scalar {
  const f = UNARY[name];
  return f.of({ ...f.parameters, ...parameters });
}
