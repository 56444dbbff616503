/** Rows in batches: which are held back, and that none is lost. */
import { describe, expect, it } from 'vitest';
import type { EdgeSamples } from '../../src/encode/types.js';
import { batched } from '../../src/tune/batches.js';

const edge = { name: 'e', shape: [2, 1, 1] as const };

/** Rows of `samples` samples, `each` positions a sample; each value tells its row. */
function golden(samples: number, each: number): EdgeSamples {
  const count = samples * each;
  return {
    edge, samples: Int32Array.from({ length: count }, (_, r) => Math.floor(r / each)), positions: Int32Array.from({ length: count }, (_, r) => r % each),
    values: Float32Array.from({ length: 2 * count }, (_, i) => i), min: 0, max: 2 * count, least: new Float32Array(0), most: new Float32Array(0), side: 1,
  };
}

describe('batches', () => {
  it('hold back the last samples whole, and every batch has its share of all the others', () => {
    const { golden: rows, training, batches } = batched(golden(20, 8), 16);
    expect([training, batches]).toEqual([128, 8]);
    expect(Array.from(rows.samples.subarray(training)).every((s) => s >= 16)).toBe(true);
    for (let b = 0; b < batches; b++) {
      const part = Array.from(rows.samples.subarray(b * 16, (b + 1) * 16));
      expect(part).toEqual([...part].sort((x, y) => x - y));
      expect(new Set(part).size).toBe(16);
    }
  });

  it('keep every row with its sample, position and values', () => {
    const { golden: rows } = batched(golden(10, 3), 4);
    rows.samples.forEach((sample, r) => {
      const at = sample * 3 + rows.positions[r]!;
      expect([rows.values[2 * r], rows.values[2 * r + 1]]).toEqual([2 * at, 2 * at + 1]);
    });
    expect(Array.from(rows.values).sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i));
  });

  it('of one sample train and judge on the same rows', () => {
    expect(batched(golden(1, 5), 4)).toMatchObject({ training: 5, batches: 1 });
  });
});
