/** The best integers of one tile for given scales: exponent, half LSB and bias correction by squared error through the real arithmetic. */
import { realise, weightPeak, type IntegerTile, type RealTile, type TileScales } from '../cores/realise.js';
import type { Code } from '../cores/types.js';
import { stepOf, zeroOf } from '../cores/scales.js';
import type { Rows, Workbench } from './workbench.js';

/** What a tile should give: values [count x columns], and the code in which it gives them. */
export interface TileTarget {
  readonly values: Float32Array;
  /** Code of the results by column: `column(j)` is its channel. */
  readonly code: Code;
  readonly channel: number;
  /** Scales of the sum before the table; equal to those of the code without one. */
  readonly scales: TileScales;
  readonly table: Int16Array | null;
  /** Offset of each column in codes that turns the floor into rounding: 1/2, and for copies of an output other fractions. */
  readonly offset: Float64Array;
}

export interface TunedTile {
  readonly integers: IntegerTile;
  readonly k: number;
  /** Sum of squared errors of each column, in units of the values. */
  readonly error: Float64Array;
  readonly total: number;
  readonly codes: Int16Array;
}

/** Offsets tried where truncation of parts loses more than half an LSB. */
const TRUNCATION_OFFSETS = [0, 0.5, 1, 1.5];
const CORRECTION_ROUNDS = 2;

/** Exponents worth trying: the largest whose weights fit, the next (clipping some weights), and the one below. */
export function exponentsFor(bench: Workbench, real: RealTile, scales: TileScales): number[] {
  const { stage } = bench;
  const peak = weightPeak(real, scales);
  const limit = Math.min(stage.weights.hi, -stage.weights.lo);
  let most = stage.exponents[0];
  for (const k of stage.exponents) if (peak * 2 ** k <= limit + 0.5) most = k;
  return [most - 1, most, most + 1].filter((k) => stage.exponents.includes(k));
}

/** The best of all exponents; `thorough` adds offsets and bias correction by column. */
export async function tuneTile(
  bench: Workbench, real: RealTile, constantRows: number, rows: Rows, target: TileTarget, thorough: boolean,
): Promise<TunedTile> {
  let best: TunedTile | null = null;
  for (const k of exponentsFor(bench, real, target.scales)) {
    await bench.pause();
    const tuned = tuneAt(bench, real, constantRows, rows, target, k, thorough);
    if (best === null || tuned.total < best.total) best = tuned;
  }
  if (best === null) throw new Error('no exponent');
  return best;
}

function tuneAt(
  bench: Workbench, real: RealTile, constantRows: number, rows: Rows, target: TileTarget, k: number, thorough: boolean,
): TunedTile {
  const attempt = (offset: Float64Array): TunedTile => evaluate(bench, real, constantRows, rows, target, k, offset);
  const truncates = bench.stage.bias === 'rows';
  let offset = truncates ? target.offset.map((o) => o + 0.5) : target.offset;
  let best = attempt(offset);
  if (!thorough) return best;
  const keepBetter = (tried: Float64Array): void => {
    const result = attempt(tried);
    offset = offset.map((o, j) => (result.error[j] < best.error[j] ? tried[j] : o));
    best = attempt(offset);
  };
  if (truncates) for (const shift of TRUNCATION_OFFSETS) keepBetter(target.offset.map((o) => o - 0.5 + shift));
  for (let round = 0; round < CORRECTION_ROUNDS; round++) {
    const mean = meanError(target, best.codes, real.columns);
    keepBetter(offset.map((o, j) => o - mean[j]));
  }
  return best;
}

function evaluate(
  bench: Workbench, real: RealTile, constantRows: number, rows: Rows, target: TileTarget, k: number, offset: Float64Array,
): TunedTile {
  const integers = realise(real, target.scales, bench.stage, k, constantRows, offset);
  const tile = {
    rows: real.rows + constantRows, columns: real.columns, weights: integers.weights, preload: integers.preload, config: bench.stage.config(k),
    table: target.table,
  };
  const codes = bench.product(tile, rows);
  const error = columnErrors(target, codes, real.columns);
  return { integers, k, error, total: error.reduce((a, b) => a + b, 0), codes };
}

function columnErrors(target: TileTarget, codes: Int16Array, columns: number): Float64Array {
  const error = new Float64Array(columns);
  const step = Float64Array.from({ length: columns }, (_, j) => stepOf(target.code, target.channel + j));
  const zero = Float64Array.from({ length: columns }, (_, j) => zeroOf(target.code, target.channel + j));
  for (let i = 0; i < codes.length; i += columns) {
    for (let j = 0; j < columns; j++) {
      const e = (codes[i + j] - zero[j]) * step[j] - target.values[i + j];
      error[j] += e * e;
    }
  }
  return error;
}

/** Mean of code - target in codes, by column, over rows where neither lies at an end of the range: there an offset changes the result. */
function meanError(target: TileTarget, codes: Int16Array, columns: number): Float64Array {
  const sum = new Float64Array(columns);
  const count = new Float64Array(columns);
  const { lo, hi } = target.code;
  for (let i = 0; i < codes.length; i += columns) {
    for (let j = 0; j < columns; j++) {
      const want = target.values[i + j] / stepOf(target.code, target.channel + j) + zeroOf(target.code, target.channel + j);
      const got = codes[i + j];
      if ((got <= lo && want <= lo) || (got >= hi && want >= hi)) continue;
      sum[j] += got - want;
      count[j]++;
    }
  }
  return sum.map((s, j) => (count[j] > 0 ? s / count[j] : 0));
}
