import { elements, firstDimensionStays, input, refuse, type Operator } from '../operator.js';

/** Pooling over all dimensions but the first two, which keep rank with size 1. */
function globalPool(name: string, pool: (values: ArrayLike<number>, from: number, to: number) => number): Operator {
  return {
    name,
    attributes: [],
    arity: [1, 1],
    infer(node) {
      const x = input(node, 0);
      if (x.shape.length < 2) refuse('T104', `operand [${x.shape.join(', ')}] has no channels`);
      if (elements(x.shape.slice(2)) === 0) refuse('T104', 'operand has no cells');
      return [{ type: x.type, shape: x.shape.map((size, i) => (i < 2 ? size : 1)) }];
    },
    mixesSamples: firstDimensionStays,
    evaluate(node, [output]) {
      if (!output) return;
      const x = input(node, 0);
      const size = elements(x.shape.slice(2));
      for (let i = 0; i < output.data.length; i++) output.data[i] = pool(x.data, i * size, (i + 1) * size);
    },
  };
}

/** y[n, c] = mean of x[n, c, ...]. */
export const globalAveragePool = globalPool('GlobalAveragePool', (values, from, to) => {
  let sum = 0;
  for (let i = from; i < to; i++) sum += values[i] as number;
  return sum / (to - from);
});

/** y[n, c] = greatest of x[n, c, ...]. */
export const globalMaxPool = globalPool('GlobalMaxPool', (values, from, to) => {
  let best = -Infinity;
  for (let i = from; i < to; i++) best = Math.max(best, values[i] as number);
  return best;
});
