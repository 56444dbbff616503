/**
 * Where the rows of a tile lie, for kernels that copy them without looking at bounds: windows that leave their map slide over a framed copy of it
 * instead, and what lies side by side in every row is one stretch.
 */
import type { ElementBytes, GatherWindow } from './gather.js';
import type { KernelExports } from './types.js';

/** A rectangle of a map, which may reach beyond it. */
export interface Frame {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** Bytes that lie side by side in every row; all in bytes. `offset`: from the start of the map, or of the frame, at position (0, 0). */
export interface Stretch {
  readonly offset: number;
  readonly lineStep: number;
  readonly columnStep: number;
  readonly bytes: number;
}

export interface WindowPlan {
  /** `null`: the windows stay within the map. */
  readonly frame: Frame | null;
  /** Bytes of the framed copy of one sample; 0 without a frame. */
  readonly frameBytes: number;
  readonly stretches: readonly Stretch[];
}

/** Room that a row needs behind its end, and a map behind its own: `collect` copies sixteen bytes at a time. */
export const OVERSHOOT_BYTES = 14;

/** How a window's rows are collected from a map [height, width, channels] at `positions`. */
export function planWindow(
  window: GatherWindow, [height, width, channels]: readonly [number, number, number], positions: readonly [number, number], elementBytes: ElementBytes,
): WindowPlan {
  const { kernel, stride, dilation, origin, from, to } = window;
  const reach = (axis: 0 | 1): number => (positions[axis] - 1) * stride[axis] + (kernel[axis] - 1) * dilation[axis] + 1;
  const inside = origin[0] >= 0 && origin[1] >= 0 && origin[0] + reach(0) <= height && origin[1] + reach(1) <= width;
  const frame = inside ? null : { top: origin[0], left: origin[1], height: reach(0), width: reach(1) };
  const run = (to - from) * elementBytes;
  const pixel = inside ? channels * elementBytes : run;
  const line = (frame?.width ?? width) * pixel;
  const corner = inside ? origin[0] * line + origin[1] * pixel + from * elementBytes : 0;
  const stretches: Stretch[] = [];
  for (let ky = 0; ky < kernel[0]; ky++) {
    for (let kx = 0; kx < kernel[1]; kx++) {
      const offset = corner + ky * dilation[0] * line + kx * dilation[1] * pixel;
      const last = stretches.at(-1);
      if (last !== undefined && last.offset + last.bytes === offset) stretches[stretches.length - 1] = { ...last, bytes: last.bytes + run };
      else stretches.push({ offset, lineStep: stride[0] * line, columnStep: stride[1] * pixel, bytes: run });
    }
  }
  return { frame, frameBytes: frame === null ? 0 : frame.height * line, stretches };
}

/** Writes the framed copy of one sample's map at byte `map` to byte `to`; `fill`: byte address of the codes outside. */
export function frameMap(
  exports: KernelExports, elementBytes: ElementBytes, map: number, [height, width, channels]: readonly [number, number, number],
  { from, to: end, fill }: GatherWindow, { top, left, height: rows, width: columns }: Frame, to: number,
): void {
  const b = elementBytes;
  exports.frame(map, height, width, channels * b, from * b, (end - from) * b, top, left, rows, columns, fill, to);
}

/** A stretch with the address of its first byte at position 0 of sample 0, and the bytes from sample to sample. */
export interface PlacedStretch extends Stretch {
  readonly address: number;
  readonly sampleStep: number;
}

const HEAD = 3;
const FIELDS = 5;

/** Bytes of the description that `collect` reads. */
export function gridBytes(stretches: number): number {
  return 4 * (HEAD + FIELDS * stretches);
}

/** Describes a grid of `positions` a sample in `words` (assembly/simd128/collect.ts has the layout). */
export function writeGrid(words: Int32Array, positions: readonly [number, number], stretches: readonly PlacedStretch[]): void {
  words.set([...positions, stretches.length]);
  stretches.forEach((s, i) => words.set([s.address, s.sampleStep, s.lineStep, s.columnStep, s.bytes], HEAD + FIELDS * i));
}

/** Moves stretch `index` of a described grid to another address. */
export function moveStretch(words: Int32Array, index: number, address: number): void {
  words[HEAD + FIELDS * index] = address;
}
