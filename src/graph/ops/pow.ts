import { isFloat } from '../data-types.js';
import { input, refuse, type NodeView, type Operator } from '../operator.js';
import type { ConstantTensor } from '../types.js';
import { broadcastMixes, broadcastPairs, broadcastShape } from './broadcast.js';
import { pow as power } from './exponential.js';

/** y = a^b, broadcast against each other; of a's type. Integers truncate. */
export const pow: Operator = {
  name: 'Pow',
  attributes: [],
  arity: [2, 2],
  infer(node) {
    const [a, b] = [input(node, 0), input(node, 1)];
    if (a.type === 'bool' || b.type === 'bool') refuse('T103', 'an operand is bool');
    return [{ type: a.type, shape: broadcastShape(a.shape, b.shape) }];
  },
  mixesSamples: broadcastMixes,
  evaluate(node: NodeView<ConstantTensor>, [output]) {
    if (!output) return;
    broadcastPairs(input(node, 0), input(node, 1), output, isFloat(output.type) ? power : (a, b) => Math.trunc(power(a, b)));
  },
};
