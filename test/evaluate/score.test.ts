/** Scores: classes with their ties, agreement, errors, and an interval that the seed determines. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decibel, measure, rank, Scorer } from '../../src/evaluate/score.js';
import { generator } from '../kernels/setup.js';

describe('the rank of outputs', () => {
  it('is by value, ties to the lowest index, as sorting would have it', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 12 }), fc.nat(11), (values, pick) => {
      const label = pick % values.length;
      const order = values.map((_, i) => i).sort((a, b) => values[b]! - values[a]! || a - b);
      expect(rank(values, 0, values.length, label)).toEqual({ best: order[0], inTop5: order.indexOf(label) < 5 });
    }), { seed: 1, numRuns: 200 });
  });

  it('reads from an offset, and knows no label', () => {
    expect(rank([9, 9, 1, 3, 2], 2, 3, 2)).toEqual({ best: 1, inTop5: true });
    expect(rank([1, 2], 0, 2, -1)).toEqual({ best: 1, inTop5: false });
  });
});

describe('the scorer', () => {
  /** 100 samples of 4 classes: the float network right on 90, the chip on 85, all of those among the 90. */
  function filled(): Scorer {
    const scorer = new Scorer(100, 4, true, true);
    const at = (label: number): number[] => [0, 1, 2, 3].map((i) => (i === label ? 2 : 0));
    for (let n = 0; n < 100; n++) {
      scorer.add(measure(at(n < 85 ? n % 4 : (n + 1) % 4), at(n < 90 ? n % 4 : (n + 2) % 4), 0, 4, n % 4));
    }
    return scorer;
  }

  it('counts classes, agreement and the drop', () => {
    const { samples, chip, float, drop, agreement } = filled().scores(0);
    expect([samples, chip, float, agreement]).toEqual([100, { top1: 0.85, top5: 1 }, { top1: 0.9, top5: 1 }, 0.85]);
    expect(drop!.top1).toBeCloseTo(0.05, 12);
  });

  it('has an interval that holds the drop and follows from the seed', () => {
    const [a, b] = [filled().scores(7), filled().scores(7)];
    expect(a).toEqual(b);
    const [lo, hi] = a.drop!.ci95;
    // Five of a hundred: about 0.05 +- 1.96 * sqrt(0.05 * 0.95 / 100).
    expect(lo).toBeGreaterThan(0);
    expect(lo).toBeLessThan(0.03);
    expect(hi).toBeGreaterThan(0.07);
    expect(hi).toBeLessThan(0.12);
    expect([1, 2, 3, 4, 5].some((seed) => filled().scores(seed).drop!.ci95.join() !== a.drop!.ci95.join())).toBe(true);
  });

  it('gives the error of the outputs', () => {
    const scorer = new Scorer(4, 2, false, true);
    scorer.add(measure([1, 2], [1, 1], 0, 2, -1));
    scorer.add(measure([0, 0], [2, 2], 0, 2, -1));
    const { meanSquaredError, logitSqnrDb, chip, drop } = scorer.scores(0);
    expect([meanSquaredError, chip, drop]).toEqual([9 / 4, undefined, undefined]);
    expect(logitSqnrDb).toBeCloseTo(10 * Math.log10(10 / 9), 5);
    expect([decibel(1, 0), decibel(100, 1)]).toEqual([999, 20]);
  });

  it('needs no samples', () => {
    expect(new Scorer(0, 3, true, true).scores(0).samples).toBe(0);
  });

  it('has a bootstrap whose picks are spread over all samples', () => {
    const next = generator(1);
    const scorer = new Scorer(400, 2, true, true);
    for (let n = 0; n < 400; n++) {
      const chip = next(0, 9) === 0 ? [1, 0] : [0, 1];
      scorer.add(measure(chip, [0, 1], 0, 2, 1));
    }
    const { drop } = scorer.scores(3);
    const spread = Math.sqrt((drop!.top1 * (1 - drop!.top1)) / 400);
    expect(drop!.ci95[1] - drop!.ci95[0]).toBeGreaterThan(2 * 1.96 * spread * 0.8);
    expect(drop!.ci95[1] - drop!.ci95[0]).toBeLessThan(2 * 1.96 * spread * 1.2);
  });
});
