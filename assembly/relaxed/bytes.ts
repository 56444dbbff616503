/**
 * The product of assembly/simd128/product.ts for weights of 8 bits and inputs of 256 values, four rows of weights a step: six rows by eight columns in
 * registers. For machines alone whose `i32x4.relaxed_dot_i8x16_i7x16_add_s` takes its second operand for bytes of 0..255 (`dotOfBytes`), and is one instruction.
 */
import { applyTable, putEight } from '../simd128/codes';
import { codes, shifted } from '../simd128/product';
import { addDot } from './dot';

/** Rows in scratch at a time, a multiple of six, and bytes of each: no power of two, or rows would meet in the same lines of the cache. */
const CHUNK: i32 = 24;
const STRIDE: usize = 1088;
/** Bytes of a block's weights of four rows. */
const QUAD: usize = 32;

/**
 * What the relaxed product that adds gives for four products of 127 and a byte whose bits are all set. 4 * 127 * 255: the second operand is bytes of 0..255, and
 * nothing saturates; it is one instruction. 2 * 32767: pairs of products saturate; it is three. -4 * 127: the second operand has a sign. Operands come from memory, 8
 * bytes of scratch, or the compiler would work the answer out.
 */
export function dotOfBytes(scratch: usize): i32 {
  store<i32>(scratch, 0x7f7f7f7f);
  store<i32>(scratch, -1, 4);
  return i32x4.extract_lane(addDot(i32x4.splat(0), v128.load32_splat(scratch, 4), v128.load32_splat(scratch)), 0);
}

/**
 * `blocks`: for every block of 8 columns, for every four rows, two vectors of int8: rows i..i + 3 of column 0, of column 1 and so on; zeros beyond the matrix.
 * `zero`: the least input code. `bias`: int32, with `zero` times the column's weights, up to a multiple of 8 columns. At most 1,088 rows; inputs are
 * read up to a multiple of 8. Scratch: 26,112 bytes. Otherwise as `productSimd`.
 */
export function productBytes(
  x: usize, xPitch: usize, count: i32, y: usize, yPitch: usize, rows: i32, columns: i32, zero: i32, blocks: usize, bias: usize,
  least: i32, greatest: i32, shift: i32, lo: i32, hi: i32, offset: i32, table: usize, scratch: usize,
): void {
  const xBytes = xPitch << 1;
  const yBytes = yPitch << 1;
  const length = <usize>((rows + 3) >> 2) * QUAD;
  for (let r = 0; r < count; r += CHUNK) {
    const taken = min(CHUNK, count - r);
    narrowRows(x, xBytes, taken, rows, zero, scratch);
    let block = blocks;
    let b = bias;
    for (let j = 0; j < columns; j += 8) {
      const out = y + (<usize>j << 1);
      const n = min(8, columns - j);
      for (let s = 0; s < taken;) {
        const left = taken - s;
        const p = scratch + <usize>s * STRIDE;
        const to = out + <usize>s * yBytes;
        if (left > 2) sixRows(p, block, length, b, to, yBytes, min(6, left), n, least, greatest, shift, lo, hi, offset);
        else twoRows(p, block, length, b, to, yBytes, left, n, least, greatest, shift, lo, hi, offset);
        s += left > 2 ? 6 : 2;
      }
      block += length;
      b += 32;
    }
    if (table) applyTable(y, yBytes, taken, columns, table, lo);
    x += <usize>CHUNK * xBytes;
    y += <usize>CHUNK * yBytes;
  }
}

/** Rows as bytes. What is multiplied behind them is whatever the scratch holds, and is not written. */
function narrowRows(x: usize, xBytes: usize, taken: i32, rows: i32, zero: i32, to: usize): void {
  const bytes = <usize>((rows + 7) & ~7) << 1;
  const least = i16x8.splat(<i16>zero);
  for (let r = 0; r < taken; r += 2) {
    const a = x + <usize>min(r, taken - 1) * xBytes;
    const b = x + <usize>min(r + 1, taken - 1) * xBytes;
    let at = to + <usize>r * STRIDE;
    for (let i: usize = 0; i < bytes; i += 16) {
      const both = i8x16.narrow_i16x8_u(i16x8.sub(v128.load(a + i), least), i16x8.sub(v128.load(b + i), least));
      v128.store64_lane(at, both, 0);
      v128.store64_lane(at, both, 1, STRIDE);
      at += 8;
    }
  }
}

/** Codes of `columns` sums of a row. */
@inline
function put(y: usize, a: v128, b: v128, columns: i32, least: v128, greatest: v128, shift: i32, lo: v128, hi: v128, offset: v128): void {
  putEight(y, codes(shifted(a, least, greatest, shift), shifted(b, least, greatest, shift), lo, hi, offset), columns);
}

/** Twelve sums are as many as the registers hold, and as the latency of the product needs. The first `rows` (3..6) are written. */
function sixRows(
  p: usize, w: usize, length: usize, bias: usize, y: usize, yBytes: usize, rows: i32, columns: i32,
  least: i32, greatest: i32, shift: i32, lo: i32, hi: i32, offset: i32,
): void {
  let a0 = v128.load(bias);
  let a1 = v128.load(bias, 16);
  let b0 = a0;
  let b1 = a1;
  let c0 = a0;
  let c1 = a1;
  let d0 = a0;
  let d1 = a1;
  let e0 = a0;
  let e1 = a1;
  let f0 = a0;
  let f1 = a1;
  const end = w + length;
  do {
    const w0 = v128.load(w);
    const w1 = v128.load(w, 16);
    let x = v128.load32_splat(p);
    a0 = addDot(a0, x, w0);
    a1 = addDot(a1, x, w1);
    x = v128.load32_splat(p, STRIDE);
    b0 = addDot(b0, x, w0);
    b1 = addDot(b1, x, w1);
    x = v128.load32_splat(p, 2 * STRIDE);
    c0 = addDot(c0, x, w0);
    c1 = addDot(c1, x, w1);
    x = v128.load32_splat(p, 3 * STRIDE);
    d0 = addDot(d0, x, w0);
    d1 = addDot(d1, x, w1);
    x = v128.load32_splat(p, 4 * STRIDE);
    e0 = addDot(e0, x, w0);
    e1 = addDot(e1, x, w1);
    x = v128.load32_splat(p, 5 * STRIDE);
    f0 = addDot(f0, x, w0);
    f1 = addDot(f1, x, w1);
    p += 4;
    w += QUAD;
  } while (w != end);
  const vLeast = i32x4.splat(least);
  const vGreatest = i32x4.splat(greatest);
  const vLo = i16x8.splat(<i16>lo);
  const vHi = i16x8.splat(<i16>hi);
  const vOffset = i16x8.splat(<i16>offset);
  put(y, a0, a1, columns, vLeast, vGreatest, shift, vLo, vHi, vOffset);
  put(y + yBytes, b0, b1, columns, vLeast, vGreatest, shift, vLo, vHi, vOffset);
  put(y + 2 * yBytes, c0, c1, columns, vLeast, vGreatest, shift, vLo, vHi, vOffset);
  if (rows < 4) return;
  put(y + 3 * yBytes, d0, d1, columns, vLeast, vGreatest, shift, vLo, vHi, vOffset);
  if (rows < 5) return;
  put(y + 4 * yBytes, e0, e1, columns, vLeast, vGreatest, shift, vLo, vHi, vOffset);
  if (rows < 6) return;
  put(y + 5 * yBytes, f0, f1, columns, vLeast, vGreatest, shift, vLo, vHi, vOffset);
}

/** What is left of a few rows; the first `rows` (1 or 2) are written. */
function twoRows(
  p: usize, w: usize, length: usize, bias: usize, y: usize, yBytes: usize, rows: i32, columns: i32,
  least: i32, greatest: i32, shift: i32, lo: i32, hi: i32, offset: i32,
): void {
  let a0 = v128.load(bias);
  let a1 = v128.load(bias, 16);
  let b0 = a0;
  let b1 = a1;
  const end = w + length;
  do {
    const w0 = v128.load(w);
    const w1 = v128.load(w, 16);
    let x = v128.load32_splat(p);
    a0 = addDot(a0, x, w0);
    a1 = addDot(a1, x, w1);
    x = v128.load32_splat(p, STRIDE);
    b0 = addDot(b0, x, w0);
    b1 = addDot(b1, x, w1);
    p += 4;
    w += QUAD;
  } while (w != end);
  const vLeast = i32x4.splat(least);
  const vGreatest = i32x4.splat(greatest);
  const vLo = i16x8.splat(<i16>lo);
  const vHi = i16x8.splat(<i16>hi);
  const vOffset = i16x8.splat(<i16>offset);
  put(y, a0, a1, columns, vLeast, vGreatest, shift, vLo, vHi, vOffset);
  if (rows == 2) put(y + yBytes, b0, b1, columns, vLeast, vGreatest, shift, vLo, vHi, vOffset);
}
