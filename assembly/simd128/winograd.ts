/**
 * Exact integer Winograd F(4x4, 3x3) for the window and ideal-limits families (spec/chips.md, sections 3 and 6): a window of 3 x 3 with stride 1, four by
 * four results at a time, from 36 products of transformed inputs and transformed weights instead of 144.
 *
 *   B^T = [4  0 -5  0 1 0]   G = [6  0 0]   A^T = [1 -1 -1 1  1 0]
 *         [0 -4 -4  1 1 0]       [4  4 4]         [0 -1  1 2 -2 0]
 *         [0  4 -4 -1 1 0]       [4 -4 4]         [0 -1 -1 4  4 0]
 *         [0 -2 -1  2 1 0]       [1  2 4]         [0 -1  1 8 -8 8]
 *         [0  2 -1 -2 1 0]       [1 -2 4]
 *         [0  4  0 -5 0 1]       [0  0 3]
 *
 * A^T ((G g G^T) * (B^T d B)) A is 24 * 24 = 9 * 64 times the sum. Every step is linear, so that all may wrap around: times the inverse of 9 modulo 2^32, it is
 * 64 times the sum, exact if that fits 32 bits.
 */
import { applyTable, putEight } from './codes';
import { high, low } from './merge';
import { transformTiles } from './winograd-input';
import { WinogradTask } from './winograd-task';
import { transformFilters } from './winograd-weights';

const FREQUENCIES: usize = 36;
/** The inverse of 9 modulo 2^32. */
const NINTH: i32 = 954437177;
/** Columns at once, and bytes of their sums at one frequency and at all of them. */
const BLOCK: i32 = 16;
const SUMS: usize = 64;
const TILE_SUMS: usize = FREQUENCIES * SUMS;
/** Bytes of four pixels of eight int32, and of a tile's sixteen pixels of sixteen. */
const LINE: usize = 128;
const HELD: usize = 1024;
const TAPS: usize = 9;
/** Bytes between frequencies, lest all of them fall on the same lines of the first cache. */
const GAP: usize = 64;
/** The frequency whose sum goes into all sixteen results alike: the bias starts there. */
const UNIT: usize = 7;

/**
 * Tiles `first`..`first + count - 1`, counted line by line, sample by sample. `scratch`: as `scratchBytes` of src/kernels/winograd.ts has it for `room`
 * tiles, a multiple of four and at least `count`. Weights are transformed at every call: what is transformed is four times as much, and slow to come by where
 * a network has many.
 */
export function winograd(address: usize, first: i32, count: i32, room: i32, scratch: usize): void {
  const task = changetype<WinogradTask>(address);
  const pitch = <usize>task.vectors << 4;
  const plane = <usize>room * pitch + GAP;
  const sums = scratch + FREQUENCIES * plane;
  const held = sums + <usize>room * TILE_SUMS;
  const filters = task.part < task.pairs ? held + <usize>room * HELD : held;
  const rest = filters + FREQUENCIES * ((<usize>task.part << 6) + GAP);
  transformTiles(task, first, count, scratch, plane, rest);
  let weights = task.weights;
  let bias = task.bias;
  for (let j = 0; j < task.columns; j += BLOCK) {
    const columns = min(BLOCK, task.columns - j);
    const bytes: usize = columns > 8 ? 64 : 32;
    for (let pair = 0; pair < task.pairs; pair += task.part) {
      const pairs = min(task.part, task.pairs - pair);
      const used = <usize>pairs * bytes;
      const last = pair + pairs == task.pairs;
      transformFilters(weights, pairs, bytes, filters, used + GAP);
      weights += TAPS * used;
      let u = filters;
      let v = scratch + (<usize>pair << 2);
      for (let f: usize = 0; f < FREQUENCIES; f++) {
        const start = f == UNIT && last ? bias : task.zeros;
        if (columns > 8) wide(v, pitch, count, u, used, start, sums + f * SUMS);
        else narrow(v, pitch, count, u, used, start, sums + f * SUMS);
        u += used + GAP;
        v += plane;
      }
      if (last) break;
      for (let t: usize = 0; t < <usize>count; t++) hold(sums + t * TILE_SUMS, held + t * HELD, columns, pair == 0);
    }
    bias += SUMS;
    for (let t = 0; t < count; t++) finish(task, first + t, j, columns, sums + <usize>t * TILE_SUMS, held + <usize>t * HELD, rest);
  }
}

/** Two tiles by sixteen columns. */
function wide(v: usize, pitch: usize, count: i32, weights: usize, bytes: usize, start: usize, sums: usize): void {
  const end = weights + bytes;
  for (let t = 0; t < count; t += 2) {
    let p = v;
    let q = v + pitch;
    let w = weights;
    let a0 = v128.load(start);
    let a1 = v128.load(start, 16);
    let a2 = v128.load(start, 32);
    let a3 = v128.load(start, 48);
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
    v128.store(sums, a0);
    v128.store(sums, a1, 16);
    v128.store(sums, a2, 32);
    v128.store(sums, a3, 48);
    v128.store(sums + TILE_SUMS, b0);
    v128.store(sums + TILE_SUMS, b1, 16);
    v128.store(sums + TILE_SUMS, b2, 32);
    v128.store(sums + TILE_SUMS, b3, 48);
    v += pitch << 1;
    sums += 2 * TILE_SUMS;
  }
}

/** Four tiles by eight columns. */
function narrow(v: usize, pitch: usize, count: i32, weights: usize, bytes: usize, start: usize, sums: usize): void {
  const end = weights + bytes;
  for (let t = 0; t < count; t += 4) {
    let p = v;
    let q = p + pitch;
    let r = q + pitch;
    let s = r + pitch;
    let w = weights;
    let a0 = v128.load(start);
    let a1 = v128.load(start, 16);
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
      const xc = v128.load32_splat(r);
      c0 = i32x4.add(c0, i32x4.dot_i16x8_s(xc, w0));
      c1 = i32x4.add(c1, i32x4.dot_i16x8_s(xc, w1));
      const xd = v128.load32_splat(s);
      d0 = i32x4.add(d0, i32x4.dot_i16x8_s(xd, w0));
      d1 = i32x4.add(d1, i32x4.dot_i16x8_s(xd, w1));
      p += 4;
      q += 4;
      r += 4;
      s += 4;
      w += 32;
    } while (w != end);
    v128.store(sums, a0);
    v128.store(sums, a1, 16);
    v128.store(sums + TILE_SUMS, b0);
    v128.store(sums + TILE_SUMS, b1, 16);
    v128.store(sums + 2 * TILE_SUMS, c0);
    v128.store(sums + 2 * TILE_SUMS, c1, 16);
    v128.store(sums + 3 * TILE_SUMS, d0);
    v128.store(sums + 3 * TILE_SUMS, d1, 16);
    v += pitch << 2;
    sums += 4 * TILE_SUMS;
  }
}

/** Sums of one tile under columns `j`..`j + columns - 1` to codes in their places. */
function finish(task: WinogradTask, tile: i32, j: i32, columns: i32, sums: usize, held: usize, scratch: usize): void {
  const tilesAcross = (task.across + 3) >> 2;
  const tilesDown = (task.lines + 3) >> 2;
  const line = tile / tilesAcross;
  const x = (tile - line * tilesAcross) << 2;
  const sample = line / tilesDown;
  const y = (line - sample * tilesDown) << 2;
  const lines = min(4, task.lines - y);
  const across = min(4, task.across - x);
  const vLo = i16x8.splat(<i16>task.lo);
  const vHi = i16x8.splat(<i16>task.hi);
  const vOffset = i16x8.splat(<i16>task.offset);
  const target = task.y + <usize>sample * task.yStep + <usize>y * task.yLine + <usize>x * task.yPixel + (<usize>j << 1);
  for (let half = 0; half < columns; half += 8) {
    const part = sums + (<usize>half << 2);
    down(part);
    down(part + 16);
    if (task.terms) addTerms(task, sample, y, x, lines, j + half, scratch);
    const to = target + (<usize>half << 1);
    const rest = min(8, columns - half);
    let addends = task.terms ? scratch : 0;
    let from = part;
    let before = task.part < task.pairs ? held + (<usize>half << 6) : 0;
    for (let k = 0; k < lines; k++) {
      writeLine(from, addends, before, to + <usize>k * task.yLine, task.yPixel, across, rest, task.shift, vLo, vHi, vOffset);
      from += 6 * SUMS;
      if (addends) addends += LINE;
      if (before) before += LINE;
    }
  }
  if (task.table) {
    for (let k = 0; k < lines; k++) applyTable(target + <usize>k * task.yLine, task.yPixel, across, columns, task.table, task.lo);
  }
}

/** Sums of some of the channels of one tile, recovered, to `held` or added to what is there: for each eight columns sixteen pixels of eight int32. */
function hold(sums: usize, held: usize, columns: i32, isFirst: bool): void {
  for (let quarter: usize = 0; quarter < <usize>columns; quarter += 4) {
    const part = sums + (quarter << 2);
    down(part);
    const to = held + ((quarter >> 3) << 9) + ((quarter & 4) << 2);
    for (let k: usize = 0; k < 4; k++) {
      const p = part + k * 6 * SUMS;
      const m1 = v128.load(p, 64);
      const m2 = v128.load(p, 2 * 64);
      const m3 = v128.load(p, 3 * 64);
      const m4 = v128.load(p, 4 * 64);
      const s = i32x4.add(m1, m2);
      const d = i32x4.sub(m2, m1);
      const t = i32x4.add(m3, m4);
      const e = i32x4.sub(m3, m4);
      const y = to + k * LINE;
      keep(i32x4.add(i32x4.sub(v128.load(p), s), t), y, isFirst);
      keep(i32x4.add(d, i32x4.add(e, e)), y + 32, isFirst);
      keep(i32x4.sub(i32x4.shl(t, 2), s), y + 64, isFirst);
      keep(i32x4.add(d, i32x4.shl(i32x4.add(e, v128.load(p, 5 * 64)), 3)), y + 96, isFirst);
    }
  }
}

@inline
function keep(sum: v128, to: usize, isFirst: bool): void {
  const y = i32x4.shr_s(i32x4.mul(sum, i32x4.splat(NINTH)), 6);
  v128.store(to, isFirst ? y : i32x4.add(v128.load(to), y));
}

/** A^T on the columns of a tile, in place: six lines become four. */
@inline
function down(sums: usize): void {
  const end = sums + 6 * SUMS;
  for (let p = sums; p != end; p += SUMS) {
    const m1 = v128.load(p, 6 * 64);
    const m2 = v128.load(p, 12 * 64);
    const m3 = v128.load(p, 18 * 64);
    const m4 = v128.load(p, 24 * 64);
    const s = i32x4.add(m1, m2);
    const d = i32x4.sub(m2, m1);
    const t = i32x4.add(m3, m4);
    const e = i32x4.sub(m3, m4);
    v128.store(p, i32x4.add(i32x4.sub(v128.load(p), s), t));
    v128.store(p, i32x4.add(d, i32x4.add(e, e)), 6 * 64);
    v128.store(p, i32x4.sub(i32x4.shl(t, 2), s), 12 * 64);
    v128.store(p, i32x4.add(d, i32x4.shl(i32x4.add(e, v128.load(p, 30 * 64)), 3)), 18 * 64);
  }
}

/** A^T on one line for eight columns, then the epilogue of up to four pixels. */
@inline
function writeLine(
  from: usize, addends: usize, held: usize, to: usize, pixel: usize, across: i32, columns: i32, shift: i32, lo: v128, hi: v128, offset: v128,
): void {
  const ninth = i32x4.splat(NINTH);
  const a1 = v128.load(from, 64);
  const a2 = v128.load(from, 2 * 64);
  const a3 = v128.load(from, 3 * 64);
  const a4 = v128.load(from, 4 * 64);
  const b1 = v128.load(from, 64 + 16);
  const b2 = v128.load(from, 2 * 64 + 16);
  const b3 = v128.load(from, 3 * 64 + 16);
  const b4 = v128.load(from, 4 * 64 + 16);
  const as = i32x4.add(a1, a2);
  const ad = i32x4.sub(a2, a1);
  const at = i32x4.add(a3, a4);
  const ae = i32x4.sub(a3, a4);
  const bs = i32x4.add(b1, b2);
  const bd = i32x4.sub(b2, b1);
  const bt = i32x4.add(b3, b4);
  const be = i32x4.sub(b3, b4);
  let p0 = i32x4.mul(i32x4.add(i32x4.sub(v128.load(from), as), at), ninth);
  let q0 = i32x4.mul(i32x4.add(i32x4.sub(v128.load(from, 16), bs), bt), ninth);
  let p1 = i32x4.mul(i32x4.add(ad, i32x4.add(ae, ae)), ninth);
  let q1 = i32x4.mul(i32x4.add(bd, i32x4.add(be, be)), ninth);
  let p2 = i32x4.mul(i32x4.sub(i32x4.shl(at, 2), as), ninth);
  let q2 = i32x4.mul(i32x4.sub(i32x4.shl(bt, 2), bs), ninth);
  let p3 = i32x4.mul(i32x4.add(ad, i32x4.shl(i32x4.add(ae, v128.load(from, 5 * 64)), 3)), ninth);
  let q3 = i32x4.mul(i32x4.add(bd, i32x4.shl(i32x4.add(be, v128.load(from, 5 * 64 + 16)), 3)), ninth);
  if (addends) {
    p0 = i32x4.add(p0, v128.load(addends));
    q0 = i32x4.add(q0, v128.load(addends, 16));
    p1 = i32x4.add(p1, v128.load(addends, 32));
    q1 = i32x4.add(q1, v128.load(addends, 48));
    p2 = i32x4.add(p2, v128.load(addends, 64));
    q2 = i32x4.add(q2, v128.load(addends, 80));
    p3 = i32x4.add(p3, v128.load(addends, 96));
    q3 = i32x4.add(q3, v128.load(addends, 112));
  }
  if (held) {
    p0 = i32x4.add(i32x4.shr_s(p0, 6), v128.load(held));
    q0 = i32x4.add(i32x4.shr_s(q0, 6), v128.load(held, 16));
    p1 = i32x4.add(i32x4.shr_s(p1, 6), v128.load(held, 32));
    q1 = i32x4.add(i32x4.shr_s(q1, 6), v128.load(held, 48));
    p2 = i32x4.add(i32x4.shr_s(p2, 6), v128.load(held, 64));
    q2 = i32x4.add(i32x4.shr_s(q2, 6), v128.load(held, 80));
    p3 = i32x4.add(i32x4.shr_s(p3, 6), v128.load(held, 96));
    q3 = i32x4.add(i32x4.shr_s(q3, 6), v128.load(held, 112));
  }
  const c0 = codes(p0, q0, shift, lo, hi, offset);
  const c1 = codes(p1, q1, shift, lo, hi, offset);
  const c2 = codes(p2, q2, shift, lo, hi, offset);
  const c3 = codes(p3, q3, shift, lo, hi, offset);
  if (across == 4 && columns == 8) {
    v128.store(to, c0);
    to += pixel;
    v128.store(to, c1);
    to += pixel;
    v128.store(to, c2);
    v128.store(to + pixel, c3);
    return;
  }
  putEight(to, c0, columns);
  if (across > 1) putEight(to + pixel, c1, columns);
  if (across > 2) putEight(to + 2 * pixel, c2, columns);
  if (across > 3) putEight(to + 3 * pixel, c3, columns);
}

/** Eight sums, times 64, to codes. */
@inline
function codes(a: v128, b: v128, shift: i32, lo: v128, hi: v128, offset: v128): v128 {
  const narrowed = i16x8.narrow_i32x4_s(i32x4.shr_s(a, shift), i32x4.shr_s(b, shift));
  return i16x8.add(i16x8.min_s(i16x8.max_s(narrowed, lo), hi), offset);
}

/** What diagonals add under eight columns from `j` on, times 64: sixteen pixels of eight int32 at `to`. */
function addTerms(task: WinogradTask, sample: i32, y: i32, x: i32, lines: i32, j: i32, to: usize): void {
  const pairs = (task.terms + 1) >> 1;
  const across = min(4, task.across - x);
  for (let pair = 0; pair < pairs; pair++) {
    const even = task.sources + <usize>pair * 32;
    // Without a partner a term stands beside itself, with a weight of 0.
    const odd = 2 * pair + 1 < task.terms ? even + 16 : even;
    const w = task.termWeights + ((<usize>(j >> 3) * pairs + pair) << 5);
    const w0 = v128.load(w);
    const w1 = v128.load(w, 16);
    let at = to;
    for (let k = 0; k < lines; k++) {
      let p = place(even, sample, y + k, x) + (<usize>j << 1);
      let q = place(odd, sample, y + k, x) + (<usize>j << 1);
      const pStep = load<u32>(even, 12);
      const qStep = load<u32>(odd, 12);
      let target = at;
      for (let i = 0; i < across; i++) {
        const a = v128.load(p);
        const b = v128.load(q);
        const first = i32x4.dot_i16x8_s(low(a, b), w0);
        const second = i32x4.dot_i16x8_s(high(a, b), w1);
        v128.store(target, pair == 0 ? first : i32x4.add(v128.load(target), first));
        v128.store(target, pair == 0 ? second : i32x4.add(v128.load(target, 16), second), 16);
        p += pStep;
        q += qStep;
        target += 32;
      }
      at += 128;
    }
  }
}

/** Address of a term's codes at a position; a source is its address at position 0 of sample 0 and the steps of a sample, a line and a position. */
@inline
function place(source: usize, sample: i32, line: i32, x: i32): usize {
  return load<u32>(source) + <usize>sample * load<u32>(source, 4) + <usize>line * load<u32>(source, 8) + <usize>x * load<u32>(source, 12);
}
