/**
 * What reform makes of a network: weighted sums, maxima and wiring, each over feature maps of [channels, height, width]. A tensor of another
 * rank is seen as such a map with the same row-major order of elements: [F] as [F, 1, 1], [C, L] as [C, 1, L], more dimensions flattened.
 */
import type { Activation } from '../cores/activation.js';
import type { TensorView } from '../graph/sample.js';

/**
 * Weights that are only read: those of a network as they are in its file, shared with it, or what rules made of them. Results of arithmetic on them go into
 * Float64Array, never into an array of their own kind.
 */
export type Reals = Float32Array | Float64Array;

export type Shape3 = readonly [channels: number, height: number, width: number];

/**
 * An edge keeps the name of the tensor of the original network whose values it carries, its elements in order: the golden reference of what
 * drives it. Where it carries them in another way, `golden` says how.
 */
export interface Edge {
  readonly name: string;
  readonly shape: Shape3;
  readonly golden?: Golden;
}

/** Where in a tensor an edge's values lie. */
export interface Golden extends TensorView {
  readonly tensor: string;
}

/**
 * One operand of a weighted sum, a convolution without bias: at output position (y, x), tap (ky, kx) reads
 * [origin[0] + y * stride[0] + ky * dilation[0], origin[1] + x * stride[1] + kx * dilation[1]], zero outside the map.
 */
export interface Term {
  readonly input: Edge;
  /** Row-major [output channels, input channels / groups, kernel height, kernel width]. */
  readonly weights: Reals;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly origin: readonly [number, number];
  readonly groups: number;
}

/** output = activation(sum of terms + bias), bias one a channel. */
export interface SumNode {
  readonly kind: 'sum';
  readonly name: string;
  readonly terms: readonly Term[];
  readonly bias: Float64Array;
  readonly activation: Activation | null;
  readonly output: Edge;
  /** The activation is only the range of a quantisation in the file: it may go where it does not fit into a sum. */
  readonly advisory?: true;
}

/** output = activation(input), apart from any sum: the chip needs cores of its own for it. */
export interface FunctionNode {
  readonly kind: 'function';
  readonly name: string;
  readonly input: Edge;
  readonly activation: Activation;
  readonly output: Edge;
}

/** Greatest value of a window, channel by channel; taps outside the map do not count. */
export interface MaxPoolNode {
  readonly kind: 'maxpool';
  readonly name: string;
  readonly input: Edge;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly origin: readonly [number, number];
  readonly output: Edge;
}

/** A strided box of `input` that lands in the output: output[to + i] = input[from + i * step], i in 0..size-1, in every dimension. */
export interface Piece {
  readonly input: Edge;
  readonly from: Shape3;
  readonly step: Shape3;
  readonly size: Shape3;
  readonly to: Shape3;
}

/** Concatenation, slice, padding by zero: boxes; what no piece covers is zero. */
export interface WireNode {
  readonly kind: 'wire';
  readonly name: string;
  readonly pieces: readonly Piece[];
  readonly output: Edge;
}

/** The elements of the input, seen as a row-major array of shape `view`, transposed by `axes`, are those of the output in order. */
export interface PermuteNode {
  readonly kind: 'permute';
  readonly name: string;
  readonly input: Edge;
  readonly view: readonly number[];
  readonly axes: readonly number[];
  readonly output: Edge;
}

export type ReformedNode = SumNode | FunctionNode | MaxPoolNode | WireNode | PermuteNode;

/** A function at the network's end that the host computes on decoded values. */
export interface HostFunction {
  readonly name: string;
  readonly op: 'Softmax' | 'ArgMax' | 'Sigmoid';
  readonly attributes: Readonly<Record<string, number>>;
}

export interface Reformed {
  readonly name: string;
  /** In topological order. */
  readonly nodes: readonly ReformedNode[];
  readonly input: Edge;
  readonly output: Edge;
  readonly host: readonly HostFunction[];
  /** Values that the input's codes need to reach: a quantiser of the network clips to them. `null`: all. */
  readonly inputRange: readonly [lo: number, hi: number] | null;
  /** Shapes of the model's input and output for one sample, with the leading 1. */
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
}

/** Edges that a node reads. */
export function inputsOf(node: ReformedNode): readonly Edge[] {
  switch (node.kind) {
    case 'sum':
      return node.terms.map((t) => t.input);
    case 'wire':
      return node.pieces.map((p) => p.input);
    default:
      return [node.input];
  }
}
