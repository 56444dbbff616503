/** Stores the first `columns` of 8 results. */
@inline
export function storeRow(c: usize, low: v128, high: v128, columns: i32): void {
  if (columns >= 8) {
    v128.store(c, low);
    v128.store(c, high, 16);
    return;
  }
  let rest = low;
  let at = c;
  let left = columns;
  if (left >= 4) {
    v128.store(at, low);
    at += 16;
    left -= 4;
    rest = high;
  }
  if (left > 0) f32.store(at, f32x4.extract_lane(rest, 0));
  if (left > 1) f32.store(at, f32x4.extract_lane(rest, 1), 4);
  if (left > 2) f32.store(at, f32x4.extract_lane(rest, 2), 8);
}
