import { expect, it } from 'vitest';
import { ConfusionCounter } from '../../src/evaluate/confusion.js';

it('counts pairs of classes, by row and column', () => {
  const counter = new ConfusionCounter(1000);
  for (const [row, column] of [[3, 3], [999, 0], [3, 3], [3, 2]]) counter.add(row, column);
  expect(counter.result()).toEqual({
    classes: 1000, samples: 4, pairs: [{ row: 3, column: 2, count: 1 }, { row: 3, column: 3, count: 2 }, { row: 999, column: 0, count: 1 }],
  });
});
