/** Trials of one tile: its integers in one form, for what is chosen by column, and the codes that the chip gives with them. */
import {
  biasOf, integerTile, raiseOf, realiseWeights, type IntegerTile, type RealTile, type RoundedWeights, type TileBias,
} from '../cores/realise.js';
import type { Judge } from './errors.js';
import type { TileTarget } from './target.js';
import type { Rows, Workbench } from './workbench.js';

/** What is searched column by column at one exponent: the offset before the floor in codes, and the shift of the parts of a composed sum. */
export interface ColumnChoice {
  readonly offset: Float64Array;
  readonly shift: Int32Array;
}

export interface TunedTile {
  readonly integers: IntegerTile;
  readonly k: number;
  /** Spacing of the weights, and shift of each column's parts (realise.ts). */
  readonly spacing: number;
  readonly shift: Int32Array;
  /** Offset of each column before the floor, in codes. */
  readonly offset: Float64Array;
  /** Sum of squared errors of each column, in units of the values. */
  readonly error: Float64Array;
  readonly total: number;
  readonly codes: Int16Array;
}

/** All that a tile's integers and codes depend on but what is chosen by column. Lies in the bench's arena. */
export interface TileForm {
  readonly bench: Workbench;
  readonly real: RealTile;
  readonly constantRows: number;
  readonly target: TileTarget;
  readonly judge: Judge;
  readonly k: number;
  readonly spacing: number;
  readonly rounded: RoundedWeights;
  /** Codes that stand until the next are asked for. */
  readonly codesOf: (bias: TileBias) => Int16Array;
}

export function formOf(
  bench: Workbench, real: RealTile, constantRows: number, rows: Rows, target: TileTarget, judge: Judge,
  { k, spacing }: { readonly k: number; readonly spacing: number },
): TileForm {
  const rounded = realiseWeights(real, target.scales, bench.stage, k, spacing);
  const codesOf = bench.products(rounded, { constantRows, config: bench.stage.config(k), table: target.table }, rows);
  return { bench, real, constantRows, target, judge, k, spacing, rounded, codesOf };
}

function biasFor({ bench, real, constantRows, target, k, rounded }: TileForm, { offset, shift }: ColumnChoice): TileBias {
  return biasOf(rounded, raiseOf(real, target.scales, k, offset), bench.stage, constantRows, shift);
}

/** As `codesOf` gives them. */
export function codesFor(form: TileForm, choice: ColumnChoice): Int16Array {
  return form.codesOf(biasFor(form, choice));
}

export function evaluate(form: TileForm, choice: ColumnChoice): Trial {
  return new Trial(form, choice, codesFor(form, choice).slice());
}

/** A tile and its codes; errors and integers when they are asked for, for most searches judge codes otherwise. */
export class Trial implements TunedTile {
  readonly offset: Float64Array;
  readonly shift: Int32Array;
  private sum: number | null = null;

  constructor(private readonly form: TileForm, choice: ColumnChoice, readonly codes: Int16Array, private errors: Float64Array | null = null) {
    ({ offset: this.offset, shift: this.shift } = choice);
  }

  get k(): number {
    return this.form.k;
  }

  get spacing(): number {
    return this.form.spacing;
  }

  get integers(): IntegerTile {
    return integerTile(this.form.rounded, biasFor(this.form, this));
  }

  get error(): Float64Array {
    return (this.errors ??= this.form.judge.columnErrors(this.codes));
  }

  get total(): number {
    return (this.sum ??= totalOf(this.form, this));
  }

  /** This tile with the columns of another that are better, without a product: a column's integers and codes depend on no other's. */
  withColumns(other: Trial, better: (column: number) => boolean): Trial {
    const columns = Array.from(this.shift, (_, j) => j).filter(better);
    if (columns.length === 0) return this;
    if (columns.length === this.shift.length) return other;
    const choice = { offset: this.offset.slice(), shift: this.shift.slice() };
    const error = this.error.slice();
    const codes = this.codes.slice();
    for (const j of columns) {
      choice.offset[j] = other.offset[j];
      choice.shift[j] = other.shift[j];
      error[j] = other.error[j];
    }
    for (let i = 0; i < codes.length; i += this.shift.length) for (const j of columns) codes[i + j] = other.codes[i + j];
    return new Trial(this.form, choice, codes, error);
  }
}

/** A tile without what it was made from: the real weights of all tiles of a dense layer are too many to be kept. */
export function settled({ integers, k, spacing, shift, offset, error, total, codes }: TunedTile): TunedTile {
  return { integers, k, spacing, shift, offset, error, total, codes };
}

/** Of all columns; of copies of composed sums, whose errors differ, that of the means of those that are alike. */
function totalOf({ bench: { stage }, target, judge }: TileForm, tile: Pick<TunedTile, 'codes' | 'error'>): number {
  const apart = stage.parts !== null && target.copies * target.segments > 1;
  return (apart ? judge.groupErrors(tile.codes) : tile.error).reduce((a, b) => a + b, 0);
}
