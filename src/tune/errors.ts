/** Errors of a tile's codes against its target: by column, and of the mean of the copies of each value. */
import { segmentOf, sumScale } from '../cores/scales.js';
import type { TileTarget } from './tile.js';

/** Strong sums count so often where shifts are chosen: the converter cuts off parts there, if anywhere. */
export const STRONG = 8;

/** The target with its own sums for values, where they are known. */
export function besideSums(target: TileTarget): TileTarget {
  return { ...target, values: target.sums ?? target.values };
}

/** Of each column: step and zero of what its codes mean, and between which values it can do its part. */
export interface ColumnScales {
  readonly step: Float64Array;
  readonly zero: Float64Array;
  /** Of a segment its ends, but not those of the whole range: what lies beyond those is lost. */
  readonly least: Float64Array;
  readonly most: Float64Array;
}

export function scalesOf({ code, channel, copies, segments }: TileTarget, columns: number): ColumnScales {
  const signal = { copies: copies * segments, segments };
  const scales = Array.from({ length: columns }, (_, j) => ({ ...sumScale(code, signal, channel + j), segment: segmentOf(signal, channel + j) }));
  return {
    step: Float64Array.from(scales, ({ step }) => step),
    zero: Float64Array.from(scales, ({ zero }) => zero),
    least: Float64Array.from(scales, ({ step, zero, segment }) => (segment === 0 ? -Infinity : (code.lo - zero) * step)),
    most: Float64Array.from(scales, ({ step, zero, segment }) => (segment === segments - 1 ? Infinity : (code.hi - zero) * step)),
  };
}

/**
 * By column, the sum of squared errors, in units of the values; of segments, that of all of them. `strong`: how often those of values in the upper half of
 * the codes count: they are few, and what a sample is told by.
 */
export function columnErrors(target: TileTarget, codes: Int16Array, columns: number, strong = 1): Float64Array {
  const error = new Float64Array(columns);
  const scales = scalesOf(target, columns);
  const { step, zero } = scales;
  const half = upperHalf(target, scales);
  for (let i = 0; i < codes.length; i += columns) {
    for (let j = 0; j < columns; j++) {
      const e = (codes[i + j] - zero[j]) * step[j] - within(scales, j, target.values[i + j]);
      error[j] += target.values[i + j] > half[j] ? strong * e * e : e * e;
    }
  }
  return pooled(target, error);
}

/**
 * Entries of columns added up over the segments of each copy, which are to be treated alike: what truncation takes is the same in all of them, and some have
 * hardly a value in the samples.
 */
function pooled({ channel, copies, segments }: TileTarget, entries: Float64Array): Float64Array {
  if (segments === 1) return entries;
  const keyOf = (j: number): number => Math.floor((channel + j) / (copies * segments)) * copies + ((channel + j) % copies);
  const sums = new Map<number, number>();
  entries.forEach((e, j) => sums.set(keyOf(j), (sums.get(keyOf(j)) ?? 0) + e));
  return entries.map((_, j) => sums.get(keyOf(j)) ?? 0);
}

/** What a column is to give of a value. */
function within({ least, most }: ColumnScales, j: number, value: number): number {
  return value < least[j] ? least[j] : value > most[j] ? most[j] : value;
}

/** The value in the middle of each column's codes. */
function upperHalf({ code: { lo, hi } }: TileTarget, { step, zero }: ColumnScales): Float64Array {
  return step.map((s, j) => ((lo + hi) / 2 - zero[j]) * s);
}

/** The mean error of all segments counts as that of so many rows of each. */
const PRIOR = 16;

/**
 * Mean of code - target in codes, by column, over rows where neither lies at an end of the range: there an offset changes the result. That of a segment with
 * few such rows is about that of all segments.
 */
export function meanError(target: TileTarget, codes: Int16Array, columns: number): Float64Array {
  const sum = new Float64Array(columns);
  const count = new Float64Array(columns);
  const { lo, hi } = target.code;
  const scales = scalesOf(target, columns);
  const { step, zero } = scales;
  for (let i = 0; i < codes.length; i += columns) {
    for (let j = 0; j < columns; j++) {
      const want = within(scales, j, target.values[i + j]) / step[j] + zero[j];
      const got = codes[i + j];
      if ((got <= lo && want <= lo) || (got >= hi && want >= hi)) continue;
      sum[j] += got - want;
      count[j]++;
    }
  }
  const [sums, counts] = [pooled(target, sum), pooled(target, count)];
  const prior = target.segments === 1 ? 0 : PRIOR;
  return sums.map((s, j) => (counts[j] > 0 ? (sum[j] + prior * (s / counts[j])) / (count[j] + prior) : 0));
}

/** The group of copies, of one value, that each column belongs to, from 0. */
export function groupsOf({ channel, copies, segments }: TileTarget, columns: number): Int32Array {
  const all = copies * segments;
  return Int32Array.from({ length: columns }, (_, j) => Math.floor((channel + j) / all) - Math.floor(channel / all));
}

/** By group of copies, the sum of squared errors of the means of those that are alike, in units of the values. `strong` as in `columnErrors`. */
export function groupErrors(target: TileTarget, codes: Int16Array, groups: Int32Array, strong = 1): Float64Array {
  const columns = groups.length;
  const error = new Float64Array(groups[columns - 1] + 1);
  const scales = scalesOf(target, columns);
  const { step, zero } = scales;
  const half = upperHalf(target, scales);
  const { copies, channel } = target;
  // The last column of those that are alike.
  const ends = Uint8Array.from({ length: columns }, (_, j) => (j === columns - 1 || (channel + j + 1) % copies === 0 ? 1 : 0));
  for (let i = 0; i < codes.length; i += columns) {
    let sum = 0;
    for (let j = 0; j < columns; j++) {
      sum += (codes[i + j] - zero[j]) * step[j] - within(scales, j, target.values[i + j]);
      if (ends[j] === 0) continue;
      error[groups[j]] += (target.values[i + j] > half[j] ? strong : 1) * (sum / copies) ** 2;
      sum = 0;
    }
  }
  return error;
}

/** By group of copies, the mean of the errors that `meanError` gives for them. */
export function groupMeans(target: TileTarget, codes: Int16Array, groups: Int32Array): Float64Array {
  const means = new Float64Array(groups[groups.length - 1] + 1);
  const all = target.copies * target.segments;
  meanError(target, codes, groups.length).forEach((e, j) => (means[groups[j]] += e / all));
  return means;
}
