/**
 * Integer product with the epilogue of the window and ideal-limits families (spec/chips.md, sections 3 and 6): two rows by sixteen
 * columns in registers, two rows of weights a step (i32x4.dot_i16x8_s).
 */
import { applyTable, putCodes, putEight } from './codes';

/** Rows whose inputs and outputs stay in the first cache while the panels go by. */
const CHUNK: i32 = 32;

/** Four sums: saturated, shifted. */
@inline
export function shifted(sum: v128, least: v128, greatest: v128, shift: i32): v128 {
  return i32x4.shr_s(i32x4.min_s(i32x4.max_s(sum, least), greatest), shift);
}

/** Eight codes: narrowed, clamped, moved by the offset. */
@inline
export function codes(a: v128, b: v128, lo: v128, hi: v128, offset: v128): v128 {
  return i16x8.add(i16x8.min_s(i16x8.max_s(i16x8.narrow_i32x4_s(a, b), lo), hi), offset);
}

/**
 * `panels`: for every block of 16 columns, for every pair of rows, 16 pairs of int16 weights, zeros beyond the matrix. The last columns, if 8 or fewer, are
 * in `narrow` instead, 8 pairs for every pair of rows. `bias`: int32, zeros up to a multiple of 16 columns. Inputs are read up to a multiple of two rows.
 * Pitches in elements. Sums must fit 32 bits. Clamped values go through `table` (0 = none), first entry for `lo`.
 */
export function productSimd(
  x: usize, xPitch: usize, count: i32, y: usize, yPitch: usize, pairs: i32, columns: i32, panels: usize, narrow: usize, bias: usize,
  least: i32, greatest: i32, shift: i32, lo: i32, hi: i32, offset: i32, table: usize,
): void {
  const wide = narrow ? columns & ~15 : columns;
  const xBytes = xPitch << 1;
  const yBytes = yPitch << 1;
  for (let r = 0; r < count; r += CHUNK) {
    const rows = min(CHUNK, count - r);
    let panel = panels;
    let b = bias;
    for (let j = 0; j < wide; j += 16) {
      block(
        x, xBytes, rows, y + (<usize>j << 1), yBytes, pairs, min(16, columns - j), panel, b, least, greatest, shift, lo, hi, offset,
      );
      panel += <usize>pairs << 6;
      b += 64;
    }
    if (wide < columns) {
      narrowBlock(
        x, xBytes, rows, y + (<usize>wide << 1), yBytes, pairs, columns - wide, narrow, b, least, greatest, shift, lo, hi, offset,
      );
    }
    if (table) applyTable(y, yBytes, rows, columns, table, lo);
    x += <usize>CHUNK * xBytes;
    y += <usize>CHUNK * yBytes;
  }
}

function block(
  x: usize, xBytes: usize, rows: i32, y: usize, yBytes: usize, pairs: i32, columns: i32, panel: usize, bias: usize,
  least: i32, greatest: i32, shift: i32, lo: i32, hi: i32, offset: i32,
): void {
  const end = panel + (<usize>pairs << 6);
  const vLeast = i32x4.splat(least);
  const vGreatest = i32x4.splat(greatest);
  const vLo = i16x8.splat(<i16>lo);
  const vHi = i16x8.splat(<i16>hi);
  const vOffset = i16x8.splat(<i16>offset);
  for (let r = 0; r < rows; r += 2) {
    // The last row of an odd number is computed twice and written twice.
    const second: usize = r + 1 < rows ? 1 : 0;
    let p = x;
    let q = x + second * xBytes;
    let w = panel;
    let a0 = v128.load(bias);
    let a1 = v128.load(bias, 16);
    let a2 = v128.load(bias, 32);
    let a3 = v128.load(bias, 48);
    let b0 = a0;
    let b1 = a1;
    let b2 = a2;
    let b3 = a3;
    do {
      const xa = v128.load32_splat(p);
      const xb = v128.load32_splat(q);
      const w0 = v128.load(w);
      const w1 = v128.load(w, 16);
      const w2 = v128.load(w, 32);
      const w3 = v128.load(w, 48);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(xa, w0));
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(xb, w0));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(xa, w1));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(xb, w1));
      a2 = i32x4.add(a2, i32x4.dot_i16x8_s(xa, w2));
      b2 = i32x4.add(b2, i32x4.dot_i16x8_s(xb, w2));
      a3 = i32x4.add(a3, i32x4.dot_i16x8_s(xa, w3));
      b3 = i32x4.add(b3, i32x4.dot_i16x8_s(xb, w3));
      p += 4;
      q += 4;
      w += 64;
    } while (w != end);
    const a = codes(shifted(a0, vLeast, vGreatest, shift), shifted(a1, vLeast, vGreatest, shift), vLo, vHi, vOffset);
    const c = codes(shifted(a2, vLeast, vGreatest, shift), shifted(a3, vLeast, vGreatest, shift), vLo, vHi, vOffset);
    const b = codes(shifted(b0, vLeast, vGreatest, shift), shifted(b1, vLeast, vGreatest, shift), vLo, vHi, vOffset);
    const d = codes(shifted(b2, vLeast, vGreatest, shift), shifted(b3, vLeast, vGreatest, shift), vLo, vHi, vOffset);
    putCodes(y, a, c, columns);
    putCodes(y + second * yBytes, b, d, columns);
    x += xBytes << 1;
    y += yBytes << 1;
  }
}

/** Four rows by eight columns, of which the first `columns` are written. */
function narrowBlock(
  x: usize, xBytes: usize, rows: i32, y: usize, yBytes: usize, pairs: i32, columns: i32, panel: usize, bias: usize,
  least: i32, greatest: i32, shift: i32, lo: i32, hi: i32, offset: i32,
): void {
  const end = panel + (<usize>pairs << 5);
  const vLeast = i32x4.splat(least);
  const vGreatest = i32x4.splat(greatest);
  const vLo = i16x8.splat(<i16>lo);
  const vHi = i16x8.splat(<i16>hi);
  const vOffset = i16x8.splat(<i16>offset);
  for (let r = 0; r < rows; r += 4) {
    // Where fewer than four rows are left, the last is computed and written again.
    const last = rows - 1 - r;
    const one = <usize>min(1, last);
    const two = <usize>min(2, last);
    const three = <usize>min(3, last);
    let p = x;
    let q = x + one * xBytes;
    let s = x + two * xBytes;
    let t = x + three * xBytes;
    let w = panel;
    let a0 = v128.load(bias);
    let a1 = v128.load(bias, 16);
    let b0 = a0;
    let b1 = a1;
    let c0 = a0;
    let c1 = a1;
    let d0 = a0;
    let d1 = a1;
    do {
      const w0 = v128.load(w);
      const w1 = v128.load(w, 16);
      const xa = v128.load32_splat(p);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(xa, w0));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(xa, w1));
      const xb = v128.load32_splat(q);
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(xb, w0));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(xb, w1));
      const xc = v128.load32_splat(s);
      c0 = i32x4.add(c0, i32x4.dot_i16x8_s(xc, w0));
      c1 = i32x4.add(c1, i32x4.dot_i16x8_s(xc, w1));
      const xd = v128.load32_splat(t);
      d0 = i32x4.add(d0, i32x4.dot_i16x8_s(xd, w0));
      d1 = i32x4.add(d1, i32x4.dot_i16x8_s(xd, w1));
      p += 4;
      q += 4;
      s += 4;
      t += 4;
      w += 32;
    } while (w != end);
    putEight(y, codes(shifted(a0, vLeast, vGreatest, shift), shifted(a1, vLeast, vGreatest, shift), vLo, vHi, vOffset), columns);
    putEight(y + one * yBytes, codes(shifted(b0, vLeast, vGreatest, shift), shifted(b1, vLeast, vGreatest, shift), vLo, vHi, vOffset), columns);
    putEight(y + two * yBytes, codes(shifted(c0, vLeast, vGreatest, shift), shifted(c1, vLeast, vGreatest, shift), vLo, vHi, vOffset), columns);
    putEight(y + three * yBytes, codes(shifted(d0, vLeast, vGreatest, shift), shifted(d1, vLeast, vGreatest, shift), vLo, vHi, vOffset), columns);
    x += xBytes << 2;
    y += yBytes << 2;
  }
}
