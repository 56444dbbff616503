import { isFloat } from '../data-types.js';
import { input, refuse, type NodeView, type Operator } from '../operator.js';
import type { ConstantTensor } from '../types.js';
import { broadcastMixes, broadcastPairs, broadcastShape } from './broadcast.js';

/** An element-wise operator of one operand or more, of one type, broadcast against each other; operands are taken from the left. */
function variadic(name: string, floatOnly: boolean, join: (a: number, b: number) => number, finish?: (v: number, count: number) => number): Operator {
  return {
    name,
    attributes: [],
    arity: [1, 1 << 30],
    infer(node) {
      const [first, ...others] = node.inputs.map((_, i) => input(node, i));
      if (floatOnly && !isFloat(first.type)) refuse('T103', `operands are ${first.type}, not of a float type`);
      if (first.type === 'bool') refuse('T103', 'operands are bool');
      const different = others.find((operand) => operand.type !== first.type);
      if (different) refuse('T103', `operands have different types, ${first.type} and ${different.type}`);
      return [{ type: first.type, shape: others.reduce<readonly number[]>((shape, operand) => broadcastShape(shape, operand.shape), first.shape) }];
    },
    mixesSamples: broadcastMixes,
    evaluate(node: NodeView<ConstantTensor>, [output]) {
      if (!output) return;
      const [first, ...others] = node.inputs.map((_, i) => input(node, i));
      broadcastPairs(first, first, output, (a) => a);
      for (const operand of others) broadcastPairs(output, operand, output, join);
      if (finish) for (let i = 0; i < output.data.length; i++) output.data[i] = finish(output.data[i] as number, node.inputs.length);
    },
  };
}

/** y = the greatest of the operands; not a number if one is none. */
export const max = variadic('Max', false, (a, b) => (a > b || a !== a ? a : b));

/** y = the least of the operands; not a number if one is none. */
export const min = variadic('Min', false, (a, b) => (a < b || a !== a ? a : b));

/** y = a + b + ... */
export const sum = variadic('Sum', true, (a, b) => a + b);

/** y = (a + b + ...) / number of operands. */
export const mean = variadic('Mean', true, (a, b) => a + b, (v, count) => v / count);
