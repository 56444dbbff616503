import { input, refuse, type NodeView, type Operator } from '../operator.js';
import { isFloat } from '../data-types.js';
import type { ConstantTensor, DataType } from '../types.js';
import { broadcastMixes, broadcastPairs, broadcastShape } from './broadcast.js';

type Pair = (a: number, b: number) => number;

/** An element-wise operator of two operands of one type, broadcast against each other. `functionFor` gives the arithmetic of a type. */
function binary(name: string, functionFor: (type: DataType) => Pair): Operator {
  return {
    name,
    attributes: [],
    arity: [2, 2],
    infer(node) {
      const a = input(node, 0);
      const b = input(node, 1);
      if (a.type !== b.type) refuse('T103', `operands have different types, ${a.type} and ${b.type}`);
      if (a.type === 'bool') refuse('T103', 'operands are bool');
      return [{ type: a.type, shape: broadcastShape(a.shape, b.shape) }];
    },
    mixesSamples: broadcastMixes,
    evaluate(node: NodeView<ConstantTensor>, [output]) {
      if (!output) return;
      broadcastPairs(input(node, 0), input(node, 1), output, functionFor(output.type));
    },
  };
}

/** y = a + b; integers wrap around. */
export const add = binary('Add', () => (a, b) => a + b);

/** y = a - b; integers wrap around. */
export const sub = binary('Sub', () => (a, b) => a - b);

/** y = a * b; integers wrap around. */
export const mul = binary('Mul', (type) => (type === 'int32' || type === 'uint32' ? Math.imul : (a, b) => a * b));

/** y = a / b; integers truncate toward zero, and x / 0 = 0 there. */
export const div = binary('Div', (type) => (isFloat(type) ? (a, b) => a / b : (a, b) => (b === 0 ? 0 : Math.trunc(a / b))));
