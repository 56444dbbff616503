/**
 * The relaxed product that adds: of four rows of inputs `x` by four columns of weights `w`, to the sums of the columns. For operands of -128..127 (`w`) and
 * 0..127 (`x`) it has one result on every machine; for greater `x` only where `dotOfBytes` (bytes.ts) says so.
 */
@inline
export function addDot(sum: v128, x: v128, w: v128): v128 {
  return i32x4.relaxed_dot_i8x16_i7x16_add_s(w, x, sum);
}
