/**
 * Native maximum pooling: the greatest of `taps` codes, channel by channel, one at a time.
 */

/** Rows of `taps * channels` int16 codes, channel fastest, to rows of `channels` codes. Pitches in elements. */
export function maximumScalar(x: usize, xPitch: usize, count: i32, taps: i32, channels: i32, y: usize, yPitch: usize): void {
  for (let r = 0; r < count; r++) {
    for (let c = 0; c < channels; c++) {
      let p = x + (<usize>c << 1);
      let greatest = <i32>load<i16>(p);
      for (let t = 1; t < taps; t++) {
        p += <usize>channels << 1;
        greatest = max(greatest, <i32>load<i16>(p));
      }
      store<i16>(y + (<usize>c << 1), greatest);
    }
    x += xPitch << 1;
    y += yPitch << 1;
  }
}

/** The same on float32 values; not-a-number wins, and +0 wins over -0. */
export function maximumFloatScalar(x: usize, xPitch: usize, count: i32, taps: i32, channels: i32, y: usize, yPitch: usize): void {
  for (let r = 0; r < count; r++) {
    for (let c = 0; c < channels; c++) {
      let p = x + (<usize>c << 2);
      let greatest = load<f32>(p);
      for (let t = 1; t < taps; t++) {
        p += <usize>channels << 2;
        greatest = max<f32>(greatest, load<f32>(p));
      }
      store<f32>(y + (<usize>c << 2), greatest);
    }
    x += xPitch << 2;
    y += yPitch << 2;
  }
}
