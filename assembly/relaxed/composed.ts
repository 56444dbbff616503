/**
 * The arithmetic of assembly/simd128/packed.ts with four rows of cells and of one phase a product: cells of -128..127 and phases of 0..7, for which the
 * relaxed dot product has one result on every machine.
 *
 * A block of 8 columns: a header of 224 bytes (int32: whether low x low is needed, and how many vectors of 8 rows the block has, 0 if all rows; from 16 on,
 * four vectors of int16: what constant rows add to HH, HL, LH and LL; from 80 on, the same for a column and its mirrored one together; from 144 on, int16:
 * where in the bytes of a row each vector starts), then for every four rows four vectors of int8: the high cells of columns 0..3, four of each, of
 * columns 4..7, the low cells of both. Columns with copies have no constants there; after its cells, such a block has the lanes of `composeBlock`.
 */
import { applyTable } from '../simd128/codes';
import { composeBlock, composeWith, PARTIAL_STRIDE } from '../simd128/composition';
import { addDot } from './dot';

/** Rows in scratch at a time: a multiple of six. */
const CHUNK: i32 = 24;
/** Bytes of a row of inputs: its high phases, its low ones. */
const STRIDE: usize = 640;
const LOWS: usize = 320;
const HEADER: usize = 224;
const CONSTANTS: usize = 16;
const MIRROR: usize = 80;
const VECTORS: usize = 144;
/** Cells of four rows, and of these where the low ones start. */
const QUAD: usize = 64;
const LOW_CELLS: usize = 32;
/** Scratch: partials of all rows, the rows' phases, the same as a block with fewer rows sees them. */
const INPUTS: usize = 1536;
const TAKEN: usize = 24 * STRIDE;

/** As `composedPacked`. Inputs are read up to a multiple of 8 rows. Scratch: 32,256 bytes. */
export function composedRelaxed(
  x: usize, xPitch: usize, count: i32, y: usize, yPitch: usize, rows: i32, columns: i32, mirror: i32, copies: i32, blocks: usize, shift: i32,
  converterLimit: i32, lo: i32, hi: i32, offset: i32, table: usize, scratch: usize,
): void {
  const xBytes = xPitch << 1;
  const yBytes = yPitch << 1;
  const multiplied = (mirror ? mirror : columns) / copies;
  composeWith(shift, converterLimit, lo, hi, offset);
  for (let r = 0; r < count; r += CHUNK) {
    const taken = min(CHUNK, count - r);
    splitRows(x, xBytes, taken, rows, scratch + INPUTS);
    let block = blocks;
    for (let j = 0; j < multiplied; j += 8) {
      const lowLow = load<i32>(block) != 0;
      const vectors = load<i32>(block, 4);
      const lanes = block + HEADER + <usize>(vectors ? vectors << 1 : (rows + 3) >> 2) * QUAD;
      let inputs = scratch + INPUTS;
      if (vectors) {
        takeVectors(inputs, taken, block + VECTORS, vectors);
        inputs += TAKEN;
      }
      partialsOf(inputs, taken, block, lanes, lowLow, scratch);
      const out = y + (<usize>(j * copies) << 1);
      block = composeBlock(scratch, taken, out, yBytes, min(8, multiplied - j), copies, <usize>mirror << 1, lowLow, block + MIRROR, lanes);
    }
    if (table) applyTable(y, yBytes, taken, columns, table, lo);
    x += <usize>CHUNK * xBytes;
    y += <usize>CHUNK * yBytes;
  }
}

/** Rows as bytes of high and of low phases. What is multiplied behind them is whatever the scratch holds, and nobody reads its partials. */
function splitRows(x: usize, xBytes: usize, taken: i32, rows: i32, to: usize): void {
  const bytes = <usize>((rows + 7) & ~7) << 1;
  const phase = i16x8.splat(7);
  for (let r = 0; r < taken; r += 2) {
    const a = x + <usize>min(r, taken - 1) * xBytes;
    const b = x + <usize>min(r + 1, taken - 1) * xBytes;
    let at = to + <usize>r * STRIDE;
    for (let i: usize = 0; i < bytes; i += 16) {
      const va = v128.load(a + i);
      const vb = v128.load(b + i);
      const high = i8x16.narrow_i16x8_u(v128.and(i16x8.shr_u(va, 3), phase), v128.and(i16x8.shr_u(vb, 3), phase));
      const low = i8x16.narrow_i16x8_u(v128.and(va, phase), v128.and(vb, phase));
      v128.store64_lane(at, high, 0);
      v128.store64_lane(at, low, 0, LOWS);
      v128.store64_lane(at, high, 1, STRIDE);
      v128.store64_lane(at, low, 1, STRIDE + LOWS);
      at += 8;
    }
  }
}

/** Copies the eight bytes of both phases that start where the `count` int16 at `starts` say. */
function takeVectors(from: usize, taken: i32, starts: usize, count: i32): void {
  const end = starts + (<usize>count << 1);
  for (let r = 0; r < taken; r++) {
    let to = from + TAKEN;
    for (let p = starts; p < end; p += 2) {
      const start = from + <usize>load<u16>(p);
      store<u64>(to, load<u64>(start));
      store<u64>(to, load<u64>(start, LOWS), LOWS);
      to += 8;
    }
    from += STRIDE;
  }
}

/** All partials of a block's rows, whose phases stand at `inputs`; `end`: that of its cells. */
function partialsOf(inputs: usize, taken: i32, block: usize, end: usize, lowLow: bool, partials: usize): void {
  const w = block + HEADER;
  const constants = block + CONSTANTS;
  for (let s = 0; s < taken;) {
    const p = inputs + <usize>s * STRIDE;
    const d = partials + <usize>s * PARTIAL_STRIDE;
    if (taken - s > 3) {
      sixRows(p, w, end, d, constants);
      sixRows(p + LOWS, w, end, d + 16, constants + 16);
      sixRows(p, w + LOW_CELLS, end + LOW_CELLS, d + 32, constants + 32);
      if (lowLow) sixRows(p + LOWS, w + LOW_CELLS, end + LOW_CELLS, d + 48, constants + 48);
      s += 6;
    } else {
      threeRows(p, w, end, d, constants);
      threeRows(p, w + LOW_CELLS, end + LOW_CELLS, d + 32, constants + 32);
      s += 3;
    }
  }
}

/** One partial of six rows. */
function sixRows(p: usize, w: usize, end: usize, d: usize, constants: usize): void {
  sums(p, p + 3 * STRIDE, w, end, d, d + 3 * PARTIAL_STRIDE, constants, constants);
}

/** Two partials of three rows: of the high and of the low phases. */
function threeRows(p: usize, w: usize, end: usize, d: usize, constants: usize): void {
  sums(p, p + LOWS, w, end, d, d + 16, constants, constants + 16);
}

/** Eight columns' sums as int16, with what constant rows add. */
@inline
function sumOf(a: v128, b: v128, constant: v128): v128 {
  return i16x8.add(i16x8.narrow_i32x4_s(a, b), constant);
}

/**
 * Phases of three rows at `p` and of three at `q` times one cell of eight columns: their sums, with what constant rows add, go to `d` and to `e`. Twelve sums
 * are as many as the registers hold, and as the latency of the product needs.
 */
function sums(p: usize, q: usize, w: usize, end: usize, d: usize, e: usize, atD: usize, atE: usize): void {
  let a0 = i32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let d0 = a0;
  let d1 = a0;
  let e0 = a0;
  let e1 = a0;
  let f0 = a0;
  let f1 = a0;
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
    x = v128.load32_splat(q);
    d0 = addDot(d0, x, w0);
    d1 = addDot(d1, x, w1);
    x = v128.load32_splat(q, STRIDE);
    e0 = addDot(e0, x, w0);
    e1 = addDot(e1, x, w1);
    x = v128.load32_splat(q, 2 * STRIDE);
    f0 = addDot(f0, x, w0);
    f1 = addDot(f1, x, w1);
    p += 4;
    q += 4;
    w += QUAD;
  } while (w != end);
  const constantD = v128.load(atD);
  const constantE = v128.load(atE);
  v128.store(d, sumOf(a0, a1, constantD));
  v128.store(d, sumOf(b0, b1, constantD), PARTIAL_STRIDE);
  v128.store(d, sumOf(c0, c1, constantD), 2 * PARTIAL_STRIDE);
  v128.store(e, sumOf(d0, d1, constantE));
  v128.store(e, sumOf(e0, e1, constantE), PARTIAL_STRIDE);
  v128.store(e, sumOf(f0, f1, constantE), 2 * PARTIAL_STRIDE);
}
