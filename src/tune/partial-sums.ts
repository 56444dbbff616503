/** Tuning of the partial sums of a layer: one step for all of them, by the error of the layer's output, and the integers of their tiles. */
import { boundsOf } from '../cores/activation.js';
import { channelOfCopy } from '../cores/copies.js';
import { clampTable } from '../cores/realise.js';
import { gatheredRows, sumScale, tileScales } from '../cores/scales.js';
import type { Code, CoreOp } from '../cores/types.js';
import type { Stage, TileDraft } from '../expand/types.js';
import { climb } from './climb.js';
import type { LayerBench } from './layer-bench.js';
import type { OutputTuner } from './output.js';
import {
  outputChannel, partialCode, partialRanges, partialSteps, type ChannelRanges, type PartialChoice, type PartialLayer, type PartialSums,
} from './partial-ranges.js';
import { liftCopies, scalesWith, segmentsOf, type TileTarget } from './target.js';
import { spreadTile, tuneTile } from './tile.js';
import { each, type Rows, type Workbench } from './workbench.js';

/** Ranges of partial sums tried, relative to the range seen. */
const PARTIAL_FACTORS = [0.5, 0.65, 0.8, 1, 1.25, 1.5, 1.8, 2.2];
/** The same where the output's form is not known yet: some room for values that calibration has not shown. */
const UNSEARCHED_FACTOR = 1.25;
/** Where low sums are cut off by the output's function, their lower part may be shorter still. */
const BELOW_FACTORS = [0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1];
/** Powers of two by which the steps of partial sums may be coarser, for finer weights. */
const FINER_WEIGHTS = [0, 1, 2, 3, 4, 5, 6];

/** What a tile of partial sums should give, and its rows. */
interface PartialTarget extends PartialSums {
  readonly rows: Rows;
}

export class PartialTuner {
  private readonly stages: readonly Stage[];

  constructor(private readonly layer: LayerBench, private readonly output: OutputTuner) {
    this.stages = layer.partials;
  }

  private get bench(): Workbench {
    return this.layer.bench;
  }

  /** Copies that each partial sum has, side by side. */
  private get partialCopies(): number {
    return this.bench.expansion.signals[this.stages[0].signals[0]].copies;
  }

  private get partialLayer(): PartialLayer {
    return { golden: this.layer.golden, copies: this.partialCopies };
  }

  /** Segments that each partial sum is given in. */
  private get partialSegments(): number {
    return this.bench.expansion.signals[this.stages[0].signals[0]].segments ?? 1;
  }

  /** Step of the sum that channel c of a partial sum adds to. */
  private outputStep(c: number): number {
    const channel = outputChannel(this.partialLayer, c);
    const signal = this.bench.expansion.signals[this.layer.draft.output];
    return sumScale(this.layer.codeOf(this.layer.draft.output), signal, channelOfCopy(signal, channel, 0)).step;
  }

  /** Chooses one step for all partial sums, by the error of the layer's output; leaves the best in place. */
  async choose(): Promise<void> {
    const { stages } = this;
    if (stages.length === 0) return;
    const targets = await this.partialTargets();
    const ranges = new Map<Stage, ChannelRanges>();
    for (const stage of stages) {
      const known = stage.tiles.filter((t) => targets.has(t.op));
      if (known.length > 0) {
        ranges.set(stage, this.partialRanges(known.flatMap((t) => targets.get(t.op) ?? [])));
      }
    }
    const form = this.output.givenForm;
    const plain = this.bench.steps.has('gain') && this.layer.plain;
    const errorOf = (choice: PartialChoice): Promise<number> => this.bench.during(async () => {
      await this.realisePartials(targets, ranges, choice, false);
      return (await this.output.tune(await this.layer.rowsOf(this.layer.final), form, false)).total;
    });
    if (plain) await this.layer.chooseSegments(stages.flatMap((s) => s.signals), () => errorOf({ finer: 0, factor: 1, below: 1 }));
    const finer = plain ? await climb(FINER_WEIGHTS, 0, (d) => errorOf({ finer: d, factor: 1, below: 1 })) : 0;
    const factor = plain ? await climb(PARTIAL_FACTORS, 1, (f) => errorOf({ finer, factor: f, below: 1 })) : UNSEARCHED_FACTOR;
    const signed = this.bench.stage.bias !== 'rows' && boundsOf(this.layer.draft.activation)[0] === 0;
    const below = plain && signed ? await climb(BELOW_FACTORS, 1, (b) => errorOf({ finer, factor, below: b })) : 1;
    await this.realisePartials(targets, ranges, { finer, factor, below }, true);
  }

  /** What each partial tile should give: its sum on the decoded inputs; of a pair, the positive or negative part. */
  private async partialTargets(): Promise<Map<number, PartialTarget>> {
    const result = new Map<number, PartialTarget>();
    for (const stage of this.stages) {
      for (const tile of stage.tiles) {
        const op = this.layer.op(tile);
        if (op.gathers.some((g) => this.isInner(g.signal))) continue;
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
    const rows = await this.layer.rows(op);
    return { op, values: await this.layer.realProduct(op, real, rows), peaks, rows };
  }

  private isInner(signal: number): boolean {
    return this.stages.some((s) => s.signals.includes(signal));
  }

  private partialRanges(tiles: readonly PartialSums[]): ChannelRanges {
    const channels = this.bench.expansion.signals[tiles[0].op.output.signal].shape[2];
    return partialRanges(this.partialLayer, tiles, channels, this.bench.stage);
  }

  private partialSteps(ranges: ChannelRanges, choice: PartialChoice): Float64Array {
    return partialSteps(this.bench.stage, this.partialSegments, ranges, choice);
  }

  /**
   * 2^k for the largest exponent k at which the merges' weights fit, given the steps of all that is merged, relative to the output's step: the
   * partial sums, and the residuals that join them.
   */
  private mergeUnit(steps: readonly Float64Array[]): number {
    const { stage, expansion } = this.bench;
    const copies = this.partialCopies;
    let largest = Number.MIN_VALUE;
    for (const list of steps) list.forEach((s, c) => (largest = Math.max(largest, s / copies / this.outputStep(c))));
    for (const tile of this.layer.final.tiles) {
      const op = this.layer.op(tile);
      const { rowStep, columnStep } = tileScales(op.gathers, op.columns, op.output, expansion.signals);
      const { weights } = tile.real(1);
      let row = 0;
      for (const g of op.gathers) {
        const rows = gatheredRows([g]);
        for (let i = row * op.columns; i < (row + rows) * op.columns && !this.layer.inner.has(g.signal); i++) {
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
    targets: ReadonlyMap<number, PartialTarget>, ranges: ReadonlyMap<Stage, ChannelRanges>, choice: PartialChoice, keep: boolean,
  ): Promise<void> {
    const { bench } = this.layer;
    const { signals } = bench.expansion;
    const { inner } = this.layer;
    for (const stage of this.stages) for (const signal of stage.signals) inner.set(signal, new Int16Array(0));
    const unit = this.mergeUnit([...ranges.values()].map((r) => this.partialSteps(r, choice)));
    for (const stage of this.stages) {
      for (const signal of stage.signals) inner.set(signal, new Int16Array(this.layer.golden.positions.length * signals[signal].shape[2]));
      const work = await each(stage.tiles, async (tile) => {
        const op = this.layer.op(tile);
        return { ...(targets.get(tile.op) ?? (await this.partialTarget(tile, op))), tile };
      });
      // Sums of other partials are known only now.
      const own = ranges.get(stage) ?? this.partialRanges(work);
      const code = this.partialCode(own, this.partialSteps(own, choice), unit, choice);
      for (const signal of stage.signals) this.layer.setCode(signal, code);
      for (const { tile, op, rows, values } of work) {
        const wanted = bench.stage.bias === 'rows' ? values.map((v) => Math.max(v, 0)) : values.slice();
        const offset = liftCopies(wanted, op, signals[op.output.signal], code);
        const target: TileTarget = {
          ...segmentsOf(signals[op.output.signal]), values: wanted, code, channel: op.output.channel, scales: scalesWith(op, signals, code),
          table: clampTable(bench.stage), sums: null, offset,
        };
        const real = this.layer.real(tile);
        const first = await tuneTile(bench, real, op.constantRows, rows, target, keep);
        const tuned = keep ? spreadTile(bench, real, op.constantRows, rows, target, first) : first;
        if (keep) this.layer.write(tile, tuned, target.table);
        this.place(op, tuned.codes);
      }
    }
  }

  private place(op: CoreOp, codes: Int16Array): void {
    const all = this.layer.inner.get(op.output.signal);
    if (all === undefined) throw new Error('not an inner signal');
    this.layer.place(op, codes, all);
  }
}
