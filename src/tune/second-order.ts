/**
 * Second-order rounding: rows are rounded one after the other, and what each loses is made up for by those that are not rounded yet, as far as their inputs
 * go together (Frantar and others: GPTQ, 2022).
 */
import { cholesky, damped, inverse } from './linear.js';

/** Added to the diagonal of the second moments, relative to its mean: few samples do not determine all of them. */
const DAMP = 0.05;

/**
 * `weights`: [rows x columns], in units in which `round` takes a weight of a row to a legal one. `moments`: [rows x rows], sums of products of
 * the rows' inputs. Returns the rounded weights.
 */
export function secondOrder(
  weights: Float64Array, rows: number, columns: number, moments: Float64Array, round: (weight: number, row: number) => number,
): Float64Array {
  const inverted = inverse(cholesky(damped(moments, rows, DAMP), rows), rows);
  // Lower factor of the inverse: its columns are what the recursive updates of the inverse would give.
  const l = cholesky(damped(inverted, rows, 1e-9), rows);
  const left = Float64Array.from(weights);
  const rounded = new Float64Array(weights.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const w = left[i * columns + j];
      const q = round(w, i);
      rounded[i * columns + j] = q;
      const e = (w - q) / l[i * rows + i];
      if (e === 0) continue;
      for (let k = i + 1; k < rows; k++) left[k * columns + j] -= e * l[k * rows + i];
    }
  }
  return rounded;
}
