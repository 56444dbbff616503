/** Cells of PRIME's weights: two of 4 bits each, in arrays that are subtracted (spec/chips.md, section 4). */
import { cellValue, known } from './composed.js';
import type { TileSpec } from './types.js';

/** By row and column: what a weight's cells hold, each with the weight's sign. */
export interface Cells {
  readonly low: Int16Array;
  readonly high: Int16Array;
}

/** A tile is asked about several times: what it costs, and to be packed. It must not change between. */
const answers = new WeakMap<TileSpec, Cells>();

/** Those of a tile with two cells of 4 bits a weight. */
export function cellsOf(spec: TileSpec): Cells {
  const found = answers.get(spec) ?? { low: cellOf(spec, 0), high: cellOf(spec, 1) };
  answers.set(spec, found);
  return found;
}

function cellOf(spec: TileSpec, cell: number): Int16Array {
  const { weights, cells } = spec;
  if (cells !== undefined) return cells[cell] as Int16Array;
  const { a } = known(spec);
  const values = new Int16Array(weights.length);
  for (let i = 0; i < values.length; i++) values[i] = cellValue(weights[i] as number, a, cell, 0);
  return values;
}
