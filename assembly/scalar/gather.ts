/**
 * Gathering of rows from feature maps (im2col) and copying of boxes between them, the obvious way: one element after the other. The oracle of the
 * twins that move whole runs.
 */

/** Copies `bytes` bytes, an even number. */
function copyElements(to: usize, from: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 2) store<u16>(to + i, load<u16>(from + i));
}

/**
 * Rows of the positions `p0`..`p1 - 1` (counted row by row on a grid `gridWidth` wide): for every ky, kx the bytes `from`..`from + run -
 * 1` of the pixel [originY + y * strideY + ky * dilationY, originX + x * strideX + kx * dilationX] of a map of height x width pixels of
 * `pixel` bytes; outside the map, the `run` bytes at `fill`. Position p0 goes to `to`, each further one `pitch` bytes on.
 */
export function gatherScalar(
  map: usize, height: i32, width: i32, pixel: usize, from: usize, run: usize, kernelY: i32, kernelX: i32, strideY: i32, strideX: i32,
  dilationY: i32, dilationX: i32, originY: i32, originX: i32, gridWidth: i32, p0: i32, p1: i32, fill: usize, to: usize, pitch: usize,
): void {
  for (let p = p0; p < p1; p++) {
    for (let tap = 0; tap < kernelY * kernelX; tap++) {
      const y = originY + (p / gridWidth) * strideY + (tap / kernelX) * dilationY;
      const x = originX + (p % gridWidth) * strideX + (tap % kernelX) * dilationX;
      const inside = y >= 0 && y < height && x >= 0 && x < width;
      const source = inside ? map + (<usize>y * <usize>width + <usize>x) * pixel + from : fill;
      copyElements(to + <usize>(p - p0) * pitch + <usize>tap * run, source, run);
    }
  }
}

/**
 * Copies a box of height x width x channels elements of 2 or 4 bytes: element (i, j, k) from `from + i*fromY + j*fromX + k*fromC` to
 * `to + i*toY + j*toX + k*elementBytes`. Strides in bytes, of any sign at the source.
 */
export function copyBoxScalar(
  from: usize, fromY: i32, fromX: i32, fromC: i32, to: usize, toY: i32, toX: i32, height: i32, width: i32, channels: i32, elementBytes: i32,
): void {
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      for (let k = 0; k < channels; k++) {
        copyElements(to + i * toY + j * toX + k * elementBytes, from + i * fromY + j * fromX + k * fromC, elementBytes);
      }
    }
  }
}
