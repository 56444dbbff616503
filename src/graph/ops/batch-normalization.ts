import { flagAttribute, integerAttribute, numberAttribute } from '../attributes.js';
import { elements, firstDimensionStays, input, refuse, type NodeView, type Operator } from '../operator.js';
import type { ConstantTensor } from '../types.js';

const NAMES = ['', 'scale', 'bias', 'mean', 'variance'] as const;

/** Per channel y = factor * x + offset, in float64: factor = scale / sqrt(variance + epsilon), offset = bias - mean * factor. */
export function normalizationTerms(node: NodeView<ConstantTensor>): { readonly factor: Float64Array; readonly offset: Float64Array } {
  const [bias, mean, variance] = [input(node, 2).data, input(node, 3).data, input(node, 4).data];
  const epsilon = numberAttribute(node, 'epsilon', 1e-5);
  const factor = Float64Array.from(input(node, 1).data, (s, c) => s / Math.sqrt((variance[c] as number) + epsilon));
  const offset = factor.map((f, c) => (bias[c] as number) - (mean[c] as number) * f);
  return { factor, offset };
}

/** y = scale * (x - mean) / sqrt(variance + epsilon) + bias, per channel; inference only. */
export const batchNormalization: Operator = {
  name: 'BatchNormalization',
  attributes: ['epsilon', 'momentum', 'spatial', 'training_mode'],
  arity: [5, 5],
  constantInputs: [1, 2, 3, 4],
  infer(node) {
    if (flagAttribute(node, 'training_mode', false) || node.outputCount > 1) refuse('T103', 'training mode', 'export the model for inference');
    if (integerAttribute(node, 'spatial', 1) !== 1) refuse('T103', 'attribute "spatial" is 0');
    const x = input(node, 0);
    // A vector holds values of one channel.
    const channels = x.shape[1] ?? (x.shape.length === 1 ? 1 : refuse('T104', `operand [${x.shape.join(', ')}] has no channels`));
    for (const i of [1, 2, 3, 4]) {
      const shape = input(node, i).shape;
      if (shape.length !== 1 || shape[0] !== channels) refuse('T104', `${NAMES[i]} [${shape.join(', ')}] does not fit ${channels} channels`);
    }
    const epsilon = numberAttribute(node, 'epsilon', 1e-5);
    const wrong = input(node, 4).data?.findIndex((v) => v + epsilon <= 0) ?? -1;
    if (wrong >= 0) refuse('T103', `variance ${wrong} is ${input(node, 4).data?.[wrong]}`, undefined, `above ${-epsilon}`);
    return [{ type: x.type, shape: x.shape }];
  },
  mixesSamples: firstDimensionStays,
  evaluate(node: NodeView<ConstantTensor>, [output]) {
    if (!output) return;
    const x = input(node, 0);
    const { factor, offset } = normalizationTerms(node);
    const size = elements(x.shape.slice(2));
    const channels = factor.length;
    for (let plane = 0, i = 0; i < output.data.length; plane++) {
      const f = factor[plane % channels] as number;
      const o = offset[plane % channels] as number;
      for (const end = i + size; i < end; i++) output.data[i] = f * (x.data[i] as number) + o;
    }
  },
};
