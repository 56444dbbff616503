/** A weighted sum becomes core-ops: one tile a block of columns where the rows fit, else row blocks with partial sums and merges. */
import { channelOfCopy } from '../cores/copies.js';
import { weightPeak, type RealTile } from '../cores/realise.js';
import { stepOf, tileScales } from '../cores/scales.js';
import type { Code, FloatFunction, Gather } from '../cores/types.js';
import { fail } from '../diagnostics.js';
import { greatest, isScale } from '../reform/make.js';
import type { Activation } from '../cores/activation.js';
import type { SumNode, Term } from '../reform/types.js';
import type { ExpansionBuilder } from './builder.js';
import { channelsFor, chunkRows, cutChunk, packChunks, sharing, splitBy, wholeChunk, type Chunk, type Rows } from './chunks.js';
import { CORRECTION_ROWS, MERGE_SHIFT_ROWS, SHIFT_ROWS } from './constant-rows.js';
import type { LayerCopies } from './copies.js';
import { mixedPlan, type MixedPlan } from './mixed.js';
import { keptForShifts, MOST_REPEATS } from './repeats.js';
import { columnsOf, gathersOf, planTile, pointGather, underDiagonals, type Column, type Diagonal, type PlannedTile } from './tiles.js';
import type { Stage, TileDraft } from './types.js';

/** Tuning may choose a finer output step than the first guess; bias rows are planned with this much room. */
const BIAS_MARGIN = 1.5;
/** Row blocks are made this much shorter until their biases fit too. */
const BLOCK_SHRINK = 0.85;
/** Row blocks may be so much taller than their mean, so that they can be cut between channels. */
const EVEN_BLOCKS = 1.06;
/** A residual's rows may be repeated this often, so that its weight stays in the range of the convolution's. */
const MOST_COPIES = 4;

/** Values j of a split sum live in `signal`: plus parts at j, and where `pair`, minus parts at channels + j; `copies` of each value side by side. */
interface Partial {
  readonly signal: number;
  readonly pair: boolean;
  readonly copies: number;
}

/** Expands one sum into `builder`; its output signal exists already, as many times the sum's channels wide as it has copies. */
export function expandSum(builder: ExpansionBuilder, node: SumNode, output: number): void {
  const firstOp = builder.ops.length;
  const context = new SumContext(builder, node, output);
  const stages = context.direct() ?? context.split();
  const ops = Array.from({ length: builder.ops.length - firstOp }, (_, i) => firstOp + i);
  builder.layers.push({ name: node.name, edge: node.output, output, activation: node.activation, stages, ops });
}

class SumContext {
  private readonly channels: number;
  private readonly copies: number;
  private readonly planned: LayerCopies;
  private readonly positions: readonly [number, number];
  private readonly dense: boolean;
  /** How often the rows of a core are repeated. */
  private repeats = 1;
  /** Columns of the output's channels, in order. */
  private readonly outputColumns: readonly Column[];

  constructor(private readonly builder: ExpansionBuilder, private readonly node: SumNode, private readonly output: number) {
    this.channels = node.output.shape[0];
    this.copies = builder.signals[output].copies;
    this.planned = builder.copiesOf(node.output);
    this.positions = [node.output.shape[1], node.output.shape[2]];
    this.dense = node.terms.some((t) => t.groups === 1 && t.input.shape[0] > 1);
    this.outputColumns = this.copied(columnsOf(0, this.channels), this.copies);
  }

  /** One tile a block of columns, or `null` if the rows do not fit (or only in slivers). */
  direct(): Stage[] | null {
    const widest = this.directWidth();
    if (widest === null) return null;
    const width = this.evenWidth(widest);
    this.repeatRows(width);
    const tiles = this.columnBlocks(width).map((columns, b) => {
      const chunks = this.chunksUnder(columns);
      const plan = this.plan(chunks, columns, this.node.bias);
      const gathers = chunks.flatMap((c) => gathersOf(c, this.builder.signal(c.term.input)));
      return this.tile(`c${b}`, gathers, plan, this.output, b * width, 'final');
    });
    return [{ kind: 'final', tiles, signals: [this.output] }];
  }

  /** Row blocks that leave as partial sums, then merges that apply bias and activation; where merges have rows to spare, they take rows of the sum too. */
  split(): Stage[] {
    const point = this.node.terms.filter((t) => this.isPoint(t));
    const main = this.node.terms.filter((t) => !this.isPoint(t));
    const stages: Stage[] = [];
    const whole = main.map((t) => wholeChunk(t, [0, t.input.shape[0]], this.rowsOf(t)));
    const mixed = this.dense ? this.mixedPlan(whole, point) : null;
    const rest = mixed?.rest ?? whole;
    let partials = this.rowBlocks(rest, mixed?.blocks).map((chunks, a) => this.partialBlock(chunks, a, stages));
    if (mixed !== null) {
      stages.push(this.finalMerge(partials, point, mixed.direct, mixed.width));
      return stages;
    }
    for (let level = 0; !this.mergeFits(partials, point); level++) {
      if (partials.length <= 1) this.tooSmall('merging its row blocks', this.rowsPerChannel(partials, point));
      partials = this.mergeLevel(partials, level, stages);
    }
    stages.push(this.finalMerge(partials, point, [], this.channels));
    return stages;
  }

  private mixedPlan(whole: readonly Chunk[], point: readonly Term[]): MixedPlan | null {
    const { rowLimit, columnLimit, stage } = this.builder;
    const values = this.partialValues().length * this.planned.partials;
    return mixedPlan(whole, {
      channels: this.channels, values, columnLimit, blockRows: rowLimit - this.constantReserve(), mergeRows: this.mergeLimit(),
      spare: stage === null || stage.parts === null ? 0 : MERGE_SHIFT_ROWS, residual: point.reduce((n, t) => n + sharing(this.rowsOf(t)), 0),
      widest: Math.min(this.channels, Math.floor(columnLimit / this.copies)),
    });
  }

  /** Row blocks whose tiles fit, as tall as they can be: a bias that costs rows may leave fewer for weights. */
  private rowBlocks(main: readonly Chunk[], wanted?: number): Chunk[][] {
    const columns = this.copied(this.partialValues(), this.planned.partials);
    const rows = main.reduce((n, c) => n + chunkRows(c), 0);
    for (let limit = this.builder.rowLimit - this.constantReserve(); limit >= 1; limit = Math.floor(limit * BLOCK_SHRINK)) {
      // Blocks of one height need the same range of codes.
      const height = wanted === undefined ? limit : Math.min(limit, Math.ceil((rows / wanted) * EVEN_BLOCKS));
      const blocks = this.dense
        ? packChunks(main.flatMap((c) => cutChunk(c, height)), height)
        : main.flatMap((c) => this.cutGroups(c.term, limit));
      if (blocks.every((chunks) => this.partialBlocks(chunks, columns) !== null)) return blocks;
    }
    return this.tooSmall('a row and its bias', 1 + this.constantReserve());
  }

  /** A grouped term, one group of which may be too tall: each block has the same part of every group. */
  private cutGroups(term: Term, limit: number): Chunk[][] {
    const channels = term.input.shape[0];
    const perGroup = channels / term.groups;
    return cutChunk(wholeChunk(term, [0, perGroup], this.rowsOf(term)), limit).map((part) => {
      const [from, to] = part.channels;
      if (to - from === perGroup) return [{ ...part, channels: [0, channels] as const }];
      return Array.from({ length: term.groups }, (_, g) => ({ ...part, channels: [g * perGroup + from, g * perGroup + to] as const }));
    });
  }

  private tooSmall(what: string, rows: number): never {
    fail('T400', this.node.name, `${what} needs ${rows} rows of one core, and more for its bias where the chip has no preload`, {
      limit: `${this.builder.rowLimit} rows`, remedy: 'Use a chip with larger cores',
    });
  }

  private isPoint(term: Term): boolean {
    return isScale(term, this.node.output.shape);
  }

  /** Columns a block, as many as fit with their rows. */
  private directWidth(): number | null {
    const total = this.channels * this.copies;
    const grain = this.grain() * this.copies;
    const most = Math.min(total, this.dense ? this.builder.columnLimit : this.builder.blockColumns);
    const limit = this.dense ? this.builder.rowLimit : this.builder.blockRows;
    for (let width = most; width >= 1; width--) {
      if (width < total && width % grain !== 0 && grain <= most) continue;
      if (this.dense && Math.ceil(total / width) > 2 * Math.ceil(total / most)) return null;
      if (this.columnBlocks(width).every((columns) => this.rowsUnder(columns) <= limit)) return width;
    }
    // Without a limit of rows the blocks are a matter of size alone: one group each where even that is a tall one.
    return this.builder.chip.core.rows === null ? Math.min(grain, total) : null;
  }

  /**
   * The same number of blocks, as even as they can be: the rows of grouped terms grow with the columns, and where sums are composed every core is to have
   * rows to spare for shifts.
   */
  private evenWidth(widest: number): number {
    const { stage } = this.builder;
    if (this.dense || stage === null || stage.parts === null) return widest;
    const total = this.channels * this.copies;
    const grain = this.grain() * this.copies;
    return Math.min(widest, Math.ceil(total / Math.ceil(total / widest) / grain) * grain);
  }

  /** Output channels that belong together: the widest group of the grouped terms. */
  private grain(): number {
    return Math.max(1, ...this.node.terms.filter((t) => t.groups > 1).map((t) => this.channels / t.groups));
  }

  private columnBlocks(width: number): Column[][] {
    const all = this.outputColumns;
    return Array.from({ length: Math.ceil(all.length / width) }, (_, b) => all.slice(b * width, (b + 1) * width));
  }

  /** Each column `copies` times, side by side. Where sums are composed weights are coarse, so that each copy is to round them in another way. */
  private copied(columns: readonly Column[], copies: number): Column[] {
    const composed = (this.builder.stage?.parts ?? null) !== null;
    if (copies === 1) return [...columns];
    return columns.flatMap((c) => Array.from({ length: copies }, (_, index): Column => (composed ? { ...c, copy: { index, of: copies } } : c)));
  }

  /** Weights of chunks under columns. */
  private plan(chunks: readonly Chunk[], columns: readonly Column[], bias: Float64Array | null): PlannedTile {
    return planTile(chunks, columns, this.channels, bias);
  }

  /** Rows that each weight of a term has: those of its signal's copies, as often as asked for. */
  private rowsOf(term: Term): Rows {
    const units = this.builder.unitsOf(term.input);
    const { digits } = this.builder.signals[this.builder.signal(term.input)];
    const copies = Math.ceil(this.planned.rows / units) * this.repeats;
    return { units, copies, spread: this.builder.copies !== null || this.repeats > 1, apart: digits !== undefined };
  }

  /** Repeats the rows under blocks of this width as often as they fit with their biases. Digits of the input weigh differently and cannot share. */
  private repeatRows(width: number): void {
    const { chip, repeatsRows, signals, stage, rowLimit } = this.builder;
    const digits = this.node.terms.some((t) => signals[this.builder.signal(t.input)].digits !== undefined);
    if (!repeatsRows || !this.dense || digits || stage === null || chip.core.rows === null) return;
    const fits = (columns: readonly Column[]): boolean => this.rowsUnder(columns) + keptForShifts(stage) <= rowLimit;
    this.repeats = MOST_REPEATS;
    while (this.repeats > 1 && !this.columnBlocks(width).every(fits)) this.repeats--;
  }

  private rowsUnder(columns: readonly Column[]): number {
    const chunks = this.chunksUnder(columns);
    const rows = chunks.reduce((n, c) => n + chunkRows(c), 0);
    if (this.builder.stage?.bias !== 'rows' || rows > this.builder.rowLimit) return rows;
    const plan = this.plan(chunks, columns, this.node.bias);
    const gathers = chunks.flatMap((c) => gathersOf(c, this.builder.signal(c.term.input)));
    return rows + this.constantRows(plan, gathers, this.output);
  }

  private chunksUnder(columns: readonly Column[]): Chunk[] {
    const used = columns.map((c) => c.channel);
    const range: [number, number] = [Math.min(...used), Math.max(...used) + 1];
    return this.node.terms.map((t) => {
      const needed = t.groups === 1 ? ([0, t.input.shape[0]] as const) : channelsFor(t, this.channels, range);
      return wholeChunk(t, needed, this.dense && this.isPoint(t) ? this.pointRows(t) : this.rowsOf(t));
    });
  }

  /** A residual's rows, repeated so that its weight is no greater than the convolution's. */
  private pointRows(term: Term): Rows {
    const rows = this.rowsOf(term);
    if (this.builder.stage === null) return rows;
    const others = this.node.terms.filter((t) => !this.isPoint(t)).map((t) => this.magnitude(t) / sharing(this.rowsOf(t)));
    if (others.length === 0) return rows;
    const wanted = Math.ceil(this.magnitude(term) / sharing(rows) / Math.max(...others));
    return { ...rows, copies: rows.copies * Math.min(MOST_COPIES, Math.max(1, wanted)) };
  }

  /** Greatest effect of one input code through a term. */
  private magnitude(term: Term): number {
    const code = this.codeOf(this.builder.signal(term.input));
    const step = Math.max(...Array.from({ length: term.input.shape[0] }, (_, c) => stepOf(code, c)));
    return greatest(term.weights) * step;
  }

  private codeOf(signal: number): Code {
    const { code, name } = this.builder.signals[signal];
    if (code === null) throw new Error(`signal ${name} has no code`);
    return code;
  }

  private constantReserve(): number {
    return this.builder.stage?.bias === 'rows' ? CORRECTION_ROWS : 0;
  }

  /** Rows that the bias of a tile takes where it has no preload: what the largest column needs at full use of the weight range. Without output: zero 0. */
  private constantRows(plan: PlannedTile, gathers: readonly Gather[], output: number | null): number {
    const { stage, signals } = this.builder;
    if (stage?.bias !== 'rows') return 0;
    const scales = tileScales(gathers, plan.columns, output === null ? null : { signal: output, channel: 0, origin: [0, 0] }, signals);
    // Most partial sums have nothing to add, which many sizes are asked of while one is searched.
    if (!plan.biased && scales.rowZero.every((zero) => zero === 0) && scales.columnZero.every((zero) => zero === 0)) return CORRECTION_ROWS;
    const real = plan.make(1);
    const peak = weightPeak(real, scales);
    if (peak === 0) return CORRECTION_ROWS;
    let most = 0;
    for (let j = 0; j < real.columns; j++) {
      let bias = real.bias[j] / scales.columnStep[j] + scales.columnZero[j];
      for (let i = 0; i < real.rows; i++) {
        if (scales.rowZero[i] !== 0) {
          bias -= (real.weights[i * real.columns + j] * scales.rowStep[i] / scales.columnStep[j]) * scales.rowZero[i];
        }
      }
      most = Math.max(most, Math.abs(bias));
    }
    return Math.max(CORRECTION_ROWS, Math.ceil((BIAS_MARGIN * most) / (peak * stage.input.hi)));
  }

  /** Constant rows with those that a shift of the parts of composed sums can use, as far as the core has them. */
  private spareRows(rows: number, constantRows: number): number {
    const { stage } = this.builder;
    if (stage === null || stage.parts === null) return constantRows;
    return Math.max(constantRows, Math.min(constantRows + SHIFT_ROWS, this.builder.rowLimit - rows));
  }

  private tile(
    suffix: string, gathers: readonly Gather[], plan: PlannedTile, output: number, channel: number, kind: 'partial' | 'final',
  ): TileDraft {
    return this.builder.addTile({
      name: `${this.node.name}/${suffix}`,
      layer: this.node.name,
      gathers,
      constantRows: this.spareRows(plan.rows, this.constantRows(plan, gathers, output)),
      positions: this.positions,
      plan,
      output: { signal: output, channel, origin: [0, 0] },
      function: kind === 'final' && this.builder.stage === null ? floatFunction(this.node.activation, channel, plan.columns) : null,
    });
  }

  /** Partial sums of one row block, as codes with a zero in the middle or, where a bias costs rows, as pairs of positive and negative parts. */
  private partialSignal(name: string): Partial {
    const { stage, signals } = this.builder;
    if (stage === null) throw new Error('a chip without limits needs no partial sums');
    const pair = this.paired;
    const zero = pair ? stage.output.lo : Math.ceil((stage.output.lo + stage.output.hi) / 2);
    const out = this.codeOf(this.output);
    const output = signals[this.output];
    const step = Array.from({ length: out.step.length === 1 ? 1 : this.channels }, (_, c) => stepOf(out, channelOfCopy(output, c, 0)));
    const code: Code = {
      lo: stage.output.lo, hi: stage.output.hi, zero: [zero],
      step: pair && step.length > 1 ? [...step, ...step] : step,
    };
    const shape = [this.positions[0], this.positions[1], this.channels * (pair ? 2 : 1)] as const;
    const { partials: copies } = this.planned;
    return { signal: this.builder.addCopied(`${output.name}.${name}`, shape, code, null, copies), pair, copies };
  }

  /** Where a bias costs rows, partial sums are pairs. */
  private get paired(): boolean {
    return this.builder.stage?.bias === 'rows';
  }

  /** Values of a partial signal, in order; each is `planned.partials` columns wide. */
  private partialValues(): Column[] {
    const plus = columnsOf(0, this.channels);
    return this.paired ? [...plus, ...plus.map((c) => ({ ...c, sign: -1 as const }))] : plus;
  }

  private partialBlock(chunks: readonly Chunk[], a: number, stages: Stage[]): Partial {
    const partial = this.partialSignal(`part${a}`);
    const columns = this.copied(this.partialValues(), partial.copies);
    const blocks = this.partialBlocks(chunks, columns);
    if (blocks === null) throw new Error(`no row block of ${this.node.name} fits`);
    const tiles = blocks.map(([from, to], b) => {
      const under = columns.slice(from, to);
      const { plan, gathers } = this.partialPlan(chunks, under);
      return this.tile(`r${a}c${b}`, gathers, plan, partial.signal, from, 'partial');
    });
    stages.push({ kind: 'partial', tiles, signals: [partial.signal] });
    return partial;
  }

  private partialPlan(chunks: readonly Chunk[], columns: readonly Column[]): { plan: PlannedTile; gathers: Gather[] } {
    const rows = chunks.map((c) => this.narrow(c, columns)).filter((c) => chunkRows(c) > 0);
    return {
      plan: this.plan(rows, columns, null),
      gathers: rows.flatMap((c) => gathersOf(c, this.builder.signal(c.term.input))),
    };
  }

  /** Column blocks of a row block: as wide as a core, or as the rows of their groups allow; `null` if even one column has too many. */
  private partialBlocks(chunks: readonly Chunk[], columns: readonly Column[]): [number, number][] | null {
    const most = Math.min(columns.length, this.builder.columnLimit);
    // Where every column needs all rows, narrower blocks are no shorter.
    const least = this.dense ? most : 1;
    for (let width = most; width >= least; width--) {
      const blocks = this.dense ? splitBy([0, columns.length], width) : runsOf(this.channels * this.planned.partials, columns.length, width);
      if (blocks.every(([from, to]) => this.fits(chunks, columns.slice(from, to)))) return blocks;
    }
    return null;
  }

  private fits(chunks: readonly Chunk[], columns: readonly Column[]): boolean {
    const rows = chunks.reduce((n, c) => n + chunkRows(this.narrow(c, columns)), 0);
    if (rows + this.constantReserve() > this.builder.rowLimit) return false;
    if (!this.paired) return true;
    const { plan, gathers } = this.partialPlan(chunks, columns);
    return rows + this.constantRows(plan, gathers, null) <= this.builder.rowLimit;
  }

  /** The part of a chunk that columns depend on: of grouped terms, the channels of their groups. */
  private narrow(chunk: Chunk, columns: readonly Column[]): Chunk {
    if (this.dense || chunk.term.groups === 1) return chunk;
    const used = columns.map((c) => c.channel);
    const [first, end] = channelsFor(chunk.term, this.channels, [Math.min(...used), Math.max(...used) + 1]);
    const from = Math.max(first, chunk.channels[0]);
    return { ...chunk, channels: [from, Math.max(from, Math.min(end, chunk.channels[1]))] };
  }

  /** Rows a channel that merging takes. */
  private rowsPerChannel(partials: readonly Partial[], point: readonly Term[]): number {
    return partials.reduce((n, p) => n + (p.pair ? 2 : 1) * p.copies, 0) + point.reduce((n, t) => n + sharing(this.rowsOf(t)), 0);
  }

  private mergeLimit(): number {
    return this.builder.rowLimit - (this.builder.stage?.bias === 'rows' ? 4 * CORRECTION_ROWS : 0);
  }

  private mergeFits(partials: readonly Partial[], point: readonly Term[]): boolean {
    return this.rowsPerChannel(partials, point) <= this.mergeLimit();
  }

  /** One level of a tree: groups of partials become fewer, wider partials. */
  private mergeLevel(partials: readonly Partial[], level: number, stages: Stage[]): Partial[] {
    const arity = Math.max(2, Math.floor(this.mergeLimit() / this.rowsPerChannel([partials[0]], [])));
    return splitBy([0, partials.length], arity).map(([from, to], g) => {
      const group = partials.slice(from, to);
      const merged = this.partialSignal(`merge${level}.${g}`);
      const tiles = this.mergeTiles(`t${level}.${g}.m`, group, [], this.partialValues(), merged.copies, merged.signal, 'partial');
      stages.push({ kind: 'partial', tiles, signals: [merged.signal] });
      return merged;
    });
  }

  private finalMerge(partials: readonly Partial[], point: readonly Term[], direct: readonly Chunk[], width: number): Stage {
    const tiles = this.mergeTiles('m', partials, point, columnsOf(0, this.channels), this.copies, this.output, 'final', direct, width);
    return { kind: 'final', tiles, signals: [this.output] };
  }

  /** Merge core-ops: each takes the partials (and residuals) of as many values as its rows hold, and gives `copies` of each side by side. */
  private mergeTiles(
    suffix: string, partials: readonly Partial[], point: readonly Term[], values: readonly Column[], copies: number, output: number,
    kind: 'partial' | 'final', direct: readonly Chunk[] = [], widest = this.channels,
  ): TileDraft[] {
    const bias = kind === 'final' ? this.node.bias : null;
    const perChannel = this.rowsPerChannel(partials, point);
    const most = Math.min(widest, Math.floor(this.builder.columnLimit / copies), Math.floor(this.mergeLimit() / perChannel));
    for (let width = most; width >= 1; width--) {
      const blocks = runsOf(this.channels, values.length, width).map(([from, to]) => values.slice(from, to));
      const plans = blocks.map((block) => this.mergePlan(partials, point, block, copies, bias, direct));
      if (plans.some(({ plan, gathers }) => plan.rows + this.constantRows(plan, gathers, output) > this.builder.rowLimit)) continue;
      let at = 0;
      return plans.map(({ plan, gathers }, b) => {
        const tile = this.tile(`${suffix}${b}`, gathers, plan, output, at, kind);
        at += plan.columns;
        return tile;
      });
    }
    return this.tooSmall('merging its row blocks', perChannel);
  }

  private mergePlan(
    partials: readonly Partial[], point: readonly Term[], values: readonly Column[], copies: number, bias: Float64Array | null,
    direct: readonly Chunk[],
  ): { plan: PlannedTile; gathers: Gather[] } {
    const n = values.length;
    const from = values[0].channel;
    const to = from + n;
    const columns = this.copied(values, copies);
    const gathers: Gather[] = [];
    const diagonals: Diagonal[] = [];
    for (const p of partials) {
      gathers.push(pointGather(p.signal, from * p.copies, to * p.copies));
      diagonals.push({ sign: 1, rows: p.copies });
      if (p.pair) {
        gathers.push(pointGather(p.signal, (this.channels + from) * p.copies, (this.channels + to) * p.copies));
        diagonals.push({ sign: -1, rows: p.copies });
      }
    }
    const residuals = [...point.map((t) => wholeChunk(t, [from, to], this.rowsOf(t))), ...direct];
    gathers.push(...residuals.flatMap((c) => gathersOf(c, this.builder.signal(c.term.input))));
    const tail = this.plan(residuals, columns, bias);
    const head = diagonals.reduce((rows, d) => rows + d.rows * n, 0);
    const make = (segments: number): RealTile => underDiagonals(tail.make(segments), values, diagonals, copies);
    return { plan: { rows: head + tail.rows, columns: columns.length, biased: tail.biased, make }, gathers };
  }
}

/** Blocks of at most `width` columns that do not run across a multiple of `channels`. */
function runsOf(channels: number, columns: number, width: number): [number, number][] {
  return Array.from({ length: columns / channels }, (_, run) =>
    splitBy([0, channels], width).map(([from, to]): [number, number] => [run * channels + from, run * channels + to])).flat();
}

/** Largest finite float32: stands for no limit, and JSON can hold it. */
const NO_LIMIT = 3.4028234663852886e38;

function floatFunction(activation: Activation | null, from: number, columns: number): FloatFunction | null {
  if (activation === null) return null;
  switch (activation.op) {
    case 'Clip':
      return { op: 'Clip', attributes: { lo: Math.max(activation.lo, -NO_LIMIT), hi: Math.min(activation.hi, NO_LIMIT) } };
    case 'PRelu':
      return { op: 'PRelu', attributes: {}, parameter: Float32Array.from(activation.slope.subarray(from, from + columns)) };
    case 'Function':
      return { op: activation.name, attributes: activation.parameters };
  }
}
