/**
 * Gradients of float32 sliding windows: the reverse of window.ts. What overlaps is added, window cells (channel, ky, kx) in ascending order.
 */

/**
 * Adds rows k = (channel, ky, kx) of window cells of output rows y0..y1-1, one column a position, to the planes they were gathered from by
 * `gatherWindows`; what lies outside is left out. Pitch in floats.
 */
export function scatterWindowsSimd(
  x: usize, channels: i32, height: i32, width: i32, kh: i32, kw: i32, sh: i32, sw: i32, dh: i32, dw: i32, top: i32, left: i32,
  outWidth: i32, y0: i32, y1: i32, from: usize, pitch: usize,
): void {
  scatter(true, x, channels, height, width, kh, kw, sh, sw, dh, dw, top, left, outWidth, y0, y1, from, pitch);
}

export function scatterWindowsScalar(
  x: usize, channels: i32, height: i32, width: i32, kh: i32, kw: i32, sh: i32, sw: i32, dh: i32, dw: i32, top: i32, left: i32,
  outWidth: i32, y0: i32, y1: i32, from: usize, pitch: usize,
): void {
  scatter(false, x, channels, height, width, kh, kw, sh, sw, dh, dw, top, left, outWidth, y0, y1, from, pitch);
}

@inline
function scatter(
  simd: bool, x: usize, channels: i32, height: i32, width: i32, kh: i32, kw: i32, sh: i32, sw: i32, dh: i32, dw: i32, top: i32, left: i32,
  outWidth: i32, y0: i32, y1: i32, from: usize, pitch: usize,
): void {
  for (let c = 0; c < channels; c++) {
    const plane = x + (<usize>c * <usize>height * <usize>width << 2);
    for (let ky = 0; ky < kh; ky++) {
      for (let kx = 0; kx < kw; kx++) {
        const offset = kx * dw - left;
        // Positions ox with 0 <= ox * sw + offset < width.
        let first = offset >= 0 ? 0 : (-offset + sw - 1) / sw;
        let end = offset >= width ? 0 : (width - 1 - offset) / sw + 1;
        if (end > outWidth) end = outWidth;
        if (first > end) first = end;
        let row = from;
        for (let y = y0; y < y1; y++) {
          const iy = y * sh + ky * dh - top;
          if (iy >= 0 && iy < height) {
            const to = plane + (<usize>iy * <usize>width << 2);
            let ox = first;
            if (simd && sw == 1) {
              for (; ox + 4 <= end; ox += 4) {
                const at = to + (<isize>(ox + offset) << 2);
                v128.store(at, f32x4.add(v128.load(at), v128.load(row + (<usize>ox << 2))));
              }
            }
            for (; ox < end; ox++) {
              const at = to + (<isize>(ox * sw + offset) << 2);
              f32.store(at, f32.load(at) + f32.load(row + (<usize>ox << 2)));
            }
          }
          row += <usize>outWidth << 2;
        }
        from += pitch << 2;
      }
    }
  }
}

/**
 * Adds g[oy, ox] * weights[ky, kx] to p[oy*sh + ky*dh, ox*sw + kx*dw] of a padded plane: the gradient of a depthwise convolution for its input.
 * `weights` 0: all 1.
 */
export function spreadWindowsSimd(
  p: usize, pitch: i32, kh: i32, kw: i32, sh: i32, sw: i32, dh: i32, dw: i32, weights: usize, g: usize, rows: i32, columns: i32,
): void {
  spread(true, p, pitch, kh, kw, sh, sw, dh, dw, weights, g, rows, columns);
}

export function spreadWindowsScalar(
  p: usize, pitch: i32, kh: i32, kw: i32, sh: i32, sw: i32, dh: i32, dw: i32, weights: usize, g: usize, rows: i32, columns: i32,
): void {
  spread(false, p, pitch, kh, kw, sh, sw, dh, dw, weights, g, rows, columns);
}

@inline
function spread(
  simd: bool, p: usize, pitch: i32, kh: i32, kw: i32, sh: i32, sw: i32, dh: i32, dw: i32, weights: usize, g: usize, rows: i32, columns: i32,
): void {
  for (let ky = 0; ky < kh; ky++) {
    for (let kx = 0; kx < kw; kx++) {
      const w: f32 = weights ? f32.load(weights + (<usize>(ky * kw + kx) << 2)) : 1;
      for (let oy = 0; oy < rows; oy++) {
        const from = g + (<usize>(oy * columns) << 2);
        const to = p + (<usize>((oy * sh + ky * dh) * pitch + kx * dw) << 2);
        let ox = 0;
        if (simd && sw == 1) {
          const factor = f32x4.splat(w);
          for (; ox + 4 <= columns; ox += 4) {
            const at = to + (<usize>ox << 2);
            v128.store(at, f32x4.add(v128.load(at), f32x4.mul(v128.load(from + (<usize>ox << 2)), factor)));
          }
        }
        for (; ox < columns; ox++) {
          const at = to + (<usize>(ox * sw) << 2);
          f32.store(at, f32.load(at) + f32.load(from + (<usize>ox << 2)) * w);
        }
      }
    }
  }
}

/**
 * Adds the sum over oy, ox of g[oy, ox] * p[oy*sh + ky*dh, ox*sw + kx*dw] to weights[ky, kx]: the gradient of a depthwise convolution for its weights.
 * Four running sums (column ox goes to sum ox modulo 4), added as (0 + 1) + (2 + 3).
 */
export function correlateWindowsSimd(
  p: usize, pitch: i32, kh: i32, kw: i32, sh: i32, sw: i32, dh: i32, dw: i32, weights: usize, g: usize, rows: i32, columns: i32,
): void {
  correlate(true, p, pitch, kh, kw, sh, sw, dh, dw, weights, g, rows, columns);
}

export function correlateWindowsScalar(
  p: usize, pitch: i32, kh: i32, kw: i32, sh: i32, sw: i32, dh: i32, dw: i32, weights: usize, g: usize, rows: i32, columns: i32,
): void {
  correlate(false, p, pitch, kh, kw, sh, sw, dh, dw, weights, g, rows, columns);
}

@inline
function correlate(
  simd: bool, p: usize, pitch: i32, kh: i32, kw: i32, sh: i32, sw: i32, dh: i32, dw: i32, weights: usize, g: usize, rows: i32, columns: i32,
): void {
  for (let ky = 0; ky < kh; ky++) {
    for (let kx = 0; kx < kw; kx++) {
      let s0: f32 = 0, s1: f32 = 0, s2: f32 = 0, s3: f32 = 0;
      let sums = f32x4.splat(0);
      for (let oy = 0; oy < rows; oy++) {
        const from = g + (<usize>(oy * columns) << 2);
        const to = p + (<usize>((oy * sh + ky * dh) * pitch + kx * dw) << 2);
        let ox = 0;
        if (simd && sw == 1) {
          for (; ox + 4 <= columns; ox += 4) sums = f32x4.add(sums, f32x4.mul(v128.load(from + (<usize>ox << 2)), v128.load(to + (<usize>ox << 2))));
          if (ox < columns) {
            s0 = f32x4.extract_lane(sums, 0);
            s1 = f32x4.extract_lane(sums, 1);
            s2 = f32x4.extract_lane(sums, 2);
          }
        }
        for (; ox < columns; ox++) {
          const v = f32.load(from + (<usize>ox << 2)) * f32.load(to + (<usize>(ox * sw) << 2));
          if ((ox & 3) == 0) s0 += v;
          else if ((ox & 3) == 1) s1 += v;
          else if ((ox & 3) == 2) s2 += v;
          else s3 += v;
        }
        if (simd && sw == 1 && (columns & 3) != 0) {
          sums = f32x4.replace_lane(sums, 0, s0);
          sums = f32x4.replace_lane(sums, 1, s1);
          sums = f32x4.replace_lane(sums, 2, s2);
        }
      }
      if (simd && sw == 1) {
        s0 = f32x4.extract_lane(sums, 0);
        s1 = f32x4.extract_lane(sums, 1);
        s2 = f32x4.extract_lane(sums, 2);
        s3 = f32x4.extract_lane(sums, 3);
      }
      const at = weights + (<usize>(ky * kw + kx) << 2);
      f32.store(at, f32.load(at) + (s0 + s1 + (s2 + s3)));
    }
  }
}

/**
 * Adds each g[oy, ox] to the first cell of its window that holds the greatest value y[oy, ox]: the gradient of max pooling in one plane (not padded).
 * One form, without branches on values, which nothing could foresee.
 */
export function routeMaximum(
  x: usize, height: i32, width: i32, kh: i32, kw: i32, sh: i32, sw: i32, dh: i32, dw: i32, top: i32, left: i32,
  y: usize, g: usize, rows: i32, columns: i32, dx: usize,
): void {
  for (let oy = 0; oy < rows; oy++) {
    for (let ox = 0; ox < columns; ox++) {
      const greatest = f32.load(y);
      let wanted = reinterpret<i32>(f32.load(g));
      for (let ky = 0; ky < kh; ky++) {
        const iy = oy * sh + ky * dh - top;
        if (iy < 0 || iy >= height) continue;
        for (let kx = 0; kx < kw; kx++) {
          const ix = ox * sw + kx * dw - left;
          if (ix < 0 || ix >= width) continue;
          const at = <usize>(iy * width + ix) << 2;
          const mask = -<i32>(f32.load(x + at) == greatest);
          f32.store(dx + at, f32.load(dx + at) + reinterpret<f32>(wanted & mask));
          wanted &= ~mask;
        }
      }
      y += 4;
      g += 4;
    }
  }
}

/** Copies the middle of a padded plane [.. x pitch] to a plane [height x width]: the reverse of `padPlane`. One form. */
export function cropPlane(p: usize, pitch: i32, top: i32, left: i32, height: i32, width: i32, to: usize): void {
  for (let y = 0; y < height; y++) {
    memory.copy(to + (<usize>(y * width) << 2), p + (<usize>((y + top) * pitch + left) << 2), <usize>width << 2);
  }
}
