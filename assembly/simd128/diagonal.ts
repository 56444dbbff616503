/**
 * Tiles whose weights form diagonals (merges of partial sums, depthwise convolutions): row t * columns + j feeds column j alone. A row of operands is
 * `terms` vectors of `columns` codes, and eight columns are computed at once; the last eight may overlap those before. At least 8 columns.
 */
import { applyTable } from './codes';
import { convert, truncation } from './converter';

/**
 * The epilogue of the window and ideal-limits families (spec/chips.md, sections 3 and 6). `weights`: for every block of 8 columns, for every pair of terms,
 * 8 pairs of int16 weights, the second 0 where there is no second term. `bias`: int32, one a column. Sums must fit 32 bits.
 */
export function productDiagonal(
  x: usize, xPitch: usize, count: i32, y: usize, yPitch: usize, terms: i32, columns: i32, weights: usize, bias: usize,
  least: i32, greatest: i32, shift: i32, lo: i32, hi: i32, offset: i32, table: usize,
): void {
  const term = <usize>columns << 1;
  const vLeast = i32x4.splat(least);
  const vGreatest = i32x4.splat(greatest);
  const vLo = i16x8.splat(<i16>lo);
  const vHi = i16x8.splat(<i16>hi);
  const vOffset = i16x8.splat(<i16>offset);
  for (let r = 0; r < count; r++) {
    let w = weights;
    let j = 0;
    while (true) {
      let p = x + (<usize>j << 1);
      let low = v128.load(bias + (<usize>j << 2));
      let high = v128.load(bias + (<usize>j << 2), 16);
      for (let t = 0; t < terms; t += 2) {
        const first = v128.load(p);
        const second = t + 1 < terms ? v128.load(p + term) : first;
        low = i32x4.add(low, i32x4.dot_i16x8_s(i8x16.shuffle(first, second, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23), v128.load(w)));
        high = i32x4.add(high, i32x4.dot_i16x8_s(i8x16.shuffle(first, second, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31), v128.load(w, 16)));
        p += term << 1;
        w += 32;
      }
      low = i32x4.shr_s(i32x4.min_s(i32x4.max_s(low, vLeast), vGreatest), shift);
      high = i32x4.shr_s(i32x4.min_s(i32x4.max_s(high, vLeast), vGreatest), shift);
      v128.store(y + (<usize>j << 1), i16x8.add(i16x8.min_s(i16x8.max_s(i16x8.narrow_i32x4_s(low, high), vLo), vHi), vOffset));
      if (j + 8 == columns) break;
      j = min(j + 8, columns - 8);
    }
    if (table) applyTable(y, 0, 1, columns, table, lo);
    x += xPitch << 1;
    y += yPitch << 1;
  }
}

/**
 * Composed arithmetic (section 4) of two phases and two cells, arrays subtracted, whose partials fit int16. `weights`: for every block of 8 columns four
 * vectors of int16, what the constant rows add to HH, HL, LH and LL, then for every term two, the high cells and the low ones, with their signs. Shifts of
 * the four partials at most 15.
 */
export function composedDiagonal(
  x: usize, xPitch: usize, count: i32, y: usize, yPitch: usize, terms: i32, columns: i32, weights: usize, phaseBits: i32,
  shiftHH: i32, shiftHL: i32, shiftLH: i32, shiftLL: i32, limit: i32, lo: i32, hi: i32, offset: i32, table: usize,
): void {
  const term = <usize>columns << 1;
  const most = i16x8.splat(<i16>limit);
  const least = i16x8.neg(most);
  const maskHH = truncation(shiftHH);
  const maskHL = truncation(shiftHL);
  const maskLH = truncation(shiftLH);
  const maskLL = truncation(shiftLL);
  const phase = i16x8.splat(<i16>((<i32>1 << phaseBits) - 1));
  const vLo = i16x8.splat(<i16>lo);
  const vHi = i16x8.splat(<i16>hi);
  const vOffset = i16x8.splat(<i16>offset);
  for (let r = 0; r < count; r++) {
    let w = weights;
    let j = 0;
    while (true) {
      let p = x + (<usize>j << 1);
      let hh = v128.load(w);
      let hl = v128.load(w, 16);
      let lh = v128.load(w, 32);
      let ll = v128.load(w, 48);
      w += 64;
      for (let t = 0; t < terms; t++) {
        const code = v128.load(p);
        const high = i16x8.shr_u(code, phaseBits);
        const low = v128.and(code, phase);
        const highCells = v128.load(w);
        const lowCells = v128.load(w, 16);
        hh = i16x8.add(hh, i16x8.mul(highCells, high));
        hl = i16x8.add(hl, i16x8.mul(highCells, low));
        lh = i16x8.add(lh, i16x8.mul(lowCells, high));
        ll = i16x8.add(ll, i16x8.mul(lowCells, low));
        p += term;
        w += 32;
      }
      let sum = i16x8.add(convert(hh, shiftHH, maskHH, least, most), convert(hl, shiftHL, maskHL, least, most));
      sum = i16x8.add(sum, convert(lh, shiftLH, maskLH, least, most));
      sum = i16x8.add(sum, convert(ll, shiftLL, maskLL, least, most));
      v128.store(y + (<usize>j << 1), i16x8.add(i16x8.min_s(i16x8.max_s(sum, vLo), vHi), vOffset));
      if (j + 8 == columns) break;
      j = min(j + 8, columns - 8);
    }
    if (table) applyTable(y, 0, 1, columns, table, lo);
    x += xPitch << 1;
    y += yPitch << 1;
  }
}
