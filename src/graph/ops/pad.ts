import { integersAttribute, numberAttribute, stringAttribute } from '../attributes.js';
import { axisIndex, axisIndices, elements, input, refuse, type NodeView, type Operator } from '../operator.js';
import type { ConstantTensor, TensorData } from '../types.js';
import { indexCopy } from './index-copy.js';

type PadNode = Pick<NodeView, 'attributes' | 'opset'> & {
  readonly inputs: readonly ({ readonly shape: readonly number[]; readonly data?: TensorData } | null)[];
};

export interface Padding {
  readonly mode: string;
  /** Cells added before and after, one entry a dimension; negative cells are cut off. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly value: number;
}

const GREATEST = 1 << 24;

function numbers(node: PadNode, index: number, what: string): number[] | undefined {
  const operand = node.inputs[index];
  if (!operand) return undefined;
  return operand.data ? Array.from(operand.data) : refuse('T103', `${what} must be a constant`);
}

/** What a Pad node adds: attributes before opset 11, operands from then on (axes from 18 on). */
export function padding(node: PadNode, rank: number): Padding {
  const mode = stringAttribute(node, 'mode', 'constant');
  if (!['constant', 'reflect', 'edge', 'wrap'].includes(mode)) refuse('T103', `attribute "mode" is "${mode}"`);
  const operands = node.opset >= 11;
  const pads = (operands ? numbers(node, 1, 'the padding') : integersAttribute(node, 'pads')) ?? refuse('T103', 'the padding is missing');
  const axes = (operands ? numbers(node, 3, 'the list of axes') : undefined) ?? Array.from({ length: rank }, (_, i) => i);
  axisIndices(axes, rank);
  if (pads.length !== 2 * axes.length) refuse('T103', `the padding has ${pads.length} entries for ${axes.length} axes`);
  if (pads.some((pad) => !Number.isInteger(pad) || Math.abs(pad) > GREATEST)) refuse('T103', `the padding [${pads.join(', ')}] is out of range`);
  const before = new Array<number>(rank).fill(0);
  const after = new Array<number>(rank).fill(0);
  axes.forEach((axis, i) => {
    before[axisIndex(axis, rank)] = pads[i] as number;
    after[axisIndex(axis, rank)] = pads[axes.length + i] as number;
  });
  const value = operands ? (numbers(node, 2, 'the fill value')?.[0] ?? 0) : Math.fround(numberAttribute(node, 'value', 0));
  return { mode, before, after, value };
}

/** The source cell of position i - before in a dimension of `size` cells; -1 is the fill value. */
function sourceCell(mode: string, position: number, size: number): number {
  if (position >= 0 && position < size) return position;
  if (mode === 'edge') return position < 0 ? 0 : size - 1;
  if (mode === 'wrap') return ((position % size) + size) % size;
  if (mode === 'constant') return -1;
  const period = Math.max(2 * (size - 1), 1);
  const folded = ((position % period) + period) % period;
  return folded < size ? folded : period - folded;
}

/**
 * y = x with cells added (or, if negative, cut off) at both ends of dimensions: a value, the mirrored or the nearest or the opposite cells.
 */
export const pad: Operator = {
  name: 'Pad',
  attributes: ['mode', 'pads', 'value'],
  operandsSince: { pads: 11, value: 11 },
  arity: [1, 4],
  constantInputs: [1, 2, 3],
  infer(node) {
    const x = input(node, 0);
    const { before, after, mode } = padding(node, x.shape.length);
    const shape = x.shape.map((size, d) => size + (before[d] as number) + (after[d] as number));
    if (shape.some((size) => size < 0)) refuse('T104', `more is cut off than [${x.shape.join(', ')}] has`);
    if (mode !== 'constant' && elements(x.shape) === 0) refuse('T104', 'the operand has no cells to repeat');
    return [{ type: x.type, shape }];
  },
  mixesSamples(node) {
    const { before, after } = padding(node, input(node, 0).shape.length);
    return before[0] === 0 && after[0] === 0 ? null : 'it pads the sample dimension';
  },
  evaluate(node: NodeView<ConstantTensor>, [output]) {
    if (!output) return;
    const x = input(node, 0);
    const { mode, before, value } = padding(node, x.shape.length);
    const maps = output.shape.map((size, d) =>
      Array.from({ length: size }, (_, i) => sourceCell(mode, i - (before[d] as number), x.shape[d] as number)),
    );
    indexCopy(x, output, maps, value);
  },
};
