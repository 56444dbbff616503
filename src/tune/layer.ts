/** Tuning of one layer: scales of its output and of its partial sums, and the integers of its tiles, by squared error through the real arithmetic. */
import type { Code, CoreOp } from '../cores/types.js';
import type { EdgeSamples } from '../encode/types.js';
import type { LayerDraft, Stage, TileDraft } from '../expand/types.js';
import { activationFunction, boundsOf } from '../cores/activation.js';
import { channelOfCopy } from '../cores/copies.js';
import { peakError } from '../cores/peaks.js';
import { decisiveTop, searchCode } from '../cores/range.js';
import { clampTable, weightPeak, type RealTile } from '../cores/realise.js';
import { gatheredRows, stepOf, sumScale, tileScales, zeroOf } from '../cores/scales.js';
import { freePhase } from './free.js';
import {
  outputChannel, partialCode, partialRanges, partialSteps, type ChannelRanges, type PartialChoice, type PartialLayer, type PartialSums,
} from './partial-ranges.js';
import { ROUNDING, trainRounding } from './rounding.js';
import { activationTable, finalTarget, liftCopies, scalesWith, segmentsOf, withStep, withSums } from './target.js';
import type { WeightForm } from './trained-tile.js';
import { spreadTile, tuneTile, WORTH_A_LOOK, type TileTarget, type TunedTile } from './tile.js';
import { each, type Rows, type Workbench } from './workbench.js';

/** Output steps tried, relative to the one that encoding chose from the golden values alone. */
const OUTPUT_FACTORS = [0.8, 0.9, 1, 1.1, 1.25];
/** The same of an output with copies, whose levels allow a wider range where the weights then fit better. */
const COPIED_FACTORS = [...OUTPUT_FACTORS, 1.4, 1.6];
/** Ranges of partial sums tried, relative to the range seen. */
const PARTIAL_FACTORS = [0.5, 0.65, 0.8, 1, 1.25, 1.5, 1.8, 2.2];
/** The same where the output's form is not known yet: some room for values that calibration has not shown. */
const UNSEARCHED_FACTOR = 1.25;
/** Where low sums are cut off by the output's function, their lower part may be shorter still. */
const BELOW_FACTORS = [0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1];
/** Powers of two by which the steps of partial sums may be coarser, for finer weights. */
const FINER_WEIGHTS = [0, 1, 2, 3, 4, 5, 6];
/** Ranges of the sum before a table, as shares of the range seen. */
const TABLE_FACTORS = [1, 0.8, 0.6, 0.45, 0.3, 0.2];

/** Rows that a search looks at: more change little, and each candidate costs a product. */
const SEARCH_ROWS = 2048;

/** What a tile of partial sums should give, and its rows. */
interface PartialTarget extends PartialSums {
  readonly rows: Rows;
}

interface FinalChoice {
  readonly output: Code;
  readonly table: Int16Array | null;
  readonly tiles: readonly TunedTile[];
  readonly total: number;
}

/** A way to give the output: its code, the code of the sum before the table, the table. */
interface Form {
  readonly output: Code;
  readonly sum: Code;
  readonly table: Int16Array | null;
}

export async function tuneLayer(bench: Workbench, layer: LayerDraft, golden: EdgeSamples, fixed: boolean): Promise<void> {
  const found = thinned(golden, SEARCH_ROWS);
  const fitted = bench.steps.has('free') ? await freePhase(bench, layer, found) : layer;
  const tuner = new LayerTuner(bench, fitted, found, fixed);
  await bench.during(() => tuner.run());
  if (tuner.sum !== null) await trainRounding(bench, fitted, golden, tuner.sum, tuner.forms, ROUNDING);
}

/** About `rows` of the sampled rows, evenly; of each sample the first, which is where its map is strongest if rows are chosen so (collect.ts). */
function thinned(golden: EdgeSamples, rows: number): EdgeSamples {
  const count = golden.positions.length;
  const every = Math.max(1, Math.floor(count / rows));
  const perSample = count / (golden.samples[count - 1] + 1);
  const kept = golden.positions.map((_, r) => r).filter((r) => (perSample < every ? r : r % perSample) % every === 0);
  const channels = golden.edge.shape[0];
  const values = new Float32Array(kept.length * channels);
  kept.forEach((r, i) => values.set(golden.values.subarray(r * channels, (r + 1) * channels), i * channels));
  return { ...golden, samples: kept.map((r) => golden.samples[r]), positions: kept.map((r) => golden.positions[r]), values };
}

class LayerTuner {
  /** Code of the last sum before its table, once it is chosen. */
  sum: Code | null = null;
  /** How the weights of each op lie: spacing and shifts. */
  readonly forms = new Map<number, WeightForm>();
  /** Codes of signals inside the layer at the sampled positions. */
  private inner = new Map<number, Int16Array>();
  /** Sums of the last stage's tiles on their rows, by op: they are the same for every form of the output. */
  private readonly sums = new Map<number, Float32Array>();

  constructor(
    private readonly bench: Workbench, private readonly layer: LayerDraft, private readonly golden: EdgeSamples, private readonly fixed: boolean,
  ) {}

  async run(): Promise<void> {
    const partials = this.layer.stages.filter((s) => s.kind === 'partial');
    const final = this.layer.stages[this.layer.stages.length - 1];
    if (partials.length > 0) await this.choosePartials(partials, final);
    const rows = await this.rowsOf(final);
    if (this.plain) await this.chooseSegments([this.layer.output], async () => (await this.tuneFinal(final, rows, this.givenForm, false)).total);
    const forms = await this.outputForms(final, rows);
    const quick: { form: Form; total: number }[] = [];
    for (const form of forms) quick.push({ form, total: (await this.tuneFinal(final, rows, form, false)).total });
    const least = Math.min(...quick.map((q) => q.total));
    let best: { form: Form; choice: FinalChoice } | null = null;
    for (const { form, total } of quick) {
      if (total > WORTH_A_LOOK * least) continue;
      const choice = await this.tuneFinal(final, rows, form, true);
      if (best === null || choice.total < best.choice.total) best = { form, choice };
    }
    if (best === null) throw new Error('no form of the output');
    this.writeFinal(final, await this.spreadFinal(final, rows, best.form, best.choice));
    this.sum = best.form.sum;
  }

  /** Whether the output's function is at most a clip. */
  private get plain(): boolean {
    return this.layer.activation === null || this.layer.activation.op === 'Clip';
  }

  /** The output as encoding gave it. */
  private get givenForm(): Form {
    const code = this.codeOf(this.layer.output);
    return { output: code, sum: code, table: clampTable(this.bench.stage) };
  }

  private op(tile: TileDraft): CoreOp {
    const op = this.bench.expansion.ops[tile.op];
    if (op.kind !== 'core') throw new Error('tiles are core-ops');
    return op;
  }

  private real(tile: TileDraft): RealTile {
    return tile.real(this.bench.expansion.signals[this.op(tile).output.signal].segments ?? 1);
  }

  private codeOf(signal: number): Code {
    const { code } = this.bench.expansion.signals[signal];
    if (code === null) throw new Error('no code');
    return code;
  }

  /** Copies that each partial sum has, side by side. */
  private get partialCopies(): number {
    return this.bench.expansion.signals[this.layer.stages[0].signals[0]].copies;
  }

  private get partialLayer(): PartialLayer {
    return { golden: this.golden, copies: this.partialCopies };
  }

  /** Segments that each partial sum is given in. */
  private get partialSegments(): number {
    return this.bench.expansion.signals[this.layer.stages[0].signals[0]].segments ?? 1;
  }

  /** Step of the sum that channel c of a partial sum adds to. */
  private outputStep(c: number): number {
    const channel = outputChannel(this.partialLayer, c);
    const signal = this.bench.expansion.signals[this.layer.output];
    return sumScale(this.codeOf(this.layer.output), signal, channelOfCopy(signal, channel, 0)).step;
  }

  private setCode(signal: number, code: Code): void {
    const { signals } = this.bench.expansion;
    signals[signal] = { ...signals[signal], code };
  }

  private setSegments(ids: readonly number[], segments: number): void {
    const { signals } = this.bench.expansion;
    for (const id of ids) signals[id] = { ...signals[id], segments: segments === 1 ? undefined : segments };
  }

  /**
   * The number of segments that copies of composed sums are best given in: segments lose less to truncation, and copies that are alike less to the rounding of
   * weights. Not of a sum before a table, which has the table's code.
   */
  private async chooseSegments(ids: readonly number[], errorOf: () => Promise<number>): Promise<void> {
    const { stage, expansion: { signals } } = this.bench;
    const { copies } = signals[ids[0]];
    if (stage.parts === null || copies === 1) return;
    const choices = Array.from({ length: copies }, (_, i) => i + 1).filter((n) => copies % n === 0);
    const best = await climb(choices, 1, async (segments) => {
      this.setSegments(ids, segments);
      return errorOf();
    });
    this.setSegments(ids, best);
  }

  private async rowsOf(stage: Stage): Promise<Rows[]> {
    return each(stage.tiles, (t) => this.rows(this.op(t)));
  }

  private async rows(op: CoreOp): Promise<Rows> {
    await this.bench.pause();
    return this.bench.rows(op, this.golden, this.inner);
  }

  private async realProduct(op: CoreOp, real: RealTile, rows: Rows): Promise<Float32Array> {
    await this.bench.pause();
    return this.bench.realProduct(op, real, rows);
  }

  /** Output codes to try; with a function other than a clip, also ranges of the sum before its table. */
  private async outputForms(final: Stage, rows: readonly Rows[]): Promise<Form[]> {
    const { layer, bench } = this;
    const code = this.codeOf(layer.output);
    const [, top] = boundsOf(layer.activation);
    if (!this.plain) return this.tableForms(final, rows, code);
    const table = clampTable(bench.stage);
    const within = (c: Code): boolean => (c.hi - c.zero[0]) * Math.max(...c.step) <= top * (1 + 1e-9);
    // Partial sums were given steps that suit this output step.
    const settled = this.fixed || this.layer.stages.length > 1;
    const usual = bench.expansion.signals[layer.output].copies > 1 ? COPIED_FACTORS : OUTPUT_FACTORS;
    const least = this.decides ? decisiveTop(this.golden.values, this.golden.edge.shape[0]) : 0;
    const reaches = (f: number): boolean => f >= 1 || f * (code.hi - zeroOf(code, 0)) * stepOf(code, 0) >= least;
    const searched = bench.steps.has('gain') ? usual.filter(reaches) : [1];
    const coarsest = settled ? 1 : this.leastFactor(final, code);
    const factors = coarsest > 1 ? [1, ...searched.map((f) => f * coarsest)] : searched;
    const tried = settled ? [code] : factors.map((f) => withStep(code, f)).filter((c) => within(c) || !within(code));
    return tried.map((output) => ({ output, sum: output, table }));
  }

  /** How much coarser the output's step must be for the largest weight to fit at the lowest exponent: more than 1 where a layer amplifies much. */
  private leastFactor(final: Stage, code: Code): number {
    const { stage, expansion } = this.bench;
    const peaks = final.tiles.map((t) => weightPeak(t.real(1), scalesWith(this.op(t), expansion.signals, code)));
    return (Math.max(...peaks) * 2 ** stage.exponents[0]) / stage.weights.hi;
  }

  private async tableForms(final: Stage, rows: readonly Rows[], output: Code): Promise<Form[]> {
    const { layer, bench } = this;
    if (layer.activation === null) throw new Error('no activation');
    const sums = await each(final.tiles, (t, i) => this.realProduct(this.op(t), t.real(1), rows[i]));
    const all = Float32Array.from(sums.flatMap((s) => Array.from(s)));
    let min = 0;
    let max = 0;
    for (const v of all) {
      min = Math.min(min, v);
      max = Math.max(max, v);
    }
    const f = activationFunction(layer.activation, 0);
    return TABLE_FACTORS.map((factor) => {
      const sum = searchCode({ values: all, min: min * factor, max: max * factor, codes: bench.stage.clamp, bounds: [-Infinity, Infinity] });
      return { output, sum, table: activationTable(bench.stage, f, sum, output) };
    });
  }

  private async tuneFinal(final: Stage, rows: readonly Rows[], form: Form, thorough: boolean): Promise<FinalChoice> {
    const { bench } = this;
    const tiles = await each(final.tiles, async (tile, i) => {
      const op = this.op(tile);
      const target = await this.finalTarget(tile, op, rows[i], form, thorough);
      return tuneTile(bench, this.real(tile), op.constantRows, rows[i], target, thorough);
    });
    return { output: form.output, table: form.table, tiles, total: tiles.reduce((n, t) => n + t.total, this.beyond(form.output)) };
  }

  private async finalTarget(tile: TileDraft, op: CoreOp, rows: Rows, form: Form, thorough: boolean): Promise<TileTarget> {
    const { expansion, stage } = this.bench;
    const target = finalTarget(op, expansion.signals, this.golden.values, form.output, form.sum, form.table);
    if (!thorough || stage.parts === null || form.sum !== form.output) return target;
    const sums = this.sums.get(tile.op) ?? (await this.realProduct(op, tile.real(1), rows));
    this.sums.set(tile.op, sums);
    return withSums(target, sums.slice(), op, expansion.signals);
  }

  private async spreadFinal(final: Stage, rows: readonly Rows[], form: Form, choice: FinalChoice): Promise<FinalChoice> {
    if (this.bench.expansion.signals[this.layer.output].copies === 1) return choice;
    const tiles = await each(final.tiles, async (tile, i) => {
      const op = this.op(tile);
      const target = await this.finalTarget(tile, op, rows[i], form, true);
      return spreadTile(this.bench, this.real(tile), op.constantRows, rows[i], target, choice.tiles[i]);
    });
    return { ...choice, tiles };
  }

  /** Squared error where the output is strongest, as far as a code cuts it off: to be added to that of the sampled rows. */
  private beyond(output: Code): number {
    const signal = this.bench.expansion.signals[this.layer.output];
    // Errors of copies of composed sums are those of their mean (`totalOf`).
    const counted = this.bench.stage.parts === null ? signal.copies : 1;
    return peakError(this.golden, output, (c) => channelOfCopy(signal, c, 0)) * this.golden.values.length * counted;
  }

  private writeFinal(final: Stage, choice: FinalChoice): void {
    this.setCode(this.layer.output, choice.output);
    final.tiles.forEach((tile, i) => this.write(tile, choice.tiles[i], choice.table));
  }

  private write(tile: TileDraft, tuned: TunedTile, table: Int16Array | null): void {
    const { weights, preload } = tuned.integers;
    this.forms.set(tile.op, tuned);
    this.bench.expansion.ops[tile.op] = { ...this.op(tile), weights, preload, config: this.bench.stage.config(tuned.k), table };
  }

  /** Chooses one step for all partial sums, by the error of the layer's output; leaves the best in place. */
  private async choosePartials(stages: readonly Stage[], final: Stage): Promise<void> {
    const targets = await this.partialTargets(stages);
    const ranges = new Map<Stage, ChannelRanges>();
    for (const stage of stages) {
      const known = stage.tiles.filter((t) => targets.has(t.op));
      if (known.length > 0) {
        ranges.set(stage, this.partialRanges(known.flatMap((t) => targets.get(t.op) ?? [])));
      }
    }
    const form = this.givenForm;
    const plain = this.bench.steps.has('gain') && this.plain;
    const errorOf = (choice: PartialChoice): Promise<number> => this.bench.during(async () => {
      await this.realisePartials(stages, targets, ranges, choice, false);
      return (await this.tuneFinal(final, await this.rowsOf(final), form, false)).total;
    });
    if (plain) await this.chooseSegments(stages.flatMap((s) => s.signals), () => errorOf({ finer: 0, factor: 1, below: 1 }));
    const finer = plain ? await climb(FINER_WEIGHTS, 0, (d) => errorOf({ finer: d, factor: 1, below: 1 })) : 0;
    const factor = plain ? await climb(PARTIAL_FACTORS, 1, (f) => errorOf({ finer, factor: f, below: 1 })) : UNSEARCHED_FACTOR;
    const signed = this.bench.stage.bias !== 'rows' && boundsOf(this.layer.activation)[0] === 0;
    const below = plain && signed ? await climb(BELOW_FACTORS, 1, (b) => errorOf({ finer, factor, below: b })) : 1;
    await this.realisePartials(stages, targets, ranges, { finer, factor, below }, true);
  }

  /** What each partial tile should give: its sum on the decoded inputs; of a pair, the positive or negative part. */
  private async partialTargets(stages: readonly Stage[]): Promise<Map<number, PartialTarget>> {
    const result = new Map<number, PartialTarget>();
    for (const stage of stages) {
      for (const tile of stage.tiles) {
        const op = this.op(tile);
        if (op.gathers.some((g) => this.isInner(stages, g.signal))) continue;
        result.set(tile.op, await this.partialTarget(tile, op));
      }
    }
    return result;
  }

  private async partialTarget(tile: TileDraft, op: CoreOp): Promise<PartialTarget> {
    const real = tile.real(1);
    const { rowStep } = tileScales(op.gathers, op.columns, op.output, this.bench.expansion.signals);
    const peaks = new Float64Array(op.columns);
    for (let i = 0, at = 0; i < real.rows; i++) {
      for (let j = 0; j < op.columns; j++, at++) peaks[j] = Math.max(peaks[j], Math.abs(real.weights[at]) * rowStep[i]);
    }
    const rows = await this.rows(op);
    return { op, values: await this.realProduct(op, real, rows), peaks, rows };
  }

  private isInner(stages: readonly Stage[], signal: number): boolean {
    return stages.some((s) => s.signals.includes(signal));
  }

  private partialRanges(tiles: readonly PartialSums[]): ChannelRanges {
    const channels = this.bench.expansion.signals[tiles[0].op.output.signal].shape[2];
    return partialRanges(this.partialLayer, tiles, channels, this.bench.stage);
  }

  /** Whether the layer gives the network's output, the greatest of which is the class. */
  private get decides(): boolean {
    return this.layer.output === this.bench.expansion.outputSum;
  }

  private partialSteps(ranges: ChannelRanges, choice: PartialChoice): Float64Array {
    return partialSteps(this.bench.stage, this.partialSegments, ranges, choice);
  }

  /**
   * 2^k for the largest exponent k at which the merges' weights fit, given the steps of all that is merged, relative to the output's step: the
   * partial sums, and the residuals that join them.
   */
  private mergeUnit(steps: readonly Float64Array[], final: Stage): number {
    const { stage, expansion } = this.bench;
    const copies = this.partialCopies;
    let largest = Number.MIN_VALUE;
    for (const list of steps) list.forEach((s, c) => (largest = Math.max(largest, s / copies / this.outputStep(c))));
    for (const tile of final.tiles) {
      const op = this.op(tile);
      const { rowStep, columnStep } = tileScales(op.gathers, op.columns, op.output, expansion.signals);
      const { weights } = tile.real(1);
      let row = 0;
      for (const g of op.gathers) {
        const rows = gatheredRows([g]);
        for (let i = row * op.columns; i < (row + rows) * op.columns && !this.inner.has(g.signal); i++) {
          largest = Math.max(largest, (Math.abs(weights[i]) * rowStep[Math.floor(i / op.columns)]) / columnStep[i % op.columns]);
        }
        row += rows;
      }
    }
    return stage.exponents.filter((k) => largest * 2 ** k <= stage.weights.hi + 0.5).reduce((u, k) => Math.max(u, 2 ** k), 2 ** stage.exponents[0]);
  }

  /** Code with these steps, whose merge has weights that are multiples of 1 / `unit`. */
  private partialCode(ranges: ChannelRanges, steps: Float64Array, unit: number, choice: PartialChoice): Code {
    return partialCode(this.bench.stage.output, ranges, steps, (c) => (this.outputStep(c) / unit) * this.partialSegments, choice);
  }

  private async realisePartials(
    stages: readonly Stage[], targets: ReadonlyMap<number, PartialTarget>, ranges: ReadonlyMap<Stage, ChannelRanges>,
    choice: PartialChoice, keep: boolean,
  ): Promise<void> {
    const { bench } = this;
    const { signals } = bench.expansion;
    this.inner = new Map(stages.flatMap((stage) => stage.signals.map((signal): [number, Int16Array] => [signal, new Int16Array(0)])));
    const final = this.layer.stages[this.layer.stages.length - 1];
    const unit = this.mergeUnit([...ranges.values()].map((r) => this.partialSteps(r, choice)), final);
    for (const stage of stages) {
      for (const signal of stage.signals) {
        this.inner.set(signal, new Int16Array(this.golden.positions.length * signals[signal].shape[2]));
      }
      const work = await each(stage.tiles, async (tile) => {
        const op = this.op(tile);
        return { ...(targets.get(tile.op) ?? (await this.partialTarget(tile, op))), tile };
      });
      // Sums of other partials are known only now.
      const own = ranges.get(stage) ?? this.partialRanges(work);
      const code = this.partialCode(own, this.partialSteps(own, choice), unit, choice);
      for (const signal of stage.signals) this.setCode(signal, code);
      for (const { tile, op, rows, values } of work) {
        const wanted = bench.stage.bias === 'rows' ? values.map((v) => Math.max(v, 0)) : values.slice();
        const offset = liftCopies(wanted, op, signals[op.output.signal], code);
        const target: TileTarget = {
          ...segmentsOf(signals[op.output.signal]), values: wanted, code, channel: op.output.channel, scales: scalesWith(op, signals, code),
          table: clampTable(bench.stage), sums: null, offset,
        };
        const real = this.real(tile);
        const first = await tuneTile(bench, real, op.constantRows, rows, target, keep);
        const tuned = keep ? spreadTile(bench, real, op.constantRows, rows, target, first) : first;
        if (keep) this.write(tile, tuned, target.table);
        this.place(op, tuned.codes);
      }
    }
  }

  private place(op: CoreOp, codes: Int16Array): void {
    const all = this.inner.get(op.output.signal);
    const channels = this.bench.expansion.signals[op.output.signal].shape[2];
    if (all === undefined) throw new Error('not an inner signal');
    for (let r = 0; r < this.golden.positions.length; r++) {
      all.set(codes.subarray(r * op.columns, (r + 1) * op.columns), r * channels + op.output.channel);
    }
  }
}

/** The candidate of least error, walking from `start` (which must be among the ascending candidates) upwards and then downwards while that helps. */
async function climb(candidates: readonly number[], start: number, errorOf: (candidate: number) => Promise<number>): Promise<number> {
  const first = candidates.indexOf(start);
  let best = { candidate: start, error: await errorOf(start) };
  for (const direction of [1, -1]) {
    for (let i = first + direction; i >= 0 && i < candidates.length; i += direction) {
      const error = await errorOf(candidates[i]);
      if (error >= best.error) break;
      best = { candidate: candidates[i], error };
    }
    if (best.candidate !== start) break;
  }
  return best.candidate;
}
