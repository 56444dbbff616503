import { describe, expect, it } from 'vitest';
import { classOf, crossEntropy, squaredError } from '../../src/train/loss.js';

describe('cross-entropy', () => {
  const logits = Float32Array.of(1, 2, 0.5, -3, 800, 799);
  const labels = Int32Array.of(1, 2);

  it('is the sum of -log of the part of the right class, even for great logits', () => {
    const softmax = (z: number[], label: number): number => -Math.log(Math.exp(z[label]!) / z.reduce((sum, v) => sum + Math.exp(v), 0));
    const loss = crossEntropy(logits, labels, 2, new Float32Array(6));
    expect(loss).toBeCloseTo(softmax([1, 2, 0.5], 1) + softmax([-803, 0, -1], 2), 12);
  });

  it('has the gradient of its differences, divided by the batch', () => {
    const gradient = new Float32Array(6);
    crossEntropy(logits, labels, 8, gradient);
    const at = (i: number, by: number): number => crossEntropy(logits.with(i, logits[i]! + by), labels, 8, new Float32Array(6));
    gradient.forEach((g, i) => expect(g).toBeCloseTo((at(i, 2 ** -8) - at(i, -(2 ** -8))) * 128 / 8, 5));
  });
});

describe('squared error', () => {
  it('is the mean over outputs, summed over samples', () => {
    const gradient = new Float32Array(4);
    expect(squaredError(Float32Array.of(1, 2, 3, 4), Float32Array.of(0, 2, 3, 7), 2, 2, gradient)).toBe(0.5 + 4.5);
    expect([...gradient]).toEqual([0.5, 0, 0, -1.5]);
  });
});

it('the class is the first of the greatest', () => {
  expect([0, 1].map((i) => classOf(Float32Array.of(1, 3, 3, 2, 0, 0), i, 3))).toEqual([1, 0]);
});
