/** The input's side of `winograd`: B^T d B of tiles of 6 x 6 pixels, in int16. */
import { WinogradTask } from './winograd-task';

/** Bytes of a line of six vectors. */
const LINE: usize = 96;

/**
 * Tiles `first`..`first + count - 1` to `v`: at frequency f, tile t and channel c an int16 at `v + f * plane + t * pitch + 2 * c`, pitch being
 * that of all vectors. Channels beyond the last have any content. `scratch`: room for a tile's pixels, and for 36 vectors.
 */
export function transformTiles(task: WinogradTask, first: i32, count: i32, v: usize, plane: usize, scratch: usize): void {
  const pitch = <usize>task.vectors << 4;
  const tilesAcross = (task.across + 3) >> 2;
  const tilesDown = (task.lines + 3) >> 2;
  const pixel = <usize>task.mapPixel;
  const patch = scratch + 6 * LINE;
  let line = first / tilesAcross;
  let column = first - line * tilesAcross;
  for (let t = 0; t < count; t++) {
    const sample = line / tilesDown;
    const y = ((line - sample * tilesDown) << 2) + task.top;
    const x = (column << 2) + task.left;
    const map = task.map + <usize>sample * task.mapStep;
    if (y >= 0 && x >= 0 && y + 6 <= task.height && x + 6 <= task.width) {
      transform(map + <usize>(y * task.width + x) * pixel, <usize>task.width * pixel, pixel, task.vectors, v, plane, scratch);
    } else {
      copyPatch(task, map, y, x, patch);
      transform(patch, 6 * pitch, pitch, task.vectors, v, plane, scratch);
    }
    v += pitch;
    if (++column == tilesAcross) {
      column = 0;
      line++;
    }
  }
}

/** The 6 x 6 pixels from (y, x) on, side by side; outside the map, the fill. */
function copyPatch(task: WinogradTask, map: usize, y: i32, x: i32, to: usize): void {
  const bytes = <usize>task.vectors << 4;
  for (let r = y; r < y + 6; r++) {
    for (let c = x; c < x + 6; c++) {
      const outside = <u32>r >= <u32>task.height || <u32>c >= <u32>task.width;
      const from = outside ? <usize>task.fill : map + <usize>(r * task.width + c) * task.mapPixel;
      for (let k: usize = 0; k < bytes; k += 16) v128.store(to + k, v128.load(from + k));
      to += bytes;
    }
  }
}

/** One tile whose first pixel is at `from`. */
function transform(from: usize, line: usize, pixel: usize, vectors: i32, v: usize, plane: usize, scratch: usize): void {
  for (let k = 0; k < vectors; k++) {
    let p = from;
    for (let s = scratch; s != scratch + 6 * LINE; s += LINE) {
      let q = p;
      const d0 = v128.load(q);
      q += pixel;
      const d1 = v128.load(q);
      q += pixel;
      const d2 = v128.load(q);
      q += pixel;
      const d3 = v128.load(q);
      q += pixel;
      const d4 = v128.load(q);
      const d5 = v128.load(q + pixel);
      six(d0, d1, d2, d3, d4, d5, s, 16);
      p += line;
    }
    let to = v;
    for (let s = scratch; s != scratch + LINE; s += 16) {
      six(
        v128.load(s), v128.load(s, 96), v128.load(s, 2 * 96), v128.load(s, 3 * 96), v128.load(s, 4 * 96), v128.load(s, 5 * 96), to, 6 * plane,
      );
      to += plane;
    }
    from += 16;
    v += 16;
  }
}

/** B^T of six vectors, to six places `step` bytes apart. */
@inline
function six(d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128, to: usize, step: usize): void {
  const a = i16x8.sub(d4, i16x8.shl(d2, 2));
  const b = i16x8.sub(d3, i16x8.shl(d1, 2));
  const c = i16x8.sub(d4, d2);
  const h = i16x8.sub(d3, d1);
  const e = i16x8.add(h, h);
  v128.store(to, i16x8.add(i16x8.shl(i16x8.sub(d0, d2), 2), c));
  to += step;
  v128.store(to, i16x8.add(a, b));
  to += step;
  v128.store(to, i16x8.sub(a, b));
  to += step;
  v128.store(to, i16x8.add(c, e));
  to += step;
  v128.store(to, i16x8.sub(c, e));
  to += step;
  v128.store(to, i16x8.sub(i16x8.sub(d5, d3), i16x8.add(e, e)));
}
