/**
 * Exponential functions of float32 values, computed in float64 by the operations of src/graph/ops/exponential.ts in the same order: the same bits.
 * One form each. Input and output may be the same memory; lengths in elements.
 */

const LN2_HIGH: f64 = 6.93147180369123816490e-1;
const LN2_LOW: f64 = 1.90821492927058770002e-10;
const INVERSE_LN2: f64 = 1.4426950408889634;

/** e^r - 1 for |r| <= ln2/2 + small. */
@inline
function reducedExpm1(r: f64): f64 {
  let p: f64 = 1.0 / 6227020800.0;
  p = p * r + 1.0 / 479001600.0;
  p = p * r + 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 1.0 / 2.0;
  return r + r * r * p;
}

/** e^x for |x| <= 708. */
export function expNear(x: f64): f64 {
  const k = floor<f64>(x * INVERSE_LN2 + 0.5);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  return (1 + reducedExpm1(r)) * reinterpret<f64>((<i64>k + 1023) << 52);
}

/** ln x of a normal x > 0, below 2^1023. */
export function logNormal(x: f64): f64 {
  const bits = reinterpret<i64>(x);
  let k = <i32>(bits >> 52) - 1023;
  let m = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (m > 1.4142135623730951) {
    m /= 2;
    k++;
  }
  const s = (m - 1) / (m + 1);
  const t = s * s;
  let p: f64 = 1.0 / 23.0;
  p = p * t + 1.0 / 21.0;
  p = p * t + 1.0 / 19.0;
  p = p * t + 1.0 / 17.0;
  p = p * t + 1.0 / 15.0;
  p = p * t + 1.0 / 13.0;
  p = p * t + 1.0 / 11.0;
  p = p * t + 1.0 / 9.0;
  p = p * t + 1.0 / 7.0;
  p = p * t + 1.0 / 5.0;
  p = p * t + 1.0 / 3.0;
  return <f64>k * LN2_HIGH + (<f64>k * LN2_LOW + 2 * (s + s * t * p));
}

/** y = tanh x. */
export function tanhFloat(x: usize, y: usize, n: usize): void {
  for (let i: usize = 0; i < n << 2; i += 4) {
    const v = <f64>f32.load(x + i);
    const a = abs<f64>(v);
    let t = v;
    if (a > 20) {
      t = v > 0 ? 1 : -1;
    } else if (a > 0) {
      const m = 2 * a < 0.34 ? reducedExpm1(2 * a) : expNear(2 * a) - 1;
      t = copysign<f64>(m / (m + 2), v);
    }
    f32.store(y + i, <f32>t);
  }
}

/** y = 1 / (1 + e^-x). */
export function sigmoidFloat(x: usize, y: usize, n: usize): void {
  for (let i: usize = 0; i < n << 2; i += 4) {
    const v = <f64>f32.load(x + i);
    let t = v;
    // Beyond 700 the result is 1, or below the least float32.
    if (v > 700) {
      t = 1;
    } else if (v < -700) {
      t = 0;
    } else if (v >= 0) {
      t = 1 / (1 + expNear(-v));
    } else if (v < 0) {
      const e = expNear(v);
      t = e / (1 + e);
    }
    f32.store(y + i, <f32>t);
  }
}
