/**
 * Composed arithmetic (spec/chips.md, section 4) on many rows: as `composedReference`, but parts of weights and inputs are cut once and not
 * once a product, which is what makes whole networks possible.
 */
import { checkComposed, convert, type ComposedPartial } from '../../chip/arithmetic/composed.js';
import { applyTable, at, checkLength, checkProduct, checkValues, clamp, type Product } from '../../chip/arithmetic/limits.js';
import type { ComposedArithmetic } from '../../chip/types.js';

/** What the converter sees, one cell and phase after the other (steps 1 and 2). Refuses with T401 what breaks a limit. */
export function* composedSums(p: Product, a: ComposedArithmetic, gain: number): Generator<ComposedPartial> {
  checkComposed(p.place, a, gain);
  checkProduct(p);
  checkValues(p.place, 'input', p.x, { lo: 0, hi: 2 ** a.inputBits - 1 });
  checkValues(p.place, 'weight', p.w, { lo: 1 - 2 ** a.weightBits, hi: 2 ** a.weightBits - 1 });
  for (let cell = 0; cell < a.weightBits / a.cellBits; cell++) {
    const positive = p.w.map((w) => (w > 0 ? part(w, cell, a.cellBits) : 0));
    const negative = p.w.map((w) => (w < 0 ? part(-w, cell, a.cellBits) : 0));
    for (let phase = 0; phase < a.inputBits / a.phaseBits; phase++) {
      const x = p.x.map((code) => part(code, phase, a.phaseBits));
      const shift = a.fullScaleShift - gain - a.cellBits * cell - a.phaseBits * phase;
      yield { cell, phase, shift, positive: product(x, positive, p), negative: product(x, negative, p) };
    }
  }
}

/** Output codes, [batch x columns]. Refuses with T401 what breaks a limit. `table`: 2^outputBits entries, or `null`. */
export function composedRows(p: Product, a: ComposedArithmetic, gain: number, table: ArrayLike<number> | null): Int32Array {
  const greatest = 2 ** a.outputBits - 1;
  if (table !== null) {
    checkLength(p.place, 'table', table.length, greatest + 1);
    checkValues(p.place, 'table entry', table, { lo: 0, hi: greatest });
  }
  const result = new Float64Array(p.batch * p.columns);
  for (const { shift, positive, negative } of composedSums(p, a, gain)) {
    for (let k = 0; k < result.length; k++) {
      const [d, e] = [at(positive, k), at(negative, k)];
      const partial = a.polarity === 'subtract'
        ? convert(d - e, shift, a.converterBits)
        : convert(d, shift, a.converterBits) - convert(e, shift, a.converterBits);
      result[k] = at(result, k) + partial;
    }
  }
  return applyTable(Int32Array.from(result, (r) => clamp(r, 0, greatest)), 0, table);
}

/** Part `k` of an integer >= 0 cut into parts of `bits` bits (at most 15 bits in all). */
function part(value: number, k: number, bits: number): number {
  return (value >> (k * bits)) & ((1 << bits) - 1);
}

/** Exact `x * w`, [batch x columns]. */
function product(x: Int32Array, w: Int32Array, p: Product): Float64Array {
  const result = new Float64Array(p.batch * p.columns);
  for (let r = 0; r < p.batch; r++) {
    for (let i = 0; i < p.rows; i++) {
      const code = at(x, r * p.rows + i);
      // Most high parts are 0.
      if (code === 0) continue;
      for (let j = 0; j < p.columns; j++) result[r * p.columns + j] = at(result, r * p.columns + j) + code * at(w, i * p.columns + j);
    }
  }
  return result;
}
