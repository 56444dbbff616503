/** Shifts of copies spread: the mean of copies whose truncation depends on their shifts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Judge } from '../../src/tune/errors.js';
import { spreadCopies } from '../../src/tune/spread.js';
import type { TileTarget } from '../../src/tune/target.js';
import type { ColumnChoice, TunedTile } from '../../src/tune/trial.js';
import { generator } from '../kernels/setup.js';

const ROWS = 300;
const MOST = 12;

/** A sum of one part that is truncated toward zero to codes, and another that makes up for what a shift takes from it: as a composed sum's second and first. */
function simulated(copies: number, values: number, seed: number): { target: TileTarget; start: TunedTile; attempt: (choice: ColumnChoice) => TunedTile } {
  const columns = copies * values;
  const next = generator(seed);
  const sums = Float32Array.from({ length: ROWS * columns }, () => 0);
  for (let r = 0; r < ROWS; r++) {
    for (let v = 0; v < values; v++) sums.fill(20 + next(-4000, 4000) / 1000, r * columns + v * copies, r * columns + (v + 1) * copies);
  }
  const none = new Float64Array(0);
  const target: TileTarget = {
    values: sums.map((s) => s + 3), sums, code: { lo: 0, hi: 63, step: [1], zero: [0] }, channel: 0, copies, segments: 1, table: null, offset: none,
    scales: { rowStep: none, rowZero: none, columnStep: none, columnZero: none },
  };
  const attempt = ({ shift, offset }: ColumnChoice): TunedTile => {
    const codes = Int16Array.from(sums, (s, i) => {
      const moved = (shift[i % columns]! * 7) / 8;
      return 20 - Math.floor(moved) + Math.trunc(s - 20 + moved) + Math.floor(offset[i % columns]! + 0.5);
    });
    return { integers: { weights: new Int16Array(0), preload: null }, k: 7, spacing: 1, shift, offset, error: none, total: 0, codes };
  };
  return { target, start: attempt({ shift: new Int32Array(columns), offset: new Float64Array(columns) }), attempt };
}

describe('shifts of copies', () => {
  it('make their mean finer, and stay in range', () => {
    fc.assert(fc.property(fc.integer({ min: 2, max: 8 }), fc.integer({ min: 1, max: 4 }), fc.nat(), (copies, values, seed) => {
      const { target, start, attempt } = simulated(copies, values, seed);
      const judge = new Judge(target, copies * values).besideSums;
      const errorOf = (codes: Int16Array): number => judge.groupErrors(codes).reduce((a, b) => a + b, 0);
      const spread = attempt(spreadCopies(target, judge, start, MOST, (choice) => attempt(choice).codes));
      expect(errorOf(spread.codes)).toBeLessThan(0.6 * errorOf(start.codes));
      for (const u of spread.shift) expect(u <= 0 && u >= -MOST).toBe(true);
    }), { numRuns: 20, seed: 1 });
  });
});
