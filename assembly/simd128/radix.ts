/**
 * Radix-coded arithmetic (spec/chips.md, section 7): the planes are joined to integers again, whose product is the same bit for bit.
 */
import { productSimd } from './product';

/** Samples joined at a time. */
const CHUNK: i32 = 32;

/**
 * The contract of `radixScalar`, with weights and bias packed as for `productSimd`. Planes are read up to a multiple of 8 rows.
 * `scratch`: 64 * padded bytes, `padded` the rows up to a multiple of 8.
 */
export function radixSimd(
  x: usize, xPitch: usize, count: i32, y: usize, yPitch: usize, rows: i32, columns: i32, panels: usize, bias: usize, bits: i32, shift: i32,
  scratch: usize,
): void {
  const padded = <usize>((rows + 7) & ~7);
  for (let s = 0; s < count; s += CHUNK) {
    const taken = min(CHUNK, count - s);
    let to = scratch;
    for (let k = 0; k < taken; k++) {
      join(x, xPitch << 1, bits, to, padded << 1);
      x += <usize>bits * xPitch << 1;
      to += padded << 1;
    }
    productSimd(
      scratch, padded, taken, y, yPitch, (rows + 1) >> 1, columns, panels, 0, bias, i32.MIN_VALUE, i32.MAX_VALUE, shift, 0, (1 << bits) - 1,
      0, 0,
    );
    y += <usize>CHUNK * yPitch << 1;
  }
}

/** One row of integers from its planes. */
function join(x: usize, planeBytes: usize, bits: i32, to: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) {
    let p = x + i;
    let code = v128.load(p);
    for (let t = 1; t < bits; t++) {
      p += planeBytes;
      code = i16x8.add(i16x8.shl(code, 1), v128.load(p));
    }
    v128.store(to + i, code);
  }
}
