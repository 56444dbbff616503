/**
 * A function of one value on a chip that has no table for it: a layer of ReLUs on the codes of its input, then a layer that adds them up. Both have their
 * integers from the start, chosen on every code of the input; nothing is left to tune.
 */
import { activationFunction, activationName, type Activation } from '../cores/activation.js';
import { clampTable, type LinearStage } from '../cores/realise.js';
import { stepOf, zeroOf } from '../cores/scales.js';
import type { Code, Gather } from '../cores/types.js';
import { fail } from '../diagnostics.js';
import type { EdgeSamples } from '../encode/types.js';
import { UNARY } from '../graph/ops/unary.js';
import type { FunctionNode } from '../reform/types.js';
import { draw, type Bias, type Drawing, type Drawings, type Wanted } from './approximate.js';
import type { ExpansionBuilder } from './builder.js';
import { pointGather } from './tiles.js';
import type { FunctionReport } from './types.js';
import { UnitMaker } from './units.js';

/** Errors allowed unless the options say otherwise, as a share of the output's range; never less than one step, half of which is rounding. */
export const DEFAULT_TOLERANCE = 0.01;

/** The code of a function's output: that of its input where straight lines of whole slopes are then exact on codes, else as encoded. */
export function functionCode(activation: Activation, input: Code, encoded: Code): Code {
  if (activation.op !== 'Function' || UNARY[activation.name].unitSlopes !== true || input.step.length > 1 || input.zero.length > 1) return encoded;
  const reach = Math.max(input.hi - input.zero[0], input.zero[0] - input.lo);
  return reach > encoded.hi - encoded.lo ? encoded : { ...encoded, step: input.step, zero: [encoded.lo] };
}

/** Expands a function into `builder`; its output signal exists already, with its code. `samples`: golden values of its input. */
export function expandFunction(builder: ExpansionBuilder, node: FunctionNode, output: number, samples: EdgeSamples, tolerance: number): FunctionReport {
  const { stage, signals } = builder;
  if (stage === null) throw new Error('functions have cores of their own on chips of codes only');
  return new FunctionLayer(builder, stage, node, output, signals[builder.signal(node.input)].code, samples).expand(tolerance);
}

/** Channels whose function on codes is the same. */
interface Kind {
  readonly wanted: Wanted;
  readonly maker: UnitMaker;
}

class FunctionLayer {
  private readonly input: Code;
  private readonly output: Code;
  private readonly channels: number;
  /** Kind of each channel. */
  private readonly kindOf: number[] = [];
  private readonly kinds: Kind[] = [];

  constructor(
    private readonly builder: ExpansionBuilder, private readonly stage: LinearStage, private readonly node: FunctionNode, private readonly target: number,
    input: Code | null, samples: EdgeSamples,
  ) {
    const output = builder.signals[target].code;
    if (input === null || output === null) throw new Error('no code');
    this.input = input;
    this.output = output;
    this.channels = node.input.shape[0];
    this.sortChannels(samples);
  }

  expand(tolerance: number): FunctionReport {
    const { builder, node, output } = this;
    const range = output.hi - output.lo;
    const steps = Math.max(1, tolerance * range);
    const drawings = draw(
      builder.chip, this.stage, this.kinds.map((k) => k.wanted), this.kinds.map((k) => k.maker), steps, builder.blockRows,
    );
    if (drawings === null) {
      fail('T400', node.name, `${activationName(node.activation)} needs more ReLUs than one core can add up`, {
        limit: `${builder.rowLimit} rows`, remedy: 'Use a chip with larger cores, or one with a table',
      });
    }
    const first = this.starts(drawings);
    const [height, width] = [node.output.shape[1], node.output.shape[2]];
    const code: Code = { lo: this.stage.output.lo, hi: this.stage.output.hi, step: [1], zero: [this.stage.output.lo] };
    const hidden = builder.addSignal(`${builder.signals[this.target].name}.units`, [height, width, first[this.channels]], code);
    this.hiddenTiles(drawings, hidden);
    this.sumTiles(drawings, first, hidden);
    return this.report(drawings, steps / range, first[this.channels]);
  }

  /** Channels that have one code and one function are of one kind. */
  private sortChannels(samples: EdgeSamples): void {
    const { activation, name } = this.node;
    const numbers = new Map<string, number>();
    const { lo, hi } = this.input;
    for (let c = 0; c < this.channels; c++) {
      const [step, zero] = [stepOf(this.input, c), zeroOf(this.input, c)];
      const key = `${step} ${zero} ${activation.op === 'PRelu' ? activation.slope[c] : ''}`;
      let kind = numbers.get(key);
      if (kind === undefined) {
        kind = this.kinds.length;
        numbers.set(key, kind);
        const pivot = zero > lo && zero < hi ? zero - lo : 0;
        const count = hi - lo + 1;
        this.kinds.push({
          wanted: { target: this.targetOf(activationFunction(activation, c), step, zero), fit: new Float64Array(count), held: new Float64Array(count), pivot },
          maker: new UnitMaker(this.builder.chip, this.stage, name, lo, count),
        });
      }
      this.kindOf.push(kind);
      this.countCodes(samples, c, step, zero, this.kinds[kind].wanted);
    }
  }

  /** What the function gives for every code of the input, in output codes within their range; where it has no value, that of the code before. */
  private targetOf(f: (v: number) => number, step: number, zero: number): Float64Array {
    const { lo, hi } = this.input;
    const { step: [out], zero: [outZero] } = this.output;
    const values = new Float64Array(hi - lo + 1);
    let last = outZero;
    for (let q = hi; q >= lo; q--) {
      const exact = f((q - zero) * step) / out + outZero;
      if (!Number.isNaN(exact)) last = Math.min(Math.max(exact, this.output.lo), this.output.hi);
      values[q - lo] = last;
    }
    return values;
  }

  /** Samples of even numbers are fitted to, the others held back. */
  private countCodes({ values, samples }: EdgeSamples, channel: number, step: number, zero: number, { fit, held }: Wanted): void {
    const { lo, hi } = this.input;
    samples.forEach((sample, row) => {
      const code = Math.min(Math.max(Math.floor((values[row * this.channels + channel] as number) / step + zero + 0.5), lo), hi);
      const counts = sample % 2 === 0 ? fit : held;
      counts[code - lo] = (counts[code - lo] as number) + 1;
    });
  }

  private drawing(drawings: Drawings, channel: number): Drawing {
    return drawings.each[this.kindOf[channel]];
  }

  /** Number of the first unit of every channel, and of all units at the end. */
  private starts(drawings: Drawings): number[] {
    const first = [0];
    for (let c = 0; c < this.channels; c++) first.push(first[c] + this.drawing(drawings, c).lines.units.length);
    return first;
  }

  /** Blocks of channels whose units are the columns of one core; a channel with more is cut. */
  private hiddenTiles(drawings: Drawings, hidden: number): void {
    const { builder } = this;
    const columns = Array.from({ length: this.channels }, (_, c) => this.drawing(drawings, c).lines.units.map((unit) => ({
      channel: c, ...this.kinds[this.kindOf[c]].maker.column(unit),
    }))).flat();
    const constants = Math.max(0, ...columns.map((c) => c.constants.length));
    for (let from = 0, block = 0; from < columns.length; block++) {
      let to = from + 1;
      const rows = (): number => columns[Math.min(to, columns.length - 1)].channel - columns[from].channel + 1 + constants;
      while (to < columns.length && to - from < builder.blockColumns && rows() <= builder.blockRows) to++;
      const part = columns.slice(from, to);
      const [low, high] = [part[0].channel, part[part.length - 1].channel + 1];
      this.tile({
        name: `u${block}`, gathers: [pointGather(builder.signal(this.node.input), low, high)], rows: high - low, constants,
        columns: part.map((c) => ({ weights: [[c.channel - low, c.weight]], bias: c })), k: this.kinds[0].maker.k, output: hidden, channel: from,
      });
      from = to;
    }
  }

  /** Blocks of channels whose units are the rows of one core. */
  private sumTiles(drawings: Drawings, first: readonly number[], hidden: number): void {
    const { builder } = this;
    const constants = Math.max(0, ...drawings.each.map((d) => d.bias.constants.length));
    for (let from = 0, block = 0; from < this.channels; block++) {
      let to = from + 1;
      while (to < this.channels && to - from < builder.blockColumns && first[to + 1] - first[from] + constants <= builder.blockRows) to++;
      const columns = Array.from({ length: to - from }, (_, j) => {
        const { lines, bias } = this.drawing(drawings, from + j);
        return { weights: lines.weights.map((w, i): [number, number] => [first[from + j] - first[from] + i, w]), bias };
      });
      this.tile({
        name: `s${block}`, gathers: [pointGather(hidden, first[from], first[to])], rows: first[to] - first[from], constants, columns, k: drawings.k,
        output: this.target, channel: from,
      });
      from = to;
    }
  }

  private tile(spec: {
    name: string; gathers: readonly Gather[]; rows: number; constants: number; k: number; output: number; channel: number;
    columns: readonly { readonly weights: readonly (readonly [row: number, weight: number])[]; readonly bias: Bias }[];
  }): void {
    const { builder, stage, node } = this;
    const { columns, rows, constants } = spec;
    const weights = new Int16Array((rows + constants) * columns.length);
    columns.forEach((column, j) => {
      for (const [row, weight] of column.weights) weights[row * columns.length + j] = weight;
      column.bias.constants.forEach((weight, i) => (weights[(rows + i) * columns.length + j] = weight));
    });
    builder.addOp({
      kind: 'core', name: `${node.name}/${spec.name}`, layer: node.name, gathers: spec.gathers, constantRows: constants, columns: columns.length,
      positions: [node.output.shape[1], node.output.shape[2]], weights,
      preload: stage.bias === 'preload' ? Int32Array.from(columns, (c) => c.bias.preload) : null,
      config: stage.config(spec.k), table: clampTable(stage), function: null, output: { signal: spec.output, channel: spec.channel, origin: [0, 0] },
    });
  }

  /** Errors on the samples that were held back, as shares of the output's range. */
  private report(drawings: Drawings, tolerance: number, chipUnits: number): FunctionReport {
    const range = this.output.hi - this.output.lo;
    let [sum, count, greatest] = [0, 0, 0];
    this.kinds.forEach(({ wanted }, i) => wanted.held.forEach((n, q) => {
      if (n === 0) return;
      const error = Math.abs((drawings.each[i].codes[q] as number) - (wanted.target[q] as number)) / range;
      sum += n * error;
      count += n;
      greatest = Math.max(greatest, error);
    }));
    return {
      name: this.node.name, function: activationName(this.node.activation), chipUnits, tolerance, meanError: count === 0 ? 0 : sum / count, maxError: greatest,
    };
  }
}
