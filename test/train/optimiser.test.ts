import { describe, expect, it } from 'vitest';
import { kernelCaller } from '../../src/graph/steps/step.js';
import { float32View } from '../../src/kernels/memory.js';
import { Descent, type Optimiser } from '../../src/train/optimiser.js';
import { cosPi, scheduled } from '../../src/train/schedule.js';
import { loadKernels } from '../kernels/setup.js';

/** One weight that begins at `start`, after each of `steps` steps down the gradient. */
function path(optimiser: Optimiser, start: number, steps: number, gradient: (w: number) => number): number[] {
  const { instance: { memory, exports }, arena } = loadKernels();
  const [weights, gradients, state] = [arena.allocate(64), arena.allocate(64), arena.allocate(64)];
  const [w, g] = [float32View(memory, weights, 1), float32View(memory, gradients, 1)];
  float32View(memory, state, 2).fill(0);
  w[0] = start;
  const descent = new Descent(optimiser, kernelCaller(exports, 'simd'), weights, gradients, state, 1);
  return Array.from({ length: steps }, () => {
    g[0] = gradient(w[0]!);
    descent.step(1);
    return w[0]!;
  });
}

describe('momentum', () => {
  it('without momentum is w (1 - rate * c)^t on a parabola c w^2 / 2', () => {
    const found = path({ name: 'momentum', rate: 0.1, momentum: 0 }, 2, 20, (w) => 3 * w);
    found.forEach((w, t) => expect(w).toBeCloseTo(2 * 0.7 ** (t + 1), 5));
  });

  it('under a constant gradient the speed is (1 - m^t) / (1 - m)', () => {
    const found = path({ name: 'momentum', rate: 0.1, momentum: 0.9 }, 0, 30, () => 1);
    let w = 0;
    found.forEach((value, t) => {
      w -= (0.1 * (1 - 0.9 ** (t + 1))) / (1 - 0.9);
      expect(value).toBeCloseTo(w, 4);
    });
  });

  it('decay alone is w (1 - rate * decay)^t', () => {
    const found = path({ name: 'momentum', rate: 0.1, momentum: 0, decay: 0.5 }, 1, 10, () => 0);
    expect(found[9]).toBeCloseTo(0.95 ** 10, 5);
  });
});

describe('Adam', () => {
  it('under a constant gradient goes the rate at each step, whatever the gradient', () => {
    for (const slope of [1e-3, 1, 500]) {
      const found = path({ name: 'adam', rate: 0.01 }, 1, 25, () => slope);
      found.forEach((w, t) => expect(w).toBeCloseTo(1 - 0.01 * (t + 1), 4));
    }
  });

  it('is the published recursion', () => {
    const gradient = (w: number): number => Math.sin(5 * w) + w;
    const found = path({ name: 'adam', rate: 0.02, beta1: 0.8, beta2: 0.95, epsilon: 1e-3, decay: 0.1 }, 1.5, 40, gradient);
    let [w, m, v] = [1.5, 0, 0];
    found.forEach((value, i) => {
      const g = gradient(w);
      m = 0.8 * m + 0.2 * g;
      v = 0.95 * v + 0.05 * g * g;
      w -= 0.02 * (m / (1 - 0.8 ** (i + 1)) / (Math.sqrt(v / (1 - 0.95 ** (i + 1))) + 1e-3)) + 0.02 * 0.1 * w;
      expect(value).toBeCloseTo(w, 4);
    });
  });
});

describe('the schedule', () => {
  it('is half a cosine, or 1', () => {
    for (let u = 0; u <= 1; u += 1 / 64) expect(Math.abs(cosPi(u) - Math.cos(Math.PI * u))).toBeLessThan(1e-14);
    expect([0, 5, 10].map((step) => scheduled('cosine', step, 10))).toEqual([1, expect.closeTo(0.5, 14), 0]);
    expect(scheduled('constant', 7, 10)).toBe(1);
  });
});
