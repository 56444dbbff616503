/**
 * Steps by channel. The producer's columns and the consumers' rows absorb them, but they cost range of weights: rows of coarse channels weigh more than
 * those of fine ones, columns of fine channels more than those of coarse ones. Between one step for all channels and the best step of each lie
 * `best^a * one^(1-a)`, and channels whose weights are far above the others' may be coarser yet. What is taken is chosen by the error that is predicted for
 * the producer's and the consumers' outputs.
 */
import type { CodeRange } from '../chip/types.js';
import { boundsOf } from '../cores/activation.js';
import { codeOver } from '../cores/range.js';
import { stepOf, zeroOf } from '../cores/scales.js';
import type { Code } from '../cores/types.js';
import { isScale, mixesChannels } from '../reform/make.js';
import type { Edge, Reformed, SumNode, Term } from '../reform/types.js';
import { channelRanges, peakRanges } from '../cores/channel-ranges.js';
import { inputChannel, Origins, outputsOf, type Origin } from '../reform/origins.js';
import { noiseBeside } from '../cores/active.js';
import { extremesOf, peakError, type Extremes } from '../cores/peaks.js';
import type { Calibration, EdgeSamples } from './types.js';

/** What the choice takes from the chip. */
export interface ChannelLimits {
  readonly output: CodeRange;
  /** Greatest weight. */
  readonly weight: number;
  /** Variance of what a core adds to a result in squared codes, times 12: 1 for one rounding, more where a sum is composed of truncated parts. */
  readonly noise: number;
  /** How often the core-ops of a sum can repeat each weight, which is then that much finer. */
  readonly repeats: (node: SumNode) => number;
}

/** Share of the error of nearest rounding of weights that is left when rounding is trained. */
const WEIGHT_ERROR = 0.3;
/** What a code of a sum's output is judged by: of its own columns. */
interface ProducerPart {
  /** Greatest |weight * input step| of each channel. */
  readonly peak: Float64Array;
  /** Mean square of the codes that an output sees, added up over its rows. */
  readonly rows: number;
  readonly weight: number;
  readonly power: number;
}

/** The same of a sum that reads it: what other inputs add, and by channel what the code's step is multiplied with. */
interface ReaderPart {
  readonly outputs: number;
  readonly weight: number;
  readonly power: number;
  readonly signal: number;
  readonly rows: number;
  readonly peak: number;
  readonly squares: Float64Array;
  readonly powers: Float64Array;
  readonly peaks: Float64Array;
}

/** Squares of values of an edge, by channel. */
interface Powers {
  readonly mean: Float64Array;
  readonly total: number;
}

/** New codes of edges for which steps by channel promise less error. `codes`: one step an edge so far; `fixed`: edges that must keep theirs. */
export function channelCodes(
  graph: Reformed, calibration: Calibration, codes: ReadonlyMap<Edge, Code>, fixed: ReadonlySet<Edge>, limits: ChannelLimits,
): Map<Edge, Code> {
  return new ChannelSteps(graph, calibration, new Map(codes), fixed, limits).run();
}

class ChannelSteps {
  private readonly powers = new Map<Edge, Powers>();
  private readonly origins: Origins;

  constructor(
    private readonly graph: Reformed, private readonly calibration: Calibration, private readonly codes: Map<Edge, Code>,
    private readonly fixed: ReadonlySet<Edge>, private readonly limits: ChannelLimits,
  ) {
    this.origins = new Origins(graph);
  }

  run(): Map<Edge, Code> {
    const barred = this.barred();
    for (const node of this.graph.nodes) {
      if (node.kind !== 'sum' || node.output === this.graph.output || barred.has(node.output)) continue;
      if (node.activation !== null && node.activation.op !== 'Clip') continue;
      this.choose(node);
    }
    return this.codes;
  }

  /** Edges whose channels meet somewhere, and sums with a residual: a merge has one exponent for what both of its operands need in every channel. */
  private barred(): Set<Edge> {
    const barred = new Set(this.fixed);
    for (const node of this.graph.nodes) {
      if (node.kind === 'sum' && hasResidual(node)) barred.add(node.output);
      const edge = node.kind === 'permute' && mixesChannels(node) ? node.input : null;
      if (edge !== null) this.origins.of(edge).forEach((o) => o && barred.add(o.edge));
      if (node.kind !== 'wire') continue;
      const at = new Map<number, Origin>();
      for (const piece of node.pieces) {
        const from = this.origins.of(piece.input);
        for (let i = 0; i < piece.size[0]; i++) {
          const origin = from[piece.from[0] + i * piece.step[0]];
          const other = at.get(piece.to[0] + i);
          if (other && origin && (other.edge !== origin.edge || other.channel !== origin.channel)) barred.add(other.edge).add(origin.edge);
          at.set(piece.to[0] + i, origin);
        }
      }
    }
    return barred;
  }

  private choose(node: SumNode): void {
    const edge = node.output;
    const plain = this.codes.get(edge);
    const samples = this.calibration.get(edge);
    if (plain === undefined || samples === undefined || edge.shape[0] === 1) return;
    const { best, unseen } = this.bestSteps(node, samples, plain);
    const own = this.producerPart(node);
    const readers = this.graph.nodes.filter((n): n is SumNode => n.kind === 'sum' && n.terms.some((t) => this.reads(t, edge)));
    const parts = readers.map((reader) => this.readerPart(reader, edge));
    const room = { finest: best.map((b) => Math.max(b.step[0], FINEST * plain.step[0])), coarsest: coarsestSteps(node, plain, samples.values) };
    const read = own.peak.map((_, c) => parts.reduce((most, { peaks }) => Math.max(most, peaks[c]), 0));
    const cut = unseen.map((error) => error / own.power);
    let least = { code: plain, error: this.errorWith(own, parts, plain) + cut[0] };
    for (const [i, blend] of BLENDS.entries()) {
      const base = blended(plain, best, blend);
      for (const columns of LEVELS) {
        const coarse = coarser(base, own.peak, columns, room);
        for (const rows of LEVELS) {
          const code = finer(coarse, read, rows, room);
          const error = this.errorWith(own, parts, code) + cut[i];
          if (error < least.error) least = { code, error };
        }
      }
    }
    this.codes.set(edge, least.code);
  }

  /**
   * Codes over the ranges of the channels, times one factor: what serves one half of the samples best with ranges seen on the other, for no sample shows how
   * far the next one reaches. `unseen`: what each blend of such codes with the plain one clips on the other half, as a squared error for each row.
   */
  private bestSteps({ output, activation }: SumNode, samples: EdgeSamples, plain: Code): { best: Code[]; unseen: number[] } {
    const channels = output.shape[0];
    const [low, high] = boundsOf(activation);
    const codesFrom = (seen: Extremes, factor: number): Code[] => {
      const { min, max } = peakRanges(seen);
      return Array.from(max, (m, c) => codeOver(Math.max(min[c] * factor, low), Math.min(m * factor, high), this.limits.output));
    };
    const [first, second] = halvesOf(samples);
    const added = noiseBeside(samples, this.limits.noise) / channels;
    const errorOf = ({ values, extremes }: Half, codes: readonly Code[]): number => (
      channelErrors(values, codes) / values.length + peakError(extremes, joined(codes)) + added * codes.reduce((sum, c) => sum + c.step[0] ** 2, 0));
    let best = { factor: 1, error: Number.POSITIVE_INFINITY };
    for (const factor of RANGE_FACTORS) {
      const error = errorOf(second, codesFrom(first.extremes, factor)) + errorOf(first, codesFrom(second.extremes, factor));
      if (error < best.error) best = { factor, error };
    }
    const clipped = ({ values, extremes }: Half, code: Code): number => clipError(values, code) / values.length + peakError(extremes, code);
    const [ofFirst, ofSecond] = [first, second].map((half) => codesFrom(half.extremes, best.factor));
    const unseen = BLENDS.map((blend) => (
      ((clipped(second, blended(plain, ofFirst, blend)) + clipped(first, blended(plain, ofSecond, blend))) * channels) / 2));
    return { best: codesFrom(samples, best.factor), unseen };
  }

  /** Predicted errors of the producer's output and of the sums that read it, each relative to the power of what it gives. */
  private errorWith(own: ProducerPart, readers: readonly ReaderPart[], code: Code): number {
    const { noise } = this.limits;
    const channels = own.peak.length;
    let squares = 0;
    let peak = 0;
    for (let c = 0; c < channels; c++) {
      const step = stepOf(code, c);
      squares += step ** 2;
      peak = Math.max(peak, own.peak[c] / step);
    }
    let error = ((noise + WEIGHT_ERROR * own.rows * (peak / own.weight) ** 2) * squares) / 12 / own.power;
    for (const reader of readers) {
      let { signal, rows, peak: coarse } = reader;
      for (let c = 0; c < channels; c++) {
        const step = stepOf(code, c);
        signal += reader.squares[c] * step ** 2;
        rows += reader.powers[c] / step ** 2;
        coarse = Math.max(coarse, reader.peaks[c] * step);
      }
      error += (noise * signal + WEIGHT_ERROR * reader.outputs * rows * (coarse / reader.weight) ** 2) / 12 / reader.power;
    }
    return error;
  }

  private producerPart(node: SumNode): ProducerPart {
    const peak = new Float64Array(node.output.shape[0]);
    let rows = 0;
    for (const term of node.terms) {
      const share = rowShare(node, term);
      this.eachWeight(term, (w, origin, channel) => {
        if (origin !== null) peak[channel] = Math.max(peak[channel], Math.abs(w) * share * this.step(origin.edge, origin.channel));
      });
      this.eachInput(term, (origin, power) => (rows += power / this.step(origin.edge, origin.channel) ** 2));
    }
    return { peak, rows, weight: this.greatest(node), power: Math.max(this.powersOf(node.output).total, Number.MIN_VALUE) };
  }

  private readerPart(reader: SumNode, edge: Edge): ReaderPart {
    const [channels] = edge.shape;
    const [squares, powers, peaks] = [new Float64Array(channels), new Float64Array(channels), new Float64Array(channels)];
    let [signal, rows, peak] = [0, 0, 0];
    for (const term of reader.terms) {
      const counts = this.reads(term, edge);
      const share = rowShare(reader, term);
      this.eachWeight(term, (w, origin) => {
        if (origin === null) return;
        if (origin.edge === edge) {
          squares[origin.channel] += w ** 2;
          peaks[origin.channel] = Math.max(peaks[origin.channel], Math.abs(w) * share);
        } else {
          const step = this.step(origin.edge, origin.channel);
          if (counts) signal += (w * step) ** 2;
          peak = Math.max(peak, Math.abs(w) * share * step);
        }
      });
      this.eachInput(term, (origin, power) => {
        if (origin.edge === edge) powers[origin.channel] += power;
        else rows += power / this.step(origin.edge, origin.channel) ** 2;
      });
    }
    const power = Math.max(this.powersOf(reader.output).total, Number.MIN_VALUE);
    return { outputs: reader.output.shape[0], weight: this.greatest(reader), power, signal, rows, peak, squares, powers, peaks };
  }

  /** Greatest weight of a sum, all rows that share it together. */
  private greatest(node: SumNode): number {
    return this.limits.weight * this.limits.repeats(node);
  }

  /** Each input channel of a term with its mean square, added up over the rows that one output sees. */
  private eachInput(term: Term, visit: (origin: NonNullable<Origin>, power: number) => void): void {
    const share = (term.kernel[0] * term.kernel[1]) / term.groups;
    for (const origin of this.origins.of(term.input)) {
      if (origin !== null) visit(origin, this.powersOf(origin.edge).mean[origin.channel] * share);
    }
  }

  private eachWeight(term: Term, visit: (w: number, origin: Origin, channel: number) => void): void {
    const origins = this.origins.of(term.input);
    const perOutput = term.weights.length / outputsOf(term);
    for (let i = 0; i < term.weights.length; i++) visit(term.weights[i], origins[inputChannel(term, i)], Math.floor(i / perOutput));
  }

  private reads(term: Term, edge: Edge): boolean {
    return this.origins.of(term.input).some((o) => o?.edge === edge);
  }

  private step(edge: Edge, channel: number): number {
    const code = this.codes.get(edge);
    return code === undefined ? 1 : stepOf(code, channel);
  }

  private powersOf(edge: Edge): Powers {
    const known = this.powers.get(edge);
    if (known !== undefined) return known;
    const values = this.calibration.get(edge)?.values ?? new Float32Array(0);
    const channels = edge.shape[0];
    const mean = new Float64Array(channels);
    for (let i = 0; i < values.length; i++) mean[i % channels] += values[i] ** 2;
    const count = Math.max(1, values.length / channels);
    const powers = { mean: mean.map((v) => v / count), total: mean.reduce((a, b) => a + b, 0) / count };
    this.powers.set(edge, powers);
    return powers;
  }
}

/** Rows of a residual are repeated, or lie in merges: its weights do not make a convolution's coarse (expand/sum.ts). */
const RESIDUAL_SHARE = 1 / 4;

function rowShare(node: SumNode, term: Term): number {
  return hasResidual(node) && isScale(term, node.output.shape) ? RESIDUAL_SHARE : 1;
}

/** Whether a signal is added as it is to weighted ones. */
function hasResidual({ terms, output }: SumNode): boolean {
  return terms.some((t) => isScale(t, output.shape)) && terms.some((t) => !isScale(t, output.shape));
}

type Blend = (ratio: number) => number;

/** Ways between one step (0) and the best step of each channel (1), as factors of the one step; roots only, which all engines give alike. */
const BLENDS: readonly Blend[] = [
  () => 1, (r) => Math.sqrt(Math.sqrt(r)), (r) => Math.sqrt(r), (r) => Math.sqrt(r) * Math.sqrt(Math.sqrt(r)), (r) => r,
];
/** Greatest weights of channels tried, relative to the greatest of all: channels of large weights get coarser steps, so that all have finer weights. */
const LEVELS = [1, 0.7, 0.5, 0.35, 0.25, 0.18, 0.125];
/** Channels whose values never reach this share of where their function clips are as well without. */
const NEAR_TOP = 0.8;
/** Ranges of channels tried, relative to what was seen. */
const RANGE_FACTORS = [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.4];

/** Half of the calibration samples (or the only one): what was sampled of them, and the extremes of all of their positions. */
interface Half {
  readonly values: Float32Array;
  readonly extremes: Extremes;
}

function halvesOf(samples: EdgeSamples): [Half, Half] {
  const [channels] = samples.edge.shape;
  const count = samples.most.length / channels;
  if (count < 2) return [{ values: samples.values, extremes: samples }, { values: samples.values, extremes: samples }];
  const middle = Math.floor(count / 2);
  const row = samples.samples.findIndex((s) => s >= middle);
  return [
    { values: samples.values.subarray(0, row * channels), extremes: extremesOf(samples, 0, middle) },
    { values: samples.values.subarray(row * channels), extremes: extremesOf(samples, middle, count) },
  ];
}

function joined(codes: readonly Code[]): Code {
  return { ...codes[0], step: codes.map((c) => c.step[0]), zero: codes.map((c) => c.zero[0]) };
}

/** Sum of (decode(encode(v)) - v)^2 with a code for each channel, all of one range. */
function channelErrors(values: Float32Array, codes: readonly Code[]): number {
  const steps = Float64Array.from(codes, (c) => c.step[0]);
  const zeros = Float64Array.from(codes, (c) => c.zero[0]);
  const [{ lo, hi }] = codes;
  let sum = 0;
  for (let i = 0; i < values.length; i += steps.length) {
    for (let c = 0; c < steps.length; c++) {
      const step = steps[c];
      const zero = zeros[c];
      const v = values[i + c];
      const raw = Math.floor(v / step + zero + 0.5);
      const e = ((raw < lo ? lo : raw > hi ? hi : raw) - zero) * step - v;
      sum += e * e;
    }
  }
  return sum;
}

/** Sum of the squares of what lies outside the range of a code. */
function clipError(values: Float32Array, code: Code): number {
  const { lo, hi, step } = code;
  const bottom = step.map((s, c) => (lo - zeroOf(code, c)) * s);
  const top = step.map((s, c) => (hi - zeroOf(code, c)) * s);
  let sum = 0;
  for (let i = 0; i < values.length; i += step.length) {
    for (let c = 0; c < step.length; c++) {
      const v = values[i + c];
      const e = v < bottom[c] ? v - bottom[c] : v > top[c] ? v - top[c] : 0;
      sum += e * e;
    }
  }
  return sum;
}

/** No channel's step is finer than this part of the one step: such channels carry next to nothing. */
const FINEST = 1 / 32;

/** The zeros are those of the channels' own codes, so that any step that is no finer than the best holds a channel's range. */
function blended(plain: Code, best: readonly Code[], blend: (ratio: number) => number): Code {
  const one = plain.step[0];
  const step = best.map((b) => one * blend(Math.min(1, Math.max(FINEST, b.step[0] / one))));
  return { ...plain, step, zero: best.every((b) => b.zero[0] === plain.lo) ? [plain.lo] : best.map((b) => b.zero[0]) };
}

/** Steps that a channel may have: such that its range fits, and that its function still clips where it should. */
interface Room {
  readonly finest: readonly number[];
  readonly coarsest: readonly number[];
}

/** The top of the codes is where large values are clipped: channels that come near it must keep it there. */
function coarsestSteps({ activation, output }: SumNode, { hi, zero }: Code, values: Float32Array): number[] {
  const [, top] = boundsOf(activation);
  const { max } = channelRanges(values, output.shape[0]);
  return Array.from(max, (m) => (m < NEAR_TOP * top ? Number.POSITIVE_INFINITY : top / (hi - zero[0])));
}

/** Steps so coarse, where there is room, that no channel's weights are greater than a share of the greatest; `peak`: that of each channel for a step of 1. */
function coarser(code: Code, peak: Float64Array, level: number, { coarsest }: Room): Code {
  if (level === 1) return code;
  const most = peak.reduce((m, p, c) => Math.max(m, p / stepOf(code, c)), 0);
  if (most === 0) return code;
  return { ...code, step: Array.from(peak, (p, c) => Math.min(Math.max(stepOf(code, c), p / (most * level)), Math.max(coarsest[c], stepOf(code, c)))) };
}

/** The same of the weights of those that read the channels: steps so fine; `peak`: greatest weight that reads each channel. */
function finer(code: Code, peak: Float64Array, level: number, { finest }: Room): Code {
  if (level === 1) return code;
  const most = peak.reduce((m, p, c) => Math.max(m, p * stepOf(code, c)), 0);
  return { ...code, step: Array.from(peak, (p, c) => Math.max(Math.min(stepOf(code, c), (most * level) / p), Math.min(finest[c], stepOf(code, c)))) };
}
