/**
 * Float32 products with a transposed operand, as gradients need them. Pitches in floats.
 */

import { storeRow } from './store';

/** 4 rows and 8 columns of A^T * B. Pitches in bytes. */
@inline
function outer4(depth: usize, a: usize, aPitch: usize, b: usize, bPitch: usize, c: usize, cPitch: usize, columns: i32): void {
  let l0 = f32x4.splat(0), h0 = f32x4.splat(0), l1 = f32x4.splat(0), h1 = f32x4.splat(0);
  let l2 = f32x4.splat(0), h2 = f32x4.splat(0), l3 = f32x4.splat(0), h3 = f32x4.splat(0);
  for (let k: usize = 0; k < depth; k++) {
    const low = v128.load(b), high = v128.load(b, 16);
    let x = v128.load32_splat(a);
    l0 = f32x4.add(l0, f32x4.mul(x, low));
    h0 = f32x4.add(h0, f32x4.mul(x, high));
    x = v128.load32_splat(a, 4);
    l1 = f32x4.add(l1, f32x4.mul(x, low));
    h1 = f32x4.add(h1, f32x4.mul(x, high));
    x = v128.load32_splat(a, 8);
    l2 = f32x4.add(l2, f32x4.mul(x, low));
    h2 = f32x4.add(h2, f32x4.mul(x, high));
    x = v128.load32_splat(a, 12);
    l3 = f32x4.add(l3, f32x4.mul(x, low));
    h3 = f32x4.add(h3, f32x4.mul(x, high));
    a += aPitch;
    b += bPitch;
  }
  storeRow(c, l0, h0, columns);
  storeRow(c + cPitch, l1, h1, columns);
  storeRow(c + 2 * cPitch, l2, h2, columns);
  storeRow(c + 3 * cPitch, l3, h3, columns);
}

/** One row and 8 columns of A^T * B. */
@inline
function outer1(depth: usize, a: usize, aPitch: usize, b: usize, bPitch: usize, c: usize, columns: i32): void {
  let low = f32x4.splat(0), high = f32x4.splat(0);
  for (let k: usize = 0; k < depth; k++) {
    const x = v128.load32_splat(a);
    low = f32x4.add(low, f32x4.mul(x, v128.load(b)));
    high = f32x4.add(high, f32x4.mul(x, v128.load(b, 16)));
    a += aPitch;
    b += bPitch;
  }
  storeRow(c, low, high, columns);
}

/**
 * C[rows x columns] = A^T * B, A [depth x rows], B [depth x columns]: a[0]*b[0] + a[1]*b[1] + ... in this order. B is readable 7 floats past
 * its end.
 */
export function outerFloatSimd(
  rows: usize, columns: i32, depth: usize, a: usize, aPitch: usize, b: usize, bPitch: usize, c: usize, cPitch: usize,
): void {
  aPitch <<= 2;
  bPitch <<= 2;
  cPitch <<= 2;
  let row: usize = 0;
  for (; row + 4 <= rows; row += 4) {
    for (let j = 0; j < columns; j += 8) {
      outer4(depth, a + (row << 2), aPitch, b + (<usize>j << 2), bPitch, c + row * cPitch + (<usize>j << 2), cPitch, columns - j);
    }
  }
  for (; row < rows; row++) {
    for (let j = 0; j < columns; j += 8) {
      outer1(depth, a + (row << 2), aPitch, b + (<usize>j << 2), bPitch, c + row * cPitch + (<usize>j << 2), columns - j);
    }
  }
}

export function outerFloatScalar(
  rows: usize, columns: i32, depth: usize, a: usize, aPitch: usize, b: usize, bPitch: usize, c: usize, cPitch: usize,
): void {
  for (let row: usize = 0; row < rows; row++) {
    for (let j: usize = 0; j < <usize>columns; j++) {
      let sum: f32 = 0;
      for (let k: usize = 0; k < depth; k++) sum += f32.load(a + ((k * aPitch + row) << 2)) * f32.load(b + ((k * bPitch + j) << 2));
      f32.store(c + ((row * cPitch + j) << 2), sum);
    }
  }
}

/** Four running sums as (0 + 1) + (2 + 3), after the last elements (at most 3) have joined the first sums. */
@inline
function total(sums: v128, a: usize, b: usize, left: usize): f32 {
  let s0 = f32x4.extract_lane(sums, 0), s1 = f32x4.extract_lane(sums, 1), s2 = f32x4.extract_lane(sums, 2);
  const s3 = f32x4.extract_lane(sums, 3);
  if (left > 0) s0 += f32.load(a) * f32.load(b);
  if (left > 1) s1 += f32.load(a, 4) * f32.load(b, 4);
  if (left > 2) s2 += f32.load(a, 8) * f32.load(b, 8);
  return s0 + s1 + (s2 + s3);
}

@inline
function addTo(c: usize, value: f32): void {
  f32.store(c, f32.load(c) + value);
}

/** Two rows of A and four of B. Pitches in bytes. */
@inline
function inner2x4(depth: usize, a: usize, aPitch: usize, b: usize, bPitch: usize, c: usize, cPitch: usize): void {
  let s00 = f32x4.splat(0), s01 = f32x4.splat(0), s02 = f32x4.splat(0), s03 = f32x4.splat(0);
  let s10 = f32x4.splat(0), s11 = f32x4.splat(0), s12 = f32x4.splat(0), s13 = f32x4.splat(0);
  let a0 = a, a1 = a + aPitch, b0 = b, b1 = b + bPitch, b2 = b + 2 * bPitch, b3 = b + 3 * bPitch;
  const left = depth & 3;
  const end = a + ((depth - left) << 2);
  while (a0 < end) {
    const x0 = v128.load(a0), x1 = v128.load(a1);
    let y = v128.load(b0);
    s00 = f32x4.add(s00, f32x4.mul(x0, y));
    s10 = f32x4.add(s10, f32x4.mul(x1, y));
    y = v128.load(b1);
    s01 = f32x4.add(s01, f32x4.mul(x0, y));
    s11 = f32x4.add(s11, f32x4.mul(x1, y));
    y = v128.load(b2);
    s02 = f32x4.add(s02, f32x4.mul(x0, y));
    s12 = f32x4.add(s12, f32x4.mul(x1, y));
    y = v128.load(b3);
    s03 = f32x4.add(s03, f32x4.mul(x0, y));
    s13 = f32x4.add(s13, f32x4.mul(x1, y));
    a0 += 16;
    a1 += 16;
    b0 += 16;
    b1 += 16;
    b2 += 16;
    b3 += 16;
  }
  addTo(c, total(s00, a0, b0, left));
  addTo(c + 4, total(s01, a0, b1, left));
  addTo(c + 8, total(s02, a0, b2, left));
  addTo(c + 12, total(s03, a0, b3, left));
  c += cPitch;
  addTo(c, total(s10, a1, b0, left));
  addTo(c + 4, total(s11, a1, b1, left));
  addTo(c + 8, total(s12, a1, b2, left));
  addTo(c + 12, total(s13, a1, b3, left));
}

@inline
function inner1x1(depth: usize, a: usize, b: usize, c: usize): void {
  let sums = f32x4.splat(0);
  const left = depth & 3;
  const end = a + ((depth - left) << 2);
  while (a < end) {
    sums = f32x4.add(sums, f32x4.mul(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
  }
  addTo(c, total(sums, a, b, left));
}

/**
 * C[rows x columns] += A * B^T, A [rows x depth], B [columns x depth]. The products of one result go to four running sums (element k to sum k
 * modulo 4), added as (0 + 1) + (2 + 3), then to C.
 */
export function innerFloatSimd(
  rows: usize, columns: usize, depth: usize, a: usize, aPitch: usize, b: usize, bPitch: usize, c: usize, cPitch: usize,
): void {
  aPitch <<= 2;
  bPitch <<= 2;
  cPitch <<= 2;
  const pairs = rows & ~1, fours = columns & ~3;
  for (let j: usize = 0; j < fours; j += 4) {
    for (let i: usize = 0; i < pairs; i += 2) inner2x4(depth, a + i * aPitch, aPitch, b + j * bPitch, bPitch, c + i * cPitch + (j << 2), cPitch);
  }
  for (let i: usize = 0; i < rows; i++) {
    for (let j: usize = i < pairs ? fours : 0; j < columns; j++) inner1x1(depth, a + i * aPitch, b + j * bPitch, c + i * cPitch + (j << 2));
  }
}

export function innerFloatScalar(
  rows: usize, columns: usize, depth: usize, a: usize, aPitch: usize, b: usize, bPitch: usize, c: usize, cPitch: usize,
): void {
  for (let i: usize = 0; i < rows; i++) {
    for (let j: usize = 0; j < columns; j++) {
      let s0: f32 = 0, s1: f32 = 0, s2: f32 = 0, s3: f32 = 0;
      for (let k: usize = 0; k < depth; k++) {
        const v = f32.load(a + ((i * aPitch + k) << 2)) * f32.load(b + ((j * bPitch + k) << 2));
        if ((k & 3) == 0) s0 += v;
        else if ((k & 3) == 1) s1 += v;
        else if ((k & 3) == 2) s2 += v;
        else s3 += v;
      }
      addTo(c + ((i * cPitch + j) << 2), s0 + s1 + (s2 + s3));
    }
  }
}

/**
 * Panels of 8 columns (product.ts) of a matrix [depth x columns] whose element (k, j) lies at float k * rowStep + j * columnStep, times `factor`;
 * zeros beyond the last column. One form.
 */
export function packPanels(b: usize, depth: usize, columns: usize, rowStep: usize, columnStep: usize, factor: f32, to: usize): void {
  for (let first: usize = 0; first < columns; first += 8) {
    for (let j: usize = 0; j < 8; j++) {
      const inside = first + j < columns;
      let from = b + ((first + j) * columnStep << 2);
      let at = to + (j << 2);
      for (let k: usize = 0; k < depth; k++) {
        f32.store(at, inside ? f32.load(from) * factor : 0);
        from += rowStep << 2;
        at += 32;
      }
    }
    to += depth << 5;
  }
}
