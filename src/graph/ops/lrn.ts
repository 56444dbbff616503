import { integerAttribute, numberAttribute } from '../attributes.js';
import { isFloat } from '../data-types.js';
import { elements, firstDimensionStays, input, refuse, type NodeView, type Operator } from '../operator.js';
import type { ConstantTensor } from '../types.js';
import { pow } from './exponential.js';

/** The sizes and factors of an LRN node. The window of channel c is c - before .. c + after, cut at the ends. */
export interface ResponseTerms {
  readonly size: number;
  readonly before: number;
  readonly after: number;
  readonly alpha: number;
  readonly beta: number;
  readonly bias: number;
}

export function responseTerms(node: Pick<NodeView, 'attributes'>): ResponseTerms {
  const size = integerAttribute(node, 'size', 0);
  if (size < 1) refuse('T103', `attribute "size" is ${size}`, undefined, 'at least 1');
  const factor = (name: string, fallback: number): number => Math.fround(numberAttribute(node, name, fallback));
  return {
    size, before: Math.floor((size - 1) / 2), after: Math.ceil((size - 1) / 2),
    alpha: factor('alpha', 1e-4), beta: factor('beta', 0.75), bias: factor('bias', 1),
  };
}

/** y = x / (bias + alpha / size * sum of x^2 over neighbouring channels)^beta: local response normalisation. */
export const lrn: Operator = {
  name: 'LRN',
  attributes: ['size', 'alpha', 'beta', 'bias'],
  arity: [1, 1],
  infer(node) {
    responseTerms(node);
    const x = input(node, 0);
    if (!isFloat(x.type)) refuse('T103', `operand is ${x.type}, not a float type`);
    if (x.shape.length < 2) refuse('T104', `operand [${x.shape.join(', ')}] has no channels`);
    return [{ type: x.type, shape: x.shape }];
  },
  mixesSamples: firstDimensionStays,
  evaluate(node: NodeView<ConstantTensor>, [output]) {
    if (!output) return;
    const { data, shape } = input(node, 0);
    const { size, before, after, alpha, beta, bias } = responseTerms(node);
    const channels = shape[1] as number;
    const plane = elements(shape.slice(2));
    for (let i = 0; i < data.length; i++) {
      const c = Math.floor(i / plane) % channels;
      let sum = 0;
      for (let d = Math.max(-before, -c); d <= Math.min(after, channels - 1 - c); d++) {
        const v = data[i + d * plane] as number;
        sum += v * v;
      }
      output.data[i] = (data[i] as number) * pow(bias + (alpha / size) * sum, -beta);
    }
  },
};
