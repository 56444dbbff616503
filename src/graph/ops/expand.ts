import { isConstantTensor } from '../attributes.js';
import { elements, input, refuse, constantNumbers, type NodeView, type Operand, type Operator } from '../operator.js';
import type { ConstantTensor } from '../types.js';
import { broadcastMixes, broadcastPairs, broadcastShape } from './broadcast.js';

/** The sizes that an operand holds. */
function sizesOf(operand: Operand | ConstantTensor): number[] {
  const sizes = constantNumbers(operand, 'the shape');
  return sizes.every((size) => Number.isInteger(size) && size >= 0) ? sizes : refuse('T104', `the shape [${sizes.join(', ')}] has no meaning`);
}

/** y = x repeated until it has the given shape; where that has 1, x keeps its own size. */
export const expand: Operator = {
  name: 'Expand',
  attributes: [],
  arity: [2, 2],
  constantInputs: [1],
  infer(node) {
    const x = input(node, 0);
    return [{ type: x.type, shape: broadcastShape(x.shape, sizesOf(input(node, 1))) }];
  },
  mixesSamples: (node, outputs) => broadcastMixes({ ...node, inputs: [input(node, 0)] }, outputs),
  evaluate(node: NodeView<ConstantTensor>, [output]) {
    const x = input(node, 0);
    if (output) broadcastPairs(x, x, output, (v) => v);
  },
};

/** A tensor of the given shape, all elements the one of the attribute `value` (float 0 if there is none). */
export const constantOfShape: Operator = {
  name: 'ConstantOfShape',
  attributes: ['value'],
  arity: [1, 1],
  constantInputs: [0],
  infer(node) {
    return [{ type: fillOf(node)?.type ?? 'float32', shape: sizesOf(input(node, 0)) }];
  },
  mixesSamples: () => null,
  evaluate(node: NodeView<ConstantTensor>, [output]) {
    output?.data.fill(fillOf(node)?.data[0] ?? 0);
  },
};

function fillOf(node: Pick<NodeView, 'attributes'>): ConstantTensor | undefined {
  const { value } = node.attributes;
  if (value === undefined) return undefined;
  return isConstantTensor(value) && elements(value.shape) === 1 ? value : refuse('T103', 'attribute "value" is not a tensor of one element');
}
