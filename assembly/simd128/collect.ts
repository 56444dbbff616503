/**
 * Rows of operands from feature maps that need no bounds: what lies outside a map has been framed by a copy of it before. Elements are
 * opaque: sizes and strides in bytes.
 */
import { copySimd } from './copy';

/** Bytes of a grid's head, and of each stretch after it (src/kernels/collect.ts writes them). */
const HEAD: usize = 12;
const STRETCH: usize = 20;

/**
 * Rows of the positions `first`..`first + count - 1`, counted line by line, sample by sample, of the grid described at `grid` (int32: lines,
 * positions of a line, stretches; then for every stretch the address at position 0, the steps of a sample, a line and a position, and its
 * bytes). Every row is its stretches one after the other; row r goes to `to + r * pitch`. Sixteen bytes are copied at a time, so that up to 14 bytes
 * behind a stretch are read, and up to 14 behind a row written: a pitch has that much room.
 */
export function collect(grid: usize, first: i32, count: i32, to: usize, pitch: usize): void {
  const lines = load<i32>(grid);
  const width = load<i32>(grid, 4);
  const column0 = first % width;
  const rest = first / width;
  const end = grid + HEAD + <usize>load<i32>(grid, 8) * STRETCH;
  // Stretch by stretch, so that each writes over what the one before has left behind its own end.
  for (let s = grid + HEAD; s != end; s += STRETCH) {
    const sampleStep = load<i32>(s, 4);
    const lineStep = load<i32>(s, 8);
    const step = load<i32>(s, 12);
    const bytes = load<i32>(s, 16);
    let line = rest % lines;
    let column = column0;
    let start = load<i32>(s) + (rest / lines) * sampleStep + line * lineStep;
    let from = start + column * step;
    let t = to;
    for (let r = 0; r < count; r++) {
      copyVectors(t, <usize>from, bytes);
      t += pitch;
      from += step;
      if (++column == width) {
        column = 0;
        start += lineStep;
        if (++line == lines) {
          line = 0;
          start += sampleStep - lines * lineStep;
        }
        from = start;
      }
    }
    to += <usize>bytes;
  }
}

@inline
function copyVectors(to: usize, from: usize, bytes: i32): void {
  v128.store(to, v128.load(from));
  for (let k = 16; k < bytes; k += 16) v128.store(to + k, v128.load(from + k));
}

/**
 * A framed copy: the rectangle of `toHeight` x `toWidth` pixels whose corner is (top, left) of a map of height x width pixels of `pixel` bytes, of each
 * pixel the bytes `from`..`from + run - 1`; outside the map, the `run` bytes at `fill`.
 */
export function frame(
  map: usize, height: i32, width: i32, pixel: usize, from: usize, run: usize, top: i32, left: i32, toHeight: i32, toWidth: i32, fill: usize, to: usize,
): void {
  const line = <usize>toWidth * run;
  const before = min(max(-left, 0), toWidth);
  const inside = max(min(width - left, toWidth) - before, 0);
  for (let y = top; y < top + toHeight; y++) {
    if (<u32>y >= <u32>height) {
      repeat(to, fill, run, toWidth);
    } else {
      repeat(to, fill, run, before);
      const source = map + <usize>(y * width + left + before) * pixel + from;
      const target = to + <usize>before * run;
      if (run == pixel) {
        if (inside > 0) copySimd(target, source, <usize>inside * run);
      } else {
        for (let x = 0; x < inside; x++) copySimd(target + <usize>x * run, source + <usize>x * pixel, run);
      }
      repeat(target + <usize>inside * run, fill, run, toWidth - before - inside);
    }
    to += line;
  }
}

/** Writes `count` copies of the `bytes` bytes at `fill`. */
export function repeat(to: usize, fill: usize, bytes: usize, count: i32): void {
  for (let k = 0; k < count; k++) {
    copySimd(to, fill, bytes);
    to += bytes;
  }
}
