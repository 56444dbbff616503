/** Tiles in which each eight columns need a few diagonals only, wherever these lie: comparisons of which maxima are built, sums of some of many values. */
import { applyTable } from './codes';
import { codes, shifted } from './product';

/**
 * The epilogue of the window and ideal-limits families (spec/chips.md, sections 3 and 6). `blocks`: for every eight columns (the last may overlap those
 * before) the number of pairs of diagonals, in 16 bytes; then for every pair in 16 bytes two offsets from the row's start to eight codes each, and 8 pairs
 * of int16 weights. Offsets may lie up to 14 bytes before a row and behind. `bias`: int32, one a column; at least 8 columns. Sums must fit 32 bits.
 */
export function productBands(
  x: usize, xPitch: usize, count: i32, y: usize, yPitch: usize, columns: i32, blocks: usize, bias: usize,
  least: i32, greatest: i32, shift: i32, lo: i32, hi: i32, offset: i32, table: usize,
): void {
  const vLeast = i32x4.splat(least);
  const vGreatest = i32x4.splat(greatest);
  const vLo = i16x8.splat(<i16>lo);
  const vHi = i16x8.splat(<i16>hi);
  const vOffset = i16x8.splat(<i16>offset);
  for (let r = 0; r < count; r++) {
    let w = blocks;
    let j = 0;
    while (true) {
      let low = v128.load(bias + (<usize>j << 2));
      let high = v128.load(bias + (<usize>j << 2), 16);
      const end = w + 16 + <usize>load<i32>(w) * 48;
      for (w += 16; w != end; w += 48) {
        const first = v128.load(x + load<i32>(w));
        const second = v128.load(x + load<i32>(w, 4));
        const even = i8x16.shuffle(first, second, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23);
        const odd = i8x16.shuffle(first, second, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31);
        low = i32x4.add(low, i32x4.dot_i16x8_s(even, v128.load(w, 16)));
        high = i32x4.add(high, i32x4.dot_i16x8_s(odd, v128.load(w, 32)));
      }
      const all = codes(shifted(low, vLeast, vGreatest, shift), shifted(high, vLeast, vGreatest, shift), vLo, vHi, vOffset);
      v128.store(y + (<usize>j << 1), all);
      if (j + 8 == columns) break;
      j = min(j + 8, columns - 8);
    }
    if (table) applyTable(y, 0, 1, columns, table, lo);
    x += xPitch << 1;
    y += yPitch << 1;
  }
}
