/** Multiplications of single nodes, by hand. */
import { describe, expect, it } from 'vitest';
import { evaluationSteps } from '../../src/graph/macs.js';

type Shape = readonly number[];

describe('steps of plain evaluation hold all multiplications of', () => {
  it.each<[string, Shape[], Shape, number]>([
    ['Conv', [[1, 4, 9, 9], [8, 2, 3, 3]], [1, 8, 7, 7], 8 * 49 * 2 * 9],
    ['ConvInteger', [[1, 4, 9, 9], [8, 2, 3, 3]], [1, 8, 7, 7], 8 * 49 * 2 * 9],
    ['QLinearConv', [[1, 4, 9, 9], [], [], [8, 2, 3, 3]], [1, 8, 7, 7], 8 * 49 * 2 * 9],
    ['ConvTranspose', [[1, 4, 5, 5], [4, 3, 2, 2]], [1, 3, 10, 10], 4 * 25 * 3 * 4],
    ['MatMulInteger', [[6, 7], [7, 5]], [6, 5], 6 * 7 * 5],
    ['QLinearMatMul', [[6, 7], [], [], [7, 5]], [6, 5], 6 * 7 * 5],
    ['LSTM', [[4, 2, 3], [2, 20, 3], [2, 20, 5]], [4, 2, 2, 5], 4 * 2 * 2 * 20 * 8],
  ])('%s', (op, inputs, output, macs) => {
    const operands = inputs.map((shape) => ({ type: 'float32' as const, shape, batched: false }));
    const elements = inputs.reduce((n, shape) => n + shape.reduce((a, b) => a * b, 1), 0);
    expect(evaluationSteps({ op, attributes: {}, inputs: operands }, [{ shape: output }])).toBe(macs + elements);
  });
});
