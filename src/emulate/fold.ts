/**
 * Rows that a core-op gathers several times over become one row of added weights: kernels then read and multiply them once. Exact where the sum is one
 * integer sum. Where it is composed of parts that are converted each for itself, the parts are integer sums, so that cells are added up, each for itself.
 */
import type { Arithmetic } from '../chip/types.js';
import type { CoreOp, Gather } from '../cores/types.js';
import { gatheredRows } from '../cores/scales.js';
import { cellValue } from '../kernels/composed.js';

/** Weights and cells lie in int16 in memory. */
const MOST_WEIGHT = 2 ** 15 - 1;

/** An op some rows of which may have been added up; `cells` as kernels take them (kernels/types.ts). */
export interface FoldedOp extends CoreOp {
  readonly cells?: readonly Int16Array[];
}

/** The op with each gather once, if it has any twice and what is added up fits; else the op itself. */
export function foldRepeats(op: CoreOp, arithmetic: Arithmetic): FoldedOp {
  const { weights } = op;
  const keys = op.gathers.map(keyOf);
  const first = keys.map((key) => keys.indexOf(key));
  if (first.every((f, i) => f === i) || !(weights instanceof Int16Array)) return op;
  if (arithmetic.kind === 'composed' && arithmetic.polarity !== 'subtract') return op;
  const targets = rowsAfter(op, first);
  const rows = 1 + targets.reduce((most, t) => Math.max(most, t), 0);
  const folded = (value: (w: number) => number): Int16Array | null => addedUp(weights, op.columns, targets, rows, value);
  const sums = folded((w) => w);
  if (sums === null) return op;
  const gathers = op.gathers.filter((_, i) => first[i] === i);
  if (arithmetic.kind !== 'composed') return { ...op, gathers, weights: sums };
  const cells = Array.from({ length: arithmetic.weightBits / arithmetic.cellBits }, (_, cell) => folded((w) => cellValue(w, arithmetic, cell, 0)));
  return cells.every((values) => values !== null) ? { ...op, gathers, weights: sums, cells } : op;
}

/** Of each row of the op, constant rows too, the row that it becomes part of. */
function rowsAfter(op: CoreOp, first: readonly number[]): Int32Array {
  const targets: number[] = [];
  const starts: number[] = [];
  let rows = 0;
  op.gathers.forEach((g, i) => {
    const size = gatheredRows([g]);
    if (first[i] === i) {
      starts.push(rows);
      rows += size;
    } else {
      starts.push(starts[first[i] as number] as number);
    }
    for (let k = 0; k < size; k++) targets.push((starts[i] as number) + k);
  });
  for (let k = 0; k < op.constantRows; k++) targets.push(rows + k);
  return Int32Array.from(targets);
}

/** Sums of values of the weights, [rows x columns], or `null` where one leaves int16. */
function addedUp(weights: Int16Array, columns: number, targets: Int32Array, rows: number, value: (w: number) => number): Int16Array | null {
  const sums = new Int32Array(rows * columns);
  weights.forEach((w, k) => (sums[(targets[Math.floor(k / columns)] as number) * columns + (k % columns)] += value(w)));
  return sums.some((s) => Math.abs(s) > MOST_WEIGHT) ? null : Int16Array.from(sums);
}

function keyOf({ signal, channels, kernel, stride, dilation, origin, fill }: Gather): string {
  return [signal, channels, kernel, stride, dilation, origin, fill].join(';');
}
