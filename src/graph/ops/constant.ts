import { isConstantTensor } from '../attributes.js';
import { newArray } from '../data-types.js';
import { refuse, type NodeView, type Operator } from '../operator.js';
import type { ConstantTensor } from '../types.js';

/** The tensor that a Constant node's attribute stands for. */
export function constantValue(node: Pick<NodeView, 'attributes'>): ConstantTensor {
  const present = Object.entries(node.attributes);
  const [name, value] = present[0] ?? refuse('T103', 'no attribute holds the value');
  if (present.length > 1) refuse('T103', 'several attributes hold a value');
  if (name === 'value' && isConstantTensor(value)) return value;
  const type = name.startsWith('value_float') ? 'float32' : 'int64';
  const numbers = typeof value === 'number' ? [value] : value;
  if (name.startsWith('value_') && Array.isArray(numbers) && numbers.every((v): v is number => typeof v === 'number')) {
    const data = newArray(type, numbers.length);
    data.set(numbers);
    return { type, shape: typeof value === 'number' ? [] : [numbers.length], data };
  }
  return refuse('T103', `attribute "${name}" is not a supported constant`);
}

/** y = the attribute. */
export const constant: Operator = {
  name: 'Constant',
  attributes: ['value', 'value_float', 'value_floats', 'value_int', 'value_ints'],
  arity: [0, 0],
  infer(node) {
    const { type, shape } = constantValue(node);
    return [{ type, shape }];
  },
  mixesSamples: () => null,
  evaluate(node, [output]) {
    if (output) output.data.set(constantValue(node).data);
  },
};
