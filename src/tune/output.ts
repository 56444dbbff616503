/** Tuning of a layer's output: its code, the code of the sum before a table, and the integers of the tiles that give it. */
import { activationFunction, boundsOf } from '../cores/activation.js';
import { channelOfCopy } from '../cores/copies.js';
import { peakError } from '../cores/peaks.js';
import { decisiveTop, searchCode } from '../cores/range.js';
import { clampTable, weightPeak } from '../cores/realise.js';
import { stepOf, zeroOf } from '../cores/scales.js';
import type { Code, CoreOp } from '../cores/types.js';
import type { TileDraft } from '../expand/types.js';
import type { LayerBench } from './layer-bench.js';
import { activationTable, finalTarget, scalesWith, withStep, withSums, type TileTarget } from './target.js';
import { spreadTile, tuneTile } from './tile.js';
import type { TunedTile } from './trial.js';
import { each, type Rows, type Workbench } from './workbench.js';

/** Output steps tried, relative to the one that encoding chose from the golden values alone. */
const OUTPUT_FACTORS = [0.8, 0.9, 1, 1.1, 1.25];
/** The same of an output with copies, whose levels allow a wider range where the weights then fit better. */
const COPIED_FACTORS = [...OUTPUT_FACTORS, 1.4, 1.6];
/** Ranges of the sum before a table, as shares of the range seen. */
const TABLE_FACTORS = [1, 0.8, 0.6, 0.45, 0.3, 0.2];

/** A way to give the output: its code, the code of the sum before the table, the table. */
export interface Form {
  readonly output: Code;
  readonly sum: Code;
  readonly table: Int16Array | null;
}

export interface FinalChoice {
  readonly output: Code;
  readonly table: Int16Array | null;
  readonly tiles: readonly TunedTile[];
  readonly total: number;
}

export class OutputTuner {
  /** Sums of the tiles on their rows, by op: they are the same for every form of the output. */
  private readonly sums = new Map<number, Float32Array>();

  /** `fixed`: the output's code is given. */
  constructor(private readonly layer: LayerBench, private readonly fixed: boolean) {}

  private get bench(): Workbench {
    return this.layer.bench;
  }

  /** The output as encoding gave it. */
  get givenForm(): Form {
    const code = this.layer.codeOf(this.layer.draft.output);
    return { output: code, sum: code, table: clampTable(this.bench.stage) };
  }

  /** Output codes to try; with a function other than a clip, also ranges of the sum before its table. */
  async forms(rows: readonly Rows[]): Promise<Form[]> {
    const { draft, bench } = this.layer;
    const code = this.layer.codeOf(draft.output);
    const [, top] = boundsOf(draft.activation);
    if (!this.layer.plain) return this.tableForms(rows, code);
    const table = clampTable(bench.stage);
    const within = (c: Code): boolean => (c.hi - c.zero[0]) * Math.max(...c.step) <= top * (1 + 1e-9);
    // Partial sums were given steps that suit this output step.
    const settled = this.fixed || draft.stages.length > 1;
    const usual = bench.expansion.signals[draft.output].copies > 1 ? COPIED_FACTORS : OUTPUT_FACTORS;
    const least = this.decides ? decisiveTop(this.layer.golden.values, this.layer.golden.edge.shape[0]) : 0;
    const reaches = (f: number): boolean => f >= 1 || f * (code.hi - zeroOf(code, 0)) * stepOf(code, 0) >= least;
    const searched = bench.steps.has('gain') ? usual.filter(reaches) : [1];
    const coarsest = settled ? 1 : this.leastFactor(code);
    const factors = coarsest > 1 ? [1, ...searched.map((f) => f * coarsest)] : searched;
    const tried = settled ? [code] : factors.map((f) => withStep(code, f)).filter((c) => within(c) || !within(code));
    return tried.map((output) => ({ output, sum: output, table }));
  }

  /** How much coarser the output's step must be for the largest weight to fit at the lowest exponent: more than 1 where a layer amplifies much. */
  private leastFactor(code: Code): number {
    const { stage, expansion } = this.bench;
    const peaks = this.layer.final.tiles.map((t) => weightPeak(t.real(1), scalesWith(this.layer.op(t), expansion.signals, code)));
    return (Math.max(...peaks) * 2 ** stage.exponents[0]) / stage.weights.hi;
  }

  private async tableForms(rows: readonly Rows[], output: Code): Promise<Form[]> {
    const { draft, bench } = this.layer;
    if (draft.activation === null) throw new Error('no activation');
    const sums = await each(this.layer.final.tiles, (t, i) => this.layer.realProduct(this.layer.op(t), t.real(1), rows[i]));
    const all = Float32Array.from(sums.flatMap((s) => Array.from(s)));
    let min = 0;
    let max = 0;
    for (const v of all) {
      min = Math.min(min, v);
      max = Math.max(max, v);
    }
    const f = activationFunction(draft.activation, 0);
    return TABLE_FACTORS.map((factor) => {
      const sum = searchCode({ values: all, min: min * factor, max: max * factor, codes: bench.stage.clamp, bounds: [-Infinity, Infinity] });
      return { output, sum, table: activationTable(bench.stage, f, sum, output) };
    });
  }

  /** The integers of all tiles for a form of the output; `thorough` as for `tuneTile`. */
  async tune(rows: readonly Rows[], form: Form, thorough: boolean): Promise<FinalChoice> {
    const { bench } = this.layer;
    const tiles = await each(this.layer.final.tiles, async (tile, i) => {
      const op = this.layer.op(tile);
      const target = await this.targetOf(tile, op, rows[i], form, thorough);
      return tuneTile(bench, this.layer.real(tile), op.constantRows, rows[i], target, thorough);
    });
    return { output: form.output, table: form.table, tiles, total: tiles.reduce((n, t) => n + t.total, this.beyond(form.output)) };
  }

  private async targetOf(tile: TileDraft, op: CoreOp, rows: Rows, form: Form, thorough: boolean): Promise<TileTarget> {
    const { expansion, stage } = this.layer.bench;
    const target = finalTarget(op, expansion.signals, this.layer.golden.values, form.output, form.sum, form.table);
    if (!thorough || stage.parts === null || form.sum !== form.output) return target;
    const sums = this.sums.get(tile.op) ?? (await this.layer.realProduct(op, tile.real(1), rows));
    this.sums.set(tile.op, sums);
    return withSums(target, sums.slice(), op, expansion.signals);
  }

  /** The same with the shifts of copies spread, where the output has copies. */
  async spread(rows: readonly Rows[], form: Form, choice: FinalChoice): Promise<FinalChoice> {
    if (this.bench.expansion.signals[this.layer.draft.output].copies === 1) return choice;
    const tiles = await each(this.layer.final.tiles, async (tile, i) => {
      const op = this.layer.op(tile);
      const target = await this.targetOf(tile, op, rows[i], form, true);
      return spreadTile(this.bench, this.layer.real(tile), op.constantRows, rows[i], target, choice.tiles[i]);
    });
    return { ...choice, tiles };
  }

  /** Squared error where the output is strongest, as far as a code cuts it off: to be added to that of the sampled rows. */
  private beyond(output: Code): number {
    const signal = this.bench.expansion.signals[this.layer.draft.output];
    // Errors of copies of composed sums are those of their mean (`totalOf`).
    const counted = this.bench.stage.parts === null ? signal.copies : 1;
    return peakError(this.layer.golden, output, (c) => channelOfCopy(signal, c, 0)) * this.layer.golden.values.length * counted;
  }

  write(choice: FinalChoice): void {
    this.layer.setCode(this.layer.draft.output, choice.output);
    this.layer.final.tiles.forEach((tile, i) => this.layer.write(tile, choice.tiles[i], choice.table));
  }

  /** Whether the layer gives the network's output, the greatest of which is the class. */
  private get decides(): boolean {
    return this.layer.draft.output === this.bench.expansion.outputSum;
  }
}
