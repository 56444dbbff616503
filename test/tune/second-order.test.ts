import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { secondOrder } from '../../src/tune/second-order.js';
import { generator } from '../kernels/setup.js';

const round = (w: number): number => Math.floor(w + 0.5);

/** Rows that go together: a few hidden sources and a little of their own. */
function inputs(rows: number, count: number, seed: number): Float64Array {
  const next = generator(seed);
  const mix = Array.from({ length: rows * 3 }, () => next(0, 9));
  const x = new Float64Array(count * rows);
  for (let r = 0; r < count; r++) {
    const sources = [next(0, 20), next(0, 20), next(0, 20)];
    for (let i = 0; i < rows; i++) x[r * rows + i] = next(0, 3) + sources.reduce((s, v, k) => s + v * mix[i * 3 + k]!, 0);
  }
  return x;
}

function moments(x: Float64Array, rows: number): Float64Array {
  const h = new Float64Array(rows * rows);
  for (let r = 0; r < x.length; r += rows) {
    for (let i = 0; i < rows; i++) for (let k = 0; k < rows; k++) h[i * rows + k]! += x[r + i]! * x[r + k]!;
  }
  return h;
}

/** Squared error of the sums that the change of weights makes, all columns. */
function loss(x: Float64Array, rows: number, columns: number, a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let r = 0; r < x.length; r += rows) {
    for (let j = 0; j < columns; j++) {
      let e = 0;
      for (let i = 0; i < rows; i++) e += x[r + i]! * (a[i * columns + j]! - b[i * columns + j]!);
      sum += e * e;
    }
  }
  return sum;
}

describe('second-order rounding', () => {
  it('gives legal weights, and sums with far less error than rounding each to nearest', () => {
    let [better, all] = [0, 0];
    for (let seed = 0; seed < 20; seed++) {
      const [rows, columns] = [12, 4];
      const next = generator(100 + seed);
      const weights = Float64Array.from({ length: rows * columns }, () => next(-400, 400) / 100);
      const x = inputs(rows, 60, seed);
      const rounded = secondOrder(weights, rows, columns, moments(x, rows), round);
      expect(rounded.every((w) => Number.isInteger(w))).toBe(true);
      all++;
      if (loss(x, rows, columns, rounded, weights) < 0.5 * loss(x, rows, columns, weights.map(round), weights)) better++;
    }
    expect(better / all).toBeGreaterThan(0.8);
  });

  it('is rounding to nearest where inputs do not go together', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 4, maxLength: 4 }), (values) => {
      const identity = Float64Array.of(1, 0, 0, 1);
      expect(Array.from(secondOrder(Float64Array.from(values), 2, 2, identity, round))).toEqual(values.map(round));
    }), { seed: 1, numRuns: 50 });
  });
});
