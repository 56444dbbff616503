/**
 * Operators that keep every element in its place in memory and at most rename dimensions.
 */
import { flagAttribute, integerAttribute, integersAttribute } from '../attributes.js';
import {
  axisIndex, axisIndices, constantNumbers, elements, firstDimensionStays, input, optionalInput, refuse, type NodeView, type Operator,
  type TensorType,
} from '../operator.js';
import type { ConstantTensor } from '../types.js';

function sameElements(
  name: string,
  attributes: readonly string[],
  arity: readonly [number, number],
  shapeOf: (node: NodeView) => number[],
  mixesSamples: Operator['mixesSamples'] = firstDimensionStays,
): Operator {
  return {
    name,
    attributes,
    arity,
    constantInputs: [1],
    alias: true,
    infer: (node) => [{ type: input(node, 0).type, shape: shapeOf(node) }],
    mixesSamples,
    evaluate(node: NodeView<ConstantTensor>, [output]) {
      if (output) output.data.set(input(node, 0).data);
    },
  };
}

/** Same elements under a new shape; in it -1 stands for what remains and 0 for the operand's dimension (unless allowzero is 1). */
export const reshape = sameElements('Reshape', ['allowzero'], [2, 2], (node) => {
  const from = input(node, 0).shape;
  const wanted = constantNumbers(input(node, 1), 'the new shape');
  const keepZero = flagAttribute(node, 'allowzero', false);
  const shape = wanted.map((size, i) => {
    if (size !== 0 || keepZero) return size;
    return from[i] ?? refuse('T104', `new dimension ${i} is 0, but the operand has no such one`);
  });
  const open = shape.flatMap((size, i) => (size === -1 ? [i] : []));
  const known = elements(shape.filter((size) => size !== -1));
  const total = elements(from);
  if (open.length > 1 || shape.some((size) => !Number.isInteger(size) || size < -1)) {
    refuse('T104', `the new shape [${wanted.join(', ')}] has no meaning`);
  }
  if (open.length === 1) {
    if (known === 0 || total % known !== 0) refuse('T104', `[${from.join(', ')}] cannot become [${wanted.join(', ')}]`);
    shape[open[0] as number] = total / known;
  }
  if (elements(shape) !== total) refuse('T104', `[${from.join(', ')}] cannot become [${wanted.join(', ')}]`);
  return shape;
});

/** A matrix: dimensions before `axis` (default 1) are rows, the others columns. */
export const flatten = sameElements(
  'Flatten',
  ['axis'],
  [1, 1],
  (node) => {
    const shape = input(node, 0).shape;
    const axis = integerAttribute(node, 'axis', 1);
    const at = axis === shape.length ? axis : axisIndex(axis, shape.length);
    return [elements(shape.slice(0, at)), elements(shape.slice(at))];
  },
  (node, outputs) => {
    const axis = integerAttribute(node, 'axis', 1);
    return axis === 0 || axis === -input(node, 0).shape.length ? 'axis 0 makes all samples one row' : firstDimensionStays(node, outputs);
  },
);

/** Axes as attribute before opset 13, as operand 1 from then on. */
function axesOf(node: NodeView, since: number): number[] | undefined {
  if (node.opset < since) return integersAttribute(node, 'axes')?.slice();
  const axes = optionalInput(node, 1);
  return axes && constantNumbers(axes, 'the list of axes');
}

/** Drops dimensions of size 1: those of `axes`, or all. */
export const squeeze: Operator = {
  ...sameElements(
    'Squeeze',
    ['axes'],
    [1, 2],
    (node) => {
      const shape = input(node, 0).shape;
      const wanted = axesOf(node, 13);
      const axes = wanted ? axisIndices(wanted, shape.length) : shape.flatMap((size, i) => (size === 1 ? [i] : []));
      const bad = axes.find((axis) => shape[axis] !== 1);
      if (bad !== undefined) refuse('T104', `dimension ${bad} of [${shape.join(', ')}] is not 1`);
      return shape.filter((_, i) => !axes.includes(i));
    },
    (node) => {
      const axes = axesOf(node, 13);
      if (!axes) return 'without axes it drops the sample dimension too';
      return axisIndices(axes, input(node, 0).shape.length).includes(0) ? 'it drops the sample dimension' : null;
    },
  ),
  operandsSince: { axes: 13 },
};

function unsqueezeAxes(node: NodeView): number[] {
  const axes = axesOf(node, 13) ?? refuse('T103', 'the list of axes is missing');
  return axisIndices(axes, input(node, 0).shape.length + axes.length);
}

/** Adds dimensions of size 1 so that `axes` are their places in the result. */
export const unsqueeze: Operator = {
  ...sameElements(
    'Unsqueeze',
    ['axes'],
    [1, 2],
    (node) => {
      const axes = unsqueezeAxes(node);
      const rest = [...input(node, 0).shape];
      return Array.from({ length: rest.length + axes.length }, (_, i) => (axes.includes(i) ? 1 : (rest.shift() as number)));
    },
    (node) => (unsqueezeAxes(node).includes(0) ? 'it moves the sample dimension' : null),
  ),
  operandsSince: { axes: 13 },
};

/** y = x. */
export const identity = sameElements('Identity', [], [1, 1], (node) => [...input(node, 0).shape]);

/** y = x in inference; the optional mask is all true. */
export const dropout: Operator = {
  name: 'Dropout',
  attributes: ['ratio', 'seed', 'is_test'],
  arity: [1, 3],
  constantInputs: [1, 2],
  alias: true,
  infer(node) {
    const x = input(node, 0);
    const training = optionalInput(node, 2);
    // A ratio of 0 drops nothing in training either.
    const ratio = optionalInput(node, 1);
    const drops = (ratio ? constantNumbers(ratio, 'the ratio')[0] : 0.5) !== 0;
    if (training && drops && constantNumbers(training, 'training_mode')[0] !== 0) refuse('T103', 'training mode', 'export the model for inference');
    const outputs: TensorType[] = [{ type: x.type, shape: x.shape }];
    if (node.outputCount > 1) outputs.push({ type: node.opset < 10 ? x.type : 'bool', shape: x.shape });
    return outputs;
  },
  mixesSamples: firstDimensionStays,
  evaluate(node: NodeView<ConstantTensor>, [output, mask]) {
    if (output) output.data.set(input(node, 0).data);
    if (mask) mask.data.fill(1);
  },
};
