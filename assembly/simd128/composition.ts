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
 * Codes of `rows` rows of a block to `y`, `yBytes` apart, from the partials at `partials`. `columns` (1..8) that were multiplied have `copies` results each.
 * `mirrored`: bytes from a result to that of the column whose weights have the other sign, 0 if there are none. Without copies, `constants` are what constant
 * rows add to both of these, four vectors. With copies, `lanes` has for every eight results: the bytes of a partial's vector that each comes from, and
 * what constant rows add to HH, HL, LH and LL; with mirrored columns, to theirs too. Gives the end of what it read at `lanes`.
 */
export function composeBlock(
  partials: usize, rows: i32, y: usize, yBytes: usize, columns: i32, copies: i32, mirrored: usize, lowLow: bool, constants: usize, lanes: usize,
): usize {
  if (copies == 1) {
    composeColumns(partials, rows, y, yBytes, columns, mirrored, lowLow, constants);
    return lanes;
  }
  return composeLanes(partials, rows, y, yBytes, columns * copies, mirrored, lowLow, lanes);
}

/** The same of `results` codes a row, with or without copies, where constants are in `lanes` alone. */
export function composeLanes(
  partials: usize, rows: i32, y: usize, yBytes: usize, results: i32, mirrored: usize, lowLow: bool, lanes: usize,
): usize {
  for (let o = 0; o < results; o += 8) {
    composeEight(partials, rows, y + (<usize>o << 1), yBytes, min(8, results - o), mirrored, lowLow, lanes);
    lanes += mirrored ? MIRRORED_LANE_BYTES : LANE_BYTES;
  }
  return lanes;
}

function composeColumns(
  partials: usize, rows: i32, y: usize, yBytes: usize, columns: i32, mirrored: usize, lowLow: bool, constants: usize,
): void {
  const maskHH = truncation(capped(shift - 7));
  const maskHL = truncation(capped(shift - 4));
  const maskLH = truncation(capped(shift - 3));
  const maskLL = truncation(capped(shift));
  for (let k = 0; k < rows; k++) {
    const hh = v128.load(partials);
    const hl = v128.load(partials, 16);
    const lh = v128.load(partials, 32);
    const ll = v128.load(partials, 48);
    putEight(y, compose(hh, hl, lh, ll, lowLow, maskHH, maskHL, maskLH, maskLL), columns);
    if (mirrored) {
      const codes = compose(
        i16x8.sub(v128.load(constants), hh), i16x8.sub(v128.load(constants, 16), hl),
        i16x8.sub(v128.load(constants, 32), lh), i16x8.sub(v128.load(constants, 48), ll), lowLow, maskHH, maskHL, maskLH, maskLL,
      );
      putEight(y + mirrored, codes, columns);
    }
    partials += PARTIAL_STRIDE;
    y += yBytes;
  }
}

function composeEight(partials: usize, rows: i32, y: usize, yBytes: usize, results: i32, mirrored: usize, lowLow: bool, lanes: usize): void {
  const maskHH = truncation(capped(shift - 7));
  const maskHL = truncation(capped(shift - 4));
  const maskLH = truncation(capped(shift - 3));
  const maskLL = truncation(capped(shift));
  const from = v128.load(lanes);
  for (let k = 0; k < rows; k++) {
    const hh = i8x16.swizzle(v128.load(partials), from);
    const hl = i8x16.swizzle(v128.load(partials, 16), from);
    const lh = i8x16.swizzle(v128.load(partials, 32), from);
    const ll = i8x16.swizzle(v128.load(partials, 48), from);
    const codes = compose(
      i16x8.add(v128.load(lanes, 16), hh), i16x8.add(v128.load(lanes, 32), hl),
      i16x8.add(v128.load(lanes, 48), lh), i16x8.add(v128.load(lanes, 64), ll), lowLow, maskHH, maskHL, maskLH, maskLL,
    );
    putEight(y, codes, results);
    if (mirrored) {
      const others = compose(
        i16x8.sub(v128.load(lanes, 80), hh), i16x8.sub(v128.load(lanes, 96), hl),
        i16x8.sub(v128.load(lanes, 112), lh), i16x8.sub(v128.load(lanes, 128), ll), lowLow, maskHH, maskHL, maskLH, maskLL,
      );
      putEight(y + mirrored, others, results);
    }
    partials += PARTIAL_STRIDE;
    y += yBytes;
  }
}

/** Shifts of 15 and more leave nothing of partials below 2^15. */
@inline
function capped(k: i32): i32 {
  return min(k, 15);
}

/** The codes of eight results; the masks are `truncation` of each partial's shift. */
@inline
function compose(hh: v128, hl: v128, lh: v128, ll: v128, lowLow: bool, maskHH: v128, maskHL: v128, maskLH: v128, maskLL: v128): v128 {
  const greatest = i16x8.splat(<i16>most);
  const least = i16x8.neg(greatest);
  let sum = i16x8.add(convert(hh, capped(shift - 7), maskHH, least, greatest), convert(hl, capped(shift - 4), maskHL, least, greatest));
  sum = i16x8.add(sum, convert(lh, capped(shift - 3), maskLH, least, greatest));
  if (lowLow) sum = i16x8.add(sum, convert(ll, capped(shift), maskLL, least, greatest));
  return i16x8.add(i16x8.min_s(i16x8.max_s(sum, i16x8.splat(<i16>lo)), i16x8.splat(<i16>hi)), i16x8.splat(<i16>offset));
}
