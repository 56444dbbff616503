/**
 * Composed arithmetic (spec/chips.md, section 4) with phases of 3 bits, cells of 4 bits, two of each, arrays subtracted: two partials
 * from one dot product. An input is packed as `(high - 4) * 8192 + low`; the sum over a group of rows whose cells add up to less than 1024, started at
 * 4096 - 4 * (sum of the cells), then holds 4096 + sum w*(low - 4) in its low 13 bits, without a sign, and sum w*(high - 4) above them.
 *
 * A block of 8 columns: a header of 208 bytes (int32: whether low x low is needed, and how many vectors of 8 rows the block has, 0 if all rows; in the
 * first block at 8, whether any block does without low x low; at 12, pairs of rows a group; at 16 and 32, int16: 4 * sum of the high cells and of the low ones,
 * less 4096 a group, with what constant rows add to HL and LL; from 64 on, for mirrored columns, four vectors of int16; from 128 on, int16: where in a row of
 * inputs each vector starts, in bytes), then for every group of rows the first sums, with what constant rows add to HH and LH, and for every pair of rows the
 * cells, each as four vectors: columns 0..3 high, 4..7 high, 0..3 low, 4..7 low. A block without all rows sees those of its vectors, one after the other.
 *
 * Where the second half of the columns holds the weights of the first with the other sign, but for constant rows, a partial D of the first half gives
 * that of the second as K - D: K is what the constant rows add to both.
 *
 * Where every `copies` columns side by side hold the same weights, but for constant rows, blocks hold one of each alone, and no constants. After its cells
 * a block then has the lanes of `composeBlock`.
 */
import { applyTable } from './codes';
import { composeBlock, composeLanes, composeWith, PARTIAL_STRIDE } from './composition';

/** Rows in scratch at a time. */
const CHUNK: i32 = 32;
/** Bytes of a row of packed inputs: 320 rows of a core, 312 are allowed. */
const STRIDE: usize = 640;
const HEADER: usize = 208;
const MIRROR: usize = 64;
const VECTORS: usize = 128;
/** Scratch: partials of all rows, sums of at most five groups, packed rows, packed pairs of rows, both of these as a block with fewer rows sees them. */
const SUMS: usize = 2048;
const INPUTS: usize = 2688;
const PAIRS: usize = INPUTS + 32 * STRIDE;
const TAKEN: usize = 48 * STRIDE;
/** Bytes of one group's eight vectors of sums. */
const SUM_STRIDE: usize = 128;

/** What a block needs in all its loops: pairs of rows a group, its groups and pairs of rows, where packed rows and pairs of them lie. */
let group: i32 = 0;
let groups: i32 = 0;
let rowPairs: i32 = 0;
let inputs: usize = 0;
let highs: usize = 0;

/**
 * `mirror`: 0, or half of `columns`: only the first half then has blocks. Scratch: 64,128 bytes. `shift` is the converter's shift of the lowest cell and
 * phase; each shift at most 15 is enough, |d| < 2^15.
 */
export function composedPacked(
  x: usize, xPitch: usize, count: i32, y: usize, yPitch: usize, rows: i32, columns: i32, mirror: i32, copies: i32, blocks: usize, shift: i32,
  converterLimit: i32, lo: i32, hi: i32, offset: i32, table: usize, scratch: usize,
): void {
  const xBytes = xPitch << 1;
  const yBytes = yPitch << 1;
  const multiplied = (mirror ? mirror : columns) / copies;
  const pairs = load<i32>(blocks, 8) != 0;
  composeWith(shift, converterLimit, lo, hi, offset);
  for (let r = 0; r < count; r += CHUNK) {
    const taken = min(CHUNK, count - r);
    packRows(x, xBytes, taken, rows, pairs, scratch);
    let block = blocks;
    for (let j = 0; j < multiplied; j += 8) {
      const lowLow = load<i32>(block) != 0;
      enterBlock(block, rows, taken, scratch);
      let s = 0;
      while (s < taken) {
        // Three partials of eight rows cost as many products as four partials of six.
        const eight = !lowLow && taken - s > 4;
        if (eight) threePartials(scratch, s, block);
        else fourPartials(scratch, s, block);
        s += eight ? 8 : 2;
      }
      const lanes = block + HEADER + (<usize>(groups + rowPairs) << 6);
      const out = y + (<usize>(j * copies) << 1);
      block = composeBlock(scratch, taken, out, yBytes, min(8, multiplied - j), copies, <usize>mirror << 1, lowLow, block + MIRROR, lanes);
    }
    if (table) applyTable(y, yBytes, taken, columns, table, lo);
    x += <usize>CHUNK * xBytes;
    y += <usize>CHUNK * yBytes;
  }
}

/**
 * The partials alone, for `composePartials`: of each block one after the other those of all rows, as composition.ts has them, at `to`. Blocks as
 * `composedPacked` takes them, which all want low x low and hold nothing of constant rows or copies. `multiplied`: columns that blocks hold.
 */
export function packedPartials(x: usize, xPitch: usize, count: i32, rows: i32, multiplied: i32, blocks: usize, to: usize, scratch: usize): void {
  const xBytes = xPitch << 1;
  for (let r = 0; r < count; r += CHUNK) {
    const taken = min(CHUNK, count - r);
    packRows(x, xBytes, taken, rows, false, scratch);
    let block = blocks;
    let out = to + <usize>r * PARTIAL_STRIDE;
    for (let j = 0; j < multiplied; j += 8) {
      enterBlock(block, rows, taken, scratch);
      for (let s = 0; s < taken; s += 2) fourPartials(scratch, s, block);
      memory.copy(out, scratch, <usize>taken * PARTIAL_STRIDE);
      out += <usize>count * PARTIAL_STRIDE;
      block += HEADER + (<usize>(groups + rowPairs) << 6);
    }
    x += <usize>CHUNK * xBytes;
  }
}

/** Codes of `count` rows from the partials at `partials`; `lanes` of each block as `composeLanes` takes them, the rest as in `composedPacked`. */
export function composePartials(
  partials: usize, count: i32, y: usize, yPitch: usize, columns: i32, mirror: i32, copies: i32, lanes: usize, shift: i32, converterLimit: i32,
  lo: i32, hi: i32, offset: i32, table: usize,
): void {
  const yBytes = yPitch << 1;
  const multiplied = (mirror ? mirror : columns) / copies;
  composeWith(shift, converterLimit, lo, hi, offset);
  for (let j = 0; j < multiplied; j += 8) {
    const out = y + (<usize>(j * copies) << 1);
    lanes = composeLanes(partials, count, out, yBytes, min(8, multiplied - j) * copies, <usize>mirror << 1, true, lanes);
    partials += <usize>count * PARTIAL_STRIDE;
  }
  if (table) applyTable(y, yBytes, count, columns, table, lo);
}

/** Sets what the loops over a block need; copies the rows of one that has not all of them. */
function enterBlock(block: usize, rows: i32, taken: i32, scratch: usize): void {
  const vectors = load<i32>(block, 4);
  rowPairs = vectors ? vectors << 2 : (rows + 1) >> 1;
  group = load<i32>(block, 12);
  groups = (rowPairs + group - 1) / group;
  inputs = scratch + INPUTS;
  highs = scratch + PAIRS;
  if (vectors == 0) return;
  const padded = (taken + 7) & ~7;
  takeVectors(inputs, padded, block + VECTORS, vectors);
  if (load<i32>(block) == 0) takeVectors(highs, padded >> 1, block + VECTORS, vectors);
  inputs += TAKEN;
  highs += TAKEN;
}

/** Copies the vectors that start where the `count` int16 at `starts` say. */
function takeVectors(from: usize, rows: i32, starts: usize, count: i32): void {
  const end = starts + (<usize>count << 1);
  for (let r = 0; r < rows; r++) {
    let to = from + TAKEN;
    for (let p = starts; p < end; p += 2) {
      v128.store(to, v128.load(from + <usize>load<u16>(p)));
      to += 16;
    }
    from += STRIDE;
  }
}

/** Packs the rows and, where asked for, pairs of rows' high phases; rows up to the next multiple of 8 repeat the last one. */
function packRows(x: usize, xBytes: usize, taken: i32, rows: i32, pairs: bool, scratch: usize): void {
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
      if (pairs) v128.store(pair + i, v128.or(highB, v128.and(i16x8.shr_u(va, 3), low)));
    }
  }
}

/**
 * Takes the fields of eight columns apart, over all groups: the sums of columns 0..3 and 4..7 of one are `a` and `b`, those of the others stand from `at` to
 * `end`. To `toLow` sum w*low (`lowSum` makes up for where the low fields began), to `toHigh` sum w*high, what is above the low fields.
 */
@inline
function recover(a: v128, b: v128, at: usize, end: usize, lowSum: v128, toHigh: usize, toLow: usize): void {
  const field = i32x4.splat(0x1fff);
  let lowA = v128.and(a, field);
  let lowB = v128.and(b, field);
  for (; at != end; at += SUM_STRIDE) {
    const c = v128.load(at);
    const d = v128.load(at, 16);
    a = i32x4.add(a, c);
    b = i32x4.add(b, d);
    lowA = i32x4.add(lowA, v128.and(c, field));
    lowB = i32x4.add(lowB, v128.and(d, field));
  }
  const high = i16x8.narrow_i32x4_s(i32x4.shr_s(i32x4.sub(a, lowA), 13), i32x4.shr_s(i32x4.sub(b, lowB), 13));
  v128.store(toHigh, high);
  // At most five groups: below 2^16, and the sum wraps to what fits int16.
  v128.store(toLow, i16x8.add(i16x8.narrow_i32x4_u(lowA, lowB), lowSum));
}

/** The same where the sums of all groups stand at `at`. */
@inline
function recoverStored(at: usize, lowSum: v128, toHigh: usize, toLow: usize): void {
  recover(v128.load(at), v128.load(at, 16), at + SUM_STRIDE, at + <usize>groups * SUM_STRIDE, lowSum, toHigh, toLow);
}

/** All partials of rows s and s + 1 by eight columns. */
function fourPartials(scratch: usize, s: i32, block: usize): void {
  let p = inputs + <usize>s * STRIDE;
  let w = block + HEADER;
  const first = scratch + SUMS;
  let sums = first;
  let pairs = rowPairs;
  do {
    let a0 = v128.load(w);
    let a1 = v128.load(w, 16);
    let a2 = v128.load(w, 32);
    let a3 = v128.load(w, 48);
    let b0 = a0;
    let b1 = a1;
    let b2 = a2;
    let b3 = a3;
    w += 64;
    const end = w + (<usize>min(group, pairs) << 6);
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
    pairs -= group;
    if (pairs <= 0) {
      const highSum = v128.load(block, 16);
      const lowSum = v128.load(block, 32);
      const d = scratch + <usize>s * PARTIAL_STRIDE;
      const e = d + PARTIAL_STRIDE;
      recover(a0, a1, first, sums, highSum, d, d + 16);
      recover(a2, a3, first + 32, sums + 32, lowSum, d + 32, d + 48);
      recover(b0, b1, first + 64, sums + 64, highSum, e, e + 16);
      recover(b2, b3, first + 96, sums + 96, lowSum, e + 32, e + 48);
      return;
    }
    v128.store(sums, a0);
    v128.store(sums, a1, 16);
    v128.store(sums, a2, 32);
    v128.store(sums, a3, 48);
    v128.store(sums, b0, 64);
    v128.store(sums, b1, 80);
    v128.store(sums, b2, 96);
    v128.store(sums, b3, 112);
    sums += SUM_STRIDE;
  } while (true);
}

/**
 * All partials but low x low of rows s..s + 7 by eight columns: the high cells on rows, the low cells on the high phases of pairs of
 * rows.
 */
function threePartials(scratch: usize, s: i32, block: usize): void {
  const sums = scratch + SUMS;
  const highSum = v128.load(block, 16);
  const partials = scratch + <usize>s * PARTIAL_STRIDE;
  let d = partials;
  for (let half = 0; half < 2; half++) {
    fourStreams(inputs + <usize>(s + 4 * half) * STRIDE, block + HEADER, sums);
    for (let k: usize = 0; k < 4; k++) {
      recoverStored(sums + (k << 5), highSum, d, d + 16);
      d += PARTIAL_STRIDE;
    }
  }
  // Of a pair of rows, the first is in the low field; its low cells' sum, without what the constants add to LL.
  const lowSum = v128.load(block, 48);
  fourStreams(highs + <usize>(s >> 1) * STRIDE, block + HEADER + 32, sums);
  d = partials + 32;
  for (let k: usize = 0; k < 4; k++) {
    recoverStored(sums + (k << 5), lowSum, d + PARTIAL_STRIDE, d);
    d += 2 * PARTIAL_STRIDE;
  }
}

/** Sums of four packed rows at `p` by eight columns of one cell; `w` points at the first sums of columns 0..3. */
function fourStreams(p: usize, w: usize, sums: usize): void {
  for (let pair = 0; pair < rowPairs; pair += group) {
    let a0 = v128.load(w);
    let a1 = v128.load(w, 16);
    let b0 = a0;
    let b1 = a1;
    let c0 = a0;
    let c1 = a1;
    let d0 = a0;
    let d1 = a1;
    w += 64;
    const end = w + (<usize>min(group, rowPairs - pair) << 6);
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
