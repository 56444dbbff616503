/** Ranges and steps of partial sums, by channel. */
import type { CodeRange } from '../chip/types.js';
import { channelRanges } from '../cores/channel-ranges.js';
import { codeOver, decisiveTop } from '../cores/range.js';
import { roundHalfUp, type LinearStage } from '../cores/realise.js';
import type { Code, CoreOp } from '../cores/types.js';
import type { EdgeSamples } from '../encode/types.js';

/** What a tile of partial sums gives: its sums [rows x columns] on decoded rows, and the greatest |weight * input step| of each column. */
export interface PartialSums {
  readonly op: CoreOp;
  readonly values: Float32Array;
  readonly peaks: Float64Array;
}

/** The layer that partial sums belong to: its output at the sampled positions, and how many copies each partial sum has, side by side. */
export interface PartialLayer {
  readonly golden: EdgeSamples;
  readonly copies: number;
}

/** By channel. */
export interface ChannelRanges {
  readonly min: Float64Array;
  readonly max: Float64Array;
  /** Greatest |weight * input step|. */
  readonly peak: Float64Array;
  /** A value that every range must reach. */
  readonly least: number;
}

/** How ranges are taken. */
export interface PartialChoice {
  /** Powers of two by which steps are coarser, for finer weights. */
  readonly finer: number;
  /** Ranges relative to those seen. */
  readonly factor: number;
  /** The same of what is below 0, relative to `factor`. */
  readonly below: number;
}

/** One of so many rows makes the ranges: the error over all rows then shows what clipping does to values that a range has not seen. */
const LOOKED_AT = 2;
/** Ranges are widened at most so much for positions that are not among the sampled ones. */
const MOST_WIDENED = 2;

/**
 * Least and greatest partial sum of each channel, 0 included (pairs hold positive values only), and its greatest weight. `channels`: of the signals that
 * the tiles give.
 */
export function partialRanges(layer: PartialLayer, tiles: readonly PartialSums[], channels: number, stage: LinearStage): ChannelRanges {
  const [min, max, peak] = [new Float64Array(channels), new Float64Array(channels), new Float64Array(channels)];
  for (const { op: { output: { channel }, columns }, values, peaks } of tiles) {
    const seen = channelRanges(values, columns, LOOKED_AT);
    for (let j = 0; j < columns; j++) {
      max[channel + j] = Math.max(max[channel + j], seen.max[j]);
      min[channel + j] = Math.min(min[channel + j], seen.min[j]);
    }
    peaks.forEach((p, j) => (peak[channel + j] = Math.max(peak[channel + j], p)));
  }
  // Exact sums have more levels, or keep what decides for most samples as it is (docs/tuning.md).
  const composed = stage.parts !== null;
  if (composed) widen(layer, max);
  if (stage.bias === 'rows') {
    min.fill(0);
    shareRanges(max);
  }
  return { min, max, peak, least: composed ? strongestReach(layer, tiles) : 0 };
}

/** Channel of the layer's output that channel c of a partial sum adds to. */
export function outputChannel({ golden: { edge: { shape: [outputs] } }, copies }: PartialLayer, c: number): number {
  return Math.floor(c / copies) % outputs;
}

/**
 * Sampled positions are chosen by chance where sums are composed, so that they hardly show where a map is strongest: the partial sums of a channel reach
 * further there than in the rows looked at, about as its output does.
 */
function widen(layer: PartialLayer, max: Float64Array): void {
  const { values, most, edge: { shape: [outputs] } } = layer.golden;
  const seen = channelRanges(values, outputs, LOOKED_AT).max;
  const all = channelRanges(most, outputs).max;
  max.forEach((m, c) => {
    const o = outputChannel(layer, c);
    if (seen[o] > 0 && all[o] > seen[o]) max[c] = m * Math.min(MOST_WIDENED, all[o] / seen[o]);
  });
}

/**
 * What the partial sums of the strongest channel of a row reach in all but a hundredth of the rows: of many channels each is the strongest in a few samples or
 * none, so that its own range would cut off what a sample is told by.
 */
function strongestReach(layer: PartialLayer, tiles: readonly PartialSums[]): number {
  const { values: golden, edge: { shape: [outputs] } } = layer.golden;
  const strongest = Int32Array.from({ length: golden.length / outputs }, (_, r) => {
    const row = golden.subarray(r * outputs, (r + 1) * outputs);
    return row.indexOf(row.reduce((a, b) => Math.max(a, b)));
  });
  const reached = new Float32Array(strongest.length);
  for (const { op, values } of tiles) {
    const channelOf = Int32Array.from({ length: op.columns }, (_, j) => outputChannel(layer, op.output.channel + j));
    for (let i = 0; i < values.length; i++) {
      const r = Math.floor(i / op.columns);
      if (channelOf[i % op.columns] === strongest[r]) reached[r] = Math.max(reached[r], values[i]);
    }
  }
  return decisiveTop(reached, 1);
}

/** The two parts of each pair get one range: their weights are then the same but for the sign, and kernels multiply once for both. */
function shareRanges(max: Float64Array): void {
  const half = max.length / 2;
  for (let c = 0; c < half; c++) max[c] = max[c + half] = Math.max(max[c], max[c + half]);
}

/**
 * Steps of partial sums by channel, since merging takes channels one by one: each covers the channel's range, and is coarse enough that the channel's
 * weights fit at the core's exponent; `finer` raises that exponent. 0 where nothing is to be given.
 */
export function partialSteps(stage: LinearStage, segments: number, { min, max, peak, least: reach }: ChannelRanges, choice: PartialChoice): Float64Array {
  const { finer, factor, below } = choice;
  const limit = stage.weights.hi / segments;
  const tight = max.map((m, c) => (m > min[c] ? codeOver(min[c] * factor * below, Math.max(m * factor, reach), stage.output).step[0] : 0));
  const slack = tight.reduce((least, step, c) => (step > 0 && peak[c] > 0 ? Math.min(least, (limit * step) / peak[c]) : least), Infinity);
  const fitting = stage.exponents.filter((k) => 2 ** k <= slack);
  const exponent = Math.max(stage.exponents[0], ...fitting) + finer;
  return tight.map((step, c) => (step > 0 ? Math.max(step, (peak[c] * 2 ** exponent) / limit) : 0));
}

/** Code with these steps, rounded up to multiples of `fine[c]`, so that the merge's weights are integers and add no error. */
export function partialCode(
  codes: CodeRange, { min, max, least }: ChannelRanges, steps: Float64Array, fine: (channel: number) => number, { factor, below }: PartialChoice,
): Code {
  const step = Array.from(steps, (s, c) => Math.max(1, Math.ceil(s / fine(c) - 1e-9)) * fine(c));
  return { ...codes, step, zero: step.map((s, c) => zeroFor(codes, min[c] * factor * below, Math.max(max[c] * factor, least), s)) };
}

/** Zero that lays lo..hi in the middle of the codes where the step leaves room; at the end where lo is 0. */
function zeroFor(codes: CodeRange, lo: number, hi: number, step: number): number {
  if (lo === 0) return codes.lo;
  return Math.min(Math.max(roundHalfUp((codes.lo + codes.hi - (lo + hi) / step) / 2), codes.lo), codes.hi);
}
