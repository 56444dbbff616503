/** One tile tuned column by column: what is kept of several trials is what one product of its integers gives. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Product } from '../../src/chip/arithmetic/limits.js';
import { composedReference } from '../../src/chip/arithmetic/composed.js';
import { idealReference } from '../../src/chip/arithmetic/ideal.js';
import { windowReference } from '../../src/chip/arithmetic/window.js';
import type { Chip } from '../../src/chip/types.js';
import { integerTile, linearStage, type LinearStage, type RealTile } from '../../src/cores/realise.js';
import { loadChip } from '../../src/data/chips.js';
import { Judge } from '../../src/tune/errors.js';
import { DEFAULT_STEPS } from '../../src/tune/steps.js';
import type { TileTarget } from '../../src/tune/target.js';
import { tuneTile } from '../../src/tune/tile.js';
import type { TunedTile } from '../../src/tune/trial.js';
import type { Rows, TileIntegers, Workbench } from '../../src/tune/workbench.js';
import { generator, randomCodes } from '../kernels/setup.js';

const [ROWS, COLUMNS, SAMPLES, CONSTANT_ROWS] = [12, 5, 40, 6];
const NO_ROWS: Rows = { address: 0, pitch: 0, count: SAMPLES };

/** Codes [samples x columns] by the specification. */
function codesOf(chip: Chip, tile: TileIntegers, variable: Int16Array): Int16Array {
  const { arithmetic, core, weights } = chip;
  const input = chip.inputs.find(({ lo }) => lo === 0)!;
  const x = Int32Array.from({ length: SAMPLES * tile.rows }, (_, i) => {
    const [r, row] = [Math.floor(i / tile.rows), i % tile.rows];
    return row < ROWS ? variable[r * ROWS + row]! : input.hi;
  });
  const limits = { rows: core.rows, columns: core.columns, input, weights: weights! };
  const p: Product = { place: 'tile', batch: SAMPLES, rows: tile.rows, columns: tile.columns, x, w: Int32Array.from(tile.weights), limits };
  const { preload, config: { shift, gain, clamp }, table } = tile;
  const output = { lo: clamp![0], hi: clamp![1] };
  switch (arithmetic.kind) {
    case 'composed':
      return Int16Array.from(composedReference(p, { arithmetic, gain: gain!, table }));
    case 'window':
      return Int16Array.from(windowReference(p, { arithmetic, preload, shift: shift!, windowSigned: output.lo < 0, table, output }));
    default:
      if (arithmetic.kind !== 'ideal-limits') throw new Error(arithmetic.kind);
      return Int16Array.from(idealReference(p, { arithmetic, preload, shift: shift!, output, table }));
  }
}

interface Case {
  readonly stage: LinearStage;
  readonly target: TileTarget;
  readonly product: (tile: TileIntegers) => Int16Array;
  readonly tune: (thorough: boolean) => Promise<TunedTile>;
}

function caseOf(chip: Chip, seed: number): Case {
  const next = generator(seed);
  const stage = linearStage(chip)!;
  const bias = stage.bias === 'rows' ? CONSTANT_ROWS : 0;
  const { input, clamp } = stage;
  const x = randomCodes(next, SAMPLES * ROWS, input.lo, input.hi);
  const uniform = (): number => next(-1000, 1000) / 1000;
  const real: RealTile = {
    rows: ROWS, columns: COLUMNS, weights: Float64Array.from({ length: ROWS * COLUMNS }, uniform), bias: Float64Array.from({ length: COLUMNS }, uniform),
  };
  // What the sums should be is moved and blurred: by column, another offset is best.
  const moved = Float64Array.from({ length: COLUMNS }, uniform);
  const values = Float32Array.from({ length: SAMPLES * COLUMNS }, (_, i) => {
    const [r, j] = [Math.floor(i / COLUMNS), i % COLUMNS];
    let sum = real.bias[j]! + 0.05 * moved[j]! + 0.02 * uniform();
    for (let k = 0; k < ROWS; k++) sum += (x[r * ROWS + k]! / input.hi) * real.weights[k * COLUMNS + j]!;
    return sum;
  });
  const step = 4 / (clamp.hi - clamp.lo);
  const zero = Math.max(clamp.lo, 0);
  const fill = (length: number, v: number): Float64Array => new Float64Array(length).fill(v);
  const target: TileTarget = {
    values, code: { ...clamp, step: [step], zero: [zero] }, channel: 0, copies: 1, segments: 1, table: null, sums: null, offset: fill(COLUMNS, 0.5),
    scales: { rowStep: fill(ROWS, 1 / input.hi), rowZero: fill(ROWS, 0), columnStep: fill(COLUMNS, step), columnZero: fill(COLUMNS, zero) },
  };
  const product = (tile: TileIntegers): Int16Array => codesOf(chip, tile, x);
  const products: Workbench['products'] = (rounded, settings) => (made) => (
    product({ ...settings, ...integerTile(rounded, made), rows: ROWS + settings.constantRows, columns: COLUMNS }));
  const scoped = <T>(work: () => T): T => work();
  const bench = { stage, steps: new Set(DEFAULT_STEPS), pause: () => Promise.resolve(), products, scoped } as unknown as Workbench;
  return { stage, target, product, tune: (thorough) => tuneTile(bench, real, bias, NO_ROWS, target, thorough) };
}

describe.each(['tianji', 'prime', 'prime-ideal'])('a tile tuned for %s', (name) => {
  const chip = loadChip(name);

  it('has the codes and errors of its integers, whichever trial each column is from', async () => {
    const offsets = new Set<number>();
    await fc.assert(fc.asyncProperty(fc.nat(), async (seed) => {
      const { stage, target, product, tune } = caseOf(chip, seed);
      const tuned = await tune(true);
      const { weights, preload } = tuned.integers;
      const rows = weights.length / COLUMNS;
      const config = stage.config(tuned.k);
      const codes = product({ rows, constantRows: rows - ROWS, columns: COLUMNS, weights, preload, config, table: null });
      expect(tuned.codes).toEqual(codes);
      expect(tuned.error).toEqual(new Judge(target, COLUMNS).columnErrors(codes));
      tuned.offset.forEach((offset) => offsets.add(offset));
    }), { seed: 1, numRuns: 8 });
    expect(offsets.size).toBeGreaterThan(8);
  });

  it('errs less than before columns were looked at one by one', async () => {
    const totals = async (thorough: boolean): Promise<number> => {
      let sum = 0;
      for (let seed = 0; seed < 8; seed++) sum += (await caseOf(chip, seed).tune(thorough)).total;
      return sum;
    };
    expect(await totals(true)).toBeLessThan(await totals(false));
  });
});
