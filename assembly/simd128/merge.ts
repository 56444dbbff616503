/** Sums of terms that lie in maps, such as partial sums of cores: row t * columns + j feeds column j alone. Four positions by eight columns in registers. */
import { applyTable } from './codes';
import { codes, shifted } from './product';

/** Bytes of a source: the address of its first code at the first position, and from position to position. */
const SOURCE: usize = 8;
/** Positions whose codes of one column block after the other stay in the first cache. */
const GROUP: i32 = 4;

/**
 * The epilogue of the window and ideal-limits families (spec/chips.md, sections 3 and 6) at `count` positions. `sources`: one for every term, and the last
 * twice if their number is odd. `weights`: as for `productDiagonal`; at least 8 columns, of which the last eight may overlap those before. Results of the
 * first position go to `y`, those of each further one `yBytes` on. Sums must fit 32 bits.
 */
export function merge(
  sources: usize, terms: i32, count: i32, y: usize, yBytes: usize, columns: i32, weights: usize, bias: usize,
  least: i32, greatest: i32, shift: i32, lo: i32, hi: i32, offset: i32, table: usize,
): void {
  const end = sources + <usize>((terms + 1) >> 1) * 2 * SOURCE;
  // The last four positions may overlap those before; of fewer, each is computed four times.
  const size = count < GROUP ? 1 : GROUP;
  const further: usize = count < GROUP ? 0 : ~0;
  const yStep = yBytes & further;
  const vLeast = i32x4.splat(least);
  const vGreatest = i32x4.splat(greatest);
  const vLo = i16x8.splat(<i16>lo);
  const vHi = i16x8.splat(<i16>hi);
  const vOffset = i16x8.splat(<i16>offset);
  let r = 0;
  while (true) {
    const target = y + <usize>r * yBytes;
    let w = weights;
    let j = 0;
    while (true) {
      let a0 = v128.load(bias + (<usize>j << 2));
      let a1 = v128.load(bias + (<usize>j << 2), 16);
      let b0 = a0;
      let b1 = a1;
      let c0 = a0;
      let c1 = a1;
      let d0 = a0;
      let d1 = a1;
      for (let s = sources; s != end; s += 2 * SOURCE) {
        const w0 = v128.load(w);
        const w1 = v128.load(w, 16);
        const pStep = <usize>load<u32>(s, 4);
        const qStep = <usize>load<u32>(s, 12);
        let p = <usize>load<u32>(s) + <usize>r * pStep + (<usize>j << 1);
        let q = <usize>load<u32>(s, 8) + <usize>r * qStep + (<usize>j << 1);
        let first = v128.load(p);
        let second = v128.load(q);
        a0 = i32x4.add(a0, i32x4.dot_i16x8_s(low(first, second), w0));
        a1 = i32x4.add(a1, i32x4.dot_i16x8_s(high(first, second), w1));
        first = v128.load((p += pStep & further));
        second = v128.load((q += qStep & further));
        b0 = i32x4.add(b0, i32x4.dot_i16x8_s(low(first, second), w0));
        b1 = i32x4.add(b1, i32x4.dot_i16x8_s(high(first, second), w1));
        first = v128.load((p += pStep & further));
        second = v128.load((q += qStep & further));
        c0 = i32x4.add(c0, i32x4.dot_i16x8_s(low(first, second), w0));
        c1 = i32x4.add(c1, i32x4.dot_i16x8_s(high(first, second), w1));
        first = v128.load(p + (pStep & further));
        second = v128.load(q + (qStep & further));
        d0 = i32x4.add(d0, i32x4.dot_i16x8_s(low(first, second), w0));
        d1 = i32x4.add(d1, i32x4.dot_i16x8_s(high(first, second), w1));
        w += 32;
      }
      let to = target + (<usize>j << 1);
      v128.store(to, codes(shifted(a0, vLeast, vGreatest, shift), shifted(a1, vLeast, vGreatest, shift), vLo, vHi, vOffset));
      to += yStep;
      v128.store(to, codes(shifted(b0, vLeast, vGreatest, shift), shifted(b1, vLeast, vGreatest, shift), vLo, vHi, vOffset));
      to += yStep;
      v128.store(to, codes(shifted(c0, vLeast, vGreatest, shift), shifted(c1, vLeast, vGreatest, shift), vLo, vHi, vOffset));
      to += yStep;
      v128.store(to, codes(shifted(d0, vLeast, vGreatest, shift), shifted(d1, vLeast, vGreatest, shift), vLo, vHi, vOffset));
      if (j + 8 == columns) break;
      j = min(j + 8, columns - 8);
    }
    if (r + size == count) break;
    r = min(r + size, count - size);
  }
  if (table) applyTable(y, yBytes, count, columns, table, lo);
}

/** Codes of two terms side by side, under the first four columns. */
@inline
export function low(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23);
}

/** The same under the other four. */
@inline
export function high(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31);
}
