/** Segments of a thermometer code: together a grid as many times finer, each with its own part of the range. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { offsetOf } from '../../src/cores/copies.js';
import { segmentOf, sumScale } from '../../src/cores/scales.js';
import type { Code, Signal } from '../../src/cores/types.js';

const forms = fc.record({
  segments: fc.integer({ min: 1, max: 6 }), alike: fc.integer({ min: 1, max: 3 }), lo: fc.integer({ min: -40, max: 10 }), span: fc.integer({ min: 1, max: 80 }),
  zero: fc.integer({ min: -50, max: 50 }), step: fc.double({ min: 0.01, max: 9, noNaN: true }), value: fc.double({ min: -200, max: 200, noNaN: true }),
});

/** Codes of a value by the copies of one channel, as a core gives them. */
function codesOf(value: number, code: Code, signal: Pick<Signal, 'copies' | 'segments'>): number[] {
  return Array.from({ length: signal.copies }, (_, j) => {
    const { step, zero } = sumScale(code, signal, j);
    return Math.min(Math.max(Math.floor(value / step + zero + offsetOf(signal, j)), code.lo), code.hi);
  });
}

describe('segments', () => {
  it('have a mean that is the value on a grid as fine as there are copies', () => {
    fc.assert(fc.property(forms, ({ segments, alike, lo, span, zero, step, value }) => {
      const code: Code = { lo, hi: lo + span, step: [step], zero: [zero] };
      const copies = segments * alike;
      const mean = codesOf(value, code, { copies, segments }).reduce((a, b) => a + b, 0) / copies;
      const wanted = Math.min(Math.max(value / step + zero, lo), lo + span);
      // Where two segments meet, copies that are raised leave the one before they reach the other.
      expect(Math.abs(mean - wanted)).toBeLessThanOrEqual((alike === 1 ? 0.5 : 1) / copies + 1e-6);
    }), { seed: 1, numRuns: 500 });
  });

  it('leave a value to one of them: those below are at their top, those above at their bottom', () => {
    fc.assert(fc.property(forms, ({ segments, lo, span, zero, step, value }) => {
      const code: Code = { lo, hi: lo + span, step: [step], zero: [zero] };
      const codes = codesOf(value, code, { copies: segments, segments });
      const first = codes.findIndex((c) => c < code.hi);
      if (first >= 0) expect(codes.slice(first + 1).every((c) => c === code.lo)).toBe(true);
    }), { seed: 1, numRuns: 200 });
  });

  it('are copies side by side', () => {
    expect([0, 1, 2, 3, 4, 5, 6].map((c) => segmentOf({ copies: 6, segments: 3 }, c))).toEqual([0, 0, 1, 1, 2, 2, 0]);
  });

  it('change nothing where there is one', () => {
    const code: Code = { lo: 0, hi: 63, step: [0.5, 0.25], zero: [3, 4] };
    expect([0, 1].map((c) => sumScale(code, { copies: 1 }, c))).toEqual([{ step: 0.5, zero: 3 }, { step: 0.25, zero: 4 }]);
  });
});
