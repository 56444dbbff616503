import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Judge } from '../../src/tune/errors.js';
import type { TileTarget } from '../../src/tune/target.js';

const targetOf = (copies: number, channel: number, values: readonly number[], step = 0.5, segments = 1): TileTarget => ({
  segments,
  values: Float32Array.from(values), code: { lo: 0, hi: 63, step: [step], zero: [0] }, channel, copies, table: null, sums: null, offset: new Float64Array(0),
  scales: { rowStep: new Float64Array(0), rowZero: new Float64Array(0), columnStep: new Float64Array(0), columnZero: new Float64Array(0) },
});

describe('errors of copies', () => {
  it('are those of their mean', () => {
    // Two rows of three copies of one value: 1.5 + (1 - 2 + 0) / 3 steps, 2 + 1 step.
    const target = targetOf(3, 3, [1.5, 1.5, 1.5, 2, 2, 2]);
    const codes = Int16Array.of(4, 1, 3, 6, 6, 6);
    const judge = new Judge(target, 3);
    expect([...judge.groups]).toEqual([0, 0, 0]);
    expect(judge.groupErrors(codes)[0]).toBeCloseTo((1 / 6) ** 2 + 1, 6);
    expect(judge.groupMeans(codes)[0]).toBeCloseTo((-1 / 3 + 2) / 2, 6);
  });

  it('count more where sums are strong, if asked for', () => {
    // Codes to 63 of half a step: 16 and above is the upper half.
    const target = targetOf(1, 0, [2, 20]);
    expect([...new Judge(target, 2).columnErrors(Int16Array.of(6, 36), 8)]).toEqual([1, 8 * 4]);
    expect([...new Judge(target, 2).groupErrors(Int16Array.of(6, 36), 8)]).toEqual([1, 8 * 4]);
  });

  it('belong to the channels of the signal, wherever the tile begins', () => {
    expect([...new Judge(targetOf(2, 5, []), 4).groups]).toEqual([0, 1, 1, 2]);
  });

  it('of segments are those of what each is to give, together', () => {
    // Codes to 63 of half a step in three segments: 31.5 in all, 10.5 each in steps of a sixth.
    const target = targetOf(1, 0, [12, 12, 12], 0.5, 3);
    const judge = new Judge(target, 3);
    expect([...judge.groups]).toEqual([0, 0, 0]);
    const right = Int16Array.of(63, 9, 0);
    for (const errors of [judge.columnErrors(right), judge.meanError(right), judge.groupErrors(right)]) {
      errors.forEach((e) => expect(e).toBeCloseTo(0, 9));
    }
    // Two steps too low, one and three too high.
    const wrong = Int16Array.of(61, 10, 3);
    judge.columnErrors(wrong).forEach((e) => expect(e * 36).toBeCloseTo(4 + 1 + 9, 5));
    expect(judge.groupErrors(wrong)[0]! * 36).toBeCloseTo(4 + 1 + 9, 5);
    // Two segments of two copies: those that are alike make up for each other.
    const alike = targetOf(2, 0, [12, 12, 12, 12], 0.5, 2);
    expect(new Judge(alike, 4).groupErrors(Int16Array.of(50, 46, 1, 0))[0]! * 16).toBeCloseTo(0.25, 5);
  });

  it('of a segment with few rows are about those of all', () => {
    // 32 rows in the first segment, each one step too high, and none in the second: there an offset is to be the same.
    const rows = 32;
    const target = targetOf(1, 0, new Array<number>(2 * rows).fill(4), 0.5, 2);
    const codes = Int16Array.from({ length: 2 * rows }, (_, i) => (i % 2 === 0 ? 17 : 0));
    const [seen, unseen] = new Judge(target, 2).meanError(codes);
    expect(seen).toBeCloseTo(1, 6);
    expect(unseen).toBeCloseTo(1, 6);
  });

  it('of single copies are those of the columns', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 62 }), fc.integer({ min: 1, max: 30 })), { minLength: 4, maxLength: 40 }), (pairs) => {
      const rows = Math.floor(pairs.length / 4);
      const part = pairs.slice(0, rows * 4);
      const target = targetOf(1, 0, part.map(([, v]) => v));
      const codes = Int16Array.from(part, ([code]) => code);
      const judge = new Judge(target, 4);
      expect(judge.groupErrors(codes)).toEqual(judge.columnErrors(codes));
      expect(judge.groupMeans(codes)).toEqual(judge.meanError(codes));
    }));
  });
});
