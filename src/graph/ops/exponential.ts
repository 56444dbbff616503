/**
 * Exponential functions that give the same bits on every engine: only +, -, * and / of float64, which IEEE 754 fixes.
 */
import { exponentOf, powerOfTwo } from '../float-bits.js';

/** ln 2 in two parts; the first has 32 significant bits, so that k times it is exact for the k that occur. */
const LN2_HIGH = 6.93147180369123816490e-1;
const LN2_LOW = 1.90821492927058770002e-10;
const INVERSE_LN2 = 1.4426950408889634;

/** 1/n! for n = 13 down to 2: Taylor to |r| <= ln2/2, remainder below 2^-58. */
const COEFFICIENTS = [
  1 / 6227020800, 1 / 479001600, 1 / 39916800, 1 / 3628800, 1 / 362880, 1 / 40320, 1 / 5040, 1 / 720, 1 / 120, 1 / 24, 1 / 6, 1 / 2,
] as const;

/** e^r - 1 for |r| <= ln2/2 + small, as r + r^2 * polynomial. */
function reducedExpm1(r: number): number {
  let p = 0;
  for (const c of COEFFICIENTS) p = p * r + c;
  return r + r * r * p;
}

/** x * 2^k for x near 1 and -1100 < k <= 1024, with one rounding (in the subnormal range). */
function scaleByPowerOfTwo(x: number, k: number): number {
  if (k > 1023) return x * 2 * powerOfTwo(k - 1);
  return k < -1000 ? x * powerOfTwo(-1000) * powerOfTwo(k + 1000) : x * powerOfTwo(k);
}

/** e^x within 2 ulp of float64. e^-745.2 and below are 0; 709.8 and above are infinite. */
export function exp(x: number): number {
  if (x !== x) return x;
  if (x > 709.782712893384) return Infinity;
  if (x < -745.1332191019412) return 0;
  const k = Math.floor(x * INVERSE_LN2 + 0.5);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  return scaleByPowerOfTwo(1 + reducedExpm1(r), k);
}

/** 1 / (1 + e^-x); for negative x as e^x / (1 + e^x), so that nothing overflows. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + exp(-x));
  const e = exp(x);
  return e / (1 + e);
}

/** tanh x within a few ulp: (e^2x - 1) / (e^2x + 1), with e^2x - 1 free of cancellation near 0. */
export function tanh(x: number): number {
  if (x !== x || x === 0) return x;
  const a = Math.abs(x);
  if (a > 20) return x > 0 ? 1 : -1;
  const m = 2 * a < 0.34 ? reducedExpm1(2 * a) : exp(2 * a) - 1;
  const t = m / (m + 2);
  return x > 0 ? t : -t;
}

/** 1/(2n+1) for n = 11 down to 1: the series of atanh to |s| <= 0.172, remainder below 2^-60. */
const LOG_COEFFICIENTS = [1 / 23, 1 / 21, 1 / 19, 1 / 17, 1 / 15, 1 / 13, 1 / 11, 1 / 9, 1 / 7, 1 / 5, 1 / 3] as const;

/** Below this float64 has fewer bits. */
const SUBNORMAL = 2.2250738585072014e-308;

/** ln x within a few ulp: x = m * 2^k with m in [sqrt(1/2), sqrt 2], ln m = 2 atanh((m - 1) / (m + 1)). ln 0 is -infinity, of less than 0 no number. */
export function log(x: number): number {
  if (x !== x || x < 0) return NaN;
  if (x === 0 || x === Infinity) return x === 0 ? -Infinity : x;
  if (x < SUBNORMAL) return log(x * powerOfTwo(54)) - 54 * (LN2_HIGH + LN2_LOW);
  const floor = exponentOf(x);
  const fraction = floor > 1022 ? (x / 2) * powerOfTwo(1 - floor) : x * powerOfTwo(-floor);
  const [m, k] = fraction > Math.SQRT2 ? [fraction / 2, floor + 1] : [fraction, floor];
  const s = (m - 1) / (m + 1);
  const t = s * s;
  let p = 0;
  for (const c of LOG_COEFFICIENTS) p = p * t + c;
  return k * LN2_HIGH + (k * LN2_LOW + 2 * (s + s * t * p));
}

/** x^y: by multiplication for whole y of at most 64, else e^(y ln x), within |y ln x| ulp or so. Of x < 0 only whole y have a value. */
export function pow(x: number, y: number): number {
  if (y === 0 || x === 1) return 1;
  if (Number.isInteger(y) && Math.abs(y) <= 64) return wholePower(x, y);
  if (y === 0.5) return Math.sqrt(x);
  if (x < 0) return !Number.isInteger(y) ? NaN : Math.abs(y) % 2 === 1 ? -exp(y * log(-x)) : exp(y * log(-x));
  return exp(y * log(x));
}

function wholePower(x: number, y: number): number {
  let result = 1;
  for (let n = Math.abs(y), square = x; n > 0; n = Math.floor(n / 2), square *= square) if (n % 2 === 1) result *= square;
  return y < 0 ? 1 / result : result;
}

const TWO_OVER_SQRT_PI = 1.1283791670955126;

/** erf x within a few ulp: 2/sqrt(pi) e^-x^2 (x + 2x^3/3 + 4x^5/(3*5) + ...), whose terms have one sign. */
export function erf(x: number): number {
  if (x !== x) return x;
  if (Math.abs(x) > 6) return x > 0 ? 1 : -1;
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return TWO_OVER_SQRT_PI * exp(-x * x) * sum;
}
