/** Functions after a weighted sum. */
import { sigmoid, tanh } from '../graph/ops/exponential.js';

/** The function after a sum. `Clip` covers ReLU: [0, Infinity]. */
export type Activation =
  | { readonly op: 'Clip'; readonly lo: number; readonly hi: number }
  | { readonly op: 'Sigmoid' | 'Tanh' }
  | { readonly op: 'LeakyRelu'; readonly alpha: number }
  | { readonly op: 'PRelu'; readonly slope: Float64Array };

/** The function of an activation for one channel; tables hold one function, so a slope a channel must be the same throughout a tile. */
export function activationFunction(activation: Activation, channel: number): (v: number) => number {
  switch (activation.op) {
    case 'Clip':
      return (v) => Math.min(Math.max(v, activation.lo), activation.hi);
    case 'LeakyRelu':
      return (v) => (v < 0 ? v * activation.alpha : v);
    case 'PRelu':
      return (v) => (v < 0 ? v * activation.slope[channel] : v);
    case 'Sigmoid':
      return sigmoid;
    case 'Tanh':
      return tanh;
  }
}

/** Values that the activation allows. */
export function boundsOf(activation: Activation | null): readonly [number, number] {
  if (activation?.op === 'Clip') return [Math.min(activation.lo, 0), activation.hi];
  if (activation?.op === 'Sigmoid') return [0, 1];
  if (activation?.op === 'Tanh') return [-1, 1];
  return [-Infinity, Infinity];
}
