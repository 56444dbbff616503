/** What rounding adds to the squared error of a sum, predicted from its weights, its code and the calibration's values: to compare choices of copies. */
import type { LinearStage } from '../cores/realise.js';
import { stepOf } from '../cores/scales.js';
import type { Code } from '../cores/types.js';
import { activeShare } from '../cores/active.js';
import { inputChannel, outputsOf } from '../reform/origins.js';
import type { Calibration, EdgeSamples } from '../encode/types.js';
import { greatest } from '../reform/make.js';
import type { Edge, Reals, SumNode, Term } from '../reform/types.js';

/** Partial sums reach about this many standard deviations to each side. */
const PARTIAL_REACH = 4;
/** Variance of a composed sum's truncation, relative to that of one rounding (docs/tuning.md). */
export const COMPOSED_NOISE = 5;
/** Ranges of weights tried: the whole, or half of it with the largest clipped. */
const WEIGHT_RANGES = [1, 0.5];

/** Mean squared errors of the sum's output, in units of its values. */
export class SumNoise {
  private readonly active: number;
  private readonly rounding: number;
  private readonly partial: number;
  private readonly composed: boolean;
  private readonly variances: readonly number[];
  private readonly weightNoise = new Map<string, number>();
  /** By term, weights that one row may not hold whole. */
  private readonly heavy: readonly (readonly HeavyWeight[])[];

  /**
   * `sources`: the edges with golden values that each edge carries; `read`: the channels of an edge that the sum reads, or `null` if what the greatest gain
   * clips is not reckoned with. Where signals have copies it is not: they bring rows of their own, and it drew copies from where they are worth more
   * (docs/copies.md).
   */
  constructor(
    private readonly node: SumNode, private readonly stage: LinearStage, code: Code, calibration: Calibration, sources: ReadonlyMap<Edge, readonly Edge[]>,
    read: ((edge: Edge) => readonly ReadChannel[]) | null,
  ) {
    const golden = calibration.get(node.output);
    if (golden === undefined) throw new Error(`no golden values of ${node.output.name}`);
    this.active = activeShare(golden);
    const step = code.step.reduce((sum, _, c) => sum + stepOf(code, c) ** 2, 0) / code.step.length;
    this.composed = stage.parts !== null;
    const noise = this.composed ? COMPOSED_NOISE : 1;
    this.rounding = (noise * this.active * step) / 12;
    const levels = stage.output.hi - stage.output.lo + 1;
    const square = golden.values.reduce((sum, v) => sum + v * v, 0) / golden.values.length / Math.max(this.active, 1e-3);
    // Row blocks share the variance of the sum, so that their number cancels.
    this.partial = (noise * this.active * square * (2 * PARTIAL_REACH / levels) ** 2) / 12;
    this.variances = node.terms.map(({ input }) => {
      const parts = (sources.get(input) ?? []).map((edge) => variance(calibration.get(edge)?.values));
      return parts.reduce((a, b) => a + b, 0) / Math.max(1, parts.length);
    });
    this.heavy = read === null ? [] : node.terms.map((term) => heavyWeights(term, read(term.input), code, golden, greatestGain(stage)));
  }

  /** With `copies` of the output, `partials` of partial sums (`null`: there are none) and, by term, rows that share a weight. */
  total(copies: number, partials: number | null, rows: readonly number[]): number {
    const weights = this.active * this.node.terms.reduce((sum, term, t) => sum + this.ofWeights(term, t, rows[t], partials !== null), 0);
    if (partials !== null) return this.left(this.rounding, 0, copies) + this.left(this.partial, weights, partials);
    return this.left(this.rounding, weights, copies) + this.active * this.ofClipping(rows);
  }

  /**
   * What `copies` leave of the variance of roundings and of that of weights: the grid is so many times finer. Composed sums are given in segments, or in copies
   * that are alike but for what truncation takes and for the rounding of their weights (tune/layer.ts chooses), or in both.
   */
  private left(rounding: number, weights: number, copies: number): number {
    if (!this.composed) return rounding / copies ** 2 + weights;
    const alike = Array.from({ length: copies }, (_, i) => i + 1).filter((n) => copies % n === 0);
    return Math.min(...alike.map((n) => rounding * (n / copies) ** 2 / n + weights / n ** 2));
  }

  /** Mean over columns of the variance that weights lose which are greater than the greatest gain of their rows. */
  private ofClipping(rows: readonly number[]): number {
    const sum = this.heavy.reduce((all, weights, t) => {
      const most = greatestGain(this.stage) * rows[t];
      return all + weights.reduce((own, { gain, variance }) => own + variance * Math.max(0, 1 - most / gain) ** 2, 0);
    }, 0);
    return sum / this.node.output.shape[0];
  }

  /** Mean over columns of the variance that rounding the weights to what `rows` rows can hold adds; `split`: each column has a range of its own. */
  private ofWeights(term: Term, t: number, rows: number, split: boolean): number {
    const key = `${t} ${rows} ${split}`;
    const known = this.weightNoise.get(key);
    if (known !== undefined) return known;
    const columns = this.node.output.shape[0];
    const perColumn = term.weights.length / columns;
    const parts = split ? Array.from({ length: columns }, (_, j) => term.weights.subarray(j * perColumn, (j + 1) * perColumn)) : [term.weights];
    const noise = (parts.reduce((sum, w) => sum + roundingError(w, this.stage, rows), 0) / columns) * this.variances[t];
    this.weightNoise.set(key, noise);
    return noise;
  }
}

/** A channel that a sum reads: its step and the variance of its values. */
export interface ReadChannel {
  readonly step: number;
  readonly variance: number;
}

/** A weight in codes of the output for one of the input, and the variance of what it adds to the output, as far as the output varies at all. */
interface HeavyWeight {
  readonly gain: number;
  readonly variance: number;
}

/** Codes of a result for one code of an input, at most, by the weight of one row: of chips whose converters have a greatest gain. */
function greatestGain({ weights: { lo, hi }, exponents }: LinearStage): number {
  return Math.min(hi, -lo) / 2 ** exponents[0];
}

/** Weights of a term whose gain is greater than `least`. What they add varies no more than the output's golden values: a function may hold it at an end. */
function heavyWeights(term: Term, read: readonly ReadChannel[], output: Code, golden: EdgeSamples, least: number): HeavyWeight[] {
  const own = Float64Array.from({ length: golden.edge.shape[0] }, (_, c) => channelVariance(golden, c));
  const perColumn = term.weights.length / outputsOf(term);
  const heavy: HeavyWeight[] = [];
  for (let i = 0; i < term.weights.length; i++) {
    const channel = Math.floor(i / perColumn);
    const { step, variance } = read[inputChannel(term, i)];
    const gain = Math.abs(term.weights[i]) * (step / stepOf(output, channel));
    if (gain > least) heavy.push({ gain, variance: Math.min(variance * term.weights[i] ** 2, own[channel]) });
  }
  return heavy;
}

/** Least sum of squared rounding errors of weights whose integers are sums of `rows` legal ones. */
function roundingError(weights: Reals, { weights: { lo, hi } }: LinearStage, rows: number): number {
  const peak = greatest(weights);
  if (peak === 0) return 0;
  const errors = WEIGHT_RANGES.map((range) => {
    const step = (range * peak) / (rows * Math.min(hi, -lo));
    let sum = 0;
    for (let i = 0; i < weights.length; i++) {
      const q = Math.min(Math.max(Math.floor(weights[i] / step + 0.5), rows * lo), rows * hi);
      sum += (weights[i] - q * step) ** 2;
    }
    return sum;
  });
  return Math.min(...errors);
}

function variance(values: Float32Array | undefined): number {
  if (values === undefined || values.length === 0) return 0;
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
}

/** Variance of a channel's values. */
export function channelVariance({ edge: { shape: [channels] }, values }: EdgeSamples, channel: number): number {
  return variance(Float32Array.from({ length: values.length / channels }, (_, r) => values[r * channels + channel]));
}
