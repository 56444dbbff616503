/** The converter of composed arithmetic (spec/chips.md, section 4) on eight int16 lanes: truncates toward zero, then full scale `limit`; k is 0..15. */
@inline
export function convert(d: v128, k: i32, limit: i32): v128 {
  const mask = i16x8.splat(<i16>((<i32>1 << k) - 1));
  const shifted = i16x8.shr_s(i16x8.add(d, v128.and(i16x8.shr_s(d, 15), mask)), k);
  return i16x8.min_s(i16x8.max_s(shifted, i16x8.splat(<i16>-limit)), i16x8.splat(<i16>limit));
}
