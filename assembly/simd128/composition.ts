/**
 * From partials to codes (spec/chips.md, section 4) for weights of two cells and inputs of two phases of 3 bits: each partial through the converter, their
 * sum, its clamp. For blocks of eight columns whose partials stand as int16: HH, HL, LH, LL of a row, 64 bytes, row after row.
 */
import { putEight } from './codes';
import { convert, truncation } from './converter';

/** Bytes of one row's partials. */
export const PARTIAL_STRIDE: usize = 64;

/** Bytes of a vector of results: lanes, and four vectors of constants; with mirrored columns four more. */
const LANE_BYTES: usize = 80;
const MIRRORED_LANE_BYTES: usize = 144;

/** The settings of `composeWith`. */
let shift: i32 = 0;
let most: i32 = 0;
let lo: i32 = 0;
let hi: i32 = 0;
let offset: i32 = 0;

/** What `composeBlock` goes by from here on; `shiftLL` is the converter's shift of LL, `limit` its greatest code; clamp and offset of the sum. */
export function composeWith(shiftLL: i32, limit: i32, least: i32, greatest: i32, added: i32): void {
  shift = shiftLL;
  most = limit;
  lo = least;
  hi = greatest;
  offset = added;
}

/**
 * Codes of `rows` rows (at least one) of a block to `y`, `yBytes` apart, from the partials at `partials`. `columns` (1..8) that were multiplied have `copies`
 * results each. `mirrored`: bytes from a result to that of the column whose weights have the other sign, 0 if there are none. Without copies, `constants` are
 * what constant rows add to both of these, four vectors. With copies, `lanes` has for every eight results: the bytes of a partial's vector that each comes
 * from, and what constant rows add to HH, HL, LH and LL; with mirrored columns, to theirs too. Gives the end of what it read at `lanes`.
 */
export function composeBlock(
  partials: usize, rows: i32, y: usize, yBytes: usize, columns: i32, copies: i32, mirrored: usize, lowLow: bool, constants: usize, lanes: usize,
): usize {
  if (copies != 1) return composeLanes(partials, rows, y, yBytes, columns * copies, mirrored, lowLow, lanes);
  if (lowLow) composeEight(partials, rows, y, yBytes, columns, mirrored, true, false, 0, constants);
  else composeEight(partials, rows, y, yBytes, columns, mirrored, false, false, 0, constants);
  return lanes;
}

/** The same of `results` codes a row, with or without copies, where constants are in `lanes` alone. */
export function composeLanes(
  partials: usize, rows: i32, y: usize, yBytes: usize, results: i32, mirrored: usize, lowLow: bool, lanes: usize,
): usize {
  for (let o = 0; o < results; o += 8) {
    const to = y + (<usize>o << 1);
    const columns = min(8, results - o);
    const others = lanes + LANE_BYTES;
    if (lowLow) composeEight(partials, rows, to, yBytes, columns, mirrored, true, true, lanes, others);
    else composeEight(partials, rows, to, yBytes, columns, mirrored, false, true, lanes, others);
    lanes += mirrored ? MIRRORED_LANE_BYTES : LANE_BYTES;
  }
  return lanes;
}

/**
 * Eight results of every row, from the lanes that they share where `shared`; `others`: what constant rows add to the mirrored ones. Settings become vectors
 * once, before a loop whose test stands at its end: engines keep what does not change out of no other.
 */
@inline
function composeEight(
  partials: usize, rows: i32, y: usize, yBytes: usize, results: i32, mirrored: usize, lowLow: bool, shared: bool, lanes: usize, others: usize,
): void {
  const kHH = capped(shift - 7);
  const kHL = capped(shift - 4);
  const kLH = capped(shift - 3);
  const kLL = capped(shift);
  const maskHH = truncation(kHH);
  const maskHL = truncation(kHL);
  const maskLH = truncation(kLH);
  const maskLL = truncation(kLL);
  const greatest = i16x8.splat(<i16>most);
  const least = i16x8.neg(greatest);
  const bottom = i16x8.splat(<i16>lo);
  const top = i16x8.splat(<i16>hi);
  const added = i16x8.splat(<i16>offset);
  const from = shared ? v128.load(lanes) : i64x2.splat(0);
  const end = partials + <usize>rows * PARTIAL_STRIDE;
  do {
    let hh = v128.load(partials);
    let hl = v128.load(partials, 16);
    let lh = v128.load(partials, 32);
    let ll = v128.load(partials, 48);
    if (shared) {
      hh = i8x16.swizzle(hh, from);
      hl = i8x16.swizzle(hl, from);
      lh = i8x16.swizzle(lh, from);
      ll = i8x16.swizzle(ll, from);
    }
    let sum = i16x8.add(
      convert(shared ? i16x8.add(v128.load(lanes, 16), hh) : hh, kHH, maskHH, least, greatest),
      convert(shared ? i16x8.add(v128.load(lanes, 32), hl) : hl, kHL, maskHL, least, greatest),
    );
    sum = i16x8.add(sum, convert(shared ? i16x8.add(v128.load(lanes, 48), lh) : lh, kLH, maskLH, least, greatest));
    if (lowLow) sum = i16x8.add(sum, convert(shared ? i16x8.add(v128.load(lanes, 64), ll) : ll, kLL, maskLL, least, greatest));
    putEight(y, i16x8.add(i16x8.min_s(i16x8.max_s(sum, bottom), top), added), results);
    if (mirrored) {
      sum = i16x8.add(
        convert(i16x8.sub(v128.load(others), hh), kHH, maskHH, least, greatest),
        convert(i16x8.sub(v128.load(others, 16), hl), kHL, maskHL, least, greatest),
      );
      sum = i16x8.add(sum, convert(i16x8.sub(v128.load(others, 32), lh), kLH, maskLH, least, greatest));
      if (lowLow) sum = i16x8.add(sum, convert(i16x8.sub(v128.load(others, 48), ll), kLL, maskLL, least, greatest));
      putEight(y + mirrored, i16x8.add(i16x8.min_s(i16x8.max_s(sum, bottom), top), added), results);
    }
    partials += PARTIAL_STRIDE;
    y += yBytes;
  } while (partials != end);
}

/** Shifts of 15 and more leave nothing of partials below 2^15. */
@inline
function capped(k: i32): i32 {
  return min(k, 15);
}
