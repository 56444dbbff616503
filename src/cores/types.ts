/**
 * The core-op network: signals of integer codes, and the operations between them. Feature maps lie as [height, width, channel],
 * channel fastest. Everything here is per sample.
 */
import type { Chip } from '../chip/types.js';

/**
 * What the integers of a signal mean: value = (code - zero) * step. `step` and `zero` have one entry, or one a channel.
 * Legal codes are `lo`..`hi`. Padding is the code of the value 0, that is `zero`.
 */
export interface Code {
  readonly lo: number;
  readonly hi: number;
  readonly step: readonly number[];
  readonly zero: readonly number[];
}

/** Codes of a signal, or values on float chips; of several samples, one after the other. */
export type Codes = Int16Array | Float32Array;

/** Codes that are kept for many samples: in bytes where their range allows. */
export type KeptCodes = Codes | Uint8Array;

export type MapShape = readonly [height: number, width: number, channels: number];

export interface Signal {
  readonly name: string;
  readonly shape: MapShape;
  /** `null`: float32 values (chips without limits). */
  readonly code: Code | null;
  /** Name of the float tensor that this signal stands for; `null` for signals inside a layer (partial sums, pooling levels). */
  readonly golden: string | null;
  /**
   * The golden tensor has `channels / copies` channels; copy k of channel j is channel j * copies + k; the value is the mean of the decoded copies.
   */
  readonly copies: number;
  /**
   * Segments of a thermometer code that the copies are, a divisor of `copies` (1 if absent): of each the same number of copies, side by side, gives one part
   * of the range, and stays at an end of its codes elsewhere (`sumScale`).
   */
  readonly segments?: number | undefined;
  /**
   * The network's input only, with 2 copies: each value is one code of `digits` times as many levels as the signal has, given as two digits to
   * this base, the high one first (`encodeInput`).
   */
  readonly digits?: number | undefined;
}

/**
 * How a tile gets its rows at the position (y, x): for ky, kx, then channels `channels[0]..channels[1]-1` (channel fastest), the code at
 * [origin[0] + y * stride[0] + ky * dilation[0], origin[1] + x * stride[1] + kx * dilation[1]]; outside the map, `fill`
 * (`null`: the signal's `zero`, of that channel).
 */
export interface Gather {
  readonly signal: number;
  readonly channels: readonly [from: number, to: number];
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  /** Usually minus the padding at the top and left. */
  readonly origin: readonly [number, number];
  readonly fill: number | null;
}

/** Where results go: position (y, x), column j is written to [origin[0] + y, origin[1] + x, channel + j]. */
export interface Destination {
  readonly signal: number;
  readonly channel: number;
  readonly origin: readonly [number, number];
}

/** Settings of one core; which fields are present follows from the chip's arithmetic. */
export interface CoreConfig {
  /** window and ideal-limits: arithmetic right shift. */
  readonly shift?: number;
  /** composed: reference gain. */
  readonly gain?: number;
  /** Range that the shifted sum is clamped to, before the table: the window's (window), the output's (ideal-limits, composed). */
  readonly clamp?: readonly [lo: number, hi: number];
}

/** A float function after the sum, for chips without limits. */
export interface FloatFunction {
  readonly op: string;
  readonly attributes: Readonly<Record<string, number>>;
  /** Per-channel parameter (slope of PRelu). */
  readonly parameter?: Float32Array;
}

/** A tile of weights in one core, applied at `positions[0] * positions[1]` positions. */
export interface CoreOp {
  readonly kind: 'core';
  readonly name: string;
  readonly layer: string;
  /** Rows: the gathers' rows in this order, then `constantRows` rows whose input is always the greatest input code. */
  readonly gathers: readonly Gather[];
  readonly constantRows: number;
  readonly columns: number;
  readonly positions: readonly [number, number];
  /** Row-major [rows x columns]; Int16Array on integer chips, Float32Array on float ones. */
  readonly weights: Int16Array | Float32Array;
  /** Added to the sum before the shift, one a column; `null` where the arithmetic has none. */
  readonly preload: Int32Array | Float32Array | null;
  readonly config: CoreConfig;
  /** Output code for each clamped value from the lowest up; `null`: the clamped value is the output. */
  readonly table: Int16Array | null;
  /** Float chips only. */
  readonly function: FloatFunction | null;
  readonly output: Destination;
}

/** Native pooling: the greatest of the gathered codes, channel by channel. All gathers take equally many channels; each tap of each gather is one code. */
export interface MaximumOp {
  readonly kind: 'maximum';
  readonly name: string;
  readonly layer: string;
  readonly gathers: readonly Gather[];
  readonly positions: readonly [number, number];
  readonly output: Destination;
}

/**
 * Wiring that costs no core: strided boxes copied between feature maps; what no piece covers holds the output's `zero`.
 * Piece: output[to + i] = input[from + i * step] for i in 0..size-1, in each of height, width and channel.
 */
export interface WirePiece {
  readonly signal: number;
  readonly from: MapShape;
  readonly step: MapShape;
  readonly size: MapShape;
  readonly to: MapShape;
}

export interface WireOp {
  readonly kind: 'wire';
  readonly name: string;
  readonly layer: string;
  readonly pieces: readonly WirePiece[];
  /** Output signal. */
  readonly output: number;
}

/** Wiring that reorders: the input's codes, seen as a row-major array of shape `view`, transposed by `axes`, are the output's codes in order. */
export interface PermuteOp {
  readonly kind: 'permute';
  readonly name: string;
  readonly layer: string;
  readonly signal: number;
  readonly view: readonly number[];
  readonly axes: readonly number[];
  readonly output: number;
}

export type Op = CoreOp | MaximumOp | WireOp | PermuteOp;

/** A function of the decoded output that the host computes, in order, named in every report. */
export interface HostOp {
  readonly name: string;
  readonly op: 'Softmax' | 'ArgMax' | 'Sigmoid';
  /** Axis of the model's output that it works along, counted with the batch. */
  readonly attributes: Readonly<Record<string, number>>;
}

export interface CoreGraph {
  readonly chip: Chip;
  readonly signals: readonly Signal[];
  /** In order of execution: every signal is complete before it is read. */
  readonly ops: readonly Op[];
  readonly input: number;
  readonly output: number;
  readonly hostOps: readonly HostOp[];
  /** Shapes of the model's input and output for one sample, with the leading 1. */
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
}
