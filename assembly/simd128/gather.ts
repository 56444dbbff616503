/**
 * Gathering of rows from feature maps (im2col) and copying of boxes between them, sixteen bytes at a time. Elements are opaque: sizes and
 * strides in bytes.
 */
import { repeat } from './collect';
import { copySimd } from './copy';

/**
 * Rows of the positions `p0`..`p1 - 1` (counted row by row on a grid `gridWidth` wide): for every ky, kx the bytes `from`..`from + run -
 * 1` of the pixel [originY + y * strideY + ky * dilationY, originX + x * strideX + kx * dilationX] of a map of height x width pixels of
 * `pixel` bytes; outside the map, the `run` bytes at `fill`. Position p0 goes to `to`, each further one `pitch` bytes on.
 */
export function gatherSimd(
  map: usize, height: i32, width: i32, pixel: usize, from: usize, run: usize, kernelY: i32, kernelX: i32, strideY: i32, strideX: i32,
  dilationY: i32, dilationX: i32, originY: i32, originX: i32, gridWidth: i32, p0: i32, p1: i32, fill: usize, to: usize, pitch: usize,
): void {
  const whole = run == pixel && dilationX == 1;
  let y = originY + (p0 / gridWidth) * strideY;
  let column = p0 % gridWidth;
  for (let p = p0; p < p1; p++) {
    const x = originX + column * strideX;
    let t = to;
    for (let ky = 0; ky < kernelY; ky++) {
      const iy = y + ky * dilationY;
      if (<u32>iy >= <u32>height) {
        repeat(t, fill, run, kernelX);
      } else {
        const line = map + <usize>iy * <usize>width * pixel;
        if (whole) wholeLine(t, line, width, pixel, x, kernelX, fill);
        else partLine(t, line + from, width, pixel, run, x, kernelX, dilationX, fill);
      }
      t += <usize>kernelX * run;
    }
    to += pitch;
    if (++column == gridWidth) {
      column = 0;
      y += strideY;
    }
  }
}

/** `kernelX` neighbouring pixels in one copy, with fill where they leave the line. */
@inline
function wholeLine(to: usize, line: usize, width: i32, pixel: usize, x: i32, kernelX: i32, fill: usize): void {
  const k0 = min(max(-x, 0), kernelX);
  const k1 = max(min(width - x, kernelX), k0);
  if (k0 > 0) repeat(to, fill, pixel, k0);
  if (k1 > k0) copySimd(to + <usize>k0 * pixel, line + <usize>(x + k0) * pixel, <usize>(k1 - k0) * pixel);
  if (k1 < kernelX) repeat(to + <usize>k1 * pixel, fill, pixel, kernelX - k1);
}

@inline
function partLine(to: usize, line: usize, width: i32, pixel: usize, run: usize, x: i32, kernelX: i32, dilationX: i32, fill: usize): void {
  for (let kx = 0; kx < kernelX; kx++) {
    const ix = x + kx * dilationX;
    copySimd(to, <u32>ix < <u32>width ? line + <usize>ix * pixel : fill, run);
    to += run;
  }
}

/**
 * Copies a box of height x width x channels elements of 2 or 4 bytes: element (i, j, k) from `from + i*fromY + j*fromX + k*fromC` to
 * `to + i*toY + j*toX + k*elementBytes`. Strides in bytes, of any sign at the source.
 */
export function copyBoxSimd(
  from: usize, fromY: i32, fromX: i32, fromC: i32, to: usize, toY: i32, toX: i32, height: i32, width: i32, channels: i32, elementBytes: i32,
): void {
  const run = channels * elementBytes;
  const dense = fromC == elementBytes;
  const line = dense && fromX == run && toX == run;
  for (let i = 0; i < height; i++) {
    if (line) {
      copySimd(to, from, <usize>(run * width));
    } else {
      let f = from;
      let t = to;
      for (let j = 0; j < width; j++) {
        if (dense) copySimd(t, f, <usize>run);
        else pick(t, f, fromC, channels, elementBytes);
        f += fromX;
        t += toX;
      }
    }
    from += fromY;
    to += toY;
  }
}

/** `count` elements, `stride` bytes apart at the source, side by side at the target. */
function pick(to: usize, from: usize, stride: i32, count: i32, elementBytes: i32): void {
  for (let k = 0; k < count; k++) {
    if (elementBytes == 2) store<u16>(to, load<u16>(from));
    else store<u32>(to, load<u32>(from));
    from += stride;
    to += elementBytes;
  }
}
