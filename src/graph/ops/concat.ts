import { integerAttribute } from '../attributes.js';
import { axisIndex, elements, input, refuse, type NodeView, type Operator } from '../operator.js';
import type { ConstantTensor } from '../types.js';

/** The operands one after the other along `axis`. */
export const concat: Operator = {
  name: 'Concat',
  attributes: ['axis'],
  arity: [1, Infinity],
  infer(node) {
    const first = input(node, 0);
    if (node.attributes['axis'] === undefined) refuse('T103', 'attribute "axis" is missing');
    const axis = axisIndex(integerAttribute(node, 'axis', 1), first.shape.length);
    let size = 0;
    for (let i = 0; i < node.inputs.length; i++) {
      const { shape, type } = input(node, i);
      const fits = shape.length === first.shape.length && shape.every((s, d) => d === axis || s === first.shape[d]);
      if (!fits || type !== first.type) {
        refuse('T104', `operand ${i}, ${type} [${shape.join(', ')}], does not fit ${first.type} [${first.shape.join(', ')}]`);
      }
      size += shape[axis] as number;
    }
    return [{ type: first.type, shape: first.shape.map((s, d) => (d === axis ? size : s)) }];
  },
  mixesSamples(node) {
    const rank = input(node, 0).shape.length;
    if (axisIndex(integerAttribute(node, 'axis', 1), rank) === 0) return 'it joins along the sample dimension';
    return node.inputs.every((operand) => operand?.batched) ? null : 'it joins samples and a constant';
  },
  evaluate(node: NodeView<ConstantTensor>, [output]) {
    if (!output) return;
    const axis = axisIndex(integerAttribute(node, 'axis', 1), output.shape.length);
    const outer = elements(output.shape.slice(0, axis));
    const pitch = elements(output.shape.slice(axis));
    let offset = 0;
    for (let i = 0; i < node.inputs.length; i++) {
      const x = input(node, i);
      const run = elements(x.shape.slice(axis));
      for (let row = 0; row < outer; row++) output.data.set(x.data.subarray(row * run, (row + 1) * run), row * pitch + offset);
      offset += run;
    }
  },
};
