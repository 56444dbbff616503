/** Targets of a layer's tiles: golden values with the code, the table and the offsets in which the chip should give them. */
import { copyAt, offsetOf } from '../cores/copies.js';
import { roundHalfUp, type LinearStage, type TileScales } from '../cores/realise.js';
import { fillColumns, stepOf, sumScale, tileScales, zeroOf } from '../cores/scales.js';
import type { Code, CoreOp, Signal } from '../cores/types.js';

/** What a tile should give: values [count x columns], and the code in which it gives them. */
export interface TileTarget {
  readonly values: Float32Array;
  /** Code of the results by column: `column(j)` is its channel. */
  readonly code: Code;
  readonly channel: number;
  /** Copies of each value, or of each of its segments, side by side, whose parts are to be shifted apart; 1: each column for itself. */
  readonly copies: number;
  /** Segments of each value (cores/scales.ts), side by side. */
  readonly segments: number;
  /** Scales of the sum before the table; equal to those of the code without one. */
  readonly scales: TileScales;
  readonly table: Int16Array | null;
  /**
   * The sums themselves, as far as the code reaches, [count x columns]: what truncation takes shows beside them, not beside values that the errors of the
   * layers before have moved further away. `null` where the values are the sums, or a table lies between.
   */
  readonly sums: Float32Array | null;
  /** Offset of each column in codes that turns the floor into rounding: 1/2, and for copies of an output other fractions. */
  readonly offset: Float64Array;
}

/** The same code with another step. */
export function withStep(code: Code, factor: number): Code {
  return { ...code, step: code.step.map((s) => s * factor) };
}

/** Table of an activation: output code for every code of the sum. */
export function activationTable(stage: LinearStage, f: (v: number) => number, sum: Code, output: Code): Int16Array {
  return Int16Array.from({ length: stage.clamp.hi - stage.clamp.lo + 1 }, (_, i) => {
    const value = f((stage.clamp.lo + i - sum.zero[0]) * sum.step[0]);
    return Math.min(Math.max(roundHalfUp(value / output.step[0] + output.zero[0]), output.lo), output.hi);
  });
}

/** Scales of a tile whose sums are in code `sum` instead of its output's code. */
export function scalesWith(op: CoreOp, signals: readonly Signal[], sum: Code): TileScales {
  const scales = tileScales(op.gathers, op.columns, null, signals);
  fillColumns(scales, sum, signals[op.output.signal], op.output.channel);
  return scales;
}

/** How many segments a signal has, and copies of each. */
export function segmentsOf({ copies, segments = 1 }: Signal): Pick<TileTarget, 'copies' | 'segments'> {
  return { copies: copies / segments, segments };
}

/**
 * Target of a tile of a layer's last stage. `golden`: [rows x channels].
 */
export function finalTarget(
  op: CoreOp, signals: readonly Signal[], golden: Float32Array, output: Code, sum: Code, table: Int16Array | null,
): TileTarget {
  const signal = signals[op.output.signal];
  const channels = signal.shape[2] / signal.copies;
  const count = golden.length / channels;
  const first = op.output.channel;
  const values = new Float32Array(count * op.columns);
  for (let j = 0; j < op.columns; j++) {
    const c = copyAt(signal, first + j).channel;
    for (let r = 0; r < count; r++) values[r * op.columns + j] = golden[r * channels + c];
  }
  const offset = liftCopies(values, op, signal, output);
  return { ...segmentsOf(signal), values, code: output, channel: first, scales: scalesWith(op, signals, sum), table, sums: null, offset };
}

/** The target with its own sums [count x columns], from the codes that the layers before really give. `sums` is changed. */
export function withSums(target: TileTarget, sums: Float32Array, op: CoreOp, signals: readonly Signal[]): TileTarget {
  const { code, channel } = target;
  for (let j = 0; j < op.columns; j++) {
    const [step, zero] = [stepOf(code, channel + j), zeroOf(code, channel + j)];
    const [lo, hi] = [(code.lo - zero) * step, (code.hi - zero) * step];
    for (let at = j; at < sums.length; at += op.columns) sums[at] = Math.min(Math.max(sums[at], lo), hi);
  }
  liftCopies(sums, op, signals[op.output.signal], code);
  return { ...target, sums };
}

/**
 * Copy k of m copies of a segment aims (k + 1/2)/m - 1/2 of a code higher, so that the mean of floors is a floor on a grid m times finer. Adds that to
 * `values` [rows x the tile's columns]; returns the columns' offsets that turn the floor into rounding.
 */
export function liftCopies(values: Float32Array, op: CoreOp, signal: Signal, code: Code): Float64Array {
  const first = op.output.channel;
  return Float64Array.from({ length: op.columns }, (_, j) => {
    const offset = offsetOf(signal, first + j);
    const lift = (offset - 0.5) * sumScale(code, signal, first + j).step;
    if (lift !== 0) for (let at = j; at < values.length; at += op.columns) values[at] += lift;
    return offset;
  });
}
