/**
 * Float32 matrix products. Every result is start + a[0]*b[0] + a[1]*b[1] + ... in this order, each product and each sum rounded: lanes lie
 * on different results, so SIMD and scalar give the same bits, whatever the tile that a result falls into.
 *
 * B comes in panels of 8 columns: panel p holds B[k][8p .. 8p+7] at float (p * depth + k) * 8, the last one filled up with anything.
 * Start values (`starts`) are addresses: 0 = zero; mode 1: one float a row; mode 2: one a column, readable up to the next multiple of 8.
 */

import { storeRow } from './store';

/** Bytes of one row of a panel. */
const PANEL_ROW: usize = 32;

@inline
function startLow(starts: usize, mode: i32, row: usize): v128 {
  if (mode == 1) return v128.load32_splat(starts + (row << 2));
  return mode == 2 ? v128.load(starts) : f32x4.splat(0);
}

@inline
function startHigh(starts: usize, mode: i32, row: usize): v128 {
  if (mode == 1) return v128.load32_splat(starts + (row << 2));
  return mode == 2 ? v128.load(starts, 16) : f32x4.splat(0);
}

/** 4 rows of A times one panel. Pitches in bytes. */
function tile4(
  depth: usize, a: usize, aPitch: usize, b: usize, bPitch: usize, starts: usize, mode: i32, row: usize, c: usize, cPitch: usize, columns: i32,
): void {
  let l0 = startLow(starts, mode, row), h0 = startHigh(starts, mode, row);
  let l1 = startLow(starts, mode, row + 1), h1 = startHigh(starts, mode, row + 1);
  let l2 = startLow(starts, mode, row + 2), h2 = startHigh(starts, mode, row + 2);
  let l3 = startLow(starts, mode, row + 3), h3 = startHigh(starts, mode, row + 3);
  let a0 = a, a1 = a + aPitch, a2 = a + 2 * aPitch, a3 = a + 3 * aPitch;
  const end = a + (depth << 2);
  while (a0 < end) {
    const low = v128.load(b), high = v128.load(b, 16);
    let x = v128.load32_splat(a0);
    l0 = f32x4.add(l0, f32x4.mul(x, low));
    h0 = f32x4.add(h0, f32x4.mul(x, high));
    x = v128.load32_splat(a1);
    l1 = f32x4.add(l1, f32x4.mul(x, low));
    h1 = f32x4.add(h1, f32x4.mul(x, high));
    x = v128.load32_splat(a2);
    l2 = f32x4.add(l2, f32x4.mul(x, low));
    h2 = f32x4.add(h2, f32x4.mul(x, high));
    x = v128.load32_splat(a3);
    l3 = f32x4.add(l3, f32x4.mul(x, low));
    h3 = f32x4.add(h3, f32x4.mul(x, high));
    a0 += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
    b += bPitch;
  }
  storeRow(c, l0, h0, columns);
  storeRow(c + cPitch, l1, h1, columns);
  storeRow(c + 2 * cPitch, l2, h2, columns);
  storeRow(c + 3 * cPitch, l3, h3, columns);
}

/** One row of A times one panel. */
function tile1(depth: usize, a: usize, b: usize, bPitch: usize, starts: usize, mode: i32, row: usize, c: usize, columns: i32): void {
  let low = startLow(starts, mode, row), high = startHigh(starts, mode, row);
  const end = a + (depth << 2);
  while (a < end) {
    const x = v128.load32_splat(a);
    low = f32x4.add(low, f32x4.mul(x, v128.load(b)));
    high = f32x4.add(high, f32x4.mul(x, v128.load(b, 16)));
    a += 4;
    b += bPitch;
  }
  storeRow(c, low, high, columns);
}

/** One row of A times four whole panels side by side, for few rows, where one panel alone would wait for its own sums. */
function tile1wide(depth: usize, a: usize, b: usize, starts: usize, mode: i32, row: usize, c: usize): void {
  const size = depth * PANEL_ROW;
  const step: usize = mode == 2 ? 32 : 0;
  let l0 = startLow(starts, mode, row), h0 = startHigh(starts, mode, row);
  let l1 = startLow(starts + step, mode, row), h1 = startHigh(starts + step, mode, row);
  let l2 = startLow(starts + 2 * step, mode, row), h2 = startHigh(starts + 2 * step, mode, row);
  let l3 = startLow(starts + 3 * step, mode, row), h3 = startHigh(starts + 3 * step, mode, row);
  let b1 = b + size, b2 = b + 2 * size, b3 = b + 3 * size;
  const end = a + (depth << 2);
  while (a < end) {
    const x = v128.load32_splat(a);
    l0 = f32x4.add(l0, f32x4.mul(x, v128.load(b)));
    h0 = f32x4.add(h0, f32x4.mul(x, v128.load(b, 16)));
    l1 = f32x4.add(l1, f32x4.mul(x, v128.load(b1)));
    h1 = f32x4.add(h1, f32x4.mul(x, v128.load(b1, 16)));
    l2 = f32x4.add(l2, f32x4.mul(x, v128.load(b2)));
    h2 = f32x4.add(h2, f32x4.mul(x, v128.load(b2, 16)));
    l3 = f32x4.add(l3, f32x4.mul(x, v128.load(b3)));
    h3 = f32x4.add(h3, f32x4.mul(x, v128.load(b3, 16)));
    a += 4;
    b += PANEL_ROW;
    b1 += PANEL_ROW;
    b2 += PANEL_ROW;
    b3 += PANEL_ROW;
  }
  storeRow(c, l0, h0, 8);
  storeRow(c + 32, l1, h1, 8);
  storeRow(c + 64, l2, h2, 8);
  storeRow(c + 96, l3, h3, 8);
}

/** All rows of A times one panel. */
@inline
function panel(
  rows: usize, depth: usize, a: usize, aPitch: usize, b: usize, bPitch: usize, starts: usize, mode: i32, c: usize, cPitch: usize, columns: i32,
): void {
  let row: usize = 0;
  for (; row + 4 <= rows; row += 4) tile4(depth, a + row * aPitch, aPitch, b, bPitch, starts, mode, row, c + row * cPitch, cPitch, columns);
  for (; row < rows; row++) tile1(depth, a + row * aPitch, b, bPitch, starts, mode, row, c + row * cPitch, columns);
}

/**
 * C[rows x columns] = A[rows x depth] * B + starts, B in panels. Pitches in floats. `starts` of mode 2 is readable up to a multiple of 8.
 */
export function panelsFloatSimd(
  rows: usize, columns: i32, depth: usize, a: usize, aPitch: usize, panels: usize, starts: usize, mode: i32, c: usize, cPitch: usize,
): void {
  aPitch <<= 2;
  cPitch <<= 2;
  const size = depth * PANEL_ROW;
  const wide = rows < 4 ? columns & ~31 : 0;
  for (let j = 0; j < wide; j += 32) {
    const from = mode == 2 ? starts + (<usize>j << 2) : starts;
    for (let row: usize = 0; row < rows; row++) {
      tile1wide(depth, a + row * aPitch, panels + <usize>(j >> 3) * size, from, mode, row, c + row * cPitch + (<usize>j << 2));
    }
  }
  for (let j = wide; j < columns; j += 8) {
    const from = mode == 2 ? starts + (<usize>j << 2) : starts;
    panel(rows, depth, a, aPitch, panels + <usize>(j >> 3) * size, PANEL_ROW, from, mode, c + (<usize>j << 2), cPitch, columns - j);
  }
}

export function panelsFloatScalar(
  rows: usize, columns: i32, depth: usize, a: usize, aPitch: usize, panels: usize, starts: usize, mode: i32, c: usize, cPitch: usize,
): void {
  for (let row: usize = 0; row < rows; row++) {
    for (let j = 0; j < columns; j++) {
      let sum: f32 = mode == 0 ? 0 : f32.load(starts + ((mode == 1 ? row : <usize>j) << 2));
      const b = panels + (<usize>(j >> 3) * depth * 8 + (j & 7)) * 4;
      for (let k: usize = 0; k < depth; k++) sum += f32.load(a + ((row * aPitch + k) << 2)) * f32.load(b + k * PANEL_ROW);
      f32.store(c + ((row * cPitch + j) << 2), sum);
    }
  }
}

/** Copies 8 columns (the first `columns` of them real, the others 0) of B, row-major with `bPitch` bytes, into one panel. */
@inline
function packPanel(depth: usize, b: usize, bPitch: usize, columns: i32, to: usize): void {
  for (let k: usize = 0; k < depth; k++) {
    if (columns >= 8) {
      v128.store(to, v128.load(b));
      v128.store(to, v128.load(b, 16), 16);
    } else {
      v128.store(to, f32x4.splat(0));
      v128.store(to, f32x4.splat(0), 16);
      for (let j = 0; j < columns; j++) f32.store(to + (<usize>j << 2), f32.load(b + (<usize>j << 2)));
    }
    b += bPitch;
    to += PANEL_ROW;
  }
}

/**
 * C[rows x columns] = A[rows x depth] * B[depth x columns] + starts, B row-major. Pitches in floats; `scratch` holds depth * 8 floats and
 * is 16-byte aligned; `starts` is for rows (mode 1) or nothing (mode 0).
 */
export function productFloatSimd(
  rows: usize, columns: i32, depth: usize, a: usize, aPitch: usize, b: usize, bPitch: usize, starts: usize, mode: i32, c: usize, cPitch: usize,
  scratch: usize,
): void {
  aPitch <<= 2;
  bPitch <<= 2;
  cPitch <<= 2;
  for (let j = 0; j < columns; j += 8) {
    const left = columns - j;
    const from = b + (<usize>j << 2);
    const to = c + (<usize>j << 2);
    if (left >= 8 && rows < 8) {
      panel(rows, depth, a, aPitch, from, bPitch, starts, mode, to, cPitch, left);
    } else {
      packPanel(depth, from, bPitch, left, scratch);
      panel(rows, depth, a, aPitch, scratch, PANEL_ROW, starts, mode, to, cPitch, left);
    }
  }
}

export function productFloatScalar(
  rows: usize, columns: i32, depth: usize, a: usize, aPitch: usize, b: usize, bPitch: usize, starts: usize, mode: i32, c: usize, cPitch: usize,
  _scratch: usize,
): void {
  for (let row: usize = 0; row < rows; row++) {
    for (let j: usize = 0; j < <usize>columns; j++) {
      let sum: f32 = mode == 1 ? f32.load(starts + (row << 2)) : 0;
      for (let k: usize = 0; k < depth; k++) sum += f32.load(a + ((row * aPitch + k) << 2)) * f32.load(b + ((k * bPitch + j) << 2));
      f32.store(c + ((row * cPitch + j) << 2), sum);
    }
  }
}
