/** What ranges cut off where channels are strongest, against sums by hand. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeOver } from '../../src/cores/range.js';
import { extremesOf, peakError, type Extremes } from '../../src/cores/peaks.js';
import { peakRanges } from '../../src/cores/channel-ranges.js';

/** Two channels of 4 x 4 in three samples. */
const peaks: Extremes = {
  edge: { shape: [2, 4, 4] }, least: Float32Array.of(0, -3, -1, 0, 0, -1), most: Float32Array.of(5, 1, 9, 2, 4, 0), side: 1,
};
const code = { lo: 0, hi: 10, step: [0.6, 0.2], zero: [0, 5] };

describe('peaks', () => {
  it('count what lies beyond the ends of each channel, for a few positions of the map', () => {
    // Channel 0 holds 0..6, channel 1 holds -1..1.
    const beyond = (9 - 6) ** 2 + 1 ** 2 + 2 ** 2 + 1 ** 2;
    expect(peakError(peaks, code)).toBeCloseTo((beyond / 6) * (4 / 16), 12);
    expect(peakError({ ...peaks, edge: { shape: [2, 1, 1] } }, code)).toBeCloseTo(beyond / 6, 12);
  });

  it('count for more positions where a sum adds up more of them, at most for all', () => {
    const few = peakError(peaks, code);
    expect(peakError({ ...peaks, side: 3 }, code)).toBe(few);
    expect(peakError({ ...peaks, side: 7 }, code)).toBeCloseTo((few * 7) / 4, 12);
    expect(peakError({ ...peaks, side: 20 }, code)).toBeCloseTo(few * 4, 12);
    expect(peakError(extremesOf({ ...peaks, side: 8 }, 0, 3), code)).toBeCloseTo(few * 2, 12);
  });

  it('find the channels of a code whose channels lie apart', () => {
    const copied = { ...code, step: [0.6, 0.6, 0.2, 0.2], zero: [0, 0, 5, 5] };
    expect(peakError(peaks, copied, (c) => 2 * c)).toBe(peakError(peaks, code));
  });

  it('are those of some samples, with 0 in their range', () => {
    expect(peakRanges(peaks)).toEqual({ min: Float64Array.of(-1, -3), max: Float64Array.of(9, 2) });
    expect(peakRanges(extremesOf(peaks, 2, 3))).toEqual({ min: Float64Array.of(0, -1), max: Float64Array.of(4, 0) });
  });

  it('lose nothing in a code that holds them, and the more the less it holds', () => {
    const values = fc.array(fc.float({ min: 0, max: 100, noNaN: true }), { minLength: 1, maxLength: 20 });
    fc.assert(fc.property(values, fc.double({ min: 0.05, max: 0.95, noNaN: true }), (greatest, share) => {
      const most = Float32Array.from(greatest);
      const of: Extremes = { edge: { shape: [1, 3, 3] }, least: new Float32Array(most.length), most, side: 1 };
      const top = Math.max(...most);
      fc.pre(top > 1e-3);
      const errorOf = (hi: number): number => peakError(of, codeOver(0, hi, { lo: 0, hi: 63 }));
      expect(errorOf(top * 1.0001)).toBe(0);
      expect(errorOf(top * share)).toBeGreaterThan(0);
      expect(errorOf(top * share * 0.5)).toBeGreaterThan(errorOf(top * share));
    }), { seed: 1, numRuns: 100 });
  });
});
