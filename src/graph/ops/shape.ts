import { integerAttribute } from '../attributes.js';
import { input, type NodeView, type Operator } from '../operator.js';
import type { ConstantTensor } from '../types.js';

function range(node: NodeView | NodeView<ConstantTensor>, rank: number): readonly [number, number] {
  const clamp = (value: number): number => Math.min(Math.max(value < 0 ? value + rank : value, 0), rank);
  const start = clamp(integerAttribute(node, 'start', 0));
  return [start, Math.max(start, clamp(integerAttribute(node, 'end', rank)))];
}

/** y = the dimensions start..end-1 of x as int64. In a graph it is a constant: that of one sample. */
export const shape: Operator = {
  name: 'Shape',
  attributes: ['start', 'end'],
  arity: [1, 1],
  infer(node) {
    const [start, end] = range(node, input(node, 0).shape.length);
    return [{ type: 'int64', shape: [end - start] }];
  },
  mixesSamples: () => null,
  evaluate(node: NodeView<ConstantTensor>, [output]) {
    const dimensions = input(node, 0).shape;
    if (output) output.data.set(dimensions.slice(...range(node, dimensions.length)));
  },
};
