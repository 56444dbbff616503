/** Operators that move values without changing them. */
import { integersAttribute, integerAttribute, stringAttribute } from '../../graph/attributes.js';
import type { GraphNode } from '../../graph/types.js';
import type { Edge, Piece, Shape3 } from '../types.js';
import { refuse, type LowerContext, type Lowering } from './context.js';

export const alias: Lowering = (c, node) => c.alias(node.outputs[0], c.edge(node.inputs[0]));

/** Same elements, same order, another shape. */
export const reshape: Lowering = (c, node) => {
  const input = c.edge(node.inputs[0]);
  c.add({ kind: 'permute', name: c.name(node), input, view: input.shape, axes: [0, 1, 2], output: c.edge(node.outputs[0]) });
};

export const transpose: Lowering = (c, node) => {
  const { shape } = c.tensor(node.inputs[0]);
  const axes = integersAttribute(node, 'perm') ?? shape.map((_, d) => shape.length - 1 - d);
  if (axes[0] !== 0) refuse('T103', 'the sample dimension is moved');
  c.add({
    kind: 'permute', name: c.name(node), input: c.edge(node.inputs[0]), view: shape.slice(1), axes: axes.slice(1).map((a) => a - 1),
    output: c.edge(node.outputs[0]),
  });
};

/** Dimension of the feature map that axis `axis` of a tensor of `rank` dimensions (with the sample's) is. */
function mapAxis(axis: number, rank: number): 0 | 1 | 2 {
  const positive = axis < 0 ? axis + rank : axis;
  if (positive < 1 || rank > 4) return refuse('T400', `axis ${axis} of a tensor of ${rank} dimensions`, 'At most channels, height and width');
  if (rank === 3) return positive === 1 ? 0 : 2;
  return (positive - 1) as 0 | 1 | 2;
}

function whole(input: Edge, to: Shape3 = [0, 0, 0]): Piece {
  return { input, from: [0, 0, 0], step: [1, 1, 1], size: input.shape, to };
}

/** Entry `axis` of a triple replaced. */
function at(shape: Shape3, axis: number, value: number): Shape3 {
  return [axis === 0 ? value : shape[0], axis === 1 ? value : shape[1], axis === 2 ? value : shape[2]];
}

export const concat: Lowering = (c, node) => {
  const rank = c.tensor(node.outputs[0]).shape.length;
  const axis = mapAxis(integerAttribute(node, 'axis', 1), rank);
  let offset = 0;
  const pieces = node.inputs.map((id) => {
    const piece = whole(c.edge(id), at([0, 0, 0], axis, offset));
    offset += piece.size[axis];
    return piece;
  });
  c.add({ kind: 'wire', name: c.name(node), pieces, output: c.edge(node.outputs[0]) });
};

export const pad: Lowering = (c, node) => {
  const rank = c.tensor(node.inputs[0]).shape.length;
  const mode = stringAttribute(node, 'mode', 'constant');
  if (mode !== 'constant') refuse('T103', `padding mode ${mode}`, 'Pad with zeros');
  const amounts = integersAttribute(node, 'pads') ?? Array.from(c.constant(node.inputs[1], 'the padding').data);
  const value = c.optionalConstant(node.inputs[2], 'the value')?.[0] ?? 0;
  const axes = c.optionalConstant(node.inputs[3], 'the axes') ?? Float64Array.from({ length: rank }, (_, d) => d);
  if (value !== 0 && amounts.some((a) => a !== 0)) refuse('T400', `padding with ${value}`, 'Pad with zeros');
  const input = c.edge(node.inputs[0]);
  let piece = whole(input);
  axes.forEach((axis, i) => {
    const [before, after] = [amounts[i], amounts[axes.length + i]];
    if (before === 0 && after === 0) return;
    const d = mapAxis(axis, rank);
    const from = Math.max(0, -before);
    piece = {
      ...piece, from: at(piece.from, d, from), to: at(piece.to, d, Math.max(0, before)),
      size: at(piece.size, d, input.shape[d] - from - Math.max(0, -after)),
    };
  });
  c.add({ kind: 'wire', name: c.name(node), pieces: [piece], output: c.edge(node.outputs[0]) });
};

/** Starts, ends, axes and steps as attributes (opset 9 and before) or operands. */
function sliceParameters(c: LowerContext, node: GraphNode): { starts: number[]; axes: number[]; steps: number[] } {
  const read = (name: string, index: number): number[] | null => {
    const attribute = integersAttribute(node, name);
    if (attribute) return [...attribute];
    const values = c.optionalConstant(node.inputs[index], name);
    return values && Array.from(values);
  };
  const starts = read('starts', 1) ?? refuse('T103', 'no starts');
  return { starts, axes: read('axes', 3) ?? starts.map((_, i) => i), steps: read('steps', 4) ?? starts.map(() => 1) };
}

export const slice: Lowering = (c, node) => {
  const { shape } = c.tensor(node.inputs[0]);
  const output = c.edge(node.outputs[0]);
  const { starts, axes, steps } = sliceParameters(c, node);
  let piece: Piece = { ...whole(c.edge(node.inputs[0])), size: output.shape };
  axes.forEach((axis, i) => {
    if (axis === 0 || axis === -shape.length) return wholeBatch(starts[i], steps[i]);
    const d = mapAxis(axis, shape.length);
    const size = piece.input.shape[d];
    const start = starts[i] < 0 ? starts[i] + size : starts[i];
    const first = steps[i] > 0 ? Math.min(Math.max(start, 0), size) : Math.min(Math.max(start, 0), size - 1);
    piece = { ...piece, from: at(piece.from, d, first), step: at(piece.step, d, steps[i]) };
  });
  c.add({ kind: 'wire', name: c.name(node), pieces: [piece], output });
};

/** Exporters slice the sample dimension too, from end to end. */
function wholeBatch(start: number, step: number): void {
  if (start !== 0 || step !== 1) refuse('T103', 'the sample dimension is cut');
}

export const splitOp: Lowering = (c, node) => {
  const rank = c.tensor(node.inputs[0]).shape.length;
  const axis = mapAxis(integerAttribute(node, 'axis', 0), rank);
  const name = c.name(node);
  const input = c.edge(node.inputs[0]);
  let offset = 0;
  node.outputs.forEach((id, i) => {
    const output = c.edge(id);
    c.add({
      kind: 'wire', name: `${name}/${i}`, output,
      pieces: [{ input, from: at([0, 0, 0], axis, offset), step: [1, 1, 1], size: output.shape, to: [0, 0, 0] }],
    });
    offset += output.shape[axis];
  });
};
