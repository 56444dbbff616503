import { describe, expect, it } from 'vitest';
import { shiftOf, shiftPlanes, shuffled } from '../../src/train/samples.js';

describe('the order of samples', () => {
  it('holds each once, and is another in another epoch or with another seed', () => {
    const orders = [shuffled(100, 0, 0), shuffled(100, 0, 1), shuffled(100, 1, 0)].map((order) => [...order]);
    for (const order of orders) expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(new Set(orders.map((order) => order.join())).size).toBe(3);
    expect([...shuffled(100, 0, 0)]).toEqual(orders[0]);
  });
});

describe('shifts', () => {
  it('reach every distance in both directions, and no further', () => {
    const shifts = Array.from({ length: 500 }, (_, i) => shiftOf(i, 3, 2, 2));
    expect(new Set(shifts.map(([down, right]) => `${down} ${right}`)).size).toBe(25);
    expect(shifts.flat().every((v) => Math.abs(v) <= 2)).toBe(true);
  });

  it('move planes and bring in 0', () => {
    const planes = Float32Array.of(1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60);
    shiftPlanes(planes, 2, 3, 1, -1);
    expect([...planes]).toEqual([0, 0, 0, 2, 3, 0, 0, 0, 0, 20, 30, 0]);
  });
});
