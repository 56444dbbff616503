/** Encoding and decoding, word by word from section 2 of the specification. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Code, Signal } from '../../src/cores/types.js';
import { decodeSignal, encodeInput, encodeSignal } from '../../src/emulate/edges.js';

const signal = (shape: readonly [number, number, number], code: Code | null, copies = 1): Signal => ({ name: 's', shape, code, golden: null, copies });

describe('encoding', () => {
  it('is clamp(floor(x / step + zero + 0.5), lo, hi)', () => {
    const steps = fc.double({ min: 1e-3, max: 10, noNaN: true });
    const values = fc.array(fc.float({ min: -300, max: 300, noNaN: true }), { minLength: 1, maxLength: 8 });
    fc.assert(fc.property(values, steps, fc.integer({ min: -10, max: 70 }), (x, step, zero) => {
      const code = { lo: -8, hi: 55, step: [step], zero: [zero] };
      const expected = x.map((v) => Math.min(Math.max(Math.floor(Math.fround(v) / step + zero + 0.5), -8), 55));
      expect([...encodeInput(Float32Array.from(x), signal([1, 1, x.length], code), 1)].map((v) => v + 0)).toEqual(expected.map((v) => v + 0));
    }), { seed: 1, numRuns: 200 });
  });

  it('rounds halves up and has a step and a zero for each channel', () => {
    const code = { lo: 0, hi: 9, step: [1, 0.5], zero: [0, 4] };
    // Two samples of two channels of 1 x 3, channel first; codes lie channel last.
    const x = Float32Array.of(0.5, 1.5, -3, 0.25, -0.25, 9, 1, 2, 3, -1, 0, 1);
    expect([...encodeInput(x, signal([1, 3, 2], code), 2)]).toEqual([1, 5, 2, 4, 0, 9, 1, 2, 2, 4, 3, 6]);
  });

  it('writes into codes that are there, if they are as many', () => {
    const form = signal([1, 3, 1], { lo: 0, hi: 9, step: [1], zero: [0] });
    const codes = encodeInput(Float32Array.of(1, 2, 3), form, 1);
    expect(encodeInput(Float32Array.of(4, 5, 20), form, 1, codes)).toBe(codes);
    expect([...codes]).toEqual([4, 5, 9]);
    expect([...encodeInput(new Float32Array(6).fill(2), form, 2, codes)]).toEqual([2, 2, 2, 2, 2, 2]);
    expect([...codes]).toEqual([4, 5, 9]);
  });

  it('refuses what is not finite, with its place', () => {
    const code = { lo: 0, hi: 9, step: [1], zero: [0] };
    for (const bad of [NaN, Infinity, -Infinity]) {
      const x = new Float32Array(24);
      x[12 + 6 + 4] = bad;
      expect(() => encodeInput(x, signal([2, 3, 2], code), 2)).toThrow(/T502 input, sample 1 of the batch, channel 1, position \(1, 1\)/);
    }
  });

  it('leaves floats alone where there are no codes', () => {
    expect(encodeInput(Float32Array.of(1.25, -2, 3, 4), signal([1, 2, 2], null), 1)).toEqual(Float32Array.of(1.25, 3, -2, 4));
  });
});

describe('encoding any signal', () => {
  it('is that of the input where there are no copies', () => {
    const code = { lo: 0, hi: 9, step: [1, 0.5], zero: [0, 4] };
    const x = Float32Array.of(0.5, 1.5, -3, 0.25, -0.25, 9, 1, 2, 3, -1, 0, 1);
    expect(encodeSignal(x, signal([1, 3, 2], code), 2)).toEqual(encodeInput(x, signal([1, 3, 2], code), 2));
    expect(encodeSignal(x, signal([1, 3, 2], null), 2)).toEqual(encodeInput(x, signal([1, 3, 2], null), 2));
  });

  it('gives copies whose mean is the nearest on a finer grid', () => {
    const copied = signal([1, 1, 8], { lo: 0, hi: 9, step: [1], zero: [0] }, 4);
    const x = Float32Array.of(2.3, 5.9);
    expect([...decodeSignal(encodeSignal(x, copied, 1), copied, 1)]).toEqual([2.25, 6]);
  });
});

describe('decoding', () => {
  it('is (code - zero) * step, of each channel, channel first', () => {
    const code = { lo: 0, hi: 255, step: [0.5, 2], zero: [3, 10] };
    expect([...decodeSignal(Int16Array.of(4, 11, 3, 9), signal([1, 2, 2], code), 1)]).toEqual([0.5, 0, 2, -2]);
  });

  it('is the mean of copies: copy k of channel j is channel j * copies + k', () => {
    const code = { lo: 0, hi: 63, step: [0.25], zero: [1] };
    const codes = Int16Array.of(1, 2, 3, 4, 5, 7, 11, 12, 13, 14, 15, 17);
    expect([...decodeSignal(codes, signal([1, 1, 6], code, 3), 2)]).toEqual([
      (6 / 3 - 1) * 0.25, (16 / 3 - 1) * 0.25, (36 / 3 - 1) * 0.25, (46 / 3 - 1) * 0.25,
    ]);
  });

  it('undoes encoding to within half a step', () => {
    fc.assert(fc.property(fc.array(fc.float({ min: -2, max: 2, noNaN: true }), { minLength: 4, maxLength: 4 }), (x) => {
      const s = signal([1, 2, 2], { lo: 0, hi: 255, step: [1 / 60, 1 / 50], zero: [125, 120] });
      const values = Float32Array.from(x);
      decodeSignal(encodeInput(values, s, 1), s, 1).forEach((v, i) => expect(Math.abs(v - values[i]!)).toBeLessThanOrEqual(0.5 / 50 + 1e-9));
    }), { seed: 1, numRuns: 100 });
  });
});
