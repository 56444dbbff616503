import { isFloat } from '../data-types.js';
import { input, refuse, type Operator } from '../operator.js';
import { broadcastMixes, broadcastPairs, broadcastShape } from './broadcast.js';

/** y = x if x >= 0, else slope * x; the slope is broadcast to x. */
export const prelu: Operator = {
  name: 'PRelu',
  attributes: [],
  arity: [2, 2],
  infer(node) {
    const x = input(node, 0);
    const slope = input(node, 1);
    if (!isFloat(x.type)) refuse('T103', `operand is ${x.type}, not a float type`);
    const shape = broadcastShape(x.shape, slope.shape);
    if (shape.length !== x.shape.length || shape.some((size, i) => size !== x.shape[i])) {
      refuse('T104', `the slope [${slope.shape.join(', ')}] does not broadcast to [${x.shape.join(', ')}]`);
    }
    return [{ type: x.type, shape: x.shape }];
  },
  mixesSamples: broadcastMixes,
  evaluate(node, [output]) {
    if (output) broadcastPairs(input(node, 0), input(node, 1), output, (x, slope) => (x >= 0 ? x : slope * x));
  },
};
