import { flagAttribute, integerAttribute } from '../attributes.js';
import { axisIndex, elements, input, refuse, type NodeView, type Operator } from '../operator.js';
import type { ConstantTensor } from '../types.js';

/** y = position of the greatest x along `axis` (default 0), the first of equals (the last if select_last_index is 1), as int64. */
export const argMax: Operator = {
  name: 'ArgMax',
  attributes: ['axis', 'keepdims', 'select_last_index'],
  arity: [1, 1],
  infer(node) {
    const x = input(node, 0);
    const axis = axisIndex(integerAttribute(node, 'axis', 0), x.shape.length);
    const keep = flagAttribute(node, 'keepdims', true);
    flagAttribute(node, 'select_last_index', false);
    if (x.shape[axis] === 0) refuse('T104', 'the greatest of no values');
    return [{ type: 'int64', shape: x.shape.flatMap((size, d) => (d === axis ? (keep ? [1] : []) : [size])) }];
  },
  mixesSamples(node) {
    return axisIndex(integerAttribute(node, 'axis', 0), input(node, 0).shape.length) === 0 ? 'its axis is the sample dimension' : null;
  },
  evaluate(node: NodeView<ConstantTensor>, [output]) {
    if (!output) return;
    const x = input(node, 0);
    const axis = axisIndex(integerAttribute(node, 'axis', 0), x.shape.length);
    const last = flagAttribute(node, 'select_last_index', false);
    const size = x.shape[axis] as number;
    const step = elements(x.shape.slice(axis + 1));
    for (let i = 0; i < output.data.length; i++) {
      const first = Math.floor(i / step) * step * size + (i % step);
      let best = 0;
      for (let j = 1; j < size; j++) {
        const value = x.data[first + j * step] as number;
        const greatest = x.data[first + best * step] as number;
        if (value > greatest || (last && value === greatest)) best = j;
      }
      output.data[i] = best;
    }
  },
};
