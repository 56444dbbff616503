import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseShard, shardRange } from '../../src/evaluate/shard.js';

describe('shards', () => {
  it('join end to end, cover all samples, and differ by one sample at most', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 100_000 }), fc.integer({ min: 1, max: 200 }), (samples, of) => {
      const ranges = Array.from({ length: of }, (_, i) => shardRange(samples, { index: i + 1, of }));
      expect(ranges.map(({ first }) => first)).toEqual([0, ...ranges.slice(0, -1).map(({ end }) => end)]);
      expect(ranges.at(-1)!.end).toBe(samples);
      const sizes = ranges.map(({ first, end }) => end - first);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }), { seed: 1, numRuns: 100 });
  });

  it('are all samples if there is one', () => {
    expect(shardRange(7)).toEqual({ first: 0, end: 7 });
  });

  it.each(['0/4', '5/4', '1', '1/', '/2', '1/0', '-1/2', '1/100001', '1.5/2', ' 1/2', '1/2/3'])('are not %s', (text) => {
    expect(parseShard(text)).toBeUndefined();
  });

  it('are read from text', () => {
    expect(parseShard('4/4')).toEqual({ index: 4, of: 4 });
    expect(parseShard('100000/100000')).toEqual({ index: 100_000, of: 100_000 });
  });
});
