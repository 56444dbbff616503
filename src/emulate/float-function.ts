/** Functions after the sum on chips without limits. */
import type { FloatFunction } from '../cores/types.js';
import { unary } from '../graph/ops/unary.js';

/** Applies a function in place to channels `from`..`from + count - 1` of positions of `channels` values. */
export function applyFloatFunction(f: FloatFunction, values: ArrayLike<number> & { [i: number]: number }, channels: number, from: number, count: number): void {
  for (let i = from; i < values.length; i += channels) {
    for (let j = 0; j < count; j++) values[i + j] = floatFunction(f, values[i + j], j);
  }
}

/** The function's value for channel `j` of the tile. */
export function floatFunction(f: FloatFunction, v: number, j: number): number {
  switch (f.op) {
    case 'Clip':
      return Math.min(Math.max(v, f.attributes.lo), f.attributes.hi);
    case 'PRelu':
      return v < 0 ? v * (f.parameter?.[j] ?? 0) : v;
    default:
      return unary(f.op, f.attributes)(v);
  }
}
