import { flagAttribute, integersAttribute } from '../attributes.js';
import { isFloat } from '../data-types.js';
import { axisIndices, elements, input, refuse, type NodeView, type Operator } from '../operator.js';
import type { ConstantTensor, DataType, TensorData } from '../types.js';
import { broadcastStrides, dot, forEachRow } from './broadcast.js';

type ReduceNode = Pick<NodeView, 'attributes' | 'opset'> & { readonly inputs: readonly ({ readonly data?: TensorData } | null)[] };

/**
 * Dimensions to reduce: attribute before operator set `since`, operand 1 from then on; none named means all, unless noop_with_empty_axes is 1.
 */
function reducedAxes(node: ReduceNode, rank: number, since: number): number[] {
  const operand = node.inputs[1];
  if (node.opset >= since && operand && !operand.data) refuse('T103', 'the list of axes must be a constant');
  const axes = node.opset < since ? integersAttribute(node, 'axes') : operand?.data && Array.from(operand.data);
  if (axes && axes.length > 0) return axisIndices(axes, rank);
  return flagAttribute(node, 'noop_with_empty_axes', false) ? [] : Array.from({ length: rank }, (_, i) => i);
}

/** Types of sums besides floats. */
const INTEGERS: readonly DataType[] = ['int32', 'uint32', 'int64', 'uint64'];

/** A reduction over the named dimensions, which stay with size 1 if keepdims is 1 (default): the sum, then `finish(sum, number of values)`. */
function reduce(name: string, since: number, finish: (sum: number, count: number) => number, check: (count: number) => void): Operator {
  return {
    name,
    attributes: ['axes', 'keepdims', 'noop_with_empty_axes'],
    operandsSince: { axes: since },
    arity: [1, 2],
    constantInputs: [1],
    infer(node) {
      const x = input(node, 0);
      if (!isFloat(x.type) && !(name === 'ReduceSum' && INTEGERS.includes(x.type))) refuse('T103', `operand is ${x.type}`);
      const axes = reducedAxes(node, x.shape.length, since);
      const keep = flagAttribute(node, 'keepdims', true);
      check(elements(axes.map((axis) => x.shape[axis] as number)));
      return [{ type: x.type, shape: x.shape.flatMap((size, d) => (axes.includes(d) ? (keep ? [1] : []) : [size])) }];
    },
    mixesSamples(node) {
      return reducedAxes(node, input(node, 0).shape.length, since).includes(0) ? 'it reduces over the sample dimension' : null;
    },
    evaluate(node: NodeView<ConstantTensor>, [output]) {
      if (!output) return;
      const x = input(node, 0);
      const axes = reducedAxes(node, x.shape.length, since);
      const kept = x.shape.map((size, d) => (axes.includes(d) ? 1 : size));
      const steps = broadcastStrides(kept, x.shape);
      const count = elements(axes.map((axis) => x.shape[axis] as number));
      const sums = new Float64Array(output.data.length);
      const last = x.shape.length - 1;
      const width = x.shape[last] ?? 1;
      forEachRow(x.shape.length === 0 ? [1] : x.shape, (row, index) => {
        const to = dot(index.slice(0, x.shape.length), steps);
        for (let i = 0; i < width; i++) {
          const at = to + i * (steps[last] ?? 0);
          sums[at] = (sums[at] as number) + (x.data[row * width + i] as number);
        }
      });
      for (let i = 0; i < sums.length; i++) output.data[i] = finish(sums[i] as number, count);
    },
  };
}

/** y = mean of x over the named dimensions. */
export const reduceMean = reduce('ReduceMean', 18, (sum, count) => sum / count, (count) => {
  if (count === 0) refuse('T104', 'a mean of no values');
});

/** y = sum of x over the named dimensions; 0 of no values. */
export const reduceSum = reduce('ReduceSum', 13, (sum) => sum, () => undefined);
