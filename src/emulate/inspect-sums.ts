/** Sums over a layer's values that an inspection reports. All in the order of the values, so that they are the same wherever they are computed. */
import type { Codes, Signal } from '../cores/types.js';

/** Sum of g^2 over the float values g, and of (d - g)^2 with the chip's decoded values d. */
export interface ErrorSums {
  readonly signal: number;
  readonly error: number;
}

/** Float values beside decoded ones, counted in a square grid. */
export interface Density {
  /** Value at the lower edge of the first bin and width of a bin, on both axes. */
  readonly from: number;
  readonly width: number;
  readonly bins: number;
  /** [float bin x chip bin], the chip's fastest. */
  readonly counts: readonly number[];
  /** Correlation coefficient of all values; `null` where one side is constant. */
  readonly correlation: number | null;
}

/** Bins of a density at most, on each axis. */
const MOST_BINS = 40;

export function errorOf(decoded: ArrayLike<number>, golden: Float32Array): ErrorSums {
  let signal = 0;
  let error = 0;
  for (let i = 0; i < golden.length; i++) {
    signal += golden[i] * golden[i];
    error += (decoded[i] - golden[i]) * (decoded[i] - golden[i]);
  }
  return { signal, error };
}

export function codeHistogram(codes: Codes, { code }: Signal): number[] | null {
  if (code === null) return null;
  const counts = new Array<number>(code.hi - code.lo + 1).fill(0);
  for (const q of codes) counts[q - code.lo]++;
  return counts;
}

/** Bins are whole steps of the code where all channels share one, so that none holds more codes than its neighbour. */
export function densityOf(decoded: ArrayLike<number>, golden: Float32Array, { code, copies }: Signal): Density {
  let [lo, hi] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < golden.length; i++) {
    lo = Math.min(lo, golden[i], decoded[i]);
    hi = Math.max(hi, golden[i], decoded[i]);
  }
  if (!(hi > lo)) [lo, hi] = [Number.isFinite(lo) ? lo - 0.5 : 0, Number.isFinite(hi) ? hi + 0.5 : 1];
  const step = code !== null && new Set(code.step).size === 1 ? code.step[0] / copies : null;
  const width = step === null ? (hi - lo) / MOST_BINS : step * Math.ceil((hi - lo + step) / step / MOST_BINS);
  const from = step === null ? lo : (Math.round(lo / step) - 0.5) * step;
  const bins = Math.max(1, Math.min(MOST_BINS + 1, Math.ceil((hi - from) / width)));
  const binOf = (v: number): number => Math.min(bins - 1, Math.max(0, Math.floor((v - from) / width)));
  const counts = new Array<number>(bins * bins).fill(0);
  for (let i = 0; i < golden.length; i++) counts[binOf(golden[i]) * bins + binOf(decoded[i])]++;
  return { from, width, bins, counts, correlation: correlationOf(decoded, golden) };
}

function correlationOf(a: ArrayLike<number>, b: Float32Array): number | null {
  const n = b.length;
  let [meanA, meanB] = [0, 0];
  for (let i = 0; i < n; i++) {
    meanA += a[i] / n;
    meanB += b[i] / n;
  }
  let [aa, bb, ab] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    aa += (a[i] - meanA) ** 2;
    bb += (b[i] - meanB) ** 2;
    ab += (a[i] - meanA) * (b[i] - meanB);
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : null;
}
