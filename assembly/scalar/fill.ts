/** Fills of plain values. */

/** Writes `count` int16 values. */
export function fill16(to: usize, count: i32, value: i32): void {
  for (let k = 0; k < count; k++) store<i16>(to + (<usize>k << 1), value);
}

/** Writes `count` float32 values. */
export function fillFloat(to: usize, count: i32, value: f32): void {
  for (let k = 0; k < count; k++) store<f32>(to + (<usize>k << 2), value);
}
