/** Codes from golden values: the range by squared error, not by minimum and maximum. */
import type { CodeRange } from '../chip/types.js';
import type { Code } from './types.js';

/** Clip points tried, as shares of the range seen: 1, 0.97, 0.97^2, ... down to about 0.2. */
const SHRINK = 0.97;
const CANDIDATES = 53;
/** Squared errors are taken on at most this many values. */
const MOST_VALUES = 1 << 16;

export interface RangeRequest {
  readonly values: Float32Array;
  /** Least and greatest value seen anywhere, not only in `values`. */
  readonly min: number;
  readonly max: number;
  /** Legal codes. */
  readonly codes: CodeRange;
  /** Values that the operation's own function allows: [0, Infinity] after ReLU. */
  readonly bounds: readonly [number, number];
  /** Copies that make the grid finer between the same ends; default 1. */
  readonly copies?: number;
  /** A value that the code must reach; default 0. */
  readonly leastTop?: number;
  /** Squared error of a value, on average, that a code adds to that of `values`; default none. */
  readonly beside?: (code: Code) => number;
}

/** The code for decoded values `lo`..`hi` (0 inside): step over the whole range of codes, zero the nearest code of 0. */
export function codeOver(lo: number, hi: number, codes: CodeRange): Code {
  const bottom = Math.min(lo, 0);
  const top = Math.max(hi, 0);
  const step = (top - bottom) / (codes.hi - codes.lo);
  if (!(step > 0)) return { lo: codes.lo, hi: codes.hi, step: [1], zero: [codes.lo] };
  return { lo: codes.lo, hi: codes.hi, step: [step], zero: [codes.lo + Math.floor(-bottom / step + 0.5)] };
}

/** Sum of (decode(encode(v)) - v)^2, on a grid `copies` times finer; of the first values only where theirs reaches `enough`. */
export function squaredError(values: Float32Array, code: Code, copies = 1, enough = Number.POSITIVE_INFINITY): number {
  const [step] = code.step;
  const [zero] = code.zero;
  const stride = strideOf(values);
  let sum = 0;
  for (let i = 0; i < values.length && sum < enough; i += stride) {
    const raw = Math.floor((values[i] / step + zero) * copies + 0.5) / copies;
    const q = raw < code.lo ? code.lo : raw > code.hi ? code.hi : raw;
    const e = (q - zero) * step - values[i];
    sum += e * e;
  }
  return sum;
}

function strideOf({ length }: Float32Array): number {
  return Math.max(1, Math.floor(length / MOST_VALUES));
}

/** The code from minimum to maximum. */
export function wholeCode({ min, max, codes, bounds }: RangeRequest): Code {
  return codeOver(Math.max(min, bounds[0]), Math.min(max, bounds[1]), codes);
}

/** The code of least squared error: both ends shrunk together first, then each alone. */
export function searchCode(request: RangeRequest): Code {
  const { values, codes, bounds, copies, leastTop = 0, beside = () => 0 } = request;
  const count = Math.ceil(values.length / strideOf(values));
  const lo = Math.max(request.min, bounds[0]);
  const hi = Math.min(request.max, bounds[1]);
  const best = { below: 1, above: 1, error: Number.POSITIVE_INFINITY };
  const attempt = (below: number, above: number): void => {
    if (above < 1 && hi * above < leastTop) return;
    const code = codeOver(lo * below, hi * above, codes);
    const error = squaredError(values, code, copies, best.error) + count * beside(code);
    if (error < best.error) Object.assign(best, { below, above, error });
  };
  const factors = Array.from({ length: CANDIDATES }, (_, i) => power(SHRINK, i));
  for (const f of factors) attempt(f, f);
  const together = { ...best };
  if (lo < 0) for (const f of factors) attempt(f, together.above);
  const { below } = best;
  if (lo < 0) for (const f of factors) attempt(below, f);
  return codeOver(lo * best.below, hi * best.above, codes);
}

/** Share of the samples whose greatest output may be clipped. */
const CLIPPED = 0.01;

/**
 * What the greatest of a sample's `outputs` reaches in all but a hundredth of the samples: it decides the class, and where it is clipped others can draw
 * level with it. `values`: row-major [samples x outputs].
 */
export function decisiveTop(values: Float32Array, outputs: number): number {
  const greatest = Float32Array.from({ length: values.length / outputs }, (_, r) => (
    values.subarray(r * outputs, (r + 1) * outputs).reduce((a, b) => Math.max(a, b), 0))).sort();
  return greatest[Math.ceil((1 - CLIPPED) * (greatest.length - 1))] ?? 0;
}

/** base^n by multiplication: the same on every engine. */
export function power(base: number, n: number): number {
  let result = 1;
  for (let i = 0; i < n; i++) result *= base;
  return result;
}
