/**
 * Native maximum pooling: the greatest of `taps` codes, eight channels (int16) or four (float32) at a time; fewer
 * go to the scalar twin.
 */
import { maximumFloatScalar, maximumScalar } from '../scalar/maximum';

/** Rows of `taps * channels` int16 codes, channel fastest, to rows of `channels` codes. Pitches in elements. */
export function maximumSimd(x: usize, xPitch: usize, count: i32, taps: i32, channels: i32, y: usize, yPitch: usize): void {
  if (channels < 8) return maximumScalar(x, xPitch, count, taps, channels, y, yPitch);
  const tap = <usize>channels << 1;
  for (let r = 0; r < count; r++) {
    let c = 0;
    while (true) {
      let p = x + (<usize>c << 1);
      let greatest = v128.load(p);
      for (let t = 1; t < taps; t++) {
        p += tap;
        greatest = i16x8.max_s(greatest, v128.load(p));
      }
      v128.store(y + (<usize>c << 1), greatest);
      if (c + 8 == channels) break;
      // The last eight channels may overlap those before.
      c = min(c + 8, channels - 8);
    }
    x += xPitch << 1;
    y += yPitch << 1;
  }
}

/** The same on float32 values; not-a-number wins, and +0 wins over -0. */
export function maximumFloatSimd(x: usize, xPitch: usize, count: i32, taps: i32, channels: i32, y: usize, yPitch: usize): void {
  if (channels < 4) return maximumFloatScalar(x, xPitch, count, taps, channels, y, yPitch);
  const tap = <usize>channels << 2;
  for (let r = 0; r < count; r++) {
    let c = 0;
    while (true) {
      let p = x + (<usize>c << 2);
      let greatest = v128.load(p);
      for (let t = 1; t < taps; t++) {
        p += tap;
        greatest = f32x4.max(greatest, v128.load(p));
      }
      v128.store(y + (<usize>c << 2), greatest);
      if (c + 4 == channels) break;
      c = min(c + 4, channels - 4);
    }
    x += xPitch << 2;
    y += yPitch << 2;
  }
}
