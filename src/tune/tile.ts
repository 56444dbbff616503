/** The best integers of one tile for given scales: exponent, half LSB and bias correction by squared error through the real arithmetic. */
import { realise, roundHalfUp, shiftRows, weightPeak, type IntegerTile, type LinearStage, type RealTile, type TileScales } from '../cores/realise.js';
import type { Code } from '../cores/types.js';
import { besideSums, columnErrors, groupErrors, groupsOf, meanError, scalesOf, STRONG } from './errors.js';
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

/** Offsets tried where truncation of parts loses more than half an LSB. */
const TRUNCATION_OFFSETS = [0, 0.5, 1, 1.5];
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
  const forms = exponentsFor(bench, real, target.scales).flatMap((k) => spacings.map((spacing) => ({ k, spacing })));
  const tune = async (form: typeof forms[number], all: boolean): Promise<TunedTile> => {
    await bench.pause();
    return tuneAt(bench, real, constantRows, rows, target, form.k, all, form.spacing);
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

function tuneAt(
  bench: Workbench, real: RealTile, constantRows: number, rows: Rows, target: TileTarget, k: number, thorough: boolean,
  spacing: number,
): TunedTile {
  const attempt = (choice: ColumnChoice): TunedTile => evaluate(bench, real, constantRows, rows, target, k, choice, spacing);
  const truncates = bench.stage.bias === 'rows';
  const half = bench.steps.has('half');
  let choice: ColumnChoice = {
    offset: target.offset.map((o) => o + (half ? 0 : -0.5) + (half && truncates ? 0.5 : 0)), shift: new Int32Array(real.columns),
  };
  let best = attempt(choice);
  if (!thorough) return best;
  const keepBetter = (tried: ColumnChoice): void => {
    const result = attempt(tried);
    const better = (j: number): boolean => result.error[j] < best.error[j];
    choice = {
      offset: choice.offset.map((o, j) => (better(j) ? tried.offset[j] : o)), shift: choice.shift.map((u, j) => (better(j) ? tried.shift[j] : u)),
    };
    best = attempt(choice);
  };
  const correct = (rounds: number): void => {
    if (!bench.steps.has('bias')) return;
    for (let round = 0; round < rounds; round++) {
      const mean = meanError(target, best.codes, real.columns);
      keepBetter({ ...choice, offset: choice.offset.map((o, j) => o - mean[j]) });
    }
  };
  if (truncates && half) for (const more of TRUNCATION_OFFSETS) keepBetter({ ...choice, offset: target.offset.map((o) => o - 0.5 + more) });
  correct(CORRECTION_ROUNDS);
  const shifting = bench.stage.parts !== null && bench.steps.has('shift');
  const shifts = shifting ? shiftsFor(bench.stage, k, constantRows) : [];
  if (shifts.length > 0) {
    choice = chooseShifts(bench.stage, k, target, choice, shifts, attempt);
    best = attempt(choice);
    correct(CORRECTION_ROUNDS);
  }
  return best;
}

/** A tuned tile with the shifts of copies spread, where its sums are composed. */
export function spreadTile(bench: Workbench, real: RealTile, constantRows: number, rows: Rows, target: TileTarget, tuned: TunedTile): TunedTile {
  const { k, spacing } = tuned;
  if (bench.stage.parts === null || !bench.steps.has('shift') || target.copies === 1) return tuned;
  const attempt = (choice: ColumnChoice): TunedTile => evaluate(bench, real, constantRows, rows, target, k, choice, spacing);
  return spreadCopies(target, tuned, mostShift(bench.stage, constantRows), attempt);
}

/** Of each column the shift after which truncation takes most evenly, and the offset that makes up for its mean. */
function chooseShifts(
  stage: LinearStage, k: number, target: TileTarget, start: ColumnChoice, shifts: readonly number[], attempt: (choice: ColumnChoice) => TunedTile,
): ColumnChoice {
  const columns = start.shift.length;
  const judge = besideSums(target);
  const room = roomAbove(judge, columns);
  const least = new Float64Array(columns).fill(Infinity);
  const best = { shift: new Int32Array(columns), offset: Float64Array.from(start.offset) };
  for (const u of [0, ...shifts]) {
    const shift = new Int32Array(columns).fill(u);
    const mean = meanError(judge, attempt({ ...start, shift }).codes, columns);
    const offset = start.offset.map((o, j) => o - mean[j]);
    columnErrors(judge, attempt({ shift, offset }).codes, columns, STRONG).forEach((error, j) => {
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

/** The greatest sums are further out than any seen, by about so much. */
const BEYOND_SEEN = 1.5;

/** Codes of each column above its sums: the converter cuts off the first part where a shift raises it further. */
function roomAbove(target: TileTarget, columns: number): Float64Array {
  const { code: { hi }, values } = target;
  const { step, zero } = scalesOf(target, columns);
  const room = new Float64Array(columns).fill(hi);
  for (let i = 0; i < values.length; i += columns) {
    for (let j = 0; j < columns; j++) room[j] = Math.min(room[j], hi - BEYOND_SEEN * (values[i + j] / step[j] + zero[j]));
  }
  // Segments are shifted alike, and those below are always exceeded.
  return room.map((r) => (target.segments > 1 ? 0 : Math.max(0, r)));
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

function evaluate(
  bench: Workbench, real: RealTile, constantRows: number, rows: Rows, target: TileTarget, k: number, choice: ColumnChoice, spacing: number,
): TunedTile {
  const { offset, shift } = choice;
  const integers = realise(real, target.scales, bench.stage, k, constantRows, offset, { spacing, shift });
  const tile = {
    rows: real.rows + constantRows, constantRows, columns: real.columns, weights: integers.weights, preload: integers.preload,
    config: bench.stage.config(k), table: target.table,
  };
  return new Evaluated(bench.stage, target, { integers, k, spacing, shift, offset, codes: bench.product(tile, rows) });
}

/** A tile and its codes; errors when they are asked for, for most searches judge codes otherwise. */
class Evaluated implements TunedTile {
  readonly integers: IntegerTile;
  readonly k: number;
  readonly spacing: number;
  readonly shift: Int32Array;
  readonly offset: Float64Array;
  readonly codes: Int16Array;
  private errors: Float64Array | null = null;
  private sum: number | null = null;

  constructor(private readonly stage: LinearStage, private readonly target: TileTarget, made: Omit<TunedTile, 'error' | 'total'>) {
    ({ integers: this.integers, k: this.k, spacing: this.spacing, shift: this.shift, offset: this.offset, codes: this.codes } = made);
  }

  get error(): Float64Array {
    return (this.errors ??= columnErrors(this.target, this.codes, this.shift.length));
  }

  get total(): number {
    return (this.sum ??= totalOf(this.stage, this.target, this));
  }
}

/** Of all columns; of copies of composed sums, whose errors differ, that of the means of those that are alike. */
function totalOf({ parts }: LinearStage, target: TileTarget, tile: Pick<TunedTile, 'codes' | 'shift' | 'error'>): number {
  const apart = parts !== null && target.copies * target.segments > 1;
  const errors = apart ? groupErrors(target, tile.codes, groupsOf(target, tile.shift.length)) : tile.error;
  return errors.reduce((a, b) => a + b, 0);
}
