/** Tuning of one layer: scales of its output and of its partial sums, and the integers of its tiles, by squared error through the real arithmetic. */
import type { Code, CoreOp } from '../cores/types.js';
import { searchCode } from '../encode/range.js';
import { boundsOf } from '../encode/encode.js';
import type { EdgeSamples } from '../encode/types.js';
import type { LayerDraft, Stage, TileDraft } from '../expand/types.js';
import { activationFunction, activationTable, clampTable, finalTarget, scalesWith, withStep } from './target.js';
import { tuneTile, type TileTarget, type TunedTile } from './tile.js';
import type { Rows, Workbench } from './workbench.js';

/** Output steps tried, relative to the one that encoding chose from the golden values alone. */
const OUTPUT_FACTORS = [0.8, 0.9, 1, 1.1, 1.25];
/** Steps of partial sums tried, relative to their own best range. */
const PARTIAL_FACTORS = [0.6, 0.8, 1, 1.3];
/** Ranges of the sum before a table, as shares of the range seen. */
const TABLE_FACTORS = [1, 0.8, 0.6, 0.45, 0.3, 0.2];

export interface LayerResult {
  readonly error: number;
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

export function tuneLayer(bench: Workbench, layer: LayerDraft, golden: EdgeSamples, fixed: boolean): LayerResult {
  return bench.scoped(() => new LayerTuner(bench, layer, golden, fixed).run());
}

class LayerTuner {
  /** Codes of signals inside the layer at the sampled positions. */
  private inner = new Map<number, Int16Array>();

  constructor(
    private readonly bench: Workbench, private readonly layer: LayerDraft, private readonly golden: EdgeSamples, private readonly fixed: boolean,
  ) {}

  run(): LayerResult {
    const partials = this.layer.stages.filter((s) => s.kind === 'partial');
    const final = this.layer.stages[this.layer.stages.length - 1];
    if (partials.length > 0) this.choosePartials(partials, final);
    const rows = this.rowsOf(final);
    const forms = this.forms(final, rows);
    let best: { form: Form; total: number } | null = null;
    for (const form of forms) {
      const total = this.tuneFinal(final, rows, form, false).total;
      if (best === null || total < best.total) best = { form, total };
    }
    if (best === null) throw new Error('no form of the output');
    const choice = this.tuneFinal(final, rows, best.form, true);
    this.writeFinal(final, choice);
    return { error: choice.total };
  }

  private op(tile: TileDraft): CoreOp {
    const op = this.bench.expansion.ops[tile.op];
    if (op.kind !== 'core') throw new Error('tiles are core-ops');
    return op;
  }

  private codeOf(signal: number): Code {
    const { code } = this.bench.expansion.signals[signal];
    if (code === null) throw new Error('no code');
    return code;
  }

  private setCode(signal: number, code: Code): void {
    const { signals } = this.bench.expansion;
    signals[signal] = { ...signals[signal], code };
  }

  private rowsOf(stage: Stage): Rows[] {
    return stage.tiles.map((t) => this.bench.rows(this.op(t), this.golden, this.inner));
  }

  /** Output codes to try; with a function other than a clip, also ranges of the sum before its table. */
  private forms(final: Stage, rows: readonly Rows[]): Form[] {
    const { layer, bench } = this;
    const code = this.codeOf(layer.output);
    const [, top] = boundsOf(layer);
    const { activation } = layer;
    if (activation !== null && activation.op !== 'Clip') return this.tableForms(final, rows, code);
    const table = clampTable(bench.stage);
    const within = (c: Code): boolean => (c.hi - c.zero[0]) * Math.max(...c.step) <= top * (1 + 1e-9);
    const tried = this.fixed ? [code] : OUTPUT_FACTORS.map((f) => withStep(code, f)).filter((c) => within(c) || !within(code));
    return tried.map((output) => ({ output, sum: output, table }));
  }

  private tableForms(final: Stage, rows: readonly Rows[], output: Code): Form[] {
    const { layer, bench } = this;
    if (layer.activation === null) throw new Error('no activation');
    const sums = final.tiles.map((t, i) => bench.realProduct(this.op(t), t.real, rows[i]));
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

  private tuneFinal(final: Stage, rows: readonly Rows[], form: Form, thorough: boolean): FinalChoice {
    const { bench } = this;
    const tiles = final.tiles.map((tile, i) => {
      const op = this.op(tile);
      const target = finalTarget(op, bench.expansion.signals, this.golden.values, form.output, form.sum, form.table);
      return tuneTile(bench, tile.real, op.constantRows, rows[i], target, thorough);
    });
    return { output: form.output, table: form.table, tiles, total: tiles.reduce((n, t) => n + t.total, 0) };
  }

  private writeFinal(final: Stage, choice: FinalChoice): void {
    this.setCode(this.layer.output, choice.output);
    final.tiles.forEach((tile, i) => this.write(tile, choice.tiles[i], choice.table));
  }

  private write(tile: TileDraft, tuned: TunedTile, table: Int16Array | null): void {
    const { weights, preload } = tuned.integers;
    this.bench.expansion.ops[tile.op] = { ...this.op(tile), weights, preload, config: this.bench.stage.config(tuned.k), table };
  }

  /** Chooses one step for all partial sums, by the error of the layer's output; leaves the best in place. */
  private choosePartials(stages: readonly Stage[], final: Stage): void {
    const targets = this.partialTargets(stages);
    const base = new Map<Stage, number>();
    for (const stage of stages) {
      const values = stage.tiles.flatMap((t) => targets.get(t.op)?.values ?? []);
      if (values.length > 0) base.set(stage, this.partialStep(values));
    }
    const code = this.codeOf(this.layer.output);
    const form: Form = { output: code, sum: code, table: clampTable(this.bench.stage) };
    const plain = this.layer.activation === null || this.layer.activation.op === 'Clip';
    const factors = plain ? PARTIAL_FACTORS : [1];
    let best: { factor: number; total: number } | null = null;
    for (const factor of factors) {
      const total = this.bench.scoped(() => {
        this.realisePartials(stages, targets, base, factor, false);
        return plain ? this.tuneFinal(final, this.rowsOf(final), form, false).total : 0;
      });
      if (best === null || total < best.total) best = { factor, total };
    }
    this.realisePartials(stages, targets, base, best?.factor ?? 1, true);
  }

  /** What each partial tile should give: its sum on the decoded inputs; of a pair, the positive or negative part. */
  private partialTargets(stages: readonly Stage[]): Map<number, { values: Float32Array; rows: Rows }> {
    const { bench } = this;
    const result = new Map<number, { values: Float32Array; rows: Rows }>();
    for (const stage of stages) {
      for (const tile of stage.tiles) {
        const op = this.op(tile);
        if (op.gathers.some((g) => this.isInner(stages, g.signal))) continue;
        const rows = bench.rows(op, this.golden, this.inner);
        result.set(tile.op, { values: bench.realProduct(op, tile.real, rows), rows });
      }
    }
    return result;
  }

  private isInner(stages: readonly Stage[], signal: number): boolean {
    return stages.some((s) => s.signals.includes(signal));
  }

  /** Step of least squared error of the partial sums' own values; pairs hold positive values only. */
  private partialStep(known: readonly Float32Array[]): number {
    const { stage } = this.bench;
    const all = new Float32Array(known.reduce((n, v) => n + v.length, 0));
    let at = 0;
    let max = 0;
    for (const values of known) {
      for (const v of values) {
        all[at++] = stage.bias === 'rows' ? Math.max(v, 0) : v;
        max = Math.max(max, Math.abs(v));
      }
    }
    const min = stage.bias === 'rows' ? 0 : -max;
    return searchCode({ values: all, min, max, codes: stage.output, bounds: [-Infinity, Infinity] }).step[0];
  }

  private realisePartials(
    stages: readonly Stage[], targets: ReadonlyMap<number, { values: Float32Array; rows: Rows }>, base: ReadonlyMap<Stage, number>,
    factor: number, keep: boolean,
  ): void {
    const { bench } = this;
    const { signals } = bench.expansion;
    this.inner = new Map();
    for (const stage of stages) {
      for (const signal of stage.signals) {
        this.inner.set(signal, new Int16Array(this.golden.positions.length * signals[signal].shape[2]));
      }
      const work = stage.tiles.map((tile) => {
        const op = this.op(tile);
        const known = targets.get(tile.op);
        const rows = known?.rows ?? bench.rows(op, this.golden, this.inner);
        return { tile, op, rows, values: known?.values ?? bench.realProduct(op, tile.real, rows) };
      });
      // Sums of other partials are known only now.
      const step = (base.get(stage) ?? this.partialStep(work.map((w) => w.values))) * factor;
      for (const signal of stage.signals) this.setCode(signal, { ...this.codeOf(signal), step: [step] });
      for (const { tile, op, rows, values } of work) {
        const code = this.codeOf(op.output.signal);
        const target: TileTarget = {
          values: code.zero[0] === code.lo ? values.map((v) => Math.max(v, 0)) : values, code, channel: op.output.channel,
          scales: scalesWith(op, signals, code), table: clampTable(bench.stage), offset: new Float64Array(op.columns).fill(0.5),
        };
        const tuned = tuneTile(bench, tile.real, op.constantRows, rows, target, keep);
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
