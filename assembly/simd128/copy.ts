/**
 * Copies of plain bytes, sixteen at a time.
 */

/** From here on the engine's own copy is faster than a loop. */
const LONG: usize = 1024;

/** Copies `bytes` (even) bytes between ranges that do not overlap; writes nothing beyond them. */
export function copySimd(to: usize, from: usize, bytes: usize): void {
  if (bytes >= LONG) {
    memory.copy(to, from, bytes);
  } else if (bytes >= 16) {
    // The last sixteen bytes may be written twice.
    const last = bytes - 16;
    for (let k: usize = 0; k < last; k += 16) v128.store(to + k, v128.load(from + k));
    v128.store(to + last, v128.load(from + last));
  } else if (bytes >= 8) {
    store<u64>(to, load<u64>(from));
    store<u64>(to + bytes - 8, load<u64>(from + bytes - 8));
  } else {
    for (let k: usize = 0; k < bytes; k += 2) store<u16>(to + k, load<u16>(from + k));
  }
}
