/**
 * Writing of output codes: exactly the columns asked for, never one beyond.
 */

/** Writes the first `columns` (1..16) of sixteen int16 codes. `scratch`: 32 bytes. */
@inline
export function putCodes(y: usize, low: v128, high: v128, columns: i32, scratch: usize): void {
  if (columns == 16) {
    v128.store(y, low);
    v128.store(y, high, 16);
  } else {
    v128.store(scratch, low);
    v128.store(scratch, high, 16);
    copyCodes(y, scratch, columns);
  }
}

/** Copies `count` int16 codes. */
export function copyCodes(to: usize, from: usize, count: i32): void {
  for (let j = 0; j < count; j++) store<i16>(to + (<usize>j << 1), load<i16>(from + (<usize>j << 1)));
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
