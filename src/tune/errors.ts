/** Errors of a tile's codes against its target: by column, and of the mean of the copies of each value. */
import { segmentOf, sumScale } from '../cores/scales.js';
import type { TileTarget } from './target.js';

/** Strong sums count so often where shifts are chosen: the converter cuts off parts there, if anywhere. */
export const STRONG = 8;

/** The mean error of all segments counts as that of so many rows of each. */
const PRIOR = 16;

/** Judges codes [rows x columns] by a target. What the target alone decides is computed once: a search judges dozens of products. */
export class Judge {
  /** Of each column: step and zero of what its codes mean, and the value in the middle of its codes. */
  private readonly step: Float64Array;
  private readonly zero: Float64Array;
  private readonly half: Float64Array;
  /** What each column is to give of each value: of a segment what lies between its ends, but what lies beyond the whole range is lost. */
  private readonly wanted: Float64Array;
  /** The group of copies, of one value, that each column belongs to, from 0. */
  readonly groups: Int32Array;
  private inCodes: Float64Array | null = null;
  private beside: Judge | null = null;

  constructor(private readonly target: TileTarget, readonly columns: number) {
    const { code, values, channel, segments } = target;
    const signal = { copies: target.copies * segments, segments };
    const scales = Array.from({ length: columns }, (_, j) => sumScale(code, signal, channel + j));
    this.step = Float64Array.from(scales, ({ step }) => step);
    this.zero = Float64Array.from(scales, ({ zero }) => zero);
    this.half = this.step.map((step, j) => ((code.lo + code.hi) / 2 - this.zero[j]) * step);
    this.wanted = new Float64Array(values);
    if (segments > 1) this.keepToSegments();
    this.groups = Int32Array.from(scales, (_, j) => Math.floor((channel + j) / signal.copies) - Math.floor(channel / signal.copies));
  }

  private keepToSegments(): void {
    const { columns, wanted, step, zero, target: { code: { lo, hi }, channel, copies, segments } } = this;
    for (let j = 0; j < columns; j++) {
      const segment = segmentOf({ copies: copies * segments, segments }, channel + j);
      const least = segment === 0 ? -Infinity : (lo - zero[j]) * step[j];
      const most = segment === segments - 1 ? Infinity : (hi - zero[j]) * step[j];
      for (let i = j; i < wanted.length; i += columns) wanted[i] = Math.min(Math.max(wanted[i], least), most);
    }
  }

  /** Judges by the target's own sums, where they are known, in place of its values. */
  get besideSums(): Judge {
    const { target, columns } = this;
    return (this.beside ??= target.sums === null ? this : new Judge({ ...target, values: target.sums, sums: null }, columns));
  }

  /**
   * By column, the sum of squared errors, in units of the values; of segments, that of all of them. `strong`: how often those of values in the upper half of
   * the codes count: they are few, and what a sample is told by.
   */
  columnErrors(codes: Int16Array, strong = 1): Float64Array {
    const { columns, step, zero, half, wanted } = this;
    const error = new Float64Array(columns);
    for (let i = 0; i < codes.length; i += columns) {
      for (let j = 0; j < columns; j++) {
        const want = wanted[i + j];
        const e = (codes[i + j] - zero[j]) * step[j] - want;
        error[j] += want > half[j] ? strong * e * e : e * e;
      }
    }
    return this.pooled(error);
  }

  /**
   * Entries of columns added up over the segments of each copy, which are to be treated alike: what truncation takes is the same in all of them, and some
   * have hardly a value in the samples.
   */
  private pooled(entries: Float64Array): Float64Array {
    const { channel, copies, segments } = this.target;
    if (segments === 1) return entries;
    const keyOf = (j: number): number => Math.floor((channel + j) / (copies * segments)) * copies + ((channel + j) % copies);
    const sums = new Map<number, number>();
    entries.forEach((e, j) => sums.set(keyOf(j), (sums.get(keyOf(j)) ?? 0) + e));
    return entries.map((_, j) => sums.get(keyOf(j)) ?? 0);
  }

  /** Codes that would be right, if there were fractions of them. */
  private get wantedCodes(): Float64Array {
    const { columns, step, zero, wanted } = this;
    if (this.inCodes !== null) return this.inCodes;
    const codes = new Float64Array(wanted.length);
    for (let i = 0; i < codes.length; i += columns) {
      for (let j = 0; j < columns; j++) codes[i + j] = wanted[i + j] / step[j] + zero[j];
    }
    return (this.inCodes = codes);
  }

  /**
   * Mean of code - target in codes, by column, over rows where neither lies at an end of the range: there an offset changes the result. That of a segment
   * with few such rows is about that of all segments.
   */
  meanError(codes: Int16Array): Float64Array {
    const { columns, wantedCodes, target: { code: { lo, hi }, segments } } = this;
    const sum = new Float64Array(columns);
    const count = new Float64Array(columns);
    for (let i = 0; i < codes.length; i += columns) {
      for (let j = 0; j < columns; j++) {
        const want = wantedCodes[i + j];
        const got = codes[i + j];
        if ((got <= lo && want <= lo) || (got >= hi && want >= hi)) continue;
        sum[j] += got - want;
        count[j]++;
      }
    }
    const [sums, counts] = [this.pooled(sum), this.pooled(count)];
    const prior = segments === 1 ? 0 : PRIOR;
    return sums.map((s, j) => (counts[j] > 0 ? (sum[j] + prior * (s / counts[j])) / (count[j] + prior) : 0));
  }

  /** Codes between the greatest of each column that would be right, `beyond` times as far, and the end of the range; 0 at least. */
  roomAbove(beyond: number): Float64Array {
    const { columns, wanted, step, zero, target: { code: { hi } } } = this;
    const greatest = new Float64Array(columns).fill(-Infinity);
    for (let i = 0; i < wanted.length; i += columns) {
      for (let j = 0; j < columns; j++) if (wanted[i + j] > greatest[j]) greatest[j] = wanted[i + j];
    }
    return greatest.map((v, j) => Math.max(0, Math.min(hi, hi - beyond * (v / step[j] + zero[j]))));
  }

  /** By group of copies, the sum of squared errors of the means of those that are alike, in units of the values. `strong` as in `columnErrors`. */
  groupErrors(codes: Int16Array, strong = 1): Float64Array {
    const { columns, step, zero, half, wanted, groups, target: { copies, channel } } = this;
    const error = new Float64Array(groups[columns - 1] + 1);
    // The last column of those that are alike.
    const ends = Uint8Array.from({ length: columns }, (_, j) => (j === columns - 1 || (channel + j + 1) % copies === 0 ? 1 : 0));
    for (let i = 0; i < codes.length; i += columns) {
      let sum = 0;
      for (let j = 0; j < columns; j++) {
        sum += (codes[i + j] - zero[j]) * step[j] - wanted[i + j];
        if (ends[j] === 0) continue;
        error[groups[j]] += (wanted[i + j] > half[j] ? strong : 1) * (sum / copies) ** 2;
        sum = 0;
      }
    }
    return error;
  }

  /** By group of copies, the mean of the errors that `meanError` gives for them. */
  groupMeans(codes: Int16Array): Float64Array {
    const { groups, target: { copies, segments } } = this;
    const means = new Float64Array(groups[groups.length - 1] + 1);
    this.meanError(codes).forEach((e, j) => (means[groups[j]] += e / (copies * segments)));
    return means;
  }
}
