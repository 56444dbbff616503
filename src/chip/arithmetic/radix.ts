/**
 * Radix-coded arithmetic (spec/chips.md, section 7): the slow, obvious reference.
 */
import { INT32 } from './ideal.js';
import { at, checkLength, checkProduct, checkRange, checkValues, clamp, floorShift, type Product } from './limits.js';

export interface RadixSettings {
  /** One 32-bit integer a column; `null` = zeros. */
  readonly preload: Int32Array | null;
  readonly shift: number;
  readonly greatestShift: number;
}

/** The potential after the last plane, one a column. `p.x` holds the binary planes, most significant first, one row a plane. */
export function radixSums(p: Product): Float64Array {
  checkProduct(p);
  checkValues(p.place, 'spike', p.x, { lo: 0, hi: 1 });
  const v = new Float64Array(p.columns);
  for (let t = 0; t < p.batch; t++) {
    for (let j = 0; j < p.columns; j++) {
      let input = 0;
      for (let i = 0; i < p.rows; i++) if (at(p.x, t * p.rows + i) === 1) input += at(p.w, i * p.columns + j);
      v[j] = 2 * at(v, j) + input;
    }
  }
  return v;
}

/** `clamp((v + b[j]) >> c, 0, 2^T - 1)` after `T = p.batch` planes, one a column. Refuses with T401 what breaks a limit. */
export function radixReference(p: Product, s: RadixSettings): Int32Array {
  checkRange(p.place, 'number of planes', p.batch, { lo: 1, hi: 15 });
  checkRange(p.place, 'shift', s.shift, { lo: 0, hi: s.greatestShift });
  if (s.preload !== null) checkLength(p.place, 'preload', s.preload.length, p.columns);
  const { preload } = s;
  const total = radixSums(p).map((v, j) => v + (preload === null ? 0 : at(preload, j)));
  checkValues(p.place, 'sum', total, INT32);
  return Int32Array.from(total, (v) => clamp(floorShift(v, s.shift), 0, 2 ** p.batch - 1));
}
