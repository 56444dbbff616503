/** Cutting rows into pieces that fit: every row exactly once, none too tall. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { channelsFor, chunkRows, cutChunk, packChunks, split, splitBy, wholeChunk, type Chunk } from '../../src/expand/chunks.js';
import type { Term } from '../../src/reform/types.js';

const upTo = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });

function term(channels: number, kernel: readonly [number, number], groups = 1): Term {
  return {
    input: { name: 'x', shape: [channels, 9, 9] }, weights: new Float64Array(0), kernel, stride: [1, 1], dilation: [1, 1], origin: [0, 0], groups,
  };
}

/** Every row of a chunk by name. */
function rowsOf({ ky, kx, channels }: Chunk): string[] {
  const rows: string[] = [];
  for (let y = ky[0]; y < ky[1]; y++) for (let x = kx[0]; x < kx[1]; x++) for (let c = channels[0]; c < channels[1]; c++) rows.push(`${y},${x},${c}`);
  return rows;
}

describe('cutting', () => {
  const chunks = fc.tuple(upTo(40), fc.tuple(upTo(7), upTo(7))).map(([channels, kernel]) => wholeChunk(term(channels, kernel), [0, channels]));

  it('covers every row once, within the limit', () => {
    fc.assert(fc.property(chunks, upTo(64), (chunk, limit) => {
      const pieces = cutChunk(chunk, limit);
      expect(pieces.every((p) => chunkRows(p) >= 1 && chunkRows(p) <= limit)).toBe(true);
      expect(pieces.flatMap(rowsOf).sort()).toEqual(rowsOf(chunk).sort());
    }), { seed: 1, numRuns: 200 });
  });

  it('leaves whole what fits, and makes few pieces of what does not', () => {
    fc.assert(fc.property(chunks, upTo(64), (chunk, limit) => {
      const rows = chunkRows(chunk);
      const pieces = cutChunk(chunk, limit).length;
      if (rows <= limit) expect(pieces).toBe(1);
      // A cut along one of three dimensions wastes less than half a core each time.
      expect(pieces).toBeLessThanOrEqual(Math.max(1, 4 * Math.ceil(rows / limit)));
    }), { seed: 2, numRuns: 200 });
  });

  it('packs all pieces, none split, within the limit', () => {
    fc.assert(fc.property(fc.array(chunks, { minLength: 1, maxLength: 4 }), fc.integer({ min: 8, max: 64 }), (given, limit) => {
      const pieces = given.flatMap((c) => cutChunk(c, limit));
      const blocks = packChunks(pieces, limit);
      expect(blocks.every((b) => b.length > 0 && b.reduce((n, c) => n + chunkRows(c), 0) <= limit)).toBe(true);
      expect(new Set(blocks.flat())).toEqual(new Set(pieces));
      expect(blocks.flat()).toHaveLength(pieces.length);
    }), { seed: 3, numRuns: 100 });
  });

  it('splits ranges into adjoining, nearly equal parts', () => {
    fc.assert(fc.property(fc.nat(50), upTo(100), upTo(30), (from, length, most) => {
      const parts = splitBy([from, from + length], most);
      const sizes = parts.map(([a, b]) => b - a);
      expect(parts.flatMap(([a, b]) => Array.from({ length: b - a }, (_, i) => a + i))).toEqual(Array.from({ length }, (_, i) => from + i));
      expect(Math.max(...sizes)).toBeLessThanOrEqual(most);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      expect(split(from, from + length, 1)).toEqual([[from, from + length]]);
    }), { seed: 4, numRuns: 100 });
  });

  it('finds the input channels of grouped columns', () => {
    const grouped = term(12, [1, 1], 4);
    expect(channelsFor(grouped, 8, [0, 2])).toEqual([0, 3]);
    expect(channelsFor(grouped, 8, [1, 3])).toEqual([0, 6]);
    expect(channelsFor(grouped, 8, [6, 8])).toEqual([9, 12]);
  });
});
