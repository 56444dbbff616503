/** Rows of a sum that merges take themselves. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkRows, wholeChunk, type Chunk } from '../../src/expand/chunks.js';
import { mixedPlan, type MergeRoom } from '../../src/expand/mixed.js';
import type { Term } from '../../src/reform/types.js';

const term = (channels: number, kernel: number): Term => ({
  input: { name: 'x', shape: [channels, 8, 8] }, weights: new Float64Array(0), kernel: [kernel, kernel], stride: [1, 1], dilation: [1, 1], origin: [0, 0],
  groups: 1,
});
const whole = (channels: number, kernel = 1): Chunk => wholeChunk(term(channels, kernel), [0, channels]);
const rowsOf = (chunks: readonly Chunk[]): number => chunks.reduce((n, c) => n + chunkRows(c), 0);
const room = (channels: number, pair: number, rows: number, more: Partial<MergeRoom> = {}): MergeRoom => ({
  channels, values: pair * channels, columnLimit: rows, blockRows: rows, mergeRows: rows, spare: 0, residual: 0,
  widest: Math.min(channels, rows), ...more,
});

describe('merges that multiply', () => {
  it('take the place of row blocks: 288 rows and 32 channels in two core-ops instead of three', () => {
    const plan = mixedPlan([whole(32, 3)], room(32, 1, 256))!;
    expect([plan.blocks, plan.width, rowsOf(plan.direct), rowsOf(plan.rest)]).toEqual([1, 32, 216, 72]);
  });

  it('are not there where they spare nothing', () => {
    // One channel is 30 rows: a merge of 2 x 24 codes in 64 rows has no room for it.
    expect(mixedPlan([whole(4, 5)], room(24, 1, 64))).toBeNull();
  });

  it('keep to the limits, and leave out no row', () => {
    const any = fc.record({
      channels: fc.integer({ min: 1, max: 300 }), inputs: fc.integer({ min: 1, max: 600 }), kernel: fc.constantFrom(1, 3, 5), pair: fc.constantFrom(1, 2),
      rows: fc.constantFrom(64, 128, 256), residual: fc.integer({ min: 0, max: 2 }), spare: fc.constantFrom(0, 12),
    });
    let found = 0;
    fc.assert(fc.property(any, ({ channels, inputs, kernel, pair, rows, residual, spare }) => {
      const chunks = [whole(inputs, kernel), whole(2)];
      const limits = room(channels, pair, rows, { residual, spare });
      const plan = mixedPlan(chunks, limits);
      if (plan === null) return;
      found++;
      expect(rowsOf(plan.direct) + rowsOf(plan.rest)).toBe(rowsOf(chunks));
      expect(rowsOf(plan.rest)).toBeLessThanOrEqual(plan.blocks * rows);
      expect(rowsOf(plan.direct) + plan.width * (plan.blocks * pair + residual) + spare).toBeLessThanOrEqual(rows);
      expect(plan.blocks).toBeLessThanOrEqual(Math.ceil(rowsOf(chunks) / rows));
    }), { seed: 1, numRuns: 500 });
    expect(found).toBeGreaterThan(50);
  });
});
