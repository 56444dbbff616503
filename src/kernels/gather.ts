/**
 * Gathering of rows from feature maps, copying of boxes, fills and maxima: the wiring around core-ops, in WASM memory.
 */
import type { KernelExports } from './types.js';

/** Which twin to use; results are the same. */
export type Twin = 'scalar' | 'simd';

/** Bytes of an element: int16 codes or float32 values. */
export type ElementBytes = 2 | 4;

/** A window that slides over a feature map. */
export interface GatherWindow {
  /** Channels `from`..`to - 1` are taken. */
  readonly from: number;
  readonly to: number;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  /** Map position of the first kernel tap at grid position (0, 0); may be negative. */
  readonly origin: readonly [number, number];
  /** Byte address of `to - from` elements that stand for a pixel outside the map. */
  readonly fill: number;
}

/** A window and its map [height, width, channels] (channel fastest) at the byte address `map`. */
export interface GatherPlan extends GatherWindow {
  readonly map: number;
  readonly elementBytes: ElementBytes;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly gridWidth: number;
}

/** Elements of one gathered row. */
export function gatherRows(plan: GatherPlan): number {
  return plan.kernel[0] * plan.kernel[1] * (plan.to - plan.from);
}

/**
 * Writes the rows of grid positions `p0`..`p1 - 1` (counted row by row): kernel row, kernel column, channel, the last fastest. The first
 * row goes to byte `to`, each further one `pitch` elements on; nothing else is written, so that several gathers can lie side by side.
 */
export function gather(exports: KernelExports, twin: Twin, plan: GatherPlan, p0: number, p1: number, to: number, pitch: number): void {
  const b = plan.elementBytes;
  const run = twin === 'simd' ? exports.gatherSimd : exports.gatherScalar;
  run(
    plan.map, plan.height, plan.width, plan.channels * b, plan.from * b, (plan.to - plan.from) * b, ...plan.kernel, ...plan.stride,
    ...plan.dilation, ...plan.origin, plan.gridWidth, p0, p1, plan.fill, to, pitch * b,
  );
}

/** A strided box of one feature map and its dense place in another; strides in elements. */
export interface BoxPlan {
  readonly elementBytes: ElementBytes;
  /** Byte addresses of the first element. */
  readonly from: number;
  readonly to: number;
  readonly size: readonly [height: number, width: number, channels: number];
  /** Distance of neighbours at the source, of either sign. */
  readonly fromStride: readonly [y: number, x: number, channel: number];
  /** Distance of neighbours at the target; channels lie side by side. */
  readonly toStride: readonly [y: number, x: number];
}

/** Copies element (i, j, k) of the box from `from + i*fy + j*fx + k*fc` to `to + i*ty + j*tx + k`. Source and target must not overlap. */
export function copyBox(exports: KernelExports, twin: Twin, plan: BoxPlan): void {
  const b = plan.elementBytes;
  const [fy, fx, fc] = plan.fromStride;
  const [ty, tx] = plan.toStride;
  const run = twin === 'simd' ? exports.copyBoxSimd : exports.copyBoxScalar;
  run(plan.from, fy * b, fx * b, fc * b, plan.to, ty * b, tx * b, ...plan.size, b);
}

/** Writes `count` elements of the value `value` at byte `to`. */
export function fill(exports: KernelExports, elementBytes: ElementBytes, to: number, count: number, value: number): void {
  if (elementBytes === 2) exports.fill16(to, count, value);
  else exports.fillFloat(to, count, value);
}

/**
 * The greatest of `taps` elements, channel by channel: `count` rows of `taps * channels` elements (channel fastest) at byte `x` give rows
 * of `channels` elements at byte `y`. Pitches in elements. Of float32, not-a-number wins.
 */
export function maximum(
  exports: KernelExports, twin: Twin, elementBytes: ElementBytes, x: number, xPitch: number, count: number, taps: number, channels: number,
  y: number, yPitch: number,
): void {
  const name = `maximum${elementBytes === 2 ? '' : 'Float'}${twin === 'simd' ? 'Simd' : 'Scalar'}`;
  (exports[name] as KernelExports[string])(x, xPitch, count, taps, channels, y, yPitch);
}
