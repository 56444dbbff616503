import { integersAttribute } from '../attributes.js';
import { axisIndices, input, refuse, strides, type NodeView, type Operator, type TensorType } from '../operator.js';
import type { ConstantTensor } from '../types.js';
import { dot, forEachRow } from './broadcast.js';

/** Dimension i of the result is dimension perm[i] of the operand; without `perm` the order is reversed. */
export function permutation(node: Pick<NodeView, 'attributes'>, rank: number): number[] {
  const perm = integersAttribute(node, 'perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
  if (perm.length !== rank) refuse('T103', `attribute "perm" has ${perm.length} entries for ${rank} dimensions`);
  axisIndices(perm, rank);
  if (perm.some((axis) => axis < 0)) refuse('T103', 'attribute "perm" has negative entries');
  return [...perm];
}

/** y[i0, i1, ...] = x with dimension perm[d] indexed by i_d. */
export const transpose: Operator = {
  name: 'Transpose',
  attributes: ['perm'],
  arity: [1, 1],
  infer(node): TensorType[] {
    const x = input(node, 0);
    return [{ type: x.type, shape: permutation(node, x.shape.length).map((axis) => x.shape[axis] as number) }];
  },
  mixesSamples(node) {
    return permutation(node, input(node, 0).shape.length)[0] === 0 ? null : 'it moves the sample dimension';
  },
  evaluate(node: NodeView<ConstantTensor>, [output]) {
    if (!output) return;
    const x = input(node, 0);
    if (x.shape.length < 2) {
      output.data.set(x.data);
      return;
    }
    const from = strides(x.shape);
    const steps = permutation(node, x.shape.length).map((axis) => from[axis] as number);
    const width = output.shape[output.shape.length - 1] as number;
    const step = steps[steps.length - 1] as number;
    forEachRow(output.shape, (row, index) => {
      let at = dot(index, steps);
      for (let i = 0; i < width; i++, at += step) output.data[row * width + i] = x.data[at] as number;
    });
  },
};
