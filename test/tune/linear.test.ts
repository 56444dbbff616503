import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cholesky, damped, inverse, solve } from '../../src/tune/linear.js';
import { generator } from '../kernels/setup.js';

/** A symmetric positive definite matrix: B B^T + I. */
function definite(n: number, seed: number): Float64Array {
  const next = generator(seed);
  const b = Float64Array.from({ length: n * n }, () => next(-8, 8) / 4);
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = i === j ? 1 : 0;
    for (let k = 0; k < n; k++) sum += b[i * n + k]! * b[j * n + k]!;
    return sum;
  });
}

function product(a: Float64Array, b: Float64Array, n: number, columns: number): Float64Array {
  return Float64Array.from({ length: n * columns }, (_, at) => {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += a[Math.floor(at / columns) * n + k]! * b[k * columns + (at % columns)]!;
    return sum;
  });
}

const sizes = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat({ max: 1e6 }));

describe('linear systems', () => {
  it('are solved: A X = B', () => {
    fc.assert(fc.property(sizes, ([n, seed]) => {
      const a = definite(n, seed);
      const next = generator(seed + 1);
      const b = Float64Array.from({ length: n * 3 }, () => next(-9, 9));
      const x = solve(cholesky(a, n), n, b, 3);
      product(a, x, n, 3).forEach((v, i) => expect(v).toBeCloseTo(b[i]!, 6));
    }), { seed: 1, numRuns: 60 });
  });

  it('have an inverse: A A^-1 = 1', () => {
    fc.assert(fc.property(sizes, ([n, seed]) => {
      const a = definite(n, seed);
      product(a, inverse(cholesky(a, n), n), n, n).forEach((v, at) => expect(v).toBeCloseTo(Math.floor(at / n) === at % n ? 1 : 0, 6));
    }), { seed: 1, numRuns: 40 });
  });

  it('refuse a matrix that is not positive definite, which damping makes so', () => {
    const singular = Float64Array.of(1, 1, 1, 1);
    expect(() => cholesky(singular, 2)).toThrow(RangeError);
    expect(Array.from(damped(singular, 2, 0.5))).toEqual([1.5, 1, 1, 1.5]);
    expect(() => cholesky(damped(singular, 2, 0.5), 2)).not.toThrow();
    expect(Array.from(damped(new Float64Array(4), 2, 0.5))).toEqual([1, 0, 0, 1]);
  });
});
