/**
 * What all references share: one core's operands, and the refusals of spec/chips.md, section 8.
 */
import { fail } from '../../diagnostics.js';
import type { CodeRange } from '../types.js';

/** Limits of one core; `null` = no limit. */
export interface CoreLimits {
  readonly rows: number | null;
  readonly columns: number | null;
  readonly input: CodeRange;
  readonly weights: CodeRange;
}

/** A batch of input rows and the weights of one core. */
export interface Product {
  /** Name of the operation, for diagnostics. */
  readonly place: string;
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
  /** Row-major [batch x rows]. */
  readonly x: Int32Array;
  /** Row-major [rows x columns]. */
  readonly w: Int32Array;
  readonly limits: CoreLimits;
}

/** `clamp(v, lo, hi)`. */
export function clamp(v: number, lo: number, hi: number): number {
  return Math.min(Math.max(v, lo), hi);
}

/** `sat(v, A)`: clamp to a signed integer of `bits` bits (1..53). */
export function saturate(v: number, bits: number): number {
  return clamp(v, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1);
}

/** `v >> k`, the floor shift, on integers up to 2^53 in magnitude. */
export function floorShift(v: number, k: number): number {
  return Math.floor(v / 2 ** k);
}

/** Refuses a value that is not an integer in lo..hi. */
export function checkRange(place: string, what: string, value: number, range: CodeRange): void {
  if (Number.isInteger(value) && value >= range.lo && value <= range.hi) return;
  fail('T401', place, `${what} is ${value}`, { limit: `${range.lo}..${range.hi}` });
}

/** Refuses the first value that is not an integer in lo..hi. */
export function checkValues(place: string, what: string, values: ArrayLike<number>, range: CodeRange): void {
  for (let i = 0; i < values.length; i++) checkRange(place, `${what} ${i}`, Number(values[i]), range);
}

/** Refuses an operand of the wrong length. */
export function checkLength(place: string, what: string, found: number, wanted: number): void {
  if (found !== wanted) fail('T401', place, `${what} has ${found} entries`, { limit: `${wanted} entries` });
}

/** Refuses a matrix larger than the core. */
export function checkMatrix(place: string, rows: number, columns: number, limits: { rows: number | null; columns: number | null }): void {
  if (limits.rows !== null && rows > limits.rows) fail('T401', place, `matrix has ${rows} rows`, { limit: `${limits.rows} rows` });
  if (limits.columns !== null && columns > limits.columns) {
    fail('T401', place, `matrix has ${columns} columns`, { limit: `${limits.columns} columns` });
  }
}

/** Refuses a product whose shape, inputs or weights break the core's limits. */
export function checkProduct(p: Product): void {
  checkMatrix(p.place, p.rows, p.columns, p.limits);
  checkLength(p.place, 'input', p.x.length, p.batch * p.rows);
  checkLength(p.place, 'weights', p.w.length, p.rows * p.columns);
  checkValues(p.place, 'input', p.x, p.limits.input);
  checkValues(p.place, 'weight', p.w, p.limits.weights);
}

/** Exact `sum_i x[i] * w[i][j]` of every row and column, [batch x columns]. */
export function sums(p: Product): Float64Array {
  const result = new Float64Array(p.batch * p.columns);
  for (let r = 0; r < p.batch; r++) {
    for (let j = 0; j < p.columns; j++) {
      let sum = 0;
      for (let i = 0; i < p.rows; i++) sum += at(p.x, r * p.rows + i) * at(p.w, i * p.columns + j);
      result[r * p.columns + j] = sum;
    }
  }
  return result;
}

/** Element that is known to exist. */
export function at(values: ArrayLike<number>, i: number): number {
  return values[i] as number;
}

/** `table[v - lo]` for every value; `null` leaves the values. */
export function applyTable(values: Int32Array, lo: number, table: ArrayLike<number> | null): Int32Array {
  return table === null ? values : values.map((v) => at(table, v - lo));
}
