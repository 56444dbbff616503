/**
 * Functions of one element.
 */
import { numberAttribute } from '../attributes.js';
import { isFloat } from '../data-types.js';
import { firstDimensionStays, input, refuse, type NodeView, type Operator } from '../operator.js';
import type { ConstantTensor } from '../types.js';
import { sigmoid as sigmoidOf, tanh as tanhOf } from './exponential.js';

type Scalar = (x: number) => number;

function elementwise(
  name: string,
  attributes: readonly string[],
  anyType: boolean,
  functionFor: (node: Pick<NodeView, 'attributes'>) => Scalar,
): Operator {
  return {
    name,
    attributes,
    arity: [1, 1],
    infer(node) {
      const x = input(node, 0);
      if (!anyType && !isFloat(x.type)) refuse('T103', `operand is ${x.type}, not a float type`);
      // Attributes that are none are refused before anything runs.
      functionFor(node);
      return [{ type: x.type, shape: x.shape }];
    },
    mixesSamples: firstDimensionStays,
    evaluate(node: NodeView<ConstantTensor>, [output]) {
      if (!output) return;
      const x = input(node, 0).data;
      const y = output.data;
      const f = functionFor(node);
      for (let i = 0; i < y.length; i++) y[i] = f(x[i] as number);
    },
  };
}

/** y = max(x, 0). */
export const relu = elementwise('Relu', [], true, () => (x) => (x > 0 ? x : x === x ? 0 : x));

/** y = x if x >= 0, else alpha * x (alpha 0.01). */
export const leakyRelu = elementwise('LeakyRelu', ['alpha'], false, (node) => {
  const alpha = Math.fround(numberAttribute(node, 'alpha', 0.01));
  return (x) => (x >= 0 ? x : alpha * x);
});

/** y = 1 / (1 + e^-x). */
export const sigmoid = elementwise('Sigmoid', [], false, () => sigmoidOf);

/** y = (e^x - e^-x) / (e^x + e^-x). */
export const tanh = elementwise('Tanh', [], false, () => tanhOf);
