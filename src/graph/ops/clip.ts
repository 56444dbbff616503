import { numberAttribute } from '../attributes.js';
import { elements, firstDimensionStays, input, optionalInput, refuse, type NodeView, type Operator } from '../operator.js';
import type { ConstantTensor, TensorData } from '../types.js';

/** The limits of a Clip: attributes before opset 11, scalar operands from then on; absent is infinite. Operands must be constants. */
export function clipLimits(node: NodeView<{ readonly data?: TensorData; readonly shape: readonly number[] }>): readonly [number, number] {
  if (node.opset < 11) {
    return [Math.fround(numberAttribute(node, 'min', -Infinity)), Math.fround(numberAttribute(node, 'max', Infinity))];
  }
  const limit = (index: number, absent: number): number => {
    const operand = optionalInput(node, index);
    if (!operand) return absent;
    if (!operand.data || elements(operand.shape) !== 1) refuse('T103', `the ${index === 1 ? 'minimum' : 'maximum'} is not one constant number`);
    return operand.data[0] as number;
  };
  return [limit(1, -Infinity), limit(2, Infinity)];
}

/** y = min(max(x, minimum), maximum). */
export const clip: Operator = {
  name: 'Clip',
  attributes: ['min', 'max'],
  operandsSince: { min: 11, max: 11 },
  arity: [1, 3],
  constantInputs: [1, 2],
  infer(node) {
    clipLimits(node);
    const x = input(node, 0);
    return [{ type: x.type, shape: x.shape }];
  },
  mixesSamples: firstDimensionStays,
  evaluate(node: NodeView<ConstantTensor>, [output]) {
    if (!output) return;
    const [lo, hi] = clipLimits(node);
    const x = input(node, 0).data;
    for (let i = 0; i < output.data.length; i++) {
      const v = x[i] as number;
      const raised = v < lo ? lo : v;
      output.data[i] = raised > hi ? hi : raised;
    }
  },
};
