import { integerAttribute, numberAttribute } from '../attributes.js';
import { isFloat } from '../data-types.js';
import { axisIndex, elements, firstDimensionStays, input, optionalInput, refuse, type NodeView, type Operand, type Operator } from '../operator.js';
import type { ConstantTensor } from '../types.js';

/** The first of the dimensions that are normalised together, up to the last, and the epsilon. */
export function normalizedFrom(node: Pick<NodeView, 'attributes'>, rank: number): { readonly axis: number; readonly epsilon: number } {
  return { axis: axisIndex(integerAttribute(node, 'axis', -1), rank), epsilon: Math.fround(numberAttribute(node, 'epsilon', 1e-5)) };
}

/** y = (x - mean) / sqrt(variance + epsilon) * scale + bias over the dimensions from `axis` on; scale and bias one a value of these. */
export const layerNormalization: Operator = {
  name: 'LayerNormalization',
  attributes: ['axis', 'epsilon', 'stash_type'],
  arity: [2, 3],
  constantInputs: [1, 2],
  infer(node) {
    const x = input(node, 0);
    if (!isFloat(x.type)) refuse('T103', `operand is ${x.type}, not a float type`);
    const { axis } = normalizedFrom(node, x.shape.length);
    if (integerAttribute(node, 'stash_type', 1) !== 1) refuse('T103', 'attribute "stash_type" is not 1', undefined, '1, float32');
    const size = elements(x.shape.slice(axis));
    [input(node, 1), optionalInput(node, 2)].forEach((operand: Operand | undefined, i) => {
      if (operand && elements(operand.shape) !== size) {
        refuse('T104', `${i === 0 ? 'scale' : 'bias'} [${operand.shape.join(', ')}] does not fit the dimensions [${x.shape.slice(axis).join(', ')}]`);
      }
    });
    return [{ type: x.type, shape: x.shape }];
  },
  mixesSamples(node, outputs) {
    return normalizedFrom(node, input(node, 0).shape.length).axis === 0 ? 'it normalises over the sample dimension' : firstDimensionStays(node, outputs);
  },
  evaluate(node: NodeView<ConstantTensor>, [output]) {
    if (!output) return;
    const { data, shape } = input(node, 0);
    const { axis, epsilon } = normalizedFrom(node, shape.length);
    const [scale, bias] = [input(node, 1).data, optionalInput(node, 2)?.data];
    const size = elements(shape.slice(axis));
    for (let from = 0; from < data.length; from += size) {
      const line = data.subarray(from, from + size);
      let sum = 0;
      for (const v of line) sum += v;
      const mean = sum / size;
      let squares = 0;
      for (const v of line) squares += (v - mean) * (v - mean);
      const factor = 1 / Math.sqrt(squares / size + epsilon);
      for (let i = 0; i < size; i++) {
        output.data[from + i] = ((line[i] as number) - mean) * factor * (scale[i] as number) + (bias?.[i] as number | undefined ?? 0);
      }
    }
  },
};
