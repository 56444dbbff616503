/** Codes from values: zero legal, ranges kept, squared error no worse than the whole range's. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeOver, searchCode, squaredError } from '../../src/cores/range.js';
import { generator } from '../kernels/setup.js';

const CODES = [{ lo: 0, hi: 255 }, { lo: -128, hi: 127 }, { lo: 0, hi: 63 }, { lo: 0, hi: 1 }];

describe('the code over a range', () => {
  it('has 0 as a legal code and reaches both ends to within a step', () => {
    // Doubles are of any magnitude, so that two of them hardly ever put 0 amid the range; whole numbers do.
    const end = fc.oneof(fc.double({ min: -1e3, max: 1e3, noNaN: true }), fc.integer({ min: -1000, max: 1000 }));
    const ends = fc.tuple(end, end);
    fc.assert(fc.property(ends, fc.constantFrom(...CODES), ([a, b], codes) => {
      const [lo, hi] = [Math.min(a, b), Math.max(a, b)];
      const { step: [step], zero: [zero], ...range } = codeOver(lo, hi, codes);
      expect(range).toEqual(codes);
      expect(step).toBeGreaterThan(0);
      expect(Number.isInteger(zero) && zero! >= codes.lo && zero! <= codes.hi).toBe(true);
      expect((codes.hi - zero!) * step!).toBeGreaterThanOrEqual(Math.max(hi, 0) - step! / 2 - 1e-9);
      expect((codes.lo - zero!) * step!).toBeLessThanOrEqual(Math.min(lo, 0) + step! / 2 + 1e-9);
    }), { seed: 1, numRuns: 200 });
  });

  it('of nothing is still a code', () => {
    expect(codeOver(0, 0, CODES[0]!)).toEqual({ lo: 0, hi: 255, step: [1], zero: [0] });
  });
});

describe('the searched code', () => {
  const request = (values: Float32Array, codes = CODES[0]!, bounds: [number, number] = [-Infinity, Infinity]): Parameters<typeof searchCode>[0] =>
    ({ values, min: Math.min(...values), max: Math.max(...values), codes, bounds });

  it('reaches further where an error beside that of the values asks for it', () => {
    const next = generator(4);
    const values = Float32Array.from({ length: 3000 }, () => Math.abs(next(-100, 100)) / 10);
    const topOf = ({ hi, step: [step], zero: [zero] }: ReturnType<typeof searchCode>): number => (hi - zero!) * step!;
    // Seen somewhere, though not among these.
    const r = { ...request(values, { lo: 0, hi: 63 }), max: 100 };
    expect(topOf(searchCode(r))).toBeLessThan(25);
    expect(topOf(searchCode({ ...r, beside: (code) => Math.max(0, 100 - topOf(code)) ** 2 }))).toBeGreaterThan(90);
  });

  it('errs no more than the whole range does', () => {
    fc.assert(fc.property(fc.nat(), fc.constantFrom(...CODES), fc.boolean(), (seed, codes, positive) => {
      const next = generator(seed);
      // A heavy tail: few large values.
      const values = Float32Array.from({ length: 300 }, () => ((next(-100, 100) / 100) ** 5) * 40).map((v) => (positive ? Math.abs(v) : v));
      const r = request(values, codes);
      const found = searchCode(r);
      expect(squaredError(values, found)).toBeLessThanOrEqual(squaredError(values, codeOver(r.min, r.max, codes)));
      if (positive) expect(found.zero).toEqual([codes.lo]);
    }), { seed: 1, numRuns: 30 });
  });

  it('gives up an outlier for the rest', () => {
    const values = Float32Array.from({ length: 10000 }, (_, i) => (i === 0 ? 8 : (i % 100) / 100));
    const { step: [step], hi } = searchCode(request(values, { lo: 0, hi: 15 }));
    expect(step! * hi).toBeLessThan(4);
  });

  it('reaches what it must at the top, and cuts the least values all the same', () => {
    const values = Float32Array.from({ length: 10000 }, (_, i) => (i === 0 ? 8 : i === 1 ? -8 : ((i % 100) - 50) / 50));
    const { step: [step], zero: [zero], lo, hi } = searchCode({ ...request(values, { lo: 0, hi: 15 }), leastTop: 6 });
    expect((hi - zero!) * step!).toBeGreaterThanOrEqual(6 - step!);
    expect((lo - zero!) * step!).toBeGreaterThan(-4);
  });

  it('with copies reaches further, and errs less on their finer grid', () => {
    const next = generator(3);
    const values = Float32Array.from({ length: 4000 }, () => (next(-100, 100) + next(-100, 100) + next(-100, 100) + next(-100, 100)) / 100).map(Math.abs);
    const request = { values, min: 0, max: values.reduce((a, b) => Math.max(a, b)), codes: { lo: 0, hi: 15 }, bounds: [0, Infinity] as const };
    const [one, two, four] = [1, 2, 4].map((copies) => searchCode({ ...request, copies }));
    expect(one!.step[0]!).toBeLessThan(two!.step[0]!);
    expect(two!.step[0]!).toBeLessThan(four!.step[0]!);
    expect(searchCode(request)).toEqual(one);
    expect(squaredError(values, four!, 4)).toBeLessThan(squaredError(values, one!, 4) / 2);
  });

  it('stays within what the operation can give', () => {
    const values = Float32Array.from({ length: 100 }, (_, i) => i / 50 - 1);
    const { step: [step], zero } = searchCode(request(values, CODES[0], [0, 0.5]));
    expect(zero).toEqual([0]);
    expect(step! * 255).toBeLessThanOrEqual(0.5 + 1e-12);
  });
});
