/**
 * From real weights to the integers of a core. What the arithmetics of a chip have in common, seen from the compiler: the result is near
 * (sum_i w_ij * x_i + bias_j) / 2^k, floored or truncated, then clamped; `k` is a setting of the core.
 */
import type { Chip, CodeRange } from '../chip/types.js';
import type { CoreConfig } from './types.js';

/** The linear part of a chip's arithmetic. */
export interface LinearStage {
  /** Where a bias goes: into the accumulator, or into rows of weights that see the greatest input code. */
  readonly bias: 'preload' | 'rows';
  /** Legal weights. */
  readonly weights: CodeRange;
  /** Codes that inputs take; the compiler uses one range throughout, so that any signals can meet in one core. */
  readonly input: CodeRange;
  /** Range that the sum is clamped to, before the table. */
  readonly clamp: CodeRange;
  /** Output codes. */
  readonly output: CodeRange;
  /** Legal exponents k, ascending. */
  readonly exponents: readonly number[];
  /** Legal preload values; unused with bias rows. */
  readonly preload: CodeRange;
  /** Whether a table of arbitrary entries follows the clamp. */
  readonly table: boolean;
  /**
   * Spacings of weights worth trying: 1, and where weights lie in several cells the weight of the highest, so that all but this cell hold nothing: a
   * composed sum then has fewer parts that lose what they truncate.
   */
  readonly spacings: readonly number[];
  /** Where sums are composed of parts: codes of the first and second part that a constant row of `top` adds at exponent 0; `null`: there are no parts. */
  readonly parts: { readonly top: number; readonly first: number; readonly second: number } | null;
  /** Settings of the core for exponent k. */
  readonly config: (k: number) => CoreConfig;
}

/** The range of codes that the compiler uses of those that a chip offers: the first unsigned one, else the first. */
function preferred(ranges: readonly CodeRange[]): CodeRange {
  return ranges.find((r) => r.lo === 0) ?? ranges[0];
}

function steps(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** The linear stage of a chip; `null` for chips without integers (float) or without sums of codes (spiking). */
export function linearStage(chip: Chip): LinearStage | null {
  const { arithmetic } = chip;
  if (chip.weights === null || arithmetic.kind === 'float' || arithmetic.kind === 'spiking') return null;
  const input = preferred(chip.inputs);
  const output = preferred(chip.outputs);
  const table = chip.nonLinearities.includes('table');
  const base = { weights: chip.weights, input, output, table, spacings: [1], parts: null };
  switch (arithmetic.kind) {
    case 'window': {
      const size = 2 ** arithmetic.windowBits;
      const clamp = output.lo >= 0 ? { lo: 0, hi: size - 1 } : { lo: -size / 2, hi: size / 2 - 1 };
      const limit = 2 ** (arithmetic.accumulatorBits - 1);
      const preload = { lo: -limit, hi: limit - 1 };
      const config = (k: number): CoreConfig => ({ shift: k, clamp: [clamp.lo, clamp.hi] });
      return { ...base, bias: 'preload', clamp, preload, exponents: steps(0, arithmetic.greatestShift), config };
    }
    case 'ideal-limits': {
      const preload = { lo: -(2 ** 31), hi: 2 ** 31 - 1 };
      const config = (k: number): CoreConfig => ({ shift: k, clamp: [output.lo, output.hi] });
      return { ...base, bias: 'preload', clamp: output, preload, exponents: steps(0, arithmetic.greatestShift), config };
    }
    case 'composed': {
      const clamp = { lo: 0, hi: 2 ** arithmetic.outputBits - 1 };
      const { fullScaleShift, greatestGain } = arithmetic;
      const config = (k: number): CoreConfig => ({ gain: fullScaleShift - k, clamp: [clamp.lo, clamp.hi] });
      const exponents = steps(fullScaleShift - greatestGain, fullScaleShift);
      const top = 2 ** (arithmetic.weightBits - arithmetic.cellBits);
      const composed = top > 1 && arithmetic.inputBits > arithmetic.phaseBits;
      const second = (2 ** arithmetic.phaseBits - 1) * top;
      const parts = composed ? { top, first: second * 2 ** arithmetic.phaseBits, second } : null;
      return { ...base, parts, spacings: top > 1 ? [1, top] : [1], bias: 'rows', clamp, preload: { lo: 0, hi: 0 }, exponents, config };
    }
  }
}

/** Codes from the clamp through to the output where the clamp's range is wider: a table that clamps further; `null` if none is needed. */
export function clampTable(stage: LinearStage): Int16Array | null {
  const { clamp, output } = stage;
  if (clamp.lo >= output.lo && clamp.hi <= output.hi) return null;
  return Int16Array.from({ length: clamp.hi - clamp.lo + 1 }, (_, i) => Math.min(Math.max(clamp.lo + i, output.lo), output.hi));
}

/** A tile in real units: `weights` [rows x columns] maps decoded inputs to the decoded sum, `bias` one a column. */
export interface RealTile {
  readonly rows: number;
  readonly columns: number;
  readonly weights: Float64Array;
  readonly bias: Float64Array;
  /**
   * What is added to each weight before its floor, about 0..1, [rows x columns]; 1/2 everywhere if absent. Rows that share one weight get `copyOffset`s, so
   * that their integers together are the nearest to the weight's whole; so do columns that are copies of one value.
   */
  readonly rounding?: Float64Array;
}

/** Scale and zero of each row's input and of each column's sum: value = (code - zero) * step. */
export interface TileScales {
  readonly rowStep: Float64Array;
  readonly rowZero: Float64Array;
  readonly columnStep: Float64Array;
  readonly columnZero: Float64Array;
}

export interface IntegerTile {
  /** [(rows + constant rows) x columns]. */
  readonly weights: Int16Array;
  readonly preload: Int32Array | null;
}

/** Rounds to nearest, halves away from the floor: floor(v + 0.5), the one rounding rule of the compiler. */
export function roundHalfUp(v: number): number {
  return Math.floor(v + 0.5);
}

function clampTo(range: CodeRange, v: number): number {
  return Math.min(Math.max(v, range.lo), range.hi);
}

/** The greatest |weight| of a tile in codes at exponent 0, relative to the weight limit: 2^-k of it is what exponent k must reach. */
export function weightPeak(tile: RealTile, scales: TileScales): number {
  let peak = 0;
  for (let i = 0; i < tile.rows; i++) {
    for (let j = 0; j < tile.columns; j++) {
      const w = Math.abs(tile.weights[i * tile.columns + j]) * scales.rowStep[i] / scales.columnStep[j];
      if (w > peak) peak = w;
    }
  }
  return peak;
}

/**
 * Integers of a tile at exponent k: w = W * rowStep * 2^k / columnStep to nearest (or as the tile's `rounding` says); the bias holds the real bias,
 * the columns' zeros, the inputs' zeros under the *rounded* weights (so that they cancel exactly), and `offset` in output codes (1/2 turns the floor
 * into rounding).
 */
export function realise(
  tile: RealTile, scales: TileScales, stage: LinearStage, k: number, constantRows: number, offset: Float64Array,
  { spacing = 1, shift = null }: { readonly spacing?: number; readonly shift?: Int32Array | null } = {},
): IntegerTile {
  const rounded = realiseWeights(tile, scales, stage, k, spacing);
  return integerTile(rounded, biasOf(rounded, raiseOf(tile, scales, k, offset), stage, constantRows, shift));
}

/** The weights of `realise`, which depend on no bias. */
export function realiseWeights(tile: RealTile, scales: TileScales, stage: LinearStage, k: number, spacing: number): RoundedWeights {
  return roundWeights(scaledWeights(tile, scales, k), tile.columns, scales.rowZero, stage, rowSpacings(tile, spacing), tile.rounding);
}

/** What the sums of a tile are to be raised by for its bias, the columns' zeros and `offset`, in units of the integers. */
export function raiseOf({ columns, bias }: RealTile, { columnStep, columnZero }: TileScales, k: number, offset: Float64Array): Float64Array {
  return Float64Array.from({ length: columns }, (_, j) => (bias[j] / columnStep[j] + columnZero[j] + offset[j]) * 2 ** k);
}

/** Weights of a tile at exponent k in units of the integers, not rounded yet: W * rowStep * 2^k / columnStep, [rows x columns]. */
export function scaledWeights({ rows, columns, weights }: RealTile, { rowStep, columnStep }: TileScales, k: number): Float64Array {
  const unit = 2 ** k;
  const scaled = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) scaled[i * columns + j] = (weights[i * columns + j] * rowStep[i]) / columnStep[j] * unit;
  }
  return scaled;
}

/** Spacing of each row's weights: rows that go to one column only keep all of theirs, for nothing else could make up for what rounding takes from them. */
export function rowSpacings({ rows, columns, weights }: RealTile, spacing: number): Int32Array {
  const spacings = new Int32Array(rows).fill(spacing);
  for (let i = 0; i < rows && spacing > 1; i++) {
    let used = 0;
    for (let j = 0; j < columns; j++) if (weights[i * columns + j] !== 0) used++;
    if (used < 2) spacings[i] = 1;
  }
  return spacings;
}

/** How a tile's weights are rounded. */
export interface RoundingForm {
  /** Of each row, what its weights are multiples of. */
  readonly spacings: Int32Array;
  /** As in `RealTile`. */
  readonly rounding: Float64Array | undefined;
  /** Of each column, what `fillConstantRows` moves from its lower parts to its upper ones. */
  readonly shift: Int32Array | null;
}

/** The integers of a tile's weights, and what goes with them. */
export interface RoundedWeights {
  /** [rows x columns]. */
  readonly weights: Int16Array;
  readonly columns: number;
  /** What the inputs' zeros add to each column's sum under these weights. */
  readonly fromZeros: Float64Array;
}

/** Where the bias of a tile went. */
export interface TileBias {
  /** Weights of the constant rows, [constant rows x columns]. */
  readonly constants: Int16Array;
  readonly preload: Int32Array | null;
}

/**
 * Integers of a tile whose weights [rows x columns] and biases, what the sum of (code - zero) * weight is to be raised by, are given in units of the
 * integers: weights to nearest (or as `rounding` says), and the inputs' zeros under the rounded weights taken out of the bias.
 */
export function roundTile(
  scaled: Float64Array, columns: number, raise: Float64Array, rowZero: Float64Array, stage: LinearStage, constantRows: number,
  { spacings, rounding, shift }: RoundingForm,
): IntegerTile {
  const rounded = roundWeights(scaled, columns, rowZero, stage, spacings, rounding);
  return integerTile(rounded, biasOf(rounded, raise, stage, constantRows, shift));
}

function roundWeights(
  scaled: Float64Array, columns: number, rowZero: Float64Array, stage: LinearStage, spacings: Int32Array, rounding: Float64Array | undefined,
): RoundedWeights {
  const rows = scaled.length / columns;
  const weights = new Int16Array(rows * columns);
  const fromZeros = new Float64Array(columns);
  for (let i = 0, at = 0; i < rows; i++) {
    const spacing = spacings[i];
    const most = Math.floor(stage.weights.hi / spacing) * spacing;
    const [lo, hi] = spacing === 1 ? [stage.weights.lo, stage.weights.hi] : [-most, most];
    for (let j = 0; j < columns; j++, at++) {
      const exact = Math.floor(scaled[at] / spacing + (rounding === undefined ? 0.5 : rounding[at])) * spacing;
      const w = exact < lo ? lo : exact > hi ? hi : exact;
      weights[at] = w;
      fromZeros[j] += w * rowZero[i];
    }
  }
  return { weights, columns, fromZeros };
}

/** The bias of a tile with these weights, for sums that are to be raised by `raise`; `shift` as in `RoundingForm`. */
export function biasOf(
  { columns, fromZeros }: RoundedWeights, raise: Float64Array, stage: LinearStage, constantRows: number, shift: Int32Array | null,
): TileBias {
  const bias = raise.map((r, j) => r - fromZeros[j]);
  const constants = new Int16Array(constantRows * columns);
  if (stage.bias === 'preload') return { constants, preload: Int32Array.from(bias, (b) => clampTo(stage.preload, Math.floor(b))) };
  fillConstantRows(constants, constantRows, columns, bias, stage, shift);
  return { constants, preload: null };
}

/** The integers of a tile: its weights with those of its constant rows behind them, and its preload. */
export function integerTile(rounded: RoundedWeights, { constants, preload }: TileBias): IntegerTile {
  const weights = new Int16Array(rounded.weights.length + constants.length);
  weights.set(rounded.weights);
  weights.set(constants, rounded.weights.length);
  return { weights, preload };
}

/**
 * Spreads each column's bias over rows that see the greatest input code: as much as fits in the first, the rest in the next. Where a column is shifted,
 * the first row adds `shift` times the weight of the highest cell, and the next take as much away through the cells below it: the sum is the same, but
 * its parts lie further from 0, where a truncation toward zero errs most.
 */
function fillConstantRows(
  weights: Int16Array, constantRows: number, columns: number, bias: Float64Array, stage: LinearStage, shift: Int32Array | null,
): void {
  for (let j = 0; j < columns; j++) {
    let r = 0;
    const put = (w: number): void => void (weights[r++ * columns + j] = w);
    const u = shift?.[j] ?? 0;
    if (u !== 0 && stage.parts !== null) {
      const { top } = stage.parts;
      put(u * top);
      for (let left = -u * top; left !== 0; ) {
        const w = clampTo({ lo: 1 - top, hi: top - 1 }, left);
        put(w);
        left -= w;
      }
    }
    let left = roundHalfUp(bias[j] / stage.input.hi);
    while (r < constantRows) {
      const w = clampTo(stage.weights, left);
      put(w);
      left -= w;
    }
  }
}

/** Constant rows that a shift takes. */
export function shiftRows({ parts }: LinearStage, shift: number): number {
  return parts === null || shift === 0 ? 0 : 1 + Math.ceil((Math.abs(shift) * parts.top) / (parts.top - 1));
}

/**
 * The weight and exponent that act as exactly +1 per input code, for exact constructions (maximum by ReLU); `null` if there is none. On composed
 * cores this holds while the sums of the inputs' high phases stay below the converter's limit, as they do where every partial sum of the
 * construction is itself a legal code.
 */
export function unitWeight(stage: LinearStage): { weight: number; k: number } | null {
  const k = stage.exponents[0];
  const weight = 2 ** k;
  return weight <= stage.weights.hi && -weight >= stage.weights.lo ? { weight, k } : null;
}
