import { describe, expect, it } from 'vitest';
import { Layers } from '../../src/train/layers.js';

const lenet = (seed: number) => new Layers('lenet', [1, 28, 28], seed).conv(6, 5, { pad: 2 }).relu().lrn(5, { alpha: 0.1 }).maxPool(2)
  .conv(6, 3, { groups: 6, stride: 2 }).tanh().averagePool(2).sigmoid().globalAveragePool().flatten().dense(10).graph();

describe('layers', () => {
  it('make a graph with shapes, names, input and output', () => {
    const graph = lenet(0);
    expect(graph.nodes.map(({ op, outputs }) => `${op} ${graph.tensors[outputs[0]!]!.name} ${graph.tensors[outputs[0]!]!.shape.join('x')}`)).toEqual([
      'Conv conv1 1x6x28x28', 'Relu relu1 1x6x28x28', 'LRN lrn1 1x6x28x28', 'MaxPool pool1 1x6x14x14', 'Conv conv2 1x6x6x6', 'Tanh tanh1 1x6x6x6',
      'AveragePool pool2 1x6x3x3', 'Sigmoid sigmoid1 1x6x3x3', 'GlobalAveragePool pool3 1x6x1x1', 'Flatten flatten1 1x6', 'Gemm logits 1x10',
    ]);
    expect(graph.tensors[graph.inputs[0]!]).toMatchObject({ name: 'input', shape: [1, 1, 28, 28] });
  });

  it('draw weights by seed, even within the reach of their inputs', () => {
    const weights = (seed: number): Float32Array => lenet(seed).tensors.find(({ name }) => name === 'conv1.weight')!.data as Float32Array;
    expect(weights(3)).toEqual(weights(3));
    expect(weights(3)).not.toEqual(weights(4));
    const reach = Math.sqrt(6 / 25);
    expect(weights(3).every((w) => Math.abs(w) <= reach)).toBe(true);
    const square = weights(3).reduce((sum, w) => sum + w * w, 0) / 150;
    expect(square / (reach * reach)).toBeGreaterThan(0.25);
    expect(square / (reach * reach)).toBeLessThan(0.42);
  });
});
