/**
 * Composed arithmetic (spec/chips.md, section 4): the slow, obvious reference.
 */
import { fail } from '../../diagnostics.js';
import type { ComposedArithmetic } from '../types.js';
import { applyTable, at, checkLength, checkProduct, checkRange, checkValues, clamp, floorShift, type Product } from './limits.js';

export interface ComposedSettings {
  readonly arithmetic: ComposedArithmetic;
  readonly gain: number;
  /** 2^outputBits entries; `null` = none. */
  readonly table: ArrayLike<number> | null;
}

/**
 * What the converter sees of one cell and one phase, [batch x columns]: the sums of the two arrays, both >= 0. `D = positive - negative`.
 */
export interface ComposedPartial {
  readonly cell: number;
  readonly phase: number;
  /** The converter's shift for this partial. */
  readonly shift: number;
  readonly positive: Float64Array;
  readonly negative: Float64Array;
}

/** PRIME's parameters. */
export const PRIME: ComposedArithmetic = {
  kind: 'composed',
  inputBits: 6,
  phaseBits: 3,
  weightBits: 8,
  cellBits: 4,
  converterBits: 6,
  fullScaleShift: 16,
  greatestGain: 9,
  outputBits: 6,
  polarity: 'subtract',
};

/** `Q(d, k) = sgn(d) * min(|d| >> k, 2^C - 1)`. */
export function convert(d: number, shift: number, converterBits: number): number {
  return Math.sign(d) * Math.min(floorShift(Math.abs(d), shift), 2 ** converterBits - 1);
}

/**
 * Refuses parameters that the section does not define: parts that do not divide, a gain or a shift outside its range; and codes beyond 16
 * bits.
 */
export function checkComposed(place: string, a: ComposedArithmetic, gain: number): void {
  checkRange(place, 'number of input bits', a.inputBits, { lo: 1, hi: 15 });
  checkRange(place, 'number of weight bits', a.weightBits, { lo: 1, hi: 15 });
  checkRange(place, 'number of output bits', a.outputBits, { lo: 1, hi: 15 });
  checkRange(place, 'number of converter bits', a.converterBits, { lo: 1, hi: 30 });
  checkRange(place, 'full-scale shift', a.fullScaleShift, { lo: 0, hi: 62 });
  if (a.inputBits % a.phaseBits !== 0) fail('T401', place, `phases of ${a.phaseBits} bits do not divide ${a.inputBits} input bits`);
  if (a.weightBits % a.cellBits !== 0) fail('T401', place, `cells of ${a.cellBits} bits do not divide ${a.weightBits} weight bits`);
  checkRange(place, 'gain', gain, { lo: 0, hi: a.greatestGain });
  const least = a.fullScaleShift - gain - (a.weightBits - a.cellBits) - (a.inputBits - a.phaseBits);
  if (least < 0) fail('T401', place, `converter shift is ${least} at gain ${gain}`, { limit: 'at least 0' });
}

/** Steps 1 and 2: the partial sums of every phase and cell. Refuses with T401 what breaks a limit. */
export function composedPartials(p: Product, a: ComposedArithmetic, gain: number): ComposedPartial[] {
  checkComposed(p.place, a, gain);
  checkProduct(p);
  checkValues(p.place, 'input', p.x, { lo: 0, hi: 2 ** a.inputBits - 1 });
  checkValues(p.place, 'weight', p.w, { lo: 1 - 2 ** a.weightBits, hi: 2 ** a.weightBits - 1 });
  const partials: ComposedPartial[] = [];
  for (let cell = 0; cell < a.weightBits / a.cellBits; cell++) {
    for (let phase = 0; phase < a.inputBits / a.phaseBits; phase++) {
      const shift = a.fullScaleShift - gain - a.cellBits * cell - a.phaseBits * phase;
      partials.push({ cell, phase, shift, ...arraySums(p, a, cell, phase) });
    }
  }
  return partials;
}

/** Part `k` of a magnitude cut into parts of `bits` bits. */
function part(magnitude: number, k: number, bits: number): number {
  return floorShift(magnitude, k * bits) % 2 ** bits;
}

function arraySums(p: Product, a: ComposedArithmetic, cell: number, phase: number): { positive: Float64Array; negative: Float64Array } {
  const positive = new Float64Array(p.batch * p.columns);
  const negative = new Float64Array(p.batch * p.columns);
  for (let r = 0; r < p.batch; r++) {
    for (let i = 0; i < p.rows; i++) {
      const x = part(at(p.x, r * p.rows + i), phase, a.phaseBits);
      for (let j = 0; j < p.columns; j++) {
        const w = at(p.w, i * p.columns + j);
        const array = w >= 0 ? positive : negative;
        array[r * p.columns + j] = at(array, r * p.columns + j) + x * part(Math.abs(w), cell, a.cellBits);
      }
    }
  }
  return { positive, negative };
}

/** Steps 1 to 5: output codes, [batch x columns]. Refuses with T401 what breaks a limit. */
export function composedReference(p: Product, s: ComposedSettings): Int32Array {
  const a = s.arithmetic;
  const greatest = 2 ** a.outputBits - 1;
  if (s.table !== null) {
    checkLength(p.place, 'table', s.table.length, 2 ** a.outputBits);
    checkValues(p.place, 'table entry', s.table, { lo: 0, hi: greatest });
  }
  const result = new Float64Array(p.batch * p.columns);
  for (const { shift, positive, negative } of composedPartials(p, a, s.gain)) {
    for (let k = 0; k < result.length; k++) {
      const [plus, minus] = [at(positive, k), at(negative, k)];
      const partial = a.polarity === 'subtract'
        ? convert(plus - minus, shift, a.converterBits)
        : convert(plus, shift, a.converterBits) - convert(minus, shift, a.converterBits);
      result[k] = at(result, k) + partial;
    }
  }
  return applyTable(Int32Array.from(result, (r) => clamp(r, 0, greatest)), 0, s.table);
}
