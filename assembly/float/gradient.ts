/**
 * Float32 gradients of functions of one element, sums over planes, and steps of optimisers. Results may lie where an operand lies. Lengths in elements.
 */

/** y = a * b. */
export function multiplyFloatSimd(a: usize, b: usize, y: usize, n: usize): void {
  let i: usize = 0;
  for (; i + 4 <= n; i += 4) v128.store(y + (i << 2), f32x4.mul(v128.load(a + (i << 2)), v128.load(b + (i << 2))));
  multiplyFloatScalar(a + (i << 2), b + (i << 2), y + (i << 2), n - i);
}

export function multiplyFloatScalar(a: usize, b: usize, y: usize, n: usize): void {
  for (let i: usize = 0; i < n; i++) f32.store(y + (i << 2), f32.load(a + (i << 2)) * f32.load(b + (i << 2)));
}

/** dx = dy where lo < y < hi, else 0: `clampFloat`, y its result. */
export function clampGradientSimd(y: usize, dy: usize, dx: usize, n: usize, lo: f32, hi: f32): void {
  const low = f32x4.splat(lo), high = f32x4.splat(hi);
  let i: usize = 0;
  for (; i + 4 <= n; i += 4) {
    const v = v128.load(y + (i << 2));
    v128.store(dx + (i << 2), v128.and(v128.load(dy + (i << 2)), v128.and(f32x4.gt(v, low), f32x4.lt(v, high))));
  }
  clampGradientScalar(y + (i << 2), dy + (i << 2), dx + (i << 2), n - i, lo, hi);
}

export function clampGradientScalar(y: usize, dy: usize, dx: usize, n: usize, lo: f32, hi: f32): void {
  for (let i: usize = 0; i < n; i++) {
    const v = f32.load(y + (i << 2));
    f32.store(dx + (i << 2), v > lo && v < hi ? f32.load(dy + (i << 2)) : 0);
  }
}

/** dx = dy where x >= 0, else alpha * dy. */
export function leakyGradientSimd(x: usize, dy: usize, dx: usize, n: usize, alpha: f32): void {
  const slope = f32x4.splat(alpha), zero = f32x4.splat(0);
  let i: usize = 0;
  for (; i + 4 <= n; i += 4) {
    const g = v128.load(dy + (i << 2));
    v128.store(dx + (i << 2), v128.bitselect(g, f32x4.mul(g, slope), f32x4.ge(v128.load(x + (i << 2)), zero)));
  }
  leakyGradientScalar(x + (i << 2), dy + (i << 2), dx + (i << 2), n - i, alpha);
}

export function leakyGradientScalar(x: usize, dy: usize, dx: usize, n: usize, alpha: f32): void {
  for (let i: usize = 0; i < n; i++) {
    const g = f32.load(dy + (i << 2));
    f32.store(dx + (i << 2), f32.load(x + (i << 2)) >= 0 ? g : g * alpha);
  }
}

/** dx = dy * (1 - y * y): hyperbolic tangent, y its result. */
export function tanhGradientSimd(y: usize, dy: usize, dx: usize, n: usize): void {
  const one = f32x4.splat(1);
  let i: usize = 0;
  for (; i + 4 <= n; i += 4) {
    const v = v128.load(y + (i << 2));
    v128.store(dx + (i << 2), f32x4.mul(v128.load(dy + (i << 2)), f32x4.sub(one, f32x4.mul(v, v))));
  }
  tanhGradientScalar(y + (i << 2), dy + (i << 2), dx + (i << 2), n - i);
}

export function tanhGradientScalar(y: usize, dy: usize, dx: usize, n: usize): void {
  for (let i: usize = 0; i < n; i++) {
    const v = f32.load(y + (i << 2));
    f32.store(dx + (i << 2), f32.load(dy + (i << 2)) * (1 - v * v));
  }
}

/** dx = dy * (y * (1 - y)): logistic function, y its result. */
export function sigmoidGradientSimd(y: usize, dy: usize, dx: usize, n: usize): void {
  const one = f32x4.splat(1);
  let i: usize = 0;
  for (; i + 4 <= n; i += 4) {
    const v = v128.load(y + (i << 2));
    v128.store(dx + (i << 2), f32x4.mul(v128.load(dy + (i << 2)), f32x4.mul(v, f32x4.sub(one, v))));
  }
  sigmoidGradientScalar(y + (i << 2), dy + (i << 2), dx + (i << 2), n - i);
}

export function sigmoidGradientScalar(y: usize, dy: usize, dx: usize, n: usize): void {
  for (let i: usize = 0; i < n; i++) {
    const v = f32.load(y + (i << 2));
    f32.store(dx + (i << 2), f32.load(dy + (i << 2)) * (v * (1 - v)));
  }
}

/** dx[p] filled with dy[p] / size: the mean of a plane. */
export function meanGradientSimd(dy: usize, dx: usize, planes: usize, size: usize): void {
  for (let p: usize = 0; p < planes; p++) {
    const value = f32.load(dy + (p << 2)) / <f32>size;
    const all = f32x4.splat(value);
    let i: usize = 0;
    for (; i + 4 <= size; i += 4) v128.store(dx + (i << 2), all);
    for (; i < size; i++) f32.store(dx + (i << 2), value);
    dx += size << 2;
  }
}

export function meanGradientScalar(dy: usize, dx: usize, planes: usize, size: usize): void {
  for (let p: usize = 0; p < planes; p++) {
    for (let i: usize = 0; i < size; i++) f32.store(dx + ((p * size + i) << 2), f32.load(dy + (p << 2)) / <f32>size);
  }
}

/**
 * Adds the sum of x (of x * y, if y is not 0) over plane p to sums[p modulo channels]. Four running sums a plane (element i to sum i modulo 4), added as
 * (0 + 1) + (2 + 3).
 */
export function sumPlanesSimd(x: usize, y: usize, planes: usize, size: usize, channels: usize, sums: usize): void {
  let c: usize = 0;
  for (let p: usize = 0; p < planes; p++) {
    let all = f32x4.splat(0);
    let i: usize = 0;
    if (y) {
      for (; i + 4 <= size; i += 4) all = f32x4.add(all, f32x4.mul(v128.load(x + (i << 2)), v128.load(y + (i << 2))));
    } else {
      for (; i + 4 <= size; i += 4) all = f32x4.add(all, v128.load(x + (i << 2)));
    }
    let s0 = f32x4.extract_lane(all, 0), s1 = f32x4.extract_lane(all, 1), s2 = f32x4.extract_lane(all, 2);
    const s3 = f32x4.extract_lane(all, 3);
    if (i < size) s0 += term(x, y, i);
    if (i + 1 < size) s1 += term(x, y, i + 1);
    if (i + 2 < size) s2 += term(x, y, i + 2);
    const at = sums + (c << 2);
    f32.store(at, f32.load(at) + (s0 + s1 + (s2 + s3)));
    x += size << 2;
    if (y) y += size << 2;
    if (++c == channels) c = 0;
  }
}

export function sumPlanesScalar(x: usize, y: usize, planes: usize, size: usize, channels: usize, sums: usize): void {
  for (let p: usize = 0; p < planes; p++) {
    let s0: f32 = 0, s1: f32 = 0, s2: f32 = 0, s3: f32 = 0;
    for (let i: usize = 0; i < size; i++) {
      const v = term(x, y, p * size + i);
      if ((i & 3) == 0) s0 += v;
      else if ((i & 3) == 1) s1 += v;
      else if ((i & 3) == 2) s2 += v;
      else s3 += v;
    }
    const at = sums + ((p % channels) << 2);
    f32.store(at, f32.load(at) + (s0 + s1 + (s2 + s3)));
  }
}

@inline
function term(x: usize, y: usize, i: usize): f32 {
  return y ? f32.load(x + (i << 2)) * f32.load(y + (i << 2)) : f32.load(x + (i << 2));
}

/** One step of momentum: v = momentum * v + (g + decay * w), w = w - rate * v. */
export function momentumStepSimd(w: usize, g: usize, v: usize, n: usize, rate: f32, momentum: f32, decay: f32): void {
  const rates = f32x4.splat(rate), kept = f32x4.splat(momentum), decays = f32x4.splat(decay);
  let i: usize = 0;
  for (; i + 4 <= n; i += 4) {
    const old = v128.load(w + (i << 2));
    const speed = f32x4.add(f32x4.mul(kept, v128.load(v + (i << 2))), f32x4.add(v128.load(g + (i << 2)), f32x4.mul(decays, old)));
    v128.store(v + (i << 2), speed);
    v128.store(w + (i << 2), f32x4.sub(old, f32x4.mul(rates, speed)));
  }
  momentumStepScalar(w + (i << 2), g + (i << 2), v + (i << 2), n - i, rate, momentum, decay);
}

export function momentumStepScalar(w: usize, g: usize, v: usize, n: usize, rate: f32, momentum: f32, decay: f32): void {
  for (let i: usize = 0; i < n << 2; i += 4) {
    const old = f32.load(w + i);
    const speed = momentum * f32.load(v + i) + (f32.load(g + i) + decay * old);
    f32.store(v + i, speed);
    f32.store(w + i, old - rate * speed);
  }
}

/**
 * One step of Adam: m = b1*m + (1-b1)*g, s = b2*s + (1-b2)*g*g, w = w - (rate * m / (sqrt(s) + epsilon) + shrink * w). `rate` and `epsilon` hold the
 * corrections of the first steps.
 */
export function adamStepSimd(
  w: usize, g: usize, m: usize, s: usize, n: usize, rate: f32, b1: f32, b2: f32, epsilon: f32, shrink: f32,
): void {
  const rates = f32x4.splat(rate), keptM = f32x4.splat(b1), newM = f32x4.splat(1 - b1), keptS = f32x4.splat(b2), newS = f32x4.splat(1 - b2);
  const epsilons = f32x4.splat(epsilon), shrinks = f32x4.splat(shrink);
  let i: usize = 0;
  for (; i + 4 <= n; i += 4) {
    const slope = v128.load(g + (i << 2)), old = v128.load(w + (i << 2));
    const mean = f32x4.add(f32x4.mul(keptM, v128.load(m + (i << 2))), f32x4.mul(newM, slope));
    const square = f32x4.add(f32x4.mul(keptS, v128.load(s + (i << 2))), f32x4.mul(newS, f32x4.mul(slope, slope)));
    v128.store(m + (i << 2), mean);
    v128.store(s + (i << 2), square);
    const step = f32x4.div(f32x4.mul(rates, mean), f32x4.add(f32x4.sqrt(square), epsilons));
    v128.store(w + (i << 2), f32x4.sub(old, f32x4.add(step, f32x4.mul(shrinks, old))));
  }
  adamStepScalar(w + (i << 2), g + (i << 2), m + (i << 2), s + (i << 2), n - i, rate, b1, b2, epsilon, shrink);
}

export function adamStepScalar(
  w: usize, g: usize, m: usize, s: usize, n: usize, rate: f32, b1: f32, b2: f32, epsilon: f32, shrink: f32,
): void {
  for (let i: usize = 0; i < n << 2; i += 4) {
    const slope = f32.load(g + i), old = f32.load(w + i);
    const mean = b1 * f32.load(m + i) + (1 - b1) * slope;
    const square = b2 * f32.load(s + i) + (1 - b2) * (slope * slope);
    f32.store(m + i, mean);
    f32.store(s + i, square);
    f32.store(w + i, old - (rate * mean / (sqrt<f32>(square) + epsilon) + shrink * old));
  }
}
