import { integerAttribute } from '../attributes.js';
import { axisIndex, elements, input, refuse, type NodeView, type Operator } from '../operator.js';
import type { ConstantTensor } from '../types.js';

/** y = the slices of x along `axis` (default 0) that the indices name, in their shape; negative indices count from the end. */
export const gather: Operator = {
  name: 'Gather',
  attributes: ['axis'],
  arity: [2, 2],
  infer(node) {
    const x = input(node, 0);
    const indices = input(node, 1);
    if (indices.type !== 'int32' && indices.type !== 'int64') refuse('T103', `the indices are ${indices.type}`);
    const axis = axisIndex(integerAttribute(node, 'axis', 0), x.shape.length);
    const size = x.shape[axis] as number;
    if (indices.data?.some((i) => i < -size || i >= size)) refuse('T104', `an index lies outside dimension ${axis} of [${x.shape.join(', ')}]`);
    return [{ type: x.type, shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)] }];
  },
  mixesSamples(node) {
    const x = input(node, 0);
    if (input(node, 1).batched) return 'the indices depend on the input';
    return axisIndex(integerAttribute(node, 'axis', 0), x.shape.length) === 0 ? 'it picks along the sample dimension' : null;
  },
  evaluate(node: NodeView<ConstantTensor>, [output]) {
    if (!output) return;
    const x = input(node, 0);
    const indices = input(node, 1).data;
    const axis = axisIndex(integerAttribute(node, 'axis', 0), x.shape.length);
    const size = x.shape[axis] as number;
    const outer = elements(x.shape.slice(0, axis));
    const run = elements(x.shape.slice(axis + 1));
    let to = 0;
    for (let o = 0; o < outer; o++) {
      for (const index of indices) {
        if (index < -size || index >= size) refuse('T104', `index ${index} lies outside ${size}`);
        const from = (o * size + (index < 0 ? index + size : index)) * run;
        output.data.set(x.data.subarray(from, from + run), to);
        to += run;
      }
    }
  },
};
