/**
 * Integer product with the epilogue of the window and ideal-limits families (spec/chips.md, sections 3 and 6), one output at a time.
 */

/** Result of one sum: saturation to `bits` bits (64 = none), floor shift, clamp, then the table or the offset. */
@inline
function finish(sum: i64, bits: i32, shift: i32, lo: i32, hi: i32, offset: i32, table: usize): i32 {
  if (bits < 64) {
    const limit: i64 = (<i64>1) << (bits - 1);
    if (sum < -limit) sum = -limit;
    if (sum > limit - 1) sum = limit - 1;
  }
  sum >>= <i64>shift;
  if (sum < <i64>lo) sum = <i64>lo;
  if (sum > <i64>hi) sum = <i64>hi;
  const index = <i32>sum;
  return table ? <i32>load<i16>(table + (<usize>(index - lo) << 1)) : index + offset;
}

/**
 * `w` is int16, one column after the other [columns x rows]; `bias` int32, one a column. Pitches in elements.
 * Sums are exact in 64 bits, so that any int16 operands will do.
 */
export function productScalar(
  x: usize, xPitch: usize, count: i32, y: usize, yPitch: usize, rows: i32, columns: i32, w: usize, bias: usize,
  bits: i32, shift: i32, lo: i32, hi: i32, offset: i32, table: usize,
): void {
  for (let r = 0; r < count; r++) {
    let column = w;
    for (let j = 0; j < columns; j++) {
      let sum = <i64>load<i32>(bias + (<usize>j << 2));
      for (let i = 0; i < rows; i++) {
        const k = <usize>i << 1;
        sum += <i64>(<i32>load<i16>(x + k) * <i32>load<i16>(column + k));
      }
      store<i16>(y + (<usize>j << 1), finish(sum, bits, shift, lo, hi, offset, table));
      column += <usize>rows << 1;
    }
    x += xPitch << 1;
    y += yPitch << 1;
  }
}
