/**
 * Copies and fills of plain bytes, eight at a time.
 */

/** Copies `bytes` (even) bytes between ranges that do not overlap; writes nothing beyond them. */
export function copyScalar(to: usize, from: usize, bytes: usize): void {
  if (bytes >= 8) {
    // The last eight bytes may be written twice.
    const last = bytes - 8;
    for (let k: usize = 0; k < last; k += 8) store<u64>(to + k, load<u64>(from + k));
    store<u64>(to + last, load<u64>(from + last));
  } else {
    for (let k: usize = 0; k < bytes; k += 2) store<u16>(to + k, load<u16>(from + k));
  }
}

/** Writes `count` int16 values. */
export function fill16(to: usize, count: i32, value: i32): void {
  for (let k = 0; k < count; k++) store<i16>(to + (<usize>k << 1), value);
}

/** Writes `count` float32 values. */
export function fillFloat(to: usize, count: i32, value: f32): void {
  for (let k = 0; k < count; k++) store<f32>(to + (<usize>k << 2), value);
}
