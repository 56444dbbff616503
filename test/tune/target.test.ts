/** What tiles should give: tables, and the offsets by which copies of an output make a finer grid. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clampTable, linearStage } from '../../src/cores/realise.js';
import type { Code, CoreOp, Signal } from '../../src/cores/types.js';
import { loadChip } from '../../src/data/chips.js';
import { activationTable, finalTarget, withStep } from '../../src/tune/target.js';

const tianji = linearStage(loadChip('tianji'))!;

describe('tables', () => {
  it('clamp further only where the window is wider than the output', () => {
    expect(clampTable(tianji)).toBeNull();
    const narrow = clampTable({ ...tianji, output: { lo: 0, hi: 100 } })!;
    expect([narrow.length, narrow[0], narrow[99], narrow[100], narrow[101], narrow[255]]).toEqual([256, 0, 99, 100, 100, 100]);
  });

  it('hold the nearest legal code of the function of every sum', () => {
    const sum: Code = { lo: 0, hi: 255, step: [0.05], zero: [100] };
    const output: Code = { lo: 0, hi: 255, step: [0.01], zero: [20] };
    const table = activationTable(tianji, (v) => Math.max(v, -0.1) * 0.7, sum, output);
    table.forEach((code, i) => {
      const value = Math.max((i - 100) * 0.05, -0.1) * 0.7;
      expect(Math.abs(code - Math.min(Math.max(value / 0.01 + 20, 0), 255))).toBeLessThanOrEqual(0.5 + 1e-9);
    });
  });

  it('withStep scales every channel', () => {
    expect(withStep({ lo: 0, hi: 9, step: [1, 2], zero: [0] }, 0.5).step).toEqual([0.5, 1]);
  });
});

describe('the target of copies', () => {
  const code: Code = { lo: 0, hi: 255, step: [0.5], zero: [0] };
  const op = (columns: number): CoreOp => ({
    kind: 'core', name: 'op', layer: 'op', gathers: [], constantRows: 0, columns, positions: [1, 1], weights: new Int16Array(0), preload: null, config: {},
    table: null, function: null, output: { signal: 0, channel: 0, origin: [0, 0] },
  });
  const signal = (channels: number, copies: number): Signal => ({ name: 's', shape: [1, 1, channels * copies], code, golden: 's', copies });

  it('makes the mean of their floors a rounding on a grid as many times finer', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 8 }), fc.double({ min: 0, max: 100, noNaN: true }), (copies, v) => {
      const { offset } = finalTarget(op(3 * copies), [signal(3, copies)], new Float32Array(3), code, code, null);
      const sum = Array.from({ length: copies }, (_, k) => Math.floor(v + offset[k]!)).reduce((a, b) => a + b);
      expect(Math.abs(sum / copies - v)).toBeLessThanOrEqual(0.5 / copies + 1e-9);
      expect(offset.every((o, j) => o === offset[j % copies])).toBe(true);
    }), { seed: 1, numRuns: 200 });
  });

  it('aims each copy of a channel at its golden value, moved by its offset', () => {
    const golden = Float32Array.of(1, 2, 3, 4);
    const { values, offset } = finalTarget(op(4), [signal(2, 2)], golden, code, code, null);
    expect([...offset]).toEqual([0.25, 0.75, 0.25, 0.75]);
    expect([...values]).toEqual([1 - 0.125, 1 + 0.125, 2 - 0.125, 2 + 0.125, 3 - 0.125, 3 + 0.125, 4 - 0.125, 4 + 0.125]);
  });
});
