/** Every row of the table of gradients against central differences in float64, and its SIMD kernels against the scalar ones, bit for bit. */
import { describe, expect, it } from 'vitest';
import { GRADIENTS, gradientName } from '../../../src/train/gradients/table.js';
import { planTraining } from '../../../src/train/network.js';
import { loadKernels } from '../../kernels/setup.js';
import { gradientsOf, graphOf, type Case } from './setup.js';

/** Multiplies the input by a trained value for each channel (or one), whose gradient needs that of everything after it for its input. */
const before = (size: readonly number[]) => ({ layer: { op: 'Mul', inputs: ['x', 'v'] }, constants: { v: size } });

function unary(op: string, shape: readonly number[], attributes: Record<string, number | number[]> = {}, opset = 13): Case {
  const { layer, constants } = before([shape[0]!, ...shape.slice(1).map(() => 1)]);
  return { shape, constants, layers: [layer, { op, inputs: ['#0'], attributes }], opset };
}

function conv(shape: readonly number[], weights: readonly number[], attributes: Record<string, number | number[]>, bias = true): Case {
  const v = before([shape[0]!, ...shape.slice(1).map(() => 1)]);
  const names = bias ? ['w', 'b'] : ['w'];
  return {
    shape, constants: { ...v.constants, w: weights, ...(bias ? { b: [weights[0]!] } : {}) },
    layers: [v.layer, { op: 'Conv', inputs: ['#0', ...names], attributes }],
  };
}

const CASES: Record<string, Case> = {
  'conv 3x3': conv([2, 6, 7], [5, 2, 3, 3], { pads: [1, 1, 1, 1] }),
  'conv 5x5, stride 2': conv([3, 9, 8], [4, 3, 5, 5], { pads: [2, 1, 2, 0], strides: [2, 2] }),
  'conv, dilated': conv([2, 8, 9], [3, 2, 3, 2], { dilations: [2, 3] }, false),
  'conv in two groups': conv([4, 5, 6], [6, 2, 3, 3], { group: 2 }),
  'conv of one dimension': conv([2, 11], [3, 2, 4], { strides: [3], pads: [1, 2] }),
  'conv with padding beyond the input': conv([1, 2, 2], [2, 1, 5, 5], { pads: [4, 4, 4, 4] }),
  pointwise: conv([5, 3, 4], [7, 5, 1, 1], {}),
  depthwise: conv([5, 6, 9], [5, 1, 3, 3], { group: 5, pads: [1, 1, 1, 1] }),
  'depthwise, two outputs a channel, stride 2': conv([3, 7, 7], [6, 1, 3, 2], { group: 3, strides: [2, 2], pads: [1, 0, 1, 1] }),
  gemm: { shape: [9], constants: { v: [1], w: [9, 11], b: [11] }, layers: [before([1]).layer, { op: 'Gemm', inputs: ['#0', 'w', 'b'] }] },
  'gemm, transposed': {
    shape: [13], constants: { v: [1, 13], w: [6, 13], b: [1, 6] },
    layers: [before([1]).layer, { op: 'Gemm', inputs: ['#0', 'w', 'b'], attributes: { transB: 1 } }],
  },
  'gemm of one column': { shape: [5], constants: { v: [1], w: [5, 1] }, layers: [before([1]).layer, { op: 'Gemm', inputs: ['#0', 'w'] }] },
  'matrix product, several rows': {
    shape: [3, 10], constants: { v: [1], w: [10, 9] }, layers: [before([1]).layer, { op: 'MatMul', inputs: ['#0', 'w'] }],
  },
  relu: unary('Relu', [3, 5, 5]),
  clip: { ...unary('Clip', [7, 9], { min: -0.25, max: 0.4 }, 10) },
  tanh: unary('Tanh', [2, 3, 5]),
  sigmoid: unary('Sigmoid', [31]),
  'leaky relu': unary('LeakyRelu', [29], { alpha: 0.2 }),
  flatten: { ...unary('Flatten', [2, 3, 4], { axis: 1 }) },
  'a constant for each channel': {
    shape: [3, 4, 5], constants: { v: [3, 1, 1], b: [1, 3, 1, 1] }, layers: [before([1]).layer, { op: 'Add', inputs: ['b', '#0'] }],
  },
  'a constant for all': { shape: [3, 4], constants: { v: [1], b: [] }, layers: [before([1]).layer, { op: 'Add', inputs: ['#0', 'b'] }] },
  'two signals added': {
    shape: [2, 3, 3], constants: { v: [1], w: [2, 2, 1, 1] },
    layers: [before([1]).layer, { op: 'Conv', inputs: ['#0', 'w'] }, { op: 'Add', inputs: ['#0', '#1'] }],
  },
  'a signal added to itself': { shape: [7], constants: { v: [1] }, layers: [before([1]).layer, { op: 'Add', inputs: ['#0', '#0'] }] },
  'two signals multiplied': {
    shape: [2, 3, 3], constants: { v: [1], w: [2, 2, 1, 1] },
    layers: [before([1]).layer, { op: 'Conv', inputs: ['#0', 'w'] }, { op: 'Mul', inputs: ['#0', '#1'] }],
  },
  'a signal squared': { shape: [7], constants: { v: [1] }, layers: [before([1]).layer, { op: 'Mul', inputs: ['#0', '#0'] }] },
  'a weight used twice': {
    shape: [6], constants: { w: [6, 6] },
    layers: [{ op: 'Gemm', inputs: ['x', 'w'] }, { op: 'Tanh', inputs: ['#0'] }, { op: 'Gemm', inputs: ['#1', 'w'] }],
  },
  'max pooling': unary('MaxPool', [2, 6, 7], { kernel_shape: [2, 2], strides: [2, 2] }),
  'max pooling, overlapping, padded': unary('MaxPool', [2, 6, 7], { kernel_shape: [3, 3], strides: [2, 1], pads: [1, 1, 1, 1] }),
  'average pooling': unary('AveragePool', [3, 6, 8], { kernel_shape: [2, 2], strides: [2, 2] }),
  'average pooling, overlapping, padded': unary('AveragePool', [2, 5, 7], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
  'average pooling that counts padding': unary('AveragePool', [2, 5, 7], {
    kernel_shape: [3, 2], strides: [2, 2], pads: [1, 0, 1, 1], count_include_pad: 1,
  }),
  'global average': unary('GlobalAveragePool', [5, 3, 3]),
  'batch normalisation': {
    shape: [3, 4, 3], constants: { v: [1], scale: [3], bias: [3], mean: [3], variance: [3] }, positive: ['variance'],
    layers: [before([1]).layer, { op: 'BatchNormalization', inputs: ['#0', 'scale', 'bias', 'mean', 'variance'] }],
  },
  'local response normalisation': unary('LRN', [7, 3, 3], { size: 5, alpha: 0.7, beta: 0.75, bias: 1.5 }),
  'local response normalisation, even': unary('LRN', [6, 5], { size: 4, alpha: 2, beta: 1.25, bias: 1 }),
};

describe.each(Object.entries(CASES))('%s', (_, network) => {
  it.each([1, 3])('batch %i: gradients are those of central differences within 2e-5 of the greatest', (batch) => {
    const { kernels, differences } = gradientsOf(graphOf(network, batch), batch, batch + 7);
    expect(kernels.size).toBe(Object.keys(network.constants ?? {}).filter((name) => name !== 'mean' && name !== 'variance').length);
    for (const [name, expected] of differences) {
      const greatest = expected.reduce((most, v) => Math.max(most, Math.abs(v)), 1e-3);
      const error = expected.reduce((most, v, i) => Math.max(most, Math.abs(v - kernels.get(name)![i]!)), 0);
      expect(error / greatest, name).toBeLessThan(2e-5);
    }
  });

  it('SIMD and scalar kernels give the same bits', () => {
    const graph = graphOf(network, 5);
    const [simd, scalar] = (['simd', 'scalar'] as const).map((variant) => gradientsOf(graph, 3, 2, variant).kernels) as
      [ReadonlyMap<string, Float32Array>, ReadonlyMap<string, Float32Array>];
    for (const [name, values] of simd) expect(new Int32Array(values.buffer), name).toEqual(new Int32Array(scalar.get(name)!.buffer));
  });
});

describe('the table', () => {
  it('has a case for every row', () => {
    const seen = new Set(Object.values(CASES).flatMap((network) => {
      const { instance, arena } = loadKernels();
      const plan = planTraining(graphOf(network, 1), instance.memory, arena.allocate, { samples: 1, fixed: [] });
      return plan.nodes.map(({ node, step }) => gradientName(node, step));
    }));
    expect([...GRADIENTS.keys()].filter((name) => !seen.has(name))).toEqual([]);
  });
});
