/**
 * Float32 sliding windows over planes [height x width]: gathering for convolution, depthwise convolution, pooling. Padding is made first,
 * as cells of a larger plane, so that no window has a special case; SIMD lanes lie on neighbouring results.
 */

/**
 * Rows k = (channel, ky, kx) of the window cells of output rows y0..y1-1, one column a position; outside the input 0. Pitches in floats.
 */
export function gatherWindows(
  x: usize, channels: i32, height: i32, width: i32, kh: i32, kw: i32, sh: i32, sw: i32, dh: i32, dw: i32, top: i32, left: i32,
  outWidth: i32, y0: i32, y1: i32, to: usize, pitch: usize,
): void {
  for (let c = 0; c < channels; c++) {
    const plane = x + (<usize>c * <usize>height * <usize>width << 2);
    for (let ky = 0; ky < kh; ky++) {
      for (let kx = 0; kx < kw; kx++) {
        const offset = kx * dw - left;
        // Positions ox with 0 <= ox * sw + offset < width.
        let from = offset >= 0 ? 0 : (-offset + sw - 1) / sw;
        let end = offset >= width ? 0 : (width - 1 - offset) / sw + 1;
        if (end > outWidth) end = outWidth;
        if (from > end) from = end;
        let row = to;
        for (let y = y0; y < y1; y++) {
          const iy = y * sh + ky * dh - top;
          if (iy < 0 || iy >= height || end <= 0) {
            memory.fill(row, 0, <usize>outWidth << 2);
          } else {
            const source = plane + (<usize>iy * <usize>width << 2);
            for (let ox = 0; ox < from; ox++) f32.store(row + (<usize>ox << 2), 0);
            if (sw == 1) {
              copyFloats(row + (<usize>from << 2), source + (<isize>(from + offset) << 2), end - from);
            } else {
              for (let ox = from; ox < end; ox++) f32.store(row + (<usize>ox << 2), f32.load(source + (<isize>(ox * sw + offset) << 2)));
            }
            for (let ox = end; ox < outWidth; ox++) f32.store(row + (<usize>ox << 2), 0);
          }
          row += <usize>outWidth << 2;
        }
        to += pitch << 2;
      }
    }
  }
}

@inline
function copyFloats(to: usize, from: usize, count: i32): void {
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    v128.store(to, v128.load(from));
    to += 16;
    from += 16;
  }
  for (; i < count; i++) {
    f32.store(to, f32.load(from));
    to += 4;
    from += 4;
  }
}

/** Copies a plane into the middle of a larger one [outHeight x pitch] whose other cells become `fill`. */
export function padPlane(
  x: usize, height: i32, width: i32, top: i32, left: i32, fill: f32, to: usize, outHeight: i32, pitch: i32,
): void {
  const cells = <usize>outHeight * <usize>pitch;
  const value = f32x4.splat(fill);
  let i: usize = 0;
  for (; i + 4 <= cells; i += 4) v128.store(to + (i << 2), value);
  for (; i < cells; i++) f32.store(to + (i << 2), fill);
  for (let y = 0; y < height; y++) {
    copyFloats(to + ((<usize>(y + top) * <usize>pitch + left) << 2), x + (<usize>y * <usize>width << 2), width);
  }
}

/** Four neighbouring results' cells. Reads up to 8 floats. */
@inline
function cells(at: usize, stride: i32): v128 {
  if (stride == 1) return v128.load(at);
  if (stride == 2) return v128.shuffle<f32>(v128.load(at), v128.load(at, 16), 0, 2, 4, 6);
  const step = <usize>stride << 2;
  let v = f32x4.splat(f32.load(at));
  v = f32x4.replace_lane(v, 1, f32.load(at + step));
  v = f32x4.replace_lane(v, 2, f32.load(at + 2 * step));
  return f32x4.replace_lane(v, 3, f32.load(at + 3 * step));
}

@inline
function storeCells(y: usize, v: v128, count: i32): void {
  if (count >= 4) {
    v128.store(y, v);
    return;
  }
  f32.store(y, f32x4.extract_lane(v, 0));
  if (count > 1) f32.store(y, f32x4.extract_lane(v, 1), 4);
  if (count > 2) f32.store(y, f32x4.extract_lane(v, 2), 8);
}

/** What a window does with its cells. */
const WEIGH = 0;
const GREATEST = 1;
const SUM = 2;

/**
 * y[oy, ox] = fold over ky, kx of p[oy*sh + ky*dh, ox*sw + kx*dw], from `start`: start + cell * weight + ..., the greatest, or the sum.
 * The plane p is readable 4 * sw + 8 floats past its end.
 */
@inline
function windowsSimd(
  kind: i32, p: usize, pitch: i32, kh: i32, kw: i32, sh: i32, sw: i32, dh: i32, dw: i32, weights: usize, start: f32, y: usize, rows: i32, columns: i32,
): void {
  for (let oy = 0; oy < rows; oy++) {
    for (let ox = 0; ox < columns; ox += 4) {
      let sum = f32x4.splat(start);
      let w = weights;
      for (let ky = 0; ky < kh; ky++) {
        let at = p + ((<usize>(oy * sh + ky * dh) * <usize>pitch + ox * sw) << 2);
        for (let kx = 0; kx < kw; kx++) {
          const v = cells(at, sw);
          if (kind == WEIGH) {
            sum = f32x4.add(sum, f32x4.mul(v, v128.load32_splat(w)));
            w += 4;
          } else {
            sum = kind == GREATEST ? f32x4.max(sum, v) : f32x4.add(sum, v);
          }
          at += <usize>dw << 2;
        }
      }
      storeCells(y + (<usize>ox << 2), sum, columns - ox);
    }
    y += <usize>columns << 2;
  }
}

@inline
function windowsScalar(
  kind: i32, p: usize, pitch: i32, kh: i32, kw: i32, sh: i32, sw: i32, dh: i32, dw: i32, weights: usize, start: f32, y: usize, rows: i32, columns: i32,
): void {
  for (let oy = 0; oy < rows; oy++) {
    for (let ox = 0; ox < columns; ox++) {
      let sum = start;
      let w = weights;
      for (let ky = 0; ky < kh; ky++) {
        for (let kx = 0; kx < kw; kx++) {
          const v = f32.load(p + ((<usize>(oy * sh + ky * dh) * <usize>pitch + (ox * sw + kx * dw)) << 2));
          if (kind == WEIGH) {
            sum += v * f32.load(w);
            w += 4;
          } else {
            sum = kind == GREATEST ? max(sum, v) : sum + v;
          }
        }
      }
      f32.store(y, sum);
      y += 4;
    }
  }
}

/** Depthwise convolution of one padded plane. */
export function depthwiseSimd(
  p: usize, pitch: i32, kh: i32, kw: i32, sh: i32, sw: i32, dh: i32, dw: i32, weights: usize, start: f32, y: usize, rows: i32, columns: i32,
): void {
  if (sw == 1) windowsSimd(WEIGH, p, pitch, kh, kw, sh, 1, dh, dw, weights, start, y, rows, columns);
  else if (sw == 2) windowsSimd(WEIGH, p, pitch, kh, kw, sh, 2, dh, dw, weights, start, y, rows, columns);
  else windowsSimd(WEIGH, p, pitch, kh, kw, sh, sw, dh, dw, weights, start, y, rows, columns);
}

export function depthwiseScalar(
  p: usize, pitch: i32, kh: i32, kw: i32, sh: i32, sw: i32, dh: i32, dw: i32, weights: usize, start: f32, y: usize, rows: i32, columns: i32,
): void {
  windowsScalar(WEIGH, p, pitch, kh, kw, sh, sw, dh, dw, weights, start, y, rows, columns);
}

/** The greatest of each window of one padded plane (padding -infinity). */
export function windowMaximumSimd(
  p: usize, pitch: i32, kh: i32, kw: i32, sh: i32, sw: i32, dh: i32, dw: i32, y: usize, rows: i32, columns: i32,
): void {
  if (sw == 1) windowsSimd(GREATEST, p, pitch, kh, kw, sh, 1, dh, dw, 0, -Infinity, y, rows, columns);
  else if (sw == 2) windowsSimd(GREATEST, p, pitch, kh, kw, sh, 2, dh, dw, 0, -Infinity, y, rows, columns);
  else windowsSimd(GREATEST, p, pitch, kh, kw, sh, sw, dh, dw, 0, -Infinity, y, rows, columns);
}

export function windowMaximumScalar(
  p: usize, pitch: i32, kh: i32, kw: i32, sh: i32, sw: i32, dh: i32, dw: i32, y: usize, rows: i32, columns: i32,
): void {
  windowsScalar(GREATEST, p, pitch, kh, kw, sh, sw, dh, dw, 0, -Infinity, y, rows, columns);
}

/** The mean of each window of one padded plane (padding 0): its sum divided by counts[oy, ox]. */
export function windowMeanSimd(
  p: usize, pitch: i32, kh: i32, kw: i32, sh: i32, sw: i32, dh: i32, dw: i32, counts: usize, y: usize, rows: i32, columns: i32,
): void {
  windowsSimd(SUM, p, pitch, kh, kw, sh, sw, dh, dw, 0, 0, y, rows, columns);
  const n = <usize>rows * <usize>columns;
  let i: usize = 0;
  for (; i + 4 <= n; i += 4) v128.store(y + (i << 2), f32x4.div(v128.load(y + (i << 2)), v128.load(counts + (i << 2))));
  for (; i < n; i++) f32.store(y + (i << 2), f32.load(y + (i << 2)) / f32.load(counts + (i << 2)));
}

export function windowMeanScalar(
  p: usize, pitch: i32, kh: i32, kw: i32, sh: i32, sw: i32, dh: i32, dw: i32, counts: usize, y: usize, rows: i32, columns: i32,
): void {
  windowsScalar(SUM, p, pitch, kh, kw, sh, sw, dh, dw, 0, 0, y, rows, columns);
  const n = <usize>rows * <usize>columns;
  for (let i: usize = 0; i < n; i++) f32.store(y + (i << 2), f32.load(y + (i << 2)) / f32.load(counts + (i << 2)));
}
