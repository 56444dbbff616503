/**
 * The product of assembly/simd128/product.ts for weights of 8 bits and inputs of 0..127, four rows of weights a step
 * (i16x8.relaxed_dot_i8x16_i7x16_s, which is exact on every machine for such operands): four rows by eight columns in registers.
 */
import { applyTable, putEight } from '../simd128/codes';
import { codes, shifted } from '../simd128/product';

/** Rows that are narrowed to bytes at a time; a multiple of four. */
const CHUNK: i32 = 32;
/** Scratch before the bytes: sums of four rows by eight columns. */
const SUMS: usize = 128;
/** Bytes of a block's head, and of its weights of four rows. */
const HEAD: usize = 16;
const QUAD: usize = 32;

/**
 * `blocks`: for every block of 8 columns a head of 16 bytes, then for every four rows two vectors of int8: rows i..i + 3 of column 0, of
 * column 1 and so on; zeros beyond the matrix. The head's first int32 is the size of a group: so many bytes of weights, a multiple of 32, that their
 * sums fit 16 bits; 0 if they do not. `bias`: int32, up to a multiple of 8 columns. Inputs are read up to a multiple of 8 rows. Scratch:
 * 128 + 32 * (rows up to a multiple of 8) bytes. Otherwise as `productSimd`.
 */
export function productRelaxed(
  x: usize, xPitch: usize, count: i32, y: usize, yPitch: usize, rows: i32, columns: i32, blocks: usize, bias: usize,
  least: i32, greatest: i32, shift: i32, lo: i32, hi: i32, offset: i32, table: usize, scratch: usize,
): void {
  const xBytes = xPitch << 1;
  const yBytes = yPitch << 1;
  const length = <usize>((rows + 3) >> 2) * QUAD;
  const padded = <usize>((rows + 7) & ~7);
  const bytes = scratch + SUMS;
  for (let r = 0; r < count; r += CHUNK) {
    const taken = min(CHUNK, count - r);
    narrowRows(x, xBytes, taken, padded, bytes);
    let block = blocks;
    let b = bias;
    for (let j = 0; j < columns; j += 8) {
      const group = <usize>load<u32>(block);
      const n = min(8, columns - j);
      const out = y + (<usize>j << 1);
      block += HEAD;
      if (group) {
        groups(bytes, padded, taken, out, yBytes, block, length, group, n, b, scratch, least, greatest, shift, lo, hi, offset);
      } else {
        widened(bytes, padded, taken, out, yBytes, block, length, n, b, least, greatest, shift, lo, hi, offset);
      }
      block += length;
      b += 32;
    }
    if (table) applyTable(y, yBytes, taken, columns, table, lo);
    x += <usize>CHUNK * xBytes;
    y += <usize>CHUNK * yBytes;
  }
}

/**
 * Rows as bytes, four rows side by side: after every four codes of a row, those of the next three rows. Where fewer than four rows are left, the last
 * is repeated. What lies behind a row is undefined: its top bit is cleared, which the dot product must never see.
 */
function narrowRows(x: usize, xBytes: usize, rows: i32, padded: usize, to: usize): void {
  const low = i8x16.splat(0x7f);
  for (let r = 0; r < rows; r += 4) {
    const last = rows - 1 - r;
    let a = x;
    let b = x + <usize>min(1, last) * xBytes;
    let c = x + <usize>min(2, last) * xBytes;
    let d = x + <usize>min(3, last) * xBytes;
    const end = to + (padded << 2);
    while (to != end) {
      const ab = v128.and(i8x16.narrow_i16x8_u(v128.load(a), v128.load(b)), low);
      const cd = v128.and(i8x16.narrow_i16x8_u(v128.load(c), v128.load(d)), low);
      v128.store(to, v128.shuffle<i32>(ab, cd, 0, 2, 4, 6));
      v128.store(to, v128.shuffle<i32>(ab, cd, 1, 3, 5, 7), 16);
      a += 16;
      b += 16;
      c += 16;
      d += 16;
      to += 32;
    }
    x += xBytes << 2;
  }
}

/** Products of four rows, added in pairs of neighbours. */
@inline
function dot(x: v128, w: v128): v128 {
  return i16x8.relaxed_dot_i8x16_i7x16_s(w, x);
}

/** The same, widened to four sums of 32 bits. */
@inline
function wide(x: v128, w: v128): v128 {
  return i32x4.extadd_pairwise_i16x8_s(dot(x, w));
}

/** Sums of any size: every product is widened. */
function widened(
  x: usize, padded: usize, rows: i32, y: usize, yBytes: usize, panel: usize, length: usize, columns: i32, bias: usize,
  least: i32, greatest: i32, shift: i32, lo: i32, hi: i32, offset: i32,
): void {
  const end = panel + length;
  const vLeast = i32x4.splat(least);
  const vGreatest = i32x4.splat(greatest);
  const vLo = i16x8.splat(<i16>lo);
  const vHi = i16x8.splat(<i16>hi);
  const vOffset = i16x8.splat(<i16>offset);
  for (let r = 0; r < rows; r += 4) {
    const last = rows - 1 - r;
    let p = x;
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
      a0 = i32x4.add(a0, wide(xa, w0));
      a1 = i32x4.add(a1, wide(xa, w1));
      const xb = v128.load32_splat(p, 4);
      b0 = i32x4.add(b0, wide(xb, w0));
      b1 = i32x4.add(b1, wide(xb, w1));
      const xc = v128.load32_splat(p, 8);
      c0 = i32x4.add(c0, wide(xc, w0));
      c1 = i32x4.add(c1, wide(xc, w1));
      const xd = v128.load32_splat(p, 12);
      d0 = i32x4.add(d0, wide(xd, w0));
      d1 = i32x4.add(d1, wide(xd, w1));
      p += 16;
      w += QUAD;
    } while (w != end);
    // Where fewer than four rows are left, the last is written again.
    const one = y + <usize>min(1, last) * yBytes;
    const two = y + <usize>min(2, last) * yBytes;
    const three = y + <usize>min(3, last) * yBytes;
    putEight(y, codes(shifted(a0, vLeast, vGreatest, shift), shifted(a1, vLeast, vGreatest, shift), vLo, vHi, vOffset), columns);
    putEight(one, codes(shifted(b0, vLeast, vGreatest, shift), shifted(b1, vLeast, vGreatest, shift), vLo, vHi, vOffset), columns);
    putEight(two, codes(shifted(c0, vLeast, vGreatest, shift), shifted(c1, vLeast, vGreatest, shift), vLo, vHi, vOffset), columns);
    putEight(three, codes(shifted(d0, vLeast, vGreatest, shift), shifted(d1, vLeast, vGreatest, shift), vLo, vHi, vOffset), columns);
    x += padded << 2;
    y += yBytes << 2;
  }
}

/** Widens eight sums of 16 bits and adds them to those of four columns at `at`. */
@inline
function flush(at: usize, sums: v128): void {
  v128.store(at, i32x4.add(v128.load(at), i32x4.extadd_pairwise_i16x8_s(sums)));
}

/** Sums that fit 16 bits for `group` bytes of weights: products are added there, and widened once a group. */
function groups(
  x: usize, padded: usize, rows: i32, y: usize, yBytes: usize, panel: usize, length: usize, group: usize, columns: i32, bias: usize,
  sums: usize, least: i32, greatest: i32, shift: i32, lo: i32, hi: i32, offset: i32,
): void {
  const end = panel + length;
  const vLeast = i32x4.splat(least);
  const vGreatest = i32x4.splat(greatest);
  const vLo = i16x8.splat(<i16>lo);
  const vHi = i16x8.splat(<i16>hi);
  const vOffset = i16x8.splat(<i16>offset);
  const bias0 = v128.load(bias);
  const bias1 = v128.load(bias, 16);
  for (let r = 0; r < rows; r += 4) {
    const last = min(3, rows - 1 - r);
    for (let s = sums; s != sums + SUMS; s += 32) {
      v128.store(s, bias0);
      v128.store(s, bias1, 16);
    }
    let p = x;
    let w = panel;
    do {
      const stop = min(w + group, end);
      let a0 = i16x8.splat(0);
      let a1 = a0;
      let b0 = a0;
      let b1 = a0;
      let c0 = a0;
      let c1 = a0;
      let d0 = a0;
      let d1 = a0;
      do {
        const w0 = v128.load(w);
        const w1 = v128.load(w, 16);
        const xa = v128.load32_splat(p);
        a0 = i16x8.add(a0, dot(xa, w0));
        a1 = i16x8.add(a1, dot(xa, w1));
        const xb = v128.load32_splat(p, 4);
        b0 = i16x8.add(b0, dot(xb, w0));
        b1 = i16x8.add(b1, dot(xb, w1));
        const xc = v128.load32_splat(p, 8);
        c0 = i16x8.add(c0, dot(xc, w0));
        c1 = i16x8.add(c1, dot(xc, w1));
        const xd = v128.load32_splat(p, 12);
        d0 = i16x8.add(d0, dot(xd, w0));
        d1 = i16x8.add(d1, dot(xd, w1));
        p += 16;
        w += QUAD;
      } while (w != stop);
      flush(sums, a0);
      flush(sums + 16, a1);
      flush(sums + 32, b0);
      flush(sums + 48, b1);
      flush(sums + 64, c0);
      flush(sums + 80, c1);
      flush(sums + 96, d0);
      flush(sums + 112, d1);
    } while (w != end);
    let s = sums;
    let out = y;
    for (let k = 0; k <= last; k++) {
      const low = shifted(v128.load(s), vLeast, vGreatest, shift);
      const high = shifted(v128.load(s, 16), vLeast, vGreatest, shift);
      putEight(out, codes(low, high, vLo, vHi, vOffset), columns);
      s += 32;
      out += yBytes;
    }
    x += padded << 2;
    y += yBytes << 2;
  }
}
