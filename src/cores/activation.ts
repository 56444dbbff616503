/** Functions after a weighted sum. */
import type { LinearStage } from './realise.js';
import { UNARY, unary, type Parameters } from '../graph/ops/unary.js';

/** The function after a sum. `Clip` covers ReLU: [0, Infinity]. `Function`: one of `UNARY`, by name. */
export type Activation =
  | { readonly op: 'Clip'; readonly lo: number; readonly hi: number }
  | { readonly op: 'PRelu'; readonly slope: Float64Array }
  | { readonly op: 'Function'; readonly name: string; readonly parameters: Parameters };

/** What reports call it. */
export function activationName(activation: Activation): string {
  return activation.op === 'Function' ? activation.name : activation.op;
}

/** Whether a chip computes the function behind a sum: a clip by its clamp, any other by a table, which holds one function for all channels. */
export function fitsBehindSum(stage: LinearStage | null, activation: Activation): boolean {
  if (stage === null || activation.op === 'Clip') return true;
  return stage.table && (activation.op !== 'PRelu' || activation.slope.every((s) => s === activation.slope[0]));
}

/** The function of an activation for one channel; tables hold one function, so a slope a channel must be the same throughout a tile. */
export function activationFunction(activation: Activation, channel: number): (v: number) => number {
  switch (activation.op) {
    case 'Clip':
      return (v) => Math.min(Math.max(v, activation.lo), activation.hi);
    case 'PRelu':
      return (v) => (v < 0 ? v * activation.slope[channel] : v);
    case 'Function':
      return unary(activation.name, activation.parameters);
  }
}

/** Values that the activation allows, 0 among them: a code always has one of 0. */
export function boundsOf(activation: Activation | null): readonly [number, number] {
  if (activation?.op === 'Clip') return [Math.min(activation.lo, 0), activation.hi];
  if (activation?.op !== 'Function') return [-Infinity, Infinity];
  const { parameters, bounds } = UNARY[activation.name];
  return bounds({ ...parameters, ...activation.parameters });
}
