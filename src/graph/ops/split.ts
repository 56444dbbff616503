import { integerAttribute, integersAttribute } from '../attributes.js';
import { axisIndex, constantNumbers, input, optionalInput, refuse, type NodeView, type Operator } from '../operator.js';
import type { ConstantTensor } from '../types.js';
import { identityMap, indexCopy } from './index-copy.js';

/** Sizes of the parts: attribute before opset 13, operand 1 from then on; else equal parts (the last may be smaller with num_outputs). */
function parts(node: NodeView, size: number): number[] {
  const operand = optionalInput(node, 1);
  const given = node.opset < 13 ? integersAttribute(node, 'split') : operand && constantNumbers(operand, 'the list of sizes');
  const count = node.outputCount;
  if (given) {
    if (given.length !== count || given.some((part) => part < 0) || given.reduce((a, b) => a + b, 0) !== size) {
      refuse('T104', `sizes [${given.join(', ')}] do not divide ${size} into ${count} parts`);
    }
    return [...given];
  }
  const declared = integerAttribute(node, 'num_outputs', count);
  if (declared !== count) refuse('T103', `attribute "num_outputs" is ${declared}, but the node has ${count} outputs`);
  const part = Math.ceil(size / count);
  const last = size - part * (count - 1);
  if (last < 0 || (node.opset < 18 && last !== part)) refuse('T104', `${size} cells cannot be divided into ${count} parts`);
  return Array.from({ length: count }, (_, i) => (i < count - 1 ? part : last));
}

/** Consecutive parts of x along `axis`. */
export const split: Operator = {
  name: 'Split',
  attributes: ['axis', 'split', 'num_outputs'],
  operandsSince: { split: 13 },
  arity: [1, 2],
  constantInputs: [1],
  infer(node) {
    const x = input(node, 0);
    const axis = axisIndex(integerAttribute(node, 'axis', 0), x.shape.length);
    return parts(node, x.shape[axis] as number).map((part) => ({ type: x.type, shape: x.shape.map((s, d) => (d === axis ? part : s)) }));
  },
  mixesSamples(node) {
    const axis = axisIndex(integerAttribute(node, 'axis', 0), input(node, 0).shape.length);
    return axis === 0 ? 'it splits the sample dimension' : null;
  },
  evaluate(node: NodeView<ConstantTensor>, outputs) {
    const x = input(node, 0);
    const axis = axisIndex(integerAttribute(node, 'axis', 0), x.shape.length);
    const sizes = parts({ ...node, inputs: node.inputs.map((t) => t && { ...t, batched: false }) }, x.shape[axis] as number);
    let start = 0;
    sizes.forEach((size, part) => {
      const output = outputs[part];
      const from = start;
      if (output) indexCopy(x, output, x.shape.map((s, d) => (d === axis ? identityMap(size).map((i) => from + i) : identityMap(s))), 0);
      start += size;
    });
  },
};
