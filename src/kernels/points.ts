/** Windows of one pixel whose channels feed a column each: terms that a tile adds, read where they lie. */
import type { MapSpec, MapWindow, PlacedWindow } from './types.js';

/** Whether a window is one pixel, one channel a column, and within the map at every position. */
export function isPoint({ columns, positions }: MapSpec, { from, to, kernel, stride, origin, shape }: MapWindow): boolean {
  const inside = ([0, 1] as const).every((axis) => origin[axis] >= 0 && origin[axis] + (positions[axis] - 1) * stride[axis] < shape[axis]);
  return to - from === columns && kernel[0] === 1 && kernel[1] === 1 && inside;
}

/** A term's address at position (0, 0), and its steps. */
export function sourceOf({ map, from, sampleStep, shape: [, width, channels], stride, origin }: PlacedWindow): number[] {
  const pixel = channels * 2;
  return [map + (origin[0] * width + origin[1]) * pixel + from * 2, sampleStep, stride[0] * width * pixel, stride[1] * pixel];
}
