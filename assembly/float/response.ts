/**
 * Local response normalisation of float32 values [channels x plane], computed in float64 by the operations of src/graph/ops/lrn.ts in the same order: the
 * same bits. One form each.
 */
import { expNear, logNormal } from './exponential';

/** bias + rate * the sum of squares over channels c - before .. c + after, those that there are. */
@inline
function spread(x: usize, plane: usize, channels: i32, c: i32, before: i32, after: i32, rate: f64, bias: f64): f64 {
  let sum: f64 = 0;
  const end = min(c + after, channels - 1);
  for (let j = max(c - before, 0); j <= end; j++) {
    const v = <f64>f32.load(x + (<usize>j * plane << 2));
    sum += v * v;
  }
  return bias + rate * sum;
}

/** y = x / s^beta with s = bias + rate * sum of squares, for `samples` samples. s is a normal number, and so is its power. */
export function responseFloat(
  x: usize, y: usize, samples: i32, channels: i32, plane: usize, before: i32, after: i32, rate: f64, beta: f64, bias: f64,
): void {
  for (let n = 0; n < samples; n++) {
    for (let p: usize = 0; p < plane << 2; p += 4) {
      for (let c = 0; c < channels; c++) {
        const at = p + (<usize>c * plane << 2);
        const s = spread(x + p, plane, channels, c, before, after, rate, bias);
        f32.store(y + at, <f32>(<f64>f32.load(x + at) * expNear(-beta * logNormal(s))));
      }
    }
    x += <usize>channels * plane << 2;
    y += <usize>channels * plane << 2;
  }
}

/**
 * Its gradient: dx[k] = dy[k] / s[k]^beta - 2 beta rate * x[k] * sum of dy[i] y[i] / s[i] over the i that have k as a neighbour. `scratch`: 2 float64 a
 * channel.
 */
export function responseGradient(
  x: usize, y: usize, dy: usize, dx: usize, samples: i32, channels: i32, plane: usize, before: i32, after: i32, rate: f64, beta: f64, bias: f64,
  scratch: usize,
): void {
  for (let n = 0; n < samples; n++) {
    for (let p: usize = 0; p < plane << 2; p += 4) {
      for (let c = 0; c < channels; c++) {
        const at = p + (<usize>c * plane << 2);
        const s = spread(x + p, plane, channels, c, before, after, rate, bias);
        f64.store(scratch + (<usize>c << 4), expNear(-beta * logNormal(s)));
        f64.store(scratch + (<usize>c << 4), <f64>f32.load(dy + at) * <f64>f32.load(y + at) / s, 8);
      }
      for (let c = 0; c < channels; c++) {
        const at = p + (<usize>c * plane << 2);
        let share: f64 = 0;
        const end = min(c + before, channels - 1);
        for (let i = max(c - after, 0); i <= end; i++) share += f64.load(scratch + (<usize>i << 4), 8);
        const own = <f64>f32.load(dy + at) * f64.load(scratch + (<usize>c << 4));
        f32.store(dx + at, <f32>(own - 2 * beta * rate * <f64>f32.load(x + at) * share));
      }
    }
    const bytes = <usize>channels * plane << 2;
    x += bytes;
    y += bytes;
    dy += bytes;
    dx += bytes;
  }
}
