/**
 * Composed arithmetic (spec/chips.md, section 4) with phases of 3 bits, cells of 4 bits, two of each, arrays subtracted: two partials
 * from one dot product. An input is packed as `(high - 4) * 8192 + low`; the sum over at most 64 rows, started at -4 * (sum of the
 * cells), then holds sum w*(low - 4) in its low 13 bits and sum w*(high - 4) above them.
 *
 * A block of 8 columns: 64 bytes of header (int32: whether low x low is needed; at 16, int16: 4 * sum of the high cells; at 32, of the
 * low ones), then for every group of rows the first sums and for every pair of rows the cells, each as four vectors: even columns high,
 * odd high, even low, odd low.
 */
import { applyTable, putEight } from './codes';

/** Rows in scratch at a time. */
const CHUNK: i32 = 32;
/** Pairs of rows a group. */
const GROUP: i32 = 32;
/** Bytes of a row of packed inputs: 320 rows of a core, 312 are allowed. */
const STRIDE: usize = 640;
/** Scratch: codes of a cut-off block, composed sums of 8 rows, sums of groups, packed rows, packed pairs of rows. */
const RESULTS: usize = 64;
const SUMS: usize = 192;
const INPUTS: usize = 960;
const PAIRS: usize = INPUTS + 32 * STRIDE;
/** Bytes of one group's eight vectors of sums. */
const SUM_STRIDE: usize = 128;

/** What a call needs in all its loops. */
let groups: i32 = 0;
let rowPairs: i32 = 0;
let shiftHH: i32 = 0;
let shiftHL: i32 = 0;
let shiftLH: i32 = 0;
let shiftLL: i32 = 0;
let limit: i32 = 0;

/** Scratch: 32,000 bytes. `shift` is the converter's shift of the lowest cell and phase; each shift at most 15 is enough, |d| < 2^15. */
export function composedPacked(
  x: usize, xPitch: usize, count: i32, y: usize, yPitch: usize, rows: i32, columns: i32, blocks: usize, shift: i32, converterLimit: i32,
  lo: i32, hi: i32, offset: i32, table: usize, scratch: usize,
): void {
  rowPairs = (rows + 1) >> 1;
  groups = (rowPairs + GROUP - 1) / GROUP;
  shiftHH = min(shift - 7, 15);
  shiftHL = min(shift - 4, 15);
  shiftLH = min(shift - 3, 15);
  shiftLL = min(shift, 15);
  limit = converterLimit;
  const xBytes = xPitch << 1;
  const yBytes = yPitch << 1;
  const blockBytes: usize = 64 + (<usize>(groups + rowPairs) << 6);
  const vLo = i16x8.splat(<i16>lo);
  const vHi = i16x8.splat(<i16>hi);
  const vOffset = i16x8.splat(<i16>offset);
  for (let r = 0; r < count; r += CHUNK) {
    const taken = min(CHUNK, count - r);
    packRows(x, xBytes, taken, rows, scratch);
    let block = blocks;
    for (let j = 0; j < columns; j += 8) {
      const n = min(8, columns - j);
      const out = y + (<usize>j << 1);
      let s = 0;
      while (s < taken) {
        // Three partials of eight rows cost as many products as four partials of six.
        const eight = load<i32>(block) == 0 && taken - s > 4;
        if (eight) threePartials(scratch, s, block);
        else fourPartials(scratch, s, block);
        const rowsDone = min(eight ? 8 : 2, taken - s);
        for (let k = 0; k < rowsDone; k++) {
          const sum = v128.load(scratch + RESULTS + (<usize>k << 4));
          const code = i16x8.add(i16x8.min_s(i16x8.max_s(sum, vLo), vHi), vOffset);
          const to = out + <usize>(s + k) * yBytes;
          putEight(to, code, n);
        }
        s += rowsDone;
      }
      block += blockBytes;
    }
    if (table) applyTable(y, yBytes, taken, columns, table, lo);
    x += <usize>CHUNK * xBytes;
    y += <usize>CHUNK * yBytes;
  }
}

/** Packs the rows, and pairs of rows' high phases; rows up to the next multiple of 8 repeat the last one. */
function packRows(x: usize, xBytes: usize, taken: i32, rows: i32, scratch: usize): void {
  const bytes = <usize>((rows + 7) & ~7) << 1;
  const padded = (taken + 7) & ~7;
  const high = i16x8.splat(0x38);
  const low = i16x8.splat(7);
  const top = i16x8.splat(<i16>0x8000);
  for (let r = 0; r < padded; r += 2) {
    const a = x + <usize>min(r, taken - 1) * xBytes;
    const b = x + <usize>min(r + 1, taken - 1) * xBytes;
    const to = scratch + INPUTS + <usize>r * STRIDE;
    const pair = scratch + PAIRS + <usize>(r >> 1) * STRIDE;
    for (let i: usize = 0; i < bytes; i += 16) {
      const va = v128.load(a + i);
      const vb = v128.load(b + i);
      const highB = v128.xor(i16x8.shl(v128.and(vb, high), 10), top);
      v128.store(to + i, v128.or(v128.xor(i16x8.shl(v128.and(va, high), 10), top), v128.and(va, low)));
      v128.store(to + STRIDE + i, v128.or(highB, v128.and(vb, low)));
      v128.store(pair + i, v128.or(highB, v128.and(i16x8.shr_u(va, 3), low)));
    }
  }
}

/** The converter on eight int16 lanes: truncates toward zero, then full scale. */
@inline
function convert(d: v128, k: i32): v128 {
  const mask = i16x8.splat(<i16>((<i32>1 << k) - 1));
  const shifted = i16x8.shr_s(i16x8.add(d, v128.and(i16x8.shr_s(d, 15), mask)), k);
  return i16x8.min_s(i16x8.max_s(shifted, i16x8.splat(<i16>-limit)), i16x8.splat(<i16>limit));
}

/** Even columns' low halves between odd columns' low halves. */
@inline
function interleave(even: v128, odd: v128): v128 {
  return v128.bitselect(even, i32x4.shl(odd, 16), i32x4.splat(0xffff));
}

/** sum w*(low - 4) of eight columns, over the groups whose sums of even and odd columns stand at `at`. */
@inline
function lowField(at: usize): v128 {
  let sum = i16x8.splat(0);
  const end = at + <usize>groups * SUM_STRIDE;
  for (let p = at; p < end; p += SUM_STRIDE) sum = i16x8.add(sum, i16x8.shr_s(i16x8.shl(interleave(v128.load(p), v128.load(p, 16)), 3), 3));
  return sum;
}

/** sum w*high of eight columns: the bits above the low field, less its sign's carry. */
@inline
function highField(at: usize, low: v128): v128 {
  let even = i32x4.splat(0);
  let odd = even;
  const end = at + <usize>groups * SUM_STRIDE;
  for (let p = at; p < end; p += SUM_STRIDE) {
    even = i32x4.add(even, v128.load(p));
    odd = i32x4.add(odd, v128.load(p, 16));
  }
  return i16x8.sub(interleave(i32x4.shr_s(even, 13), i32x4.shr_s(odd, 13)), i16x8.shr_s(low, 13));
}

/** All partials of rows s and s + 1 by eight columns. */
function fourPartials(scratch: usize, s: i32, block: usize): void {
  let p = scratch + INPUTS + <usize>s * STRIDE;
  let w = block + 64;
  let sums = scratch + SUMS;
  for (let pair = 0; pair < rowPairs; pair += GROUP) {
    let a0 = v128.load(w);
    let a1 = v128.load(w, 16);
    let a2 = v128.load(w, 32);
    let a3 = v128.load(w, 48);
    let b0 = a0;
    let b1 = a1;
    let b2 = a2;
    let b3 = a3;
    w += 64;
    const end = w + (<usize>min(GROUP, rowPairs - pair) << 6);
    do {
      const xa = v128.load32_splat(p);
      const xb = v128.load32_splat(p, STRIDE);
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
      w += 64;
    } while (w != end);
    v128.store(sums, a0);
    v128.store(sums, a1, 16);
    v128.store(sums, a2, 32);
    v128.store(sums, a3, 48);
    v128.store(sums, b0, 64);
    v128.store(sums, b1, 80);
    v128.store(sums, b2, 96);
    v128.store(sums, b3, 112);
    sums += SUM_STRIDE;
  }
  const highSum = v128.load(block, 16);
  const lowSum = v128.load(block, 32);
  for (let k: usize = 0; k < 2; k++) {
    const high = scratch + SUMS + (k << 6);
    const low = high + 32;
    const hl = lowField(high);
    const ll = lowField(low);
    const fromHigh = i16x8.add(convert(highField(high, hl), shiftHH), convert(i16x8.add(hl, highSum), shiftHL));
    const fromLow = i16x8.add(convert(highField(low, ll), shiftLH), convert(i16x8.add(ll, lowSum), shiftLL));
    v128.store(scratch + RESULTS + (k << 4), i16x8.add(fromHigh, fromLow));
  }
}

/**
 * All partials but low x low of rows s..s + 7 by eight columns: the high cells on rows, the low cells on the high phases of pairs of
 * rows.
 */
function threePartials(scratch: usize, s: i32, block: usize): void {
  const sums = scratch + SUMS;
  const highSum = v128.load(block, 16);
  for (let half = 0; half < 2; half++) {
    fourStreams(scratch + INPUTS + <usize>(s + 4 * half) * STRIDE, block + 64, sums);
    for (let k = 0; k < 4; k++) {
      const at = sums + (<usize>k << 5);
      const hl = lowField(at);
      const result = i16x8.add(convert(highField(at, hl), shiftHH), convert(i16x8.add(hl, highSum), shiftHL));
      v128.store(scratch + RESULTS + (<usize>(4 * half + k) << 4), result);
    }
  }
  const lowSum = v128.load(block, 32);
  fourStreams(scratch + PAIRS + <usize>(s >> 1) * STRIDE, block + 96, sums);
  for (let k = 0; k < 4; k++) {
    const at = sums + (<usize>k << 5);
    const to = scratch + RESULTS + (<usize>k << 5);
    const first = lowField(at);
    const second = highField(at, first);
    v128.store(to, i16x8.add(v128.load(to), convert(i16x8.add(first, lowSum), shiftLH)));
    v128.store(to, i16x8.add(v128.load(to, 16), convert(second, shiftLH)), 16);
  }
}

/** Sums of four packed rows at `p` by eight columns of one cell; `w` points at the even columns' first sums. */
function fourStreams(p: usize, w: usize, sums: usize): void {
  for (let pair = 0; pair < rowPairs; pair += GROUP) {
    let a0 = v128.load(w);
    let a1 = v128.load(w, 16);
    let b0 = a0;
    let b1 = a1;
    let c0 = a0;
    let c1 = a1;
    let d0 = a0;
    let d1 = a1;
    w += 64;
    const end = w + (<usize>min(GROUP, rowPairs - pair) << 6);
    do {
      const w0 = v128.load(w);
      const w1 = v128.load(w, 16);
      const xa = v128.load32_splat(p);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(xa, w0));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(xa, w1));
      const xb = v128.load32_splat(p, STRIDE);
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(xb, w0));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(xb, w1));
      const xc = v128.load32_splat(p, 2 * STRIDE);
      c0 = i32x4.add(c0, i32x4.dot_i16x8_s(xc, w0));
      c1 = i32x4.add(c1, i32x4.dot_i16x8_s(xc, w1));
      const xd = v128.load32_splat(p, 3 * STRIDE);
      d0 = i32x4.add(d0, i32x4.dot_i16x8_s(xd, w0));
      d1 = i32x4.add(d1, i32x4.dot_i16x8_s(xd, w1));
      p += 4;
      w += 64;
    } while (w != end);
    v128.store(sums, a0);
    v128.store(sums, a1, 16);
    v128.store(sums, b0, 32);
    v128.store(sums, b1, 48);
    v128.store(sums, c0, 64);
    v128.store(sums, c1, 80);
    v128.store(sums, d0, 96);
    v128.store(sums, d1, 112);
    sums += SUM_STRIDE;
  }
}
