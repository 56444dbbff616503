/**
 * Ideal limits (spec/chips.md, section 6): the slow, obvious reference.
 */
import type { CodeRange, IdealLimitsArithmetic } from '../types.js';
import { applyTable, at, checkLength, checkProduct, checkRange, checkValues, clamp, floorShift, sums, type Product } from './limits.js';

export const INT32: CodeRange = { lo: -(2 ** 31), hi: 2 ** 31 - 1 };

export interface IdealSettings {
  readonly arithmetic: IdealLimitsArithmetic;
  /** One 32-bit integer a column; `null` = zeros. */
  readonly preload: Int32Array | null;
  readonly shift: number;
  readonly output: CodeRange;
  /** `hi - lo + 1` entries; `null` = none. */
  readonly table?: ArrayLike<number> | null;
}

/** `b[j] + sum_i x[i]*w[i][j]`, [batch x columns]. Refuses with T401 a sum beyond 32 bits and what breaks a limit. */
export function idealSums(p: Product, preload: Int32Array | null): Float64Array {
  checkProduct(p);
  if (preload !== null) checkLength(p.place, 'preload', preload.length, p.columns);
  const result = sums(p).map((sum, k) => sum + (preload === null ? 0 : at(preload, k % p.columns)));
  checkValues(p.place, 'sum', result, INT32);
  return result;
}

/** `clamp((b[j] + sum_i x[i]*w[i][j]) >> c, lo, hi)`, then the table. Refuses with T401 what breaks a limit. */
export function idealReference(p: Product, s: IdealSettings): Int32Array {
  checkRange(p.place, 'shift', s.shift, { lo: 0, hi: s.arithmetic.greatestShift });
  const { lo, hi } = s.output;
  checkRange(p.place, 'least output', lo, { lo: -32768, hi });
  checkRange(p.place, 'greatest output', hi, { lo, hi: 32767 });
  const table = s.table ?? null;
  if (table !== null) checkLength(p.place, 'table', table.length, hi - lo + 1);
  const codes = Int32Array.from(idealSums(p, s.preload), (sum) => clamp(floorShift(sum, s.shift), lo, hi));
  return applyTable(codes, lo, table);
}
