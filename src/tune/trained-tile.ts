/** One tile while its weights are trained: real weights in units of the integers beside the integers that they round to now. */
import { power } from '../cores/range.js';
import { roundHalfUp, roundTile, rowSpacings, scaledWeights, type IntegerTile, type LinearStage, type RealTile, type RoundingForm } from '../cores/realise.js';
import { gatheredRows } from '../cores/scales.js';
import type { Code, CoreOp, Gather, Signal } from '../cores/types.js';
import { secondOrder } from './second-order.js';
import { scalesWith } from './target.js';
import type { TileIntegers } from './workbench.js';

/** Pull back to the weights before training, as a share of the step: what few samples ask for should not carry far. */
const PULL = 0.1;
/** Adam's decay of the mean gradient and of its square (Kingma and Ba, 2015). */
const MEAN_DECAY = 0.9;
const SQUARE_DECAY = 0.99;

/** A weight other than 0: its row, its column. */
export interface Entry {
  readonly row: number;
  readonly column: number;
  readonly weight: number;
}

/** How a tile's weights lie: their spacing, and how far each column's parts are shifted (cores/realise.ts). */
export interface WeightForm {
  readonly spacing: number;
  readonly shift: Int32Array;
}

export class TrainedTile {
  readonly columns: number;
  readonly rows: number;
  readonly k: number;
  readonly rowZero: Float64Array;
  /** Of each column: the column with the same weights of the other sign, whose weights it follows; or -1. */
  readonly mirrors: Int32Array;
  /** Columns that are trained themselves, in order. */
  readonly leaders: readonly number[];
  /** Weights of rows from inside the layer: they are kept, and errors go back through them. */
  readonly entries: readonly Entry[];
  /** Whether there are weights to train. */
  readonly trains: boolean;
  integers: IntegerTile;
  private readonly shadow: Float64Array;
  private readonly rounding: RoundingForm;
  private readonly origin: Float64Array;
  private readonly raise: Float64Array;
  private readonly frozen: Uint8Array;
  private readonly mean: Float64Array;
  private readonly square: Float64Array;
  private readonly raiseMean: Float64Array;
  private readonly raiseSquare: Float64Array;

  /** `sum`: the code of the sum before a table. `inner`: whether a gather reads a signal inside the layer. */
  constructor(
    readonly op: CoreOp, real: RealTile, private readonly stage: LinearStage, signals: readonly Signal[], sum: Code, inner: (g: Gather) => boolean,
    form: WeightForm | null,
  ) {
    this.columns = op.columns;
    this.rows = gatheredRows(op.gathers);
    this.k = stage.exponents.find((k) => sameConfig(stage.config(k), op.config)) ?? stage.exponents[0];
    const scales = scalesWith(op, signals, sum);
    this.rowZero = scales.rowZero;
    this.rounding = { spacings: rowSpacings(real, form?.spacing ?? 1), rounding: real.rounding, shift: form?.shift ?? null };
    this.shadow = scaledWeights(real, scales, this.k);
    this.origin = this.shadow.slice();
    const kept = keptRows(op, real, inner);
    this.frozen = Uint8Array.from(real.weights, (w, i) => (w === 0 || kept.rows[Math.floor(i / this.columns)] === 1 ? 1 : 0));
    this.trains = this.frozen.includes(0);
    this.entries = entriesOf(this.shadow, this.columns, kept.inner);
    this.mirrors = mirrorsOf(this.shadow, this.columns);
    this.leaders = Array.from({ length: this.columns }, (_, j) => j).filter((j) => this.mirrors[j] < 0);
    if (!(op.weights instanceof Int16Array) || op.preload instanceof Float32Array) throw new Error('integers are trained');
    this.integers = { weights: op.weights, preload: op.preload };
    this.raise = this.raiseOf(op.weights, op.preload);
    this.mean = new Float64Array(this.shadow.length);
    this.square = new Float64Array(this.shadow.length);
    this.raiseMean = new Float64Array(this.columns);
    this.raiseSquare = new Float64Array(this.columns);
  }

  /** What the sum of (code - zero) * weight is raised by, in units of the integers, under the tile's present integers. */
  private raiseOf(weights: Int16Array, preload: Int32Array | null): Float64Array {
    const { columns, rows, rowZero, stage } = this;
    const raise = preload === null ? new Float64Array(columns) : Float64Array.from(preload, (b) => b + 0.5);
    for (let i = 0; i < rows + this.op.constantRows; i++) {
      const x = i < rows ? rowZero[i] : stage.input.hi;
      if (x === 0) continue;
      for (let j = 0; j < columns; j++) raise[j] += weights[i * columns + j] * x;
    }
    return raise;
  }

  /** The tile as kernels take it. */
  spec(table: Int16Array | null): TileIntegers {
    const { op, integers } = this;
    return {
      rows: this.rows + op.constantRows, constantRows: op.constantRows, columns: this.columns, weights: integers.weights, preload: integers.preload,
      config: op.config, table,
    };
  }

  /** Rounds anew, by the second moments [rows x rows] of the inputs (second-order.ts); training goes on from there. */
  roundSecondOrder(moments: Float64Array): void {
    const { columns, rows, leaders, shadow, rounding: { spacings } } = this;
    const { lo, hi } = this.stage.weights;
    const count = leaders.length;
    const own = new Float64Array(rows * count);
    for (let i = 0; i < rows; i++) leaders.forEach((j, l) => (own[i * count + l] = shadow[i * columns + j]));
    const rounded = secondOrder(own, rows, count, moments, (w, i) => (
      Math.min(Math.max(roundHalfUp(w / spacings[i]) * spacings[i], Math.ceil(lo / spacings[i]) * spacings[i]), Math.floor(hi / spacings[i]) * spacings[i])));
    for (let i = 0; i < rows; i++) leaders.forEach((j, l) => (shadow[i * columns + j] = rounded[i * count + l]));
    this.follow();
    this.integers = roundTile(shadow, columns, this.raise, this.rowZero, this.stage, this.op.constantRows, this.rounding);
  }

  /** Whether each row goes to every column. */
  get dense(): boolean {
    return this.frozen.every((f) => f === 0);
  }

  private follow(): void {
    const { columns, rows, shadow } = this;
    this.mirrors.forEach((leader, j) => {
      for (let i = 0; leader >= 0 && i < rows; i++) shadow[i * columns + j] = -shadow[i * columns + leader];
    });
  }

  /**
   * One step of Adam. `gradient`: [rows x leaders] of the weights, `null` where they are kept; `raised`: one a column, of the biases. `rate`: the
   * most that a weight moves, about, in units of the integers; biases move by `raiseRate`. `step` counts from 1. `neighbours`: weights stay between the two
   * legal ones that enclose them at first.
   */
  update(gradient: Float32Array | null, raised: Float64Array, rate: number, raiseRate: number, step: number, neighbours: boolean): void {
    const correction = Math.sqrt(1 - power(SQUARE_DECAY, step)) / (1 - power(MEAN_DECAY, step));
    if (gradient !== null) this.updateWeights(gradient, rate * correction, neighbours);
    for (let j = 0; j < this.columns; j++) {
      this.raise[j] -= raiseRate * correction * adam(this.raiseMean, this.raiseSquare, j, raised[j]);
    }
    this.integers = roundTile(this.shadow, this.columns, this.raise, this.rowZero, this.stage, this.op.constantRows, this.rounding);
  }

  private updateWeights(gradient: Float32Array, rate: number, neighbours: boolean): void {
    const { columns, rows, leaders, shadow, frozen, mean, square, rounding: { spacings } } = this;
    const { lo, hi } = this.stage.weights;
    const count = leaders.length;
    for (let i = 0; i < rows; i++) {
      for (let l = 0; l < count; l++) {
        const at = i * columns + leaders[l];
        if (frozen[at] === 1) continue;
        const w = shadow[at] - rate * spacings[i] * adam(mean, square, at, gradient[i * count + l]) + PULL * rate * (this.origin[at] - shadow[at]);
        const [least, most] = neighbours ? between(this.origin[at], spacings[i]) : ALL_WEIGHTS;
        shadow[at] = Math.min(Math.max(w, lo - 0.5, least), hi + 0.49, most);
      }
    }
    this.follow();
  }
}

const ALL_WEIGHTS: readonly [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

/** The multiples of `spacing` that enclose a weight, so far apart that either is what it rounds to. */
function between(weight: number, spacing: number): readonly [number, number] {
  const below = Math.floor(weight / spacing) * spacing;
  return [below, below + spacing];
}

/** Moves the means of entry i by a gradient; gives the direction of the step. */
function adam(mean: Float64Array, square: Float64Array, i: number, g: number): number {
  mean[i] = MEAN_DECAY * mean[i] + (1 - MEAN_DECAY) * g;
  square[i] = SQUARE_DECAY * square[i] + (1 - SQUARE_DECAY) * g * g;
  return square[i] === 0 ? 0 : mean[i] / Math.sqrt(square[i]);
}

function sameConfig(a: CoreOp['config'], b: CoreOp['config']): boolean {
  return a.shift === b.shift && a.gain === b.gain;
}

/**
 * Rows of a tile that come from inside its layer, and rows whose weights are kept: those, and beside them rows that go to one column, which are additions
 * of whole signals.
 */
function keptRows({ gathers }: CoreOp, { columns, weights }: RealTile, inner: (g: Gather) => boolean): { inner: Uint8Array; rows: Uint8Array } {
  const count = weights.length / columns;
  const from = new Uint8Array(count);
  let row = 0;
  for (const g of gathers) {
    const next = row + gatheredRows([g]);
    if (inner(g)) from.fill(1, row, next);
    row = next;
  }
  if (!from.includes(1)) return { inner: from, rows: from };
  const rows = from.map((f, i) => (f === 1 || weights.subarray(i * columns, (i + 1) * columns).filter((w) => w !== 0).length < 2 ? 1 : 0));
  return { inner: from, rows };
}

function entriesOf(shadow: Float64Array, columns: number, rows: Uint8Array): Entry[] {
  const entries: Entry[] = [];
  shadow.forEach((weight, i) => {
    if (weight !== 0 && rows[Math.floor(i / columns)] === 1) entries.push({ row: Math.floor(i / columns), column: i % columns, weight });
  });
  return entries;
}

/** Columns of the second half that are those of the first with the other sign: pairs. Kernels multiply once for both, so they must stay so. */
function mirrorsOf(shadow: Float64Array, columns: number): Int32Array {
  const half = columns / 2;
  const mirrors = new Int32Array(columns).fill(-1);
  if (!Number.isInteger(half)) return mirrors;
  for (let i = 0; i < shadow.length; i += columns) {
    for (let j = 0; j < half; j++) if (shadow[i + j] !== -shadow[i + half + j]) return mirrors;
  }
  for (let j = 0; j < half; j++) mirrors[half + j] = j;
  return mirrors;
}
