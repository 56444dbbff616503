/**
 * Composed arithmetic (spec/chips.md, section 4), any parameters: one dot product a partial, two rows by sixteen columns in registers.
 */
import { applyTable, putCodes } from './codes';

/** Rows whose phases lie in scratch at a time. */
const CHUNK: i32 = 16;
/** Scratch before the phases: codes of a cut-off block, then the sums of two rows. */
const SUMS: usize = 64;
const PLANES: usize = 192;

/** `Q(d, k)` in 32 bits: adding 2^k - 1 to the negative makes the floor shift truncate toward zero. */
@inline
function convert(d: v128, mask: v128, k: i32, least: v128, greatest: v128): v128 {
  const shifted = i32x4.shr_s(i32x4.add(d, v128.and(i32x4.shr_s(d, 31), mask)), k);
  return i32x4.min_s(i32x4.max_s(shifted, least), greatest);
}

/** Adds a converted partial to the sum at `at`, or takes it off. */
@inline
function compose(at: usize, partial: v128, sign: v128): void {
  v128.store(at, i32x4.add(v128.load(at), i32x4.sub(v128.xor(partial, sign), sign)));
}

/**
 * `panels`: for every block of 16 columns, cell and array, for every pair of rows, 16 pairs of int16 cell values, zeros beyond the
 * matrix; `arrays` is 1 (one array of signed values) or 2 (the positive, then the negative). Inputs are read up to a multiple of 8 rows.
 * `shift` is the converter's shift of the lowest cell and phase. `scratch`: 192 + 32 * phases * padded bytes, `padded` the rows up to a
 * multiple of 8. Sums must fit 32 bits.
 */
export function composedSimd(
  x: usize, xPitch: usize, count: i32, y: usize, yPitch: usize, rows: i32, columns: i32, panels: usize, phases: i32, phaseBits: i32,
  cells: i32, cellBits: i32, arrays: i32, shift: i32, limit: i32, lo: i32, hi: i32, offset: i32, table: usize, scratch: usize,
): void {
  const xBytes = xPitch << 1;
  const yBytes = yPitch << 1;
  const plane = <usize>((rows + 7) & ~7) << 1;
  const panel = <usize>((rows + 1) >> 1) << 6;
  const vLo = i16x8.splat(<i16>lo);
  const vHi = i16x8.splat(<i16>hi);
  const vOffset = i16x8.splat(<i16>offset);
  for (let r = 0; r < count; r += CHUNK) {
    const taken = min(CHUNK, count - r);
    splitPhases(x, xBytes, taken, scratch + PLANES, plane, phases, phaseBits);
    let w = panels;
    for (let j = 0; j < columns; j += 16) {
      for (let s = 0; s < taken; s += 2) {
        // The last row of an odd number is computed twice and written twice.
        const second: usize = s + 1 < taken ? 1 : 0;
        const a = scratch + PLANES + <usize>s * <usize>phases * plane;
        const b = a + second * <usize>phases * plane;
        memory.fill(scratch + SUMS, 0, 128);
        partials(a, b, plane, w, panel, phases, phaseBits, cells, cellBits, arrays, shift, limit, scratch + SUMS);
        const n = min(16, columns - j);
        const out = y + <usize>s * yBytes + (<usize>j << 1);
        putRow(out, scratch + SUMS, n, vLo, vHi, vOffset);
        putRow(out + second * yBytes, scratch + SUMS + 64, n, vLo, vHi, vOffset);
      }
      w += panel * <usize>(cells * arrays);
    }
    if (table) applyTable(y, yBytes, taken, columns, table, lo);
    x += <usize>CHUNK * xBytes;
    y += <usize>CHUNK * yBytes;
  }
}

/** Phase u of row r goes to `planes + (r * phases + u) * plane`. */
function splitPhases(x: usize, xBytes: usize, rows: i32, planes: usize, plane: usize, phases: i32, phaseBits: i32): void {
  const mask = i16x8.splat(<i16>((<i32>1 << phaseBits) - 1));
  for (let r = 0; r < rows; r++) {
    for (let u = 0; u < phases; u++) {
      const k = phaseBits * u;
      for (let i: usize = 0; i < plane; i += 16) v128.store(planes + i, v128.and(i16x8.shr_u(v128.load(x + i), k), mask));
      planes += plane;
    }
    x += xBytes;
  }
}

/** Adds all partials of two rows (phases at `a` and `b`) by sixteen columns to the 32 sums. */
function partials(
  a: usize, b: usize, plane: usize, w: usize, panel: usize, phases: i32, phaseBits: i32, cells: i32, cellBits: i32, arrays: i32,
  shift: i32, limit: i32, sums: usize,
): void {
  const least = i32x4.splat(-limit);
  const greatest = i32x4.splat(limit);
  for (let v = 0; v < cells; v++) {
    for (let n = 0; n < arrays; n++) {
      const sign = i32x4.splat(-n);
      for (let u = 0; u < phases; u++) {
        const k = min(shift - cellBits * v - phaseBits * u, 31);
        const mask = i32x4.splat(<i32>((<u32>1 << k) - 1));
        partial(a + <usize>u * plane, b + <usize>u * plane, w, w + panel, k, mask, least, greatest, sign, sums);
      }
      w += panel;
    }
  }
}

function partial(
  p: usize, q: usize, w: usize, end: usize, k: i32, mask: v128, least: v128, greatest: v128, sign: v128, sums: usize,
): void {
  let a0 = i32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  let b3 = a0;
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
  compose(sums, convert(a0, mask, k, least, greatest), sign);
  compose(sums + 16, convert(a1, mask, k, least, greatest), sign);
  compose(sums + 32, convert(a2, mask, k, least, greatest), sign);
  compose(sums + 48, convert(a3, mask, k, least, greatest), sign);
  compose(sums + 64, convert(b0, mask, k, least, greatest), sign);
  compose(sums + 80, convert(b1, mask, k, least, greatest), sign);
  compose(sums + 96, convert(b2, mask, k, least, greatest), sign);
  compose(sums + 112, convert(b3, mask, k, least, greatest), sign);
}

@inline
function putRow(y: usize, sums: usize, columns: i32, lo: v128, hi: v128, offset: v128): void {
  const low = i16x8.narrow_i32x4_s(v128.load(sums), v128.load(sums, 16));
  const high = i16x8.narrow_i32x4_s(v128.load(sums, 32), v128.load(sums, 48));
  const a = i16x8.add(i16x8.min_s(i16x8.max_s(low, lo), hi), offset);
  const b = i16x8.add(i16x8.min_s(i16x8.max_s(high, lo), hi), offset);
  putCodes(y, a, b, columns);
}
