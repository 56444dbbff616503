/**
 * Rows that a core-op gathers several times over become one row of added weights: kernels then read and multiply them once. Exact where the sum is one
 * integer sum; not where it is composed of parts that are converted each for itself.
 */
import type { CoreOp, Gather } from '../cores/types.js';
import { gatheredRows } from '../cores/scales.js';

/** Weights lie in int16 in memory. */
const MOST_WEIGHT = 2 ** 15 - 1;

/** The op with each gather once, if it has any twice and the added weights fit; else the op itself. */
export function foldRepeats(op: CoreOp): CoreOp {
  const keys = op.gathers.map(keyOf);
  const first = keys.map((key) => keys.indexOf(key));
  if (first.every((f, i) => f === i) || !(op.weights instanceof Int16Array)) return op;
  const kept = op.gathers.filter((_, i) => first[i] === i);
  const target = rowStarts(kept.map((g) => gatheredRows([g])));
  const placeOf = new Map(kept.map((g, i): [string, number] => [keyOf(g), target[i]]));
  const rows = gatheredRows(kept);
  const { columns } = op;
  const sums = new Int32Array((rows + op.constantRows) * columns);
  let from = 0;
  op.gathers.forEach((g, i) => {
    const size = gatheredRows([g]) * columns;
    const to = (placeOf.get(keys[i]) ?? 0) * columns;
    for (let k = 0; k < size; k++) sums[to + k] += op.weights[from + k];
    from += size;
  });
  for (let k = 0; k < op.constantRows * columns; k++) sums[rows * columns + k] = op.weights[from + k];
  if (sums.some((w) => Math.abs(w) > MOST_WEIGHT)) return op;
  return { ...op, gathers: kept, weights: Int16Array.from(sums) };
}

function keyOf({ signal, channels, kernel, stride, dilation, origin, fill }: Gather): string {
  return [signal, channels, kernel, stride, dilation, origin, fill].join(';');
}

function rowStarts(sizes: readonly number[]): number[] {
  let at = 0;
  return sizes.map((n) => (at += n) - n);
}
