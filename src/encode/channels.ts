/**
 * Steps by channel. The producer's columns and the consumers' rows absorb them, but they cost range of weights: rows of coarse channels weigh more than
 * those of fine ones, columns of fine channels more than those of coarse ones. Between one step for all channels and the best step of each lie
 * `best^a * one^(1-a)`; `a` is chosen by the error that is predicted for the producer's and the consumers' outputs.
 */
import type { CodeRange } from '../chip/types.js';
import { boundsOf } from '../cores/activation.js';
import { permutation } from '../cores/derive.js';
import { codeOver } from '../cores/range.js';
import { stepOf } from '../cores/scales.js';
import type { Code } from '../cores/types.js';
import { mixesChannels } from '../reform/make.js';
import type { Edge, PermuteNode, Reformed, ReformedNode, SumNode, Term, WireNode } from '../reform/types.js';
import type { Calibration, EdgeSamples } from './types.js';

/** What the choice takes from the chip. */
export interface ChannelLimits {
  readonly output: CodeRange;
  /** Greatest weight. */
  readonly weight: number;
  /** Variance of what a core adds to a result in squared codes, times 12: 1 for one rounding, more where a sum is composed of truncated parts. */
  readonly noise: number;
}

/** Share of the error of nearest rounding of weights that is left when rounding is trained. */
const WEIGHT_ERROR = 0.3;
/** Squares of weights and values of an edge, by channel. */
interface Powers {
  readonly mean: Float64Array;
  readonly total: number;
}

/** Channel of an edge that a sum or the input makes, for every channel of another edge; `null` where several meet. */
type Origin = { readonly edge: Edge; readonly channel: number } | null;

/** New codes of edges for which steps by channel promise less error. `codes`: one step an edge so far; `fixed`: edges that must keep theirs. */
export function channelCodes(
  graph: Reformed, calibration: Calibration, codes: ReadonlyMap<Edge, Code>, fixed: ReadonlySet<Edge>, limits: ChannelLimits,
): Map<Edge, Code> {
  return new ChannelSteps(graph, calibration, new Map(codes), fixed, limits).run();
}

class ChannelSteps {
  private readonly producer: ReadonlyMap<Edge, ReformedNode>;
  private readonly powers = new Map<Edge, Powers>();
  private readonly origins = new Map<Edge, readonly Origin[]>();

  constructor(
    private readonly graph: Reformed, private readonly calibration: Calibration, private readonly codes: Map<Edge, Code>,
    private readonly fixed: ReadonlySet<Edge>, private readonly limits: ChannelLimits,
  ) {
    this.producer = new Map(graph.nodes.map((n) => [n.output, n]));
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

  /** Edges whose channels meet somewhere. */
  private barred(): Set<Edge> {
    const barred = new Set(this.fixed);
    for (const node of this.graph.nodes) {
      const edge = node.kind === 'permute' && mixesChannels(node) ? node.input : null;
      if (edge !== null) this.originsOf(edge).forEach((o) => o && barred.add(o.edge));
      if (node.kind !== 'wire') continue;
      const at = new Map<number, Origin>();
      for (const piece of node.pieces) {
        const from = this.originsOf(piece.input);
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

  private originsOf(edge: Edge): readonly Origin[] {
    const known = this.origins.get(edge);
    if (known !== undefined) return known;
    const node = this.producer.get(edge);
    const own = (): Origin[] => Array.from({ length: edge.shape[0] }, (_, channel) => ({ edge, channel }));
    const origins = node === undefined || node.kind === 'sum' || node.kind === 'function' ? own()
      : node.kind === 'maxpool' ? this.originsOf(node.input)
      : node.kind === 'wire' ? this.wired(node)
      : this.permuted(node);
    this.origins.set(edge, origins);
    return origins;
  }

  private wired(node: WireNode): Origin[] {
    const origins = new Array<Origin>(node.output.shape[0]).fill(null);
    for (const { input, from, step, size, to } of node.pieces) {
      const source = this.originsOf(input);
      for (let i = 0; i < size[0]; i++) origins[to[0] + i] = source[from[0] + i * step[0]];
    }
    return origins;
  }

  private permuted({ input, output, view, axes }: PermuteNode): Origin[] {
    const source = this.originsOf(input);
    const area = input.shape[1] * input.shape[2];
    const outputArea = output.shape[1] * output.shape[2];
    const order = permutation(view, axes);
    return Array.from({ length: output.shape[0] }, (_, c) => source[Math.floor(order[c * outputArea] / area)]);
  }

  private choose(node: SumNode): void {
    const edge = node.output;
    const plain = this.codes.get(edge);
    const samples = this.calibration.get(edge);
    if (plain === undefined || samples === undefined || edge.shape[0] === 1) return;
    const best = this.bestSteps(node, samples);
    let least = { code: plain, error: this.errorWith(node, plain) };
    for (const blend of BLENDS) {
      const code = blended(plain, best, blend);
      const error = this.errorWith(node, code);
      if (error < least.error) least = { code, error };
    }
    this.codes.set(edge, least.code);
  }

  /**
   * Codes over the ranges of the channels, times one factor. The factor is what serves one half of the samples best with ranges seen on the other: a
   * channel's own samples are too few to tell how far values reach that they have not shown.
   */
  private bestSteps({ output, activation }: SumNode, { values }: EdgeSamples): Code[] {
    const channels = output.shape[0];
    const [low, high] = boundsOf(activation);
    const half = Math.floor(values.length / channels / 2) * channels;
    const codesFrom = (seen: Float32Array, factor: number): Code[] => {
      const { min, max } = channelRanges(seen, channels);
      return Array.from(max, (m, c) => codeOver(Math.max(min[c] * factor, low), Math.min(m * factor, high), this.limits.output));
    };
    const first = values.subarray(0, half);
    const second = values.subarray(half);
    let best = { factor: 1, error: Number.POSITIVE_INFINITY };
    for (const factor of RANGE_FACTORS) {
      const error = channelErrors(second, codesFrom(first, factor)) + channelErrors(first, codesFrom(second, factor));
      if (error < best.error) best = { factor, error };
    }
    return codesFrom(values, best.factor);
  }

  /** Predicted errors of the producer's output and of the sums that read it, each relative to the power of what it gives. */
  private errorWith(node: SumNode, code: Code): number {
    const edge = node.output;
    const channels = edge.shape[0];
    const power = this.powersOf(edge).total;
    let own = 0;
    for (let c = 0; c < channels; c++) own += stepOf(code, c) ** 2;
    const peak = this.peak(node, (_, channel) => stepOf(code, channel), (e, c) => this.step(e, c));
    let rows = 0;
    for (const term of node.terms) rows += this.codePower(term, (e, c) => this.step(e, c));
    let error = ((this.limits.noise + WEIGHT_ERROR * rows * peak ** 2) * own) / 12 / Math.max(power, Number.MIN_VALUE);
    const stepWith = (e: Edge, c: number): number => (e === edge ? stepOf(code, c) : this.step(e, c));
    for (const reader of this.graph.nodes) {
      if (reader.kind === 'sum' && reader.terms.some((t) => this.reads(t, edge))) error += this.readerError(reader, edge, stepWith);
    }
    return error;
  }

  private readerError(reader: SumNode, edge: Edge, step: (e: Edge, c: number) => number): number {
    const outputs = reader.output.shape[0];
    const power = this.powersOf(reader.output).total;
    let signal = 0;
    let rows = 0;
    for (const term of reader.terms) {
      rows += this.codePower(term, step);
      if (this.reads(term, edge)) this.eachWeight(term, (w, origin) => (signal += origin === null ? 0 : (w * step(origin.edge, origin.channel)) ** 2));
    }
    const coarse = this.peak(reader, () => 1, step);
    return (this.limits.noise * signal + WEIGHT_ERROR * outputs * rows * coarse ** 2) / 12 / Math.max(power, Number.MIN_VALUE);
  }

  /** Spacing of the weights of a sum that its greatest one leaves, in units of output steps for each input code. */
  private peak(node: SumNode, out: (e: Edge, c: number) => number, step: (e: Edge, c: number) => number): number {
    let peak = 0;
    for (const term of node.terms) {
      this.eachWeight(term, (w, origin, channel) => {
        if (origin !== null) peak = Math.max(peak, (Math.abs(w) * step(origin.edge, origin.channel)) / out(node.output, channel));
      });
    }
    return peak / this.limits.weight;
  }

  /** Mean square of the codes that one output of a term sees, added up over its rows. */
  private codePower(term: Term, step: (e: Edge, c: number) => number): number {
    const origins = this.originsOf(term.input);
    const taps = term.kernel[0] * term.kernel[1];
    let sum = 0;
    for (const origin of origins) if (origin !== null) sum += this.powersOf(origin.edge).mean[origin.channel] / step(origin.edge, origin.channel) ** 2;
    return (sum * taps) / term.groups;
  }

  private eachWeight({ weights, input, groups, kernel }: Term, visit: (w: number, origin: Origin, channel: number) => void): void {
    const origins = this.originsOf(input);
    const perGroup = input.shape[0] / groups;
    const taps = kernel[0] * kernel[1];
    const outputs = weights.length / (perGroup * taps);
    for (let i = 0; i < weights.length; i++) {
      const channel = Math.floor(i / (perGroup * taps));
      const group = Math.floor(channel / (outputs / groups));
      visit(weights[i], origins[group * perGroup + (Math.floor(i / taps) % perGroup)], channel);
    }
  }

  private reads(term: Term, edge: Edge): boolean {
    return this.originsOf(term.input).some((o) => o?.edge === edge);
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

/** Ways between one step (0) and the best step of each channel (1), as factors of the one step; roots only, which all engines give alike. */
const BLENDS: readonly ((ratio: number) => number)[] = [
  (r) => Math.sqrt(Math.sqrt(r)), (r) => Math.sqrt(r), (r) => Math.sqrt(r) * Math.sqrt(Math.sqrt(r)), (r) => r,
];
/** Ranges of channels tried, relative to what was seen. */
const RANGE_FACTORS = [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.4];

/** Least and greatest value of each channel, 0 included. */
function channelRanges(values: Float32Array, channels: number): { min: Float64Array; max: Float64Array } {
  const min = new Float64Array(channels);
  const max = new Float64Array(channels);
  for (let i = 0; i < values.length; i += channels) {
    for (let c = 0; c < channels; c++) {
      const v = values[i + c];
      if (v > max[c]) max[c] = v;
      if (v < min[c]) min[c] = v;
    }
  }
  return { min, max };
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

/** No channel's step is finer than this part of the one step: such channels carry next to nothing. */
const FINEST = 1 / 32;

/** The zeros are those of the channels' own codes. */
function blended(plain: Code, best: readonly Code[], blend: (ratio: number) => number): Code {
  const one = plain.step[0];
  const step = best.map((b) => one * blend(Math.min(1, Math.max(FINEST, b.step[0] / one))));
  return { ...plain, step, zero: best.every((b) => b.zero[0] === plain.lo) ? [plain.lo] : best.map((b) => b.zero[0]) };
}
