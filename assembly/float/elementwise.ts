/**
 * Float32 functions of one element, or of elements at the same place. Input and output may be the same memory. Lengths in elements.
 */

/** y = min(max(x, lo), hi): ReLU (0, infinity), ReLU6, Clip. NaN stays. */
export function clampFloatSimd(x: usize, y: usize, n: usize, lo: f32, hi: f32): void {
  const low = f32x4.splat(lo);
  const high = f32x4.splat(hi);
  let i: usize = 0;
  for (; i + 4 <= n; i += 4) v128.store(y + (i << 2), f32x4.min(f32x4.max(v128.load(x + (i << 2)), low), high));
  clampFloatScalar(x + (i << 2), y + (i << 2), n - i, lo, hi);
}

export function clampFloatScalar(x: usize, y: usize, n: usize, lo: f32, hi: f32): void {
  for (let i: usize = 0; i < n; i++) f32.store(y + (i << 2), min(max(f32.load(x + (i << 2)), lo), hi));
}

/** y = a + b. */
export function addFloatSimd(a: usize, b: usize, y: usize, n: usize): void {
  let i: usize = 0;
  for (; i + 4 <= n; i += 4) v128.store(y + (i << 2), f32x4.add(v128.load(a + (i << 2)), v128.load(b + (i << 2))));
  addFloatScalar(a + (i << 2), b + (i << 2), y + (i << 2), n - i);
}

export function addFloatScalar(a: usize, b: usize, y: usize, n: usize): void {
  for (let i: usize = 0; i < n; i++) f32.store(y + (i << 2), f32.load(a + (i << 2)) + f32.load(b + (i << 2)));
}

/** y = x * factors[c] + offsets[c] in planes of `size` elements; plane p has channel c = p modulo `channels`. */
export function scalePlanesSimd(x: usize, y: usize, planes: usize, size: usize, channels: usize, factors: usize, offsets: usize): void {
  let c: usize = 0;
  for (let p: usize = 0; p < planes; p++) {
    const factor = v128.load32_splat(factors + (c << 2));
    const offset = v128.load32_splat(offsets + (c << 2));
    let i: usize = 0;
    for (; i + 4 <= size; i += 4) v128.store(y + (i << 2), f32x4.add(f32x4.mul(v128.load(x + (i << 2)), factor), offset));
    for (; i < size; i++) f32.store(y + (i << 2), f32.load(x + (i << 2)) * f32x4.extract_lane(factor, 0) + f32x4.extract_lane(offset, 0));
    x += size << 2;
    y += size << 2;
    if (++c == channels) c = 0;
  }
}

export function scalePlanesScalar(x: usize, y: usize, planes: usize, size: usize, channels: usize, factors: usize, offsets: usize): void {
  for (let p: usize = 0; p < planes; p++) {
    const factor = f32.load(factors + ((p % channels) << 2));
    const offset = f32.load(offsets + ((p % channels) << 2));
    for (let i: usize = p * size; i < (p + 1) * size; i++) f32.store(y + (i << 2), f32.load(x + (i << 2)) * factor + offset);
  }
}

/** y[p] = mean of plane p: four running sums (element i goes to sum i modulo 4), added as (0 + 1) + (2 + 3), divided by the size. */
export function meanPlanesSimd(x: usize, y: usize, planes: usize, size: usize): void {
  for (let p: usize = 0; p < planes; p++) {
    let sums = f32x4.splat(0);
    let i: usize = 0;
    for (; i + 4 <= size; i += 4) sums = f32x4.add(sums, v128.load(x + (i << 2)));
    let s0 = f32x4.extract_lane(sums, 0), s1 = f32x4.extract_lane(sums, 1), s2 = f32x4.extract_lane(sums, 2);
    const s3 = f32x4.extract_lane(sums, 3);
    if (i < size) s0 += f32.load(x + (i << 2));
    if (i + 1 < size) s1 += f32.load(x + (i << 2), 4);
    if (i + 2 < size) s2 += f32.load(x + (i << 2), 8);
    f32.store(y + (p << 2), (s0 + s1 + (s2 + s3)) / <f32>size);
    x += size << 2;
  }
}

export function meanPlanesScalar(x: usize, y: usize, planes: usize, size: usize): void {
  for (let p: usize = 0; p < planes; p++) {
    let s0: f32 = 0, s1: f32 = 0, s2: f32 = 0, s3: f32 = 0;
    for (let i: usize = 0; i < size; i++) {
      const v = f32.load(x + ((p * size + i) << 2));
      if ((i & 3) == 0) s0 += v;
      else if ((i & 3) == 1) s1 += v;
      else if ((i & 3) == 2) s2 += v;
      else s3 += v;
    }
    f32.store(y + (p << 2), (s0 + s1 + (s2 + s3)) / <f32>size);
  }
}
