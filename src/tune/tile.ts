/** The best integers of one tile for given scales: exponent, half LSB and bias correction by squared error through the real arithmetic. */
import {
  biasOf, integerTile, raiseOf, realiseWeights, roundHalfUp, shiftRows, weightPeak,
  type IntegerTile, type LinearStage, type RealTile, type RoundedWeights, type TileBias, type TileScales,
} from '../cores/realise.js';
import type { Code } from '../cores/types.js';
import { Judge, STRONG } from './errors.js';
import { spreadCopies } from './spread.js';
import { each, type Rows, type Workbench } from './workbench.js';

/** What a tile should give: values [count x columns], and the code in which it gives them. */
export interface TileTarget {
  readonly values: Float32Array;
  /** Code of the results by column: `column(j)` is its channel. */
  readonly code: Code;
  readonly channel: number;
  /** Copies of each value, or of each of its segments, side by side, whose parts are to be shifted apart; 1: each column for itself. */
  readonly copies: number;
  /** Segments of each value (cores/scales.ts), side by side. */
  readonly segments: number;
  /** Scales of the sum before the table; equal to those of the code without one. */
  readonly scales: TileScales;
  readonly table: Int16Array | null;
  /**
   * The sums themselves, as far as the code reaches, [count x columns]: what truncation takes shows beside them, not beside values that the errors of the
   * layers before have moved further away. `null` where the values are the sums, or a table lies between.
   */
  readonly sums: Float32Array | null;
  /** Offset of each column in codes that turns the floor into rounding: 1/2, and for copies of an output other fractions. */
  readonly offset: Float64Array;
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

/** A form whose first error is at most so many times the least is looked at in full: offsets, biases and shifts can turn the order round. */
export const WORTH_A_LOOK = 1.5;

/** The offset that truncation of parts starts with, for it loses more than half an LSB, and others that are tried. */
const FIRST_OFFSET = 1;
const OTHER_OFFSETS = [0, 0.5, 1.5];
const CORRECTION_ROUNDS = 2;

/** Exponents worth trying: the largest whose weights fit, the next (clipping some weights), and the one below. */
export function exponentsFor(bench: Workbench, real: RealTile, scales: TileScales): number[] {
  const { stage } = bench;
  const peak = weightPeak(real, scales);
  const limit = Math.min(stage.weights.hi, -stage.weights.lo);
  let most = stage.exponents[0];
  for (const k of stage.exponents) if (peak * 2 ** k <= limit + 0.5) most = k;
  return (bench.steps.has('gain') ? [most - 1, most, most + 1] : [most]).filter((k) => stage.exponents.includes(k));
}

/** The best of all exponents; `thorough` adds offsets and bias correction by column. */
export async function tuneTile(
  bench: Workbench, real: RealTile, constantRows: number, rows: Rows, target: TileTarget, thorough: boolean,
): Promise<TunedTile> {
  const spacings = bench.steps.has('spacing') ? bench.stage.spacings : [1];
  const judge = new Judge(target, real.columns);
  const forms = exponentsFor(bench, real, target.scales).flatMap((k) => spacings.map((spacing) => ({ k, spacing })));
  const tune = async (form: typeof forms[number], all: boolean): Promise<TunedTile> => {
    await bench.pause();
    return bench.scoped(() => tuneAt(formOf(bench, real, constantRows, rows, target, judge, form), all));
  };
  // Of composed sums a search in full takes dozens of products, and forms are many.
  const first = thorough && bench.stage.parts !== null ? await each(forms, (form) => tune(form, false)) : null;
  const least = first === null ? 0 : Math.min(...first.map(({ total }) => total));
  const tried = await each(forms.filter((_, i) => first === null || first[i].total <= WORTH_A_LOOK * least), (form) => tune(form, thorough));
  return tried.reduce((best, tuned) => (tuned.total < best.total ? tuned : best));
}

/** What is searched column by column at one exponent: the offset before the floor in codes, and the shift of the parts of a composed sum. */
export interface ColumnChoice {
  readonly offset: Float64Array;
  readonly shift: Int32Array;
}

/** All that a tile's integers and codes depend on but what is chosen by column. Lies in the bench's arena. */
interface TileForm {
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

function formOf(
  bench: Workbench, real: RealTile, constantRows: number, rows: Rows, target: TileTarget, judge: Judge,
  { k, spacing }: { readonly k: number; readonly spacing: number },
): TileForm {
  const rounded = realiseWeights(real, target.scales, bench.stage, k, spacing);
  const codesOf = bench.products(rounded, { constantRows, config: bench.stage.config(k), table: target.table }, rows);
  return { bench, real, constantRows, target, judge, k, spacing, rounded, codesOf };
}

function tuneAt(form: TileForm, thorough: boolean): TunedTile {
  const { bench, real, target, judge } = form;
  const truncates = bench.stage.bias === 'rows';
  const half = bench.steps.has('half');
  let best = evaluate(form, {
    offset: target.offset.map((o) => o + (half ? 0 : -0.5) + (half && truncates ? FIRST_OFFSET - 0.5 : 0)), shift: new Int32Array(real.columns),
  });
  if (!thorough) return settled(best);
  const keepBetter = (offset: Float64Array): void => {
    const tried = evaluate(form, { shift: best.shift, offset });
    best = best.withColumns(tried, (j) => tried.error[j] < best.error[j]);
  };
  const correct = (rounds: number): void => {
    if (!bench.steps.has('bias')) return;
    for (let round = 0; round < rounds; round++) {
      const mean = judge.meanError(best.codes);
      keepBetter(best.offset.map((o, j) => o - mean[j]));
    }
  };
  if (truncates && half) for (const more of OTHER_OFFSETS) keepBetter(target.offset.map((o) => o - 0.5 + more));
  correct(CORRECTION_ROUNDS);
  const shifting = bench.stage.parts !== null && bench.steps.has('shift');
  const shifts = shifting ? shiftsFor(bench.stage, form.k, form.constantRows) : [];
  if (shifts.length > 0) {
    best = evaluate(form, chooseShifts(form, best, shifts));
    correct(CORRECTION_ROUNDS);
  }
  return settled(best);
}

/** A tuned tile with the shifts of copies spread, where its sums are composed. */
export function spreadTile(bench: Workbench, real: RealTile, constantRows: number, rows: Rows, target: TileTarget, tuned: TunedTile): TunedTile {
  if (bench.stage.parts === null || !bench.steps.has('shift') || target.copies === 1) return tuned;
  return bench.scoped(() => {
    const judge = new Judge(target, real.columns);
    const form = formOf(bench, real, constantRows, rows, target, judge, tuned);
    const choice = spreadCopies(target, judge.besideSums, tuned, mostShift(bench.stage, constantRows), (tried) => codesFor(form, tried));
    return settled(evaluate(form, choice));
  });
}

/** The greatest sums are further out than any seen, by about so much: the converter cuts off the first part where a shift raises it further. */
const BEYOND_SEEN = 1.5;

/** Of each column the shift after which truncation takes most evenly, and the offset that makes up for its mean. `start` has no shifts. */
function chooseShifts(form: TileForm, start: TunedTile, shifts: readonly number[]): ColumnChoice {
  const { target, k, bench: { stage } } = form;
  const columns = start.shift.length;
  const judge = form.judge.besideSums;
  // Segments are shifted alike, and those below are always exceeded.
  const room = target.segments > 1 ? new Float64Array(columns) : judge.roomAbove(BEYOND_SEEN);
  const least = new Float64Array(columns).fill(Infinity);
  const best = { shift: new Int32Array(columns), offset: Float64Array.from(start.offset) };
  for (const u of [0, ...shifts]) {
    const shift = new Int32Array(columns).fill(u);
    const mean = judge.meanError(u === 0 ? start.codes : codesFor(form, { offset: start.offset, shift }));
    const offset = start.offset.map((o, j) => o - mean[j]);
    judge.columnErrors(codesFor(form, { shift, offset }), STRONG).forEach((error, j) => {
      if (error >= least[j] || firstPart(stage, k, u) > room[j]) return;
      least[j] = error;
      best.shift[j] = u;
      best.offset[j] = offset[j];
    });
  }
  return best;
}

/** Codes by which a shift raises the first part of a composed sum: less than nothing where it lowers it. */
function firstPart({ parts }: LinearStage, k: number, shift: number): number {
  return parts === null ? 0 : (shift * parts.first) / 2 ** k;
}

/** Codes by which a shift should lower the second part of a composed sum, and rows kept for the bias. */
const PART_SHIFTS = [0.9, 1.75, 2.6, 3.5, 4.4, 5.2, 6.1, 7];
/** The most by which one may raise it: the first part rises with it, eight times as far on PRIME. */
const MOST_RAISED = 4.2;
const BIAS_ROWS = 2;

/** Shifts worth trying at an exponent, as far as there are constant rows for them. */
function shiftsFor(stage: LinearStage, k: number, constantRows: number): number[] {
  const { parts } = stage;
  if (parts === null) return [];
  const unit = parts.second / 2 ** k;
  const most = mostShift(stage, constantRows);
  const sizes = [...new Set(PART_SHIFTS.map((t) => Math.max(1, roundHalfUp(t / unit))))].filter((u) => u <= most);
  return sizes.flatMap((u) => (u * unit <= MOST_RAISED ? [-u, u] : [-u]));
}

/** The greatest shift that the weights of a constant row and the number of these rows allow. */
function mostShift(stage: LinearStage, constantRows: number): number {
  let most = stage.parts === null ? 0 : Math.floor(stage.weights.hi / stage.parts.top);
  while (most > 0 && shiftRows(stage, most) + BIAS_ROWS > constantRows) most--;
  return most;
}

function biasFor({ bench, real, constantRows, target, k, rounded }: TileForm, { offset, shift }: ColumnChoice): TileBias {
  return biasOf(rounded, raiseOf(real, target.scales, k, offset), bench.stage, constantRows, shift);
}

/** As `codesOf` gives them. */
function codesFor(form: TileForm, choice: ColumnChoice): Int16Array {
  return form.codesOf(biasFor(form, choice));
}

function evaluate(form: TileForm, choice: ColumnChoice): Evaluated {
  return new Evaluated(form, choice, codesFor(form, choice).slice());
}

/** A tile and its codes; errors and integers when they are asked for, for most searches judge codes otherwise. */
class Evaluated implements TunedTile {
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
  withColumns(other: Evaluated, better: (column: number) => boolean): Evaluated {
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
    return new Evaluated(this.form, choice, codes, error);
  }
}

/** A tile without what it was made from: the real weights of all tiles of a dense layer are too many to be kept. */
function settled({ integers, k, spacing, shift, offset, error, total, codes }: TunedTile): TunedTile {
  return { integers, k, spacing, shift, offset, error, total, codes };
}

/** Of all columns; of copies of composed sums, whose errors differ, that of the means of those that are alike. */
function totalOf({ bench: { stage }, target, judge }: TileForm, tile: Pick<TunedTile, 'codes' | 'error'>): number {
  const apart = stage.parts !== null && target.copies * target.segments > 1;
  return (apart ? judge.groupErrors(tile.codes) : tile.error).reduce((a, b) => a + b, 0);
}
