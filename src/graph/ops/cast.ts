import { integerAttribute } from '../attributes.js';
import { integerRange, isFloat } from '../data-types.js';
import { firstDimensionStays, input, refuse, type NodeView, type Operator } from '../operator.js';
import type { ConstantTensor, DataType } from '../types.js';

/** Numbers of the element types in ONNX files. */
export const ONNX_TYPES: Readonly<Record<number, DataType>> = {
  1: 'float32', 2: 'uint8', 3: 'int8', 4: 'uint16', 5: 'int16', 6: 'int32', 7: 'int64', 9: 'bool', 10: 'float16', 11: 'float64', 12: 'uint32',
  13: 'uint64',
};

/** y = x in another type: floats become integers by truncation, integers wrap around, bool is x != 0. */
export const cast: Operator = {
  name: 'Cast',
  attributes: ['to', 'saturate', 'round_mode'],
  arity: [1, 1],
  infer(node) {
    const to = integerAttribute(node, 'to', 0);
    const type = ONNX_TYPES[to] ?? refuse('T103', `element type ${to} is not supported`);
    return [{ type, shape: input(node, 0).shape }];
  },
  mixesSamples: firstDimensionStays,
  evaluate(node: NodeView<ConstantTensor>, [output]) {
    if (!output) return;
    const x = input(node, 0).data;
    const y = output.data;
    if (isFloat(output.type)) y.set(x);
    else if (output.type === 'bool') for (let i = 0; i < y.length; i++) y[i] = x[i] === 0 ? 0 : 1;
    else if (integerRange(output.type)) y.set(x);
    else for (let i = 0; i < y.length; i++) y[i] = Math.trunc(x[i]) + 0;
  },
};
