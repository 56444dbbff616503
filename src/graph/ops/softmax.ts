import { integerAttribute } from '../attributes.js';
import { isFloat } from '../data-types.js';
import { axisIndex, elements, firstDimensionStays, input, refuse, type NodeView, type Operator } from '../operator.js';
import type { ConstantTensor } from '../types.js';
import { exp, log } from './exponential.js';

/**
 * Along `axis` (default -1); before opset 13 over all dimensions from `axis` (default 1) on, as one. `finish` makes y of x - max and of the sum of
 * e^(x - max).
 */
function normalised(name: string, finish: (x: number, sum: number) => number): Operator {
  return {
    name,
    attributes: ['axis'],
    arity: [1, 1],
    infer(node) {
      const x = input(node, 0);
      if (!isFloat(x.type)) refuse('T103', `operand is ${x.type}, not a float type`);
      softmaxAxis(node, x.shape.length);
      return [{ type: x.type, shape: x.shape }];
    },
    mixesSamples(node, outputs) {
      return softmaxAxis(node, input(node, 0).shape.length) === 0 ? 'its axis is the sample dimension' : firstDimensionStays(node, outputs);
    },
    evaluate(node: NodeView<ConstantTensor>, [output]) {
      if (!output) return;
      const x = input(node, 0);
      const axis = softmaxAxis(node, x.shape.length);
      const size = node.opset < 13 ? elements(x.shape.slice(axis)) : (x.shape[axis] as number);
      const step = node.opset < 13 ? 1 : elements(x.shape.slice(axis + 1));
      const line = new Float64Array(size);
      const lines = output.data.length / size;
      for (let i = 0; i < lines; i++) {
        const first = Math.floor(i / step) * step * size + (i % step);
        let greatest = -Infinity;
        for (let j = 0; j < size; j++) greatest = Math.max(greatest, x.data[first + j * step] as number);
        let sum = 0;
        for (let j = 0; j < size; j++) sum += exp(line[j] = x.data[first + j * step] - greatest);
        for (let j = 0; j < size; j++) output.data[first + j * step] = finish(line[j], sum);
      }
    },
  };
}

/** y = e^(x - max) / sum of e^(x - max). */
export const softmax = normalised('Softmax', (x, sum) => exp(x) / sum);

/** y = x - max - ln(sum of e^(x - max)). */
export const logSoftmax = normalised('LogSoftmax', (x, sum) => x - log(sum));

export function softmaxAxis(node: Pick<NodeView, 'attributes' | 'opset'>, rank: number): number {
  return axisIndex(integerAttribute(node, 'axis', node.opset < 13 ? 1 : -1), rank);
}
