/**
 * Proofs about tiles that decide which kernel is exact, and which tables are none.
 */
import type { TileSpec } from './types.js';

export interface Interval {
  readonly lo: number;
  readonly hi: number;
}

export const INT16: Interval = { lo: -32768, hi: 32767 };
export const INT32: Interval = { lo: -(2 ** 31), hi: 2 ** 31 - 1 };

/** Whether `inner` lies within `outer`. */
export function within(inner: Interval, outer: Interval): boolean {
  return inner.lo >= outer.lo && inner.hi <= outer.hi;
}

/** Least and greatest sum, preload included, that any column can reach for inputs within the tile's range. Exact. */
export function sumBounds(spec: TileSpec): Interval {
  const { rows, columns, weights, preload, input } = spec;
  const least = new Float64Array(columns);
  const greatest = new Float64Array(columns);
  for (let k = 0; k < rows * columns; k++) {
    const w = weights[k] as number;
    const j = k % columns;
    least[j] = (least[j] as number) + Math.min(w * input.lo, w * input.hi);
    greatest[j] = (greatest[j] as number) + Math.max(w * input.lo, w * input.hi);
  }
  let lo = Infinity;
  let hi = -Infinity;
  for (let j = 0; j < columns; j++) {
    const b = preload === null ? 0 : (preload[j] as number);
    lo = Math.min(lo, (least[j] as number) + b);
    hi = Math.max(hi, (greatest[j] as number) + b);
  }
  return { lo, hi };
}

/** What follows the shift: `clamp(v, lo, hi) + offset`, then the table, if one is left. */
export interface Epilogue extends Interval {
  readonly offset: number;
  readonly table: Int16Array | null;
}

/**
 * Folds a table that is itself a clamp and an offset: `table[v - lo] = clamp(v + offset, first, last)` for all v in lo..hi. Tables whose
 * middle is anything else are kept.
 */
export function foldTable(lo: number, hi: number, table: Int16Array | null): Epilogue {
  if (table === null) return { lo, hi, offset: 0, table };
  const first = table[0] as number;
  const last = table[table.length - 1] as number;
  const step = table.findIndex((entry) => entry !== first);
  if (step < 0) return { lo, hi: lo, offset: first - lo, table: null };
  // The last entry equal to the first one lies on the slope.
  const offset = first - (lo + step - 1);
  const folded = table.every((entry, k) => entry === Math.min(Math.max(lo + k + offset, first), last));
  return folded ? { lo: first - offset, hi: last - offset, offset, table: null } : { lo, hi, offset: 0, table };
}
