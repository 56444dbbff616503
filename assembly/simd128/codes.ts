/**
 * Writing of output codes: exactly the columns asked for, never one beyond.
 */

/** Writes the first `columns` (1..16) of sixteen int16 codes. */
@inline
export function putCodes(y: usize, low: v128, high: v128, columns: i32): void {
  if (columns == 16) {
    v128.store(y, low);
    v128.store(y, high, 16);
  } else if (columns > 8) {
    v128.store(y, low);
    putEight(y + 16, high, columns - 8);
  } else {
    putEight(y, low, columns);
  }
}

/** Writes the first `columns` (1..8) of eight int16 codes. */
@inline
export function putEight(y: usize, codes: v128, columns: i32): void {
  if (columns == 8) {
    v128.store(y, codes);
    return;
  }
  if (columns & 4) {
    v128.store64_lane(y, codes, 0);
    codes = i8x16.shuffle(codes, codes, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
    y += 8;
  }
  if (columns & 2) {
    v128.store32_lane(y, codes, 0);
    codes = i64x2.shr_u(codes, 32);
    y += 4;
  }
  if (columns & 1) v128.store16_lane(y, codes, 0);
}

/** `y = table[y - lo]` in place, on `rows` rows of `columns` int16 codes. */
export function applyTable(y: usize, yBytes: usize, rows: i32, columns: i32, table: usize, lo: i32): void {
  const base = table - (lo << 1);
  for (let r = 0; r < rows; r++) {
    const end = y + (<usize>columns << 1);
    for (let p = y; p < end; p += 2) store<i16>(p, load<i16>(base + (<i32>load<i16>(p) << 1)));
    y += yBytes;
  }
}
