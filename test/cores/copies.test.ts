/** Copies: where they lie, and the identity that makes them finer, through the arithmetic of chips. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { channelOfCopy, copyAt, copyOffset, repeated } from '../../src/cores/copies.js';
import { linearStage, realise, type TileScales } from '../../src/cores/realise.js';
import { loadChip } from '../../src/data/chips.js';

const copies = fc.integer({ min: 1, max: 8 });

/** Scales of a tile without any: steps of 1, zeros of 0. */
function plainScales(rows: number, columns: number): TileScales {
  return {
    rowStep: new Float64Array(rows).fill(1), rowZero: new Float64Array(rows),
    columnStep: new Float64Array(columns).fill(1), columnZero: new Float64Array(columns),
  };
}

describe('channels of copies', () => {
  it('lie side by side and are found again', () => {
    fc.assert(fc.property(copies, fc.integer({ min: 1, max: 9 }), (m, channels) => {
      const signal = { copies: m };
      const seen = new Set<number>();
      for (let channel = 0; channel < channels; channel++) {
        for (let copy = 0; copy < m; copy++) {
          const at = channelOfCopy(signal, channel, copy);
          seen.add(at);
          expect(copyAt(signal, at)).toEqual({ channel, copy });
        }
      }
      expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: channels * m }, (_, i) => i));
      expect(channelOfCopy(signal, channels - 1, 0)).toBe((channels - 1) * m);
    }), { seed: 1, numRuns: 100 });
  });

  it('repeat the entries of channels, and not the one that stands for all', () => {
    expect([repeated([3], 4), repeated([1, 2], 1), repeated([1, 2], 3)]).toEqual([[3], [1, 2], [1, 1, 1, 2, 2, 2]]);
  });
});

describe('the sum of copies', () => {
  const value = fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: -128, max: 127 }), fc.integer({ min: 1, max: 9 }));

  it.each(['tianji', 'prime-ideal'])('is the sum rounded on a grid as many times finer, on %s', (name) => {
    const chip = loadChip(name);
    const stage = linearStage(chip)!;
    fc.assert(fc.property(copies, value, (m, [x, w, k]) => {
      const offset = Float64Array.from({ length: m }, (_, copy) => copyOffset(copy, m));
      const tile = { rows: 1, columns: m, weights: new Float64Array(m).fill(w / 2 ** k), bias: new Float64Array(m) };
      const { weights, preload } = realise(tile, plainScales(1, m), stage, k, 0, offset);
      const { lo, hi } = stage.clamp;
      const codes = Array.from(weights, (weight, j) => Math.min(Math.max((x * weight + preload![j]!) >> k, lo), hi));
      // floor(m * v + 1/2) in integers: the sum of w * x over 2^k, m times, and half of 2^k.
      const fine = Math.floor((m * x * w + 2 ** (k - 1)) / 2 ** k);
      if (codes.every((c) => c > lo && c < hi)) expect(codes.reduce((a, b) => a + b, 0)).toBe(fine);
      else expect(codes.reduce((a, b) => a + b, 0)).toBe(Math.min(Math.max(fine, m * lo), m * hi));
    }), { seed: 1, numRuns: 300 });
  });
});

describe('rows that share a weight', () => {
  const ternary = { ...linearStage(loadChip('prime-ideal'))!, weights: { lo: -1, hi: 1 } };

  it('hold together the integer nearest to it, each within the range', () => {
    fc.assert(fc.property(copies, fc.double({ min: -12, max: 12, noNaN: true }), fc.boolean(), (n, whole, reverse) => {
      const offsets = Array.from({ length: n }, (_, k) => copyOffset(reverse ? n - 1 - k : k, n));
      const tile = {
        rows: n, columns: 1, weights: new Float64Array(n).fill(whole / n), bias: new Float64Array(1), rounding: Float64Array.from(offsets),
      };
      const { weights } = realise(tile, plainScales(n, 1), ternary, 0, 0, new Float64Array(1));
      expect(weights.every((w) => w >= -1 && w <= 1)).toBe(true);
      const sum = weights.reduce((a, b) => a + b, 0);
      if (Math.abs(whole) <= n) expect(Math.abs(sum - whole)).toBeLessThanOrEqual(0.5 + 1e-9);
      else expect(sum).toBe(Math.sign(whole) * n);
    }), { seed: 1, numRuns: 300 });
  });
});
