/**
 * Window arithmetic (spec/chips.md, section 3): the slow, obvious reference.
 */
import type { CodeRange, WindowArithmetic } from '../types.js';
import {
  applyTable, at, checkLength, checkProduct, checkRange, checkValues, clamp, floorShift, saturate, sums, type Product,
} from './limits.js';

export interface WindowSettings {
  readonly arithmetic: WindowArithmetic;
  /** One `accumulatorBits`-bit integer a column; `null` = zeros. */
  readonly preload: Int32Array | null;
  readonly shift: number;
  readonly windowSigned: boolean;
  /** 2^windowBits entries, from the lowest index up; `null` = the window is the output. */
  readonly table: ArrayLike<number> | null;
  /** Legal output codes. */
  readonly output: CodeRange;
}

/** Range of a window of `bits` bits. */
export function windowRange(bits: number, signed: boolean): CodeRange {
  return signed ? { lo: -(2 ** (bits - 1)), hi: 2 ** (bits - 1) - 1 } : { lo: 0, hi: 2 ** bits - 1 };
}

/** Step 1: `acc[j] = sat(b[j] + sum_i x[i] * w[i][j], A)`, [batch x columns]. Refuses with T401 what breaks a limit. */
export function windowAccumulators(p: Product, s: WindowSettings): Float64Array {
  checkProduct(p);
  const bits = s.arithmetic.accumulatorBits;
  const { preload } = s;
  if (preload !== null) {
    checkLength(p.place, 'preload', preload.length, p.columns);
    checkValues(p.place, 'preload', preload, windowRange(bits, true));
  }
  return sums(p).map((sum, k) => saturate(sum + (preload === null ? 0 : at(preload, k % p.columns)), bits));
}

/** Steps 1 to 3: output codes, [batch x columns]. Refuses with T401 what breaks a limit. */
export function windowReference(p: Product, s: WindowSettings): Int32Array {
  checkRange(p.place, 'shift', s.shift, { lo: 0, hi: s.arithmetic.greatestShift });
  if (s.table !== null) {
    checkLength(p.place, 'table', s.table.length, 2 ** s.arithmetic.windowBits);
    checkValues(p.place, 'table entry', s.table, s.output);
  }
  const { lo, hi } = windowRange(s.arithmetic.windowBits, s.windowSigned);
  const index = Int32Array.from(windowAccumulators(p, s), (acc) => clamp(floorShift(acc, s.shift), lo, hi));
  return applyTable(index, lo, s.table);
}
