/** Errors of a tile's codes against its target: by column, and of the mean of the copies of each value. */
import { stepOf, zeroOf } from '../cores/scales.js';
import type { Code } from '../cores/types.js';
import type { TileTarget } from './tile.js';

/** Strong sums count so often where shifts are chosen: the converter cuts off parts there, if anywhere. */
export const STRONG = 8;

/** The target with its own sums for values, where they are known. */
export function besideSums(target: TileTarget): TileTarget {
  return { ...target, values: target.sums ?? target.values };
}

/** Step and zero of each column's code. */
export function scalesOf({ code, channel }: TileTarget, columns: number): { readonly step: Float64Array; readonly zero: Float64Array } {
  const column = (of: (code: Code, channel: number) => number): Float64Array => Float64Array.from({ length: columns }, (_, j) => of(code, channel + j));
  return { step: column(stepOf), zero: column(zeroOf) };
}

/**
 * By column, the sum of squared errors, in units of the values. `strong`: how often those of values in the upper half of the codes count: they are few, and
 * what a sample is told by.
 */
export function columnErrors(target: TileTarget, codes: Int16Array, columns: number, strong = 1): Float64Array {
  const error = new Float64Array(columns);
  const { step, zero } = scalesOf(target, columns);
  const half = upperHalf(target, { step, zero });
  for (let i = 0; i < codes.length; i += columns) {
    for (let j = 0; j < columns; j++) {
      const e = (codes[i + j] - zero[j]) * step[j] - target.values[i + j];
      error[j] += target.values[i + j] > half[j] ? strong * e * e : e * e;
    }
  }
  return error;
}

/** The value in the middle of each column's codes. */
function upperHalf({ code: { lo, hi } }: TileTarget, { step, zero }: ReturnType<typeof scalesOf>): Float64Array {
  return step.map((s, j) => ((lo + hi) / 2 - zero[j]) * s);
}

/** Mean of code - target in codes, by column, over rows where neither lies at an end of the range: there an offset changes the result. */
export function meanError(target: TileTarget, codes: Int16Array, columns: number): Float64Array {
  const sum = new Float64Array(columns);
  const count = new Float64Array(columns);
  const { lo, hi } = target.code;
  const { step, zero } = scalesOf(target, columns);
  for (let i = 0; i < codes.length; i += columns) {
    for (let j = 0; j < columns; j++) {
      const want = target.values[i + j] / step[j] + zero[j];
      const got = codes[i + j];
      if ((got <= lo && want <= lo) || (got >= hi && want >= hi)) continue;
      sum[j] += got - want;
      count[j]++;
    }
  }
  return sum.map((s, j) => (count[j] > 0 ? s / count[j] : 0));
}

/** The group of copies that each column belongs to, from 0. */
export function groupsOf({ channel, copies }: TileTarget, columns: number): Int32Array {
  const first = Math.floor(channel / copies);
  return Int32Array.from({ length: columns }, (_, j) => Math.floor((channel + j) / copies) - first);
}

/** By group of copies, the sum of squared errors of their mean, in units of the values. `strong` as in `columnErrors`. */
export function groupErrors(target: TileTarget, codes: Int16Array, groups: Int32Array, strong = 1): Float64Array {
  const columns = groups.length;
  const count = groups[columns - 1] + 1;
  const error = new Float64Array(count);
  const sum = new Float64Array(count);
  const weight = new Float64Array(count);
  const { step, zero } = scalesOf(target, columns);
  const half = upperHalf(target, { step, zero });
  for (let i = 0; i < codes.length; i += columns) {
    sum.fill(0);
    for (let j = 0; j < columns; j++) {
      sum[groups[j]] += (codes[i + j] - zero[j]) * step[j] - target.values[i + j];
      weight[groups[j]] = target.values[i + j] > half[j] ? strong : 1;
    }
    for (let g = 0; g < count; g++) error[g] += weight[g] * (sum[g] / target.copies) ** 2;
  }
  return error;
}

/** By group of copies, the mean of the errors that `meanError` gives for them. */
export function groupMeans(target: TileTarget, codes: Int16Array, groups: Int32Array): Float64Array {
  const means = new Float64Array(groups[groups.length - 1] + 1);
  meanError(target, codes, groups.length).forEach((e, j) => (means[groups[j]] += e / target.copies));
  return means;
}
