import { integersAttribute } from '../attributes.js';
import { axisIndices, elements, input, refuse, type NodeView, type Operator } from '../operator.js';
import type { ConstantTensor, TensorData } from '../types.js';
import { identityMap, indexCopy } from './index-copy.js';

export interface SliceRange {
  readonly axis: number;
  readonly start: number;
  readonly step: number;
  readonly size: number;
}

interface SliceOperand {
  readonly shape: readonly number[];
  readonly data?: TensorData;
}

type SliceNode = Pick<NodeView, 'attributes' | 'opset'> & { readonly inputs: readonly (SliceOperand | null)[] };

function lists(node: SliceNode): { starts: number[]; ends: number[]; axes?: number[]; steps?: number[] } {
  if (node.opset < 10) {
    const starts = integersAttribute(node, 'starts') ?? refuse('T103', 'attribute "starts" is missing');
    const ends = integersAttribute(node, 'ends') ?? refuse('T103', 'attribute "ends" is missing');
    return { starts: [...starts], ends: [...ends], axes: integersAttribute(node, 'axes')?.slice() };
  }
  const read = (index: number, name: string): number[] | undefined => {
    const operand = node.inputs[index];
    if (!operand) return undefined;
    return operand.data ? Array.from(operand.data) : refuse('T103', `the list of ${name} must be a constant`);
  };
  return {
    starts: read(1, 'starts') ?? refuse('T103', 'the list of starts is missing'),
    ends: read(2, 'ends') ?? refuse('T103', 'the list of ends is missing'),
    axes: read(3, 'axes'),
    steps: read(4, 'steps'),
  };
}

/**
 * What a Slice takes of each axis that it names: cells start, start + step, ... (size of them). Negative starts and ends count from the
 * end; both are clamped to the dimension.
 */
export function sliceRanges(node: SliceNode, shape: readonly number[]): SliceRange[] {
  const { starts, ends, axes, steps } = lists(node);
  const wanted = axes ?? starts.map((_, i) => i);
  const lengths = [ends.length, wanted.length, steps?.length ?? starts.length];
  if (lengths.some((length) => length !== starts.length)) refuse('T103', 'starts, ends, axes and steps have different lengths');
  axisIndices(wanted, shape.length);
  return wanted.map((axis, i) => {
    const at = axis < 0 ? axis + shape.length : axis;
    const size = shape[at] as number;
    const step = steps?.[i] ?? 1;
    if (step === 0) refuse('T103', 'a step is 0');
    const [lowest, highest] = step > 0 ? [0, size] : [-1, size - 1];
    const clamp = (value: number): number => Math.min(Math.max(value < 0 ? value + size : value, lowest), highest);
    const start = step > 0 ? clamp(starts[i] as number) : Math.max(clamp(starts[i] as number), 0);
    return { axis: at, start, step, size: size === 0 ? 0 : Math.max(0, Math.ceil((clamp(ends[i] as number) - start) / step)) };
  });
}

/** y = every step-th cell of x from start to before end, along each named axis. */
export const slice: Operator = {
  name: 'Slice',
  attributes: ['starts', 'ends', 'axes'],
  operandsSince: { starts: 10, ends: 10, axes: 10 },
  arity: [1, 5],
  constantInputs: [1, 2, 3, 4],
  infer(node) {
    const x = input(node, 0);
    const shape = [...x.shape];
    for (const range of sliceRanges(node, x.shape)) shape[range.axis] = range.size;
    return [{ type: x.type, shape }];
  },
  mixesSamples(node) {
    const samples = sliceRanges(node, input(node, 0).shape).find((range) => range.axis === 0);
    if (samples && samples.step !== 1) return 'it reorders the sample dimension';
    return samples && samples.size !== 1 ? 'it takes no sample' : null;
  },
  evaluate(node: NodeView<ConstantTensor>, [output]) {
    if (!output || elements(output.shape) === 0) return;
    const x = input(node, 0);
    const maps = output.shape.map((size) => identityMap(size));
    for (const range of sliceRanges(node, x.shape)) {
      // Along the samples a node of a graph takes all of them, however many there are; `mixesSamples` sees to it.
      if (range.axis === 0 && output.shape[0] === x.shape[0] && range.size !== output.shape[0]) continue;
      maps[range.axis] = Array.from({ length: range.size }, (_, i) => range.start + i * range.step);
    }
    indexCopy(x, output, maps, 0);
  },
};

