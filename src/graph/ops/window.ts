/**
 * Sliding windows of convolution and pooling: kernel, stride, dilation, padding and output size, with one spatial dimension lifted to two
 * (height 1).
 */
import { integersAttribute, stringAttribute } from '../attributes.js';
import { refuse, type NodeView } from '../operator.js';

type Attributed = Pick<NodeView, 'attributes'>;
export type Pair = readonly [number, number];

export interface WindowGeometry {
  readonly batch: number;
  readonly channels: number;
  /** Height and width of input and output. */
  readonly input: Pair;
  readonly output: Pair;
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  /** Cells of padding above and left, and below and right as declared (a window may reach further with ceil_mode). */
  readonly before: Pair;
  readonly after: Pair;
}

/** Greatest kernel, stride, dilation or padding; larger numbers mean a broken file and would overflow later products. */
const GREATEST = 1 << 24;

/** Height and width of a tensor [N, C, L] or [N, C, H, W]. */
export function spatial(shape: readonly number[]): Pair {
  if (shape.length === 3) return [1, shape[2] as number];
  if (shape.length === 4) return [shape[2] as number, shape[3] as number];
  const kind = shape.length < 3 ? 'no spatial dimension' : `${shape.length - 2} spatial dimensions`;
  return refuse('T103', `operand [${shape.join(', ')}] has ${kind}; one or two are supported`);
}

function perDimension(node: Attributed, name: string, rank: number, least: number, fallback: number): Pair {
  const values = integersAttribute(node, name) ?? new Array<number>(rank).fill(fallback);
  if (values.length !== rank) refuse('T103', `attribute "${name}" has ${values.length} entries for ${rank} spatial dimensions`);
  const bad = values.find((v) => v < least || v > GREATEST);
  if (bad !== undefined) refuse('T103', `attribute "${name}" holds ${bad}, outside ${least}..${GREATEST}`);
  return rank === 1 ? [fallback, values[0] as number] : [values[0] as number, values[1] as number];
}

function explicitPads(node: Attributed, rank: number): readonly [Pair, Pair] {
  const pads = integersAttribute(node, 'pads') ?? new Array<number>(2 * rank).fill(0);
  if (pads.length !== 2 * rank) refuse('T103', `attribute "pads" has ${pads.length} entries for ${rank} spatial dimensions`);
  const bad = pads.find((v) => v < 0 || v > GREATEST);
  if (bad !== undefined) refuse('T103', `attribute "pads" holds ${bad}, outside 0..${GREATEST}`);
  const [a, b, c, d] = rank === 1 ? [0, pads[0], 0, pads[1]] : pads;
  return [[a as number, b as number], [c as number, d as number]];
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
  const [first, last] = autoPad === 'VALID' ? [0, 0] : [before, after];
  const span = size + first + last - reach;
  if (span < 0) refuse('T104', `a window of ${reach} cells does not fit into ${size} cells with ${first + last} of padding`);
  let output = (ceil ? Math.ceil(span / stride) : Math.floor(span / stride)) + 1;
  if (ceil && (output - 1) * stride >= size + first) output--;
  return { before: first, after: last, output };
}

/** The geometry of a Conv or pooling node on an operand of `shape`; `kernel` has one entry a spatial dimension. */
export function windowGeometry(node: Attributed, shape: readonly number[], kernel: readonly number[], ceil: boolean): WindowGeometry {
  const input = spatial(shape);
  const rank = shape.length - 2;
  if (kernel.length !== rank || kernel.some((k) => k < 1 || k > GREATEST)) {
    refuse('T103', `kernel [${kernel.join(', ')}] does not fit ${rank} spatial dimensions`);
  }
  const size: Pair = rank === 1 ? [1, kernel[0] as number] : [kernel[0] as number, kernel[1] as number];
  const stride = perDimension(node, 'strides', rank, 1, 1);
  const dilation = perDimension(node, 'dilations', rank, 1, 1);
  const [before, after] = explicitPads(node, rank);
  const autoPad = stringAttribute(node, 'auto_pad', 'NOTSET');
  if (!['NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID'].includes(autoPad)) refuse('T103', `attribute "auto_pad" is "${autoPad}"`);
  const sides = ([0, 1] as const).map((d) =>
    side(rank === 1 && d === 0 ? 'VALID' : autoPad, ceil, input[d], (size[d] - 1) * dilation[d] + 1, stride[d], before[d], after[d]),
  ) as [Side, Side];
  return {
    batch: shape[0] as number,
    channels: shape[1] as number,
    input,
    kernel: size,
    stride,
    dilation,
    before: [sides[0].before, sides[1].before],
    after: [sides[0].after, sides[1].after],
    output: [sides[0].output, sides[1].output],
  };
}

/** Output shape with `channels` channels and the rank of the input. */
export function windowShape(geometry: WindowGeometry, channels: number, rank: number): number[] {
  const [height, width] = geometry.output;
  return rank === 3 ? [geometry.batch, channels, width] : [geometry.batch, channels, height, width];
}

/**
 * The taps of one window along dimension `d` that lie inside the input: kernel indices from..to-1 at cells start + k * dilation.
 */
export function taps(geometry: WindowGeometry, d: 0 | 1, position: number): { readonly start: number; readonly from: number; readonly to: number } {
  const start = position * geometry.stride[d] - geometry.before[d];
  const step = geometry.dilation[d];
  const from = start >= 0 ? 0 : Math.ceil(-start / step);
  const to = Math.min(geometry.kernel[d], Math.floor((geometry.input[d] - 1 - start) / step) + 1);
  return { start, from, to: Math.max(to, from) };
}
