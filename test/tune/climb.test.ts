/** Search among candidates: of one valley the bottom, with no more looks than the way there takes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { climb } from '../../src/tune/climb.js';

describe('climb', () => {
  it('finds the bottom of one valley from wherever it starts', async () => {
    const distinct = fc.uniqueArray(fc.integer({ min: -100, max: 100 }), { minLength: 1, maxLength: 12 });
    await fc.assert(fc.asyncProperty(distinct, fc.nat(), fc.double({ min: -120, max: 120, noNaN: true }), async (values, at, bottom) => {
      const candidates = values.sort((a, b) => a - b);
      const start = candidates[at % candidates.length]!;
      const looked: number[] = [];
      const best = await climb(candidates, start, (candidate) => {
        looked.push(candidate);
        return Promise.resolve(Math.abs(candidate - bottom));
      });
      expect(Math.abs(best - bottom)).toBe(Math.min(...candidates.map((c) => Math.abs(c - bottom))));
      expect(new Set(looked).size).toBe(looked.length);
      expect(looked.length).toBeLessThanOrEqual(Math.abs(candidates.indexOf(best) - candidates.indexOf(start)) + 3);
    }), { numRuns: 300, seed: 1 });
  });

  it('stays where nothing is better', async () => {
    expect(await climb([1, 2, 3], 2, () => Promise.resolve(7))).toBe(2);
  });
});
