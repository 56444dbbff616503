/** Cells of PRIME's weights: two of 4 bits each, in arrays that are subtracted (spec/chips.md, section 4). */
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
  const found = answers.get(spec) ?? split(spec);
  answers.set(spec, found);
  return found;
}

/** As `cellValue` has them, which asks the arithmetic for each: tuning splits a tile for every product. */
function split({ weights, cells }: TileSpec): Cells {
  if (cells !== undefined) return { low: cells[0] as Int16Array, high: cells[1] as Int16Array };
  const [low, high] = [new Int16Array(weights.length), new Int16Array(weights.length)];
  for (let i = 0; i < weights.length; i++) {
    const w = weights[i] as number;
    const magnitude = Math.abs(w);
    low[i] = w < 0 ? -(magnitude & 15) : magnitude & 15;
    high[i] = w < 0 ? -(magnitude >> 4) : magnitude >> 4;
  }
  return { low, high };
}
