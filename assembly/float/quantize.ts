/**
 * Between float32 and 8-bit codes: code = clamp(round(x / scale) + zero), ties to even; x = (code - zero) * scale. Lengths in elements.
 */

/** Codes as bytes, signed or not: `lo`..`hi` says which. */
export function quantize8Simd(x: usize, y: usize, n: usize, scale: f32, zero: f32, lo: f32, hi: f32): void {
  const scales = f32x4.splat(scale), zeros = f32x4.splat(zero), low = f32x4.splat(lo), high = f32x4.splat(hi);
  const bytes = i32x4.splat(255);
  let i: usize = 0;
  for (; i + 8 <= n; i += 8) {
    let a = f32x4.add(f32x4.nearest(f32x4.div(v128.load(x + (i << 2)), scales)), zeros);
    let b = f32x4.add(f32x4.nearest(f32x4.div(v128.load(x + (i << 2), 16), scales)), zeros);
    a = f32x4.min(f32x4.max(a, low), high);
    b = f32x4.min(f32x4.max(b, low), high);
    const words = i16x8.narrow_i32x4_u(v128.and(i32x4.trunc_sat_f32x4_s(a), bytes), v128.and(i32x4.trunc_sat_f32x4_s(b), bytes));
    v128.store64_lane(y + i, i8x16.narrow_i16x8_u(words, words), 0);
  }
  quantize8Scalar(x + (i << 2), y + i, n - i, scale, zero, lo, hi);
}

export function quantize8Scalar(x: usize, y: usize, n: usize, scale: f32, zero: f32, lo: f32, hi: f32): void {
  for (let i: usize = 0; i < n; i++) {
    const code = min(max(nearest<f32>(f32.load(x + (i << 2)) / scale) + zero, lo), hi);
    i32.store8(y + i, <i32>code);
  }
}

/** From int8 codes (signed 1) or uint8 codes (signed 0). */
export function dequantize8Simd(x: usize, y: usize, n: usize, scale: f32, zero: i32, signed: i32): void {
  const scales = f32x4.splat(scale), zeros = i32x4.splat(zero);
  let i: usize = 0;
  for (; i + 8 <= n; i += 8) {
    const words = signed ? v128.load8x8_s(x + i) : v128.load8x8_u(x + i);
    const a = i32x4.sub(i32x4.extend_low_i16x8_s(words), zeros);
    const b = i32x4.sub(i32x4.extend_high_i16x8_s(words), zeros);
    v128.store(y + (i << 2), f32x4.mul(f32x4.convert_i32x4_s(a), scales));
    v128.store(y + (i << 2), f32x4.mul(f32x4.convert_i32x4_s(b), scales), 16);
  }
  dequantize8Scalar(x + i, y + (i << 2), n - i, scale, zero, signed);
}

export function dequantize8Scalar(x: usize, y: usize, n: usize, scale: f32, zero: i32, signed: i32): void {
  for (let i: usize = 0; i < n; i++) {
    const code = signed ? i32.load8_s(x + i) : i32.load8_u(x + i);
    f32.store(y + (i << 2), <f32>(code - zero) * scale);
  }
}
