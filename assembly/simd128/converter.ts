/** The converter of composed arithmetic (spec/chips.md, section 4) on eight int16 lanes. */

/** What negative values get added before the shift by k (0..15), so that the floor truncates toward zero. */
@inline
export function truncation(k: i32): v128 {
  return i16x8.splat(<i16>((<i32>1 << k) - 1));
}

/** Shift of the magnitude, then full scale; `mask` is `truncation(k)`, -`least` = `most` the greatest code. */
@inline
export function convert(d: v128, k: i32, mask: v128, least: v128, most: v128): v128 {
  const shifted = i16x8.shr_s(i16x8.add(d, v128.and(i16x8.shr_s(d, 15), mask)), k);
  return i16x8.min_s(i16x8.max_s(shifted, least), most);
}
