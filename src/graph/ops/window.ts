/**
 * Sliding windows of convolution and pooling: kernel, stride, dilation, padding and output size. Fewer spatial dimensions than three are lifted: their
 * tensors have depth 1, and height 1.
 */
import { integersAttribute, stringAttribute } from '../attributes.js';
import { refuse, type NodeView } from '../operator.js';

type Attributed = Pick<NodeView, 'attributes'>;
export type Pair = readonly [number, number];
export type Triple = readonly [number, number, number];

interface Geometry<Sizes> {
  readonly batch: number;
  readonly channels: number;
  readonly input: Sizes;
  readonly output: Sizes;
  readonly kernel: Sizes;
  readonly stride: Sizes;
  readonly dilation: Sizes;
  /** Cells of padding above and left, and below and right as declared (a window may reach further with ceil_mode). */
  readonly before: Sizes;
  readonly after: Sizes;
}

/** Height and width. */
export type WindowGeometry = Geometry<Pair>;
/** Depth, height and width. */
export type VolumeGeometry = Geometry<Triple>;

/** Greatest kernel, stride, dilation or padding; larger numbers mean a broken file and would overflow later products. */
const GREATEST = 1 << 24;

/** Number of spatial dimensions of a tensor [N, C, L], [N, C, H, W] or [N, C, D, H, W]. */
export function spatialRank(shape: readonly number[]): number {
  if (shape.length >= 3 && shape.length <= 5) return shape.length - 2;
  const kind = shape.length < 3 ? 'no spatial dimension' : `${shape.length - 2} spatial dimensions`;
  return refuse('T103', `operand [${shape.join(', ')}] has ${kind}; one to three are supported`);
}

/** One entry a spatial dimension, with those that are missing in front. */
export function lifted(values: readonly number[], missing: number): Triple {
  const [depth, height, width] = [...new Array<number>(3 - values.length).fill(missing), ...values];
  return [depth, height, width];
}

/** An attribute of one entry a spatial dimension. */
export function perDimension(node: Attributed, name: string, rank: number, least: number, fallback: number): Triple {
  const values = integersAttribute(node, name) ?? new Array<number>(rank).fill(fallback);
  if (values.length !== rank) refuse('T103', `attribute "${name}" has ${values.length} entries for ${rank} spatial dimensions`);
  const bad = values.find((v) => v < least || v > GREATEST);
  if (bad !== undefined) refuse('T103', `attribute "${name}" holds ${bad}, outside ${least}..${GREATEST}`);
  return lifted(values, fallback);
}

/** Padding before and after each spatial dimension. */
export function explicitPads(node: Attributed, rank: number): readonly [before: Triple, after: Triple] {
  const pads = integersAttribute(node, 'pads') ?? new Array<number>(2 * rank).fill(0);
  if (pads.length !== 2 * rank) refuse('T103', `attribute "pads" has ${pads.length} entries for ${rank} spatial dimensions`);
  const bad = pads.find((v) => v < 0 || v > GREATEST);
  if (bad !== undefined) refuse('T103', `attribute "pads" holds ${bad}, outside 0..${GREATEST}`);
  return [lifted(pads.slice(0, rank), 0), lifted(pads.slice(rank), 0)];
}

export function autoPadding(node: Attributed): string {
  const autoPad = stringAttribute(node, 'auto_pad', 'NOTSET');
  return ['NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID'].includes(autoPad) ? autoPad : refuse('T103', `attribute "auto_pad" is "${autoPad}"`);
}

interface Side {
  readonly before: number;
  readonly after: number;
  readonly output: number;
}

/** Padding and output size along one dimension; `reach` is the extent of the dilated kernel. */
function side(autoPad: string, ceil: boolean, size: number, reach: number, stride: number, before: number, after: number): Side {
  if (autoPad === 'SAME_UPPER' || autoPad === 'SAME_LOWER') {
    const output = Math.ceil(size / stride);
    const total = Math.max((output - 1) * stride + reach - size, 0);
    const small = Math.floor(total / 2);
    return autoPad === 'SAME_UPPER' ? { before: small, after: total - small, output } : { before: total - small, after: small, output };
  }
  const valid = autoPad === 'VALID';
  const [first, last] = valid ? [0, 0] : [before, after];
  const span = size + first + last - reach;
  if (span < 0) refuse('T104', `a window of ${reach} cells does not fit into ${size} cells with ${first + last} of padding`);
  let output = (ceil && !valid ? Math.ceil(span / stride) : Math.floor(span / stride)) + 1;
  if (ceil && (output - 1) * stride >= size + first) output--;
  return { before: first, after: last, output };
}

/** The geometry of a Conv or pooling node on an operand of `shape`; `kernel` has one entry a spatial dimension. */
export function volumeGeometry(node: Attributed, shape: readonly number[], kernel: readonly number[], ceil: boolean): VolumeGeometry {
  const rank = spatialRank(shape);
  if (kernel.length !== rank || kernel.some((k) => k < 1 || k > GREATEST)) {
    refuse('T103', `kernel [${kernel.join(', ')}] does not fit ${rank} spatial dimensions`);
  }
  const [input, size] = [lifted(shape.slice(2), 1), lifted(kernel, 1)];
  const stride = perDimension(node, 'strides', rank, 1, 1);
  const dilation = perDimension(node, 'dilations', rank, 1, 1);
  const [before, after] = explicitPads(node, rank);
  const autoPad = autoPadding(node);
  const sides = ([0, 1, 2] as const).map((d) =>
    side(d < 3 - rank ? 'VALID' : autoPad, ceil, input[d], (size[d] - 1) * dilation[d] + 1, stride[d], before[d], after[d]));
  const each = (of: (side: Side) => number): Triple => [of(sides[0]), of(sides[1]), of(sides[2])];
  return {
    batch: shape[0], channels: shape[1], input, kernel: size, stride, dilation, before: each((s) => s.before), after: each((s) => s.after),
    output: each((s) => s.output),
  };
}

/** Height and width of a geometry whose operand has `rank` dimensions. Three spatial dimensions are refused (T400): kernels and cores have maps. */
export function flattened(g: VolumeGeometry, rank: number): WindowGeometry {
  if (rank > 4) refuse('T400', `windows over ${rank - 2} spatial dimensions`, undefined, 'one or two');
  const pair = ([, height, width]: Triple): Pair => [height, width];
  return {
    batch: g.batch, channels: g.channels, input: pair(g.input), output: pair(g.output), kernel: pair(g.kernel), stride: pair(g.stride),
    dilation: pair(g.dilation), before: pair(g.before), after: pair(g.after),
  };
}

/** As `volumeGeometry`, over at most two spatial dimensions. */
export function windowGeometry(node: Attributed, shape: readonly number[], kernel: readonly number[], ceil: boolean): WindowGeometry {
  return flattened(volumeGeometry(node, shape, kernel, ceil), shape.length);
}

/** Output shape with `channels` channels and the rank of the input. */
export function windowShape(geometry: VolumeGeometry, channels: number, rank: number): number[] {
  return [geometry.batch, channels, ...geometry.output.slice(5 - rank)];
}

type Sizes = readonly number[];

/** The taps of one window that lie inside the input: kernel indices from..to-1 at cells start + k * dilation. */
export interface Taps {
  readonly start: number;
  readonly from: number;
  readonly to: number;
}

/** Those along dimension `d`. */
export function taps(
  geometry: { readonly input: Sizes; readonly kernel: Sizes; readonly stride: Sizes; readonly dilation: Sizes; readonly before: Sizes }, d: number,
  position: number,
): Taps {
  const start = position * geometry.stride[d] - geometry.before[d];
  const step = geometry.dilation[d];
  const from = start >= 0 ? 0 : Math.ceil(-start / step);
  const to = Math.min(geometry.kernel[d], Math.floor((geometry.input[d] - 1 - start) / step) + 1);
  return { start, from, to: Math.max(to, from) };
}

/** Calls `visit` for the windows of one plane in row-major order, with the taps along depth, height and width. */
export function eachWindow(g: VolumeGeometry, visit: (position: Triple, taps: readonly [Taps, Taps, Taps]) => void): void {
  const [depths, rows, columns] = ([0, 1, 2] as const).map((d) => Array.from({ length: g.output[d] }, (_, position) => taps(g, d, position)));
  depths.forEach((deep, oz) => rows.forEach((down, oy) => columns.forEach((across, ox) => visit([oz, oy, ox], [deep, down, across]))));
}
