/**
 * Recurrent operators of layout 0 have time before the samples, so exporters turn their operands and turn results back. Here the samples stay in front:
 * a tensor that a file has in another order is known with the dimension `at` where the file has its samples, and the nodes on it are rewritten until
 * the samples are in front in the file too.
 */
import { integersAttribute, integerAttribute } from '../graph/attributes.js';
import { axisIndex, axisIndices, constantNumbers, refuse, type Operand } from '../graph/operator.js';
import { CELLS } from '../graph/ops/cells.js';
import { UNARY } from '../graph/ops/unary.js';
import type { AttributeValue } from '../graph/types.js';

/** An operand, and the dimension of the file's tensor that holds the samples. */
export interface Turned extends Operand {
  readonly at: number;
}

export interface FileNode {
  readonly op: string;
  readonly opset: number;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly inputs: readonly (Turned | null)[];
}

/** What a node is with the samples in front. Operands are those of the file by number, lists of integers, or a state [directions, 1, ...] turned. */
export interface FrontNode {
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly operands: readonly (number | readonly number[] | { readonly state: number })[];
  /** Where the file has the samples of each result. */
  readonly at: readonly number[];
  /** The result is operand 0 as it stands. */
  readonly same?: true;
}

/** Whether a file's network has recurrent operators with time first. */
export function hasTimeFirst(nodes: readonly { readonly op: string; readonly attributes: Readonly<Record<string, AttributeValue>> }[]): boolean {
  return nodes.some(({ op, attributes }) => Object.hasOwn(CELLS, op) && (attributes['layout'] ?? 0) === 0);
}

/** The shape that the file has for a tensor. */
export function fileShape({ shape, at }: Turned): number[] {
  return [...shape.slice(1, at + 1), shape[0], ...shape.slice(at + 1)];
}

/** The node with the samples in front; refuses (T103) what it cannot say that way. */
export function samplesInFront(node: FileNode): FrontNode {
  const own = Object.hasOwn(REWRITES, node.op) ? REWRITES[node.op](node) : elementWise(node);
  return own ?? refuse(
    'T103', `its operand has the samples in dimension ${node.inputs.find((x) => x !== null && x.at > 0)?.at ?? 0}`, 'Transpose the samples back to the front',
  );
}

type Rewrite = (node: FileNode) => FrontNode | null;

/** Our dimension for dimension `axis` of the file's tensor; not for that of the samples. */
function ours(axis: number, at: number): number {
  return axis < at ? axis + 1 : axis;
}

function first(node: FileNode): Turned {
  return node.inputs[0] ?? refuse('T101', 'input 0 is missing');
}

/** Numbers of all operands. */
function asTheyStand(node: FileNode): number[] {
  return node.inputs.map((_, i) => i);
}

const transpose: Rewrite = (node) => {
  const { at, shape: { length: rank } } = first(node);
  const perm = integersAttribute(node, 'perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
  if (axisIndices(perm, rank).length !== rank) return null;
  const order = [0, ...perm.filter((axis) => axis !== at).map((axis) => ours(axis, at))];
  const front = { attributes: { perm: order }, operands: [0], at: [perm.indexOf(at)] };
  return order.every((axis, i) => axis === i) ? { ...front, same: true } : front;
};

const recurrent: Rewrite = (node) => {
  if (integerAttribute(node, 'layout', 0) !== 0 || first(node).at !== 1) return null;
  const operands = node.inputs.map((operand, i) => {
    if (i < 5 || i > 6 || operand === null) return i;
    return operand.data ? { state: i } : operand.at === 1 ? i : refuse('T103', `operand ${i} has not its samples in dimension 1`);
  });
  return { attributes: { ...node.attributes, layout: 1 }, operands, at: [2, 1, 1] };
};

/** The axes of a node: attribute before `since`, operand `index` from then on. */
function axesOf(node: FileNode, since: number, index: number): readonly number[] | undefined {
  if (node.opset < since) return integersAttribute(node, 'axes');
  const operand = node.inputs[index];
  return operand ? constantNumbers(operand, 'the list of axes') : undefined;
}

/** The node with other axes, where it has them. */
function withAxes(node: FileNode, since: number, index: number, axes: readonly number[], at: number): FrontNode {
  if (node.opset < since) return { attributes: { ...node.attributes, axes }, operands: asTheyStand(node), at: [at] };
  const operands: (number | readonly number[])[] = asTheyStand(node);
  operands[index] = axes;
  return { attributes: node.attributes, operands, at: [at] };
}

/** Dimensions `axes` go, or become 1 if `keep`. */
function dropping(node: FileNode, since: number, keep: boolean): FrontNode | null {
  const { at, shape: { length: rank } } = first(node);
  const axes = axesOf(node, since, 1)?.map((axis) => axisIndex(axis, rank));
  if (!axes || axes.length === 0 || axes.includes(at)) return null;
  return withAxes(node, since, 1, axes.map((axis) => ours(axis, at)), keep ? at : at - axes.filter((axis) => axis < at).length);
}

const reduce = (since: number): Rewrite => (node) => dropping(node, since, integerAttribute(node, 'keepdims', 1) !== 0);

const unsqueeze: Rewrite = (node) => {
  const { at, shape } = first(node);
  const given = axesOf(node, 13, 1) ?? [];
  const axes = axisIndices(given, shape.length + given.length);
  const kept = Array.from({ length: shape.length + axes.length }, (_, i) => i).filter((i) => !axes.includes(i));
  return withAxes(node, 13, 1, axes.map((axis) => ours(axis, kept[at])), kept[at]);
};

const gather: Rewrite = (node) => {
  const [x, indices] = [first(node), node.inputs[1]];
  const axis = axisIndex(integerAttribute(node, 'axis', 0), x.shape.length);
  if (!indices?.data || axis === x.at) return null;
  const at = axis < x.at ? x.at - 1 + indices.shape.length : x.at;
  return { attributes: { axis: ours(axis, x.at) }, operands: [0, 1], at: [at] };
};

const slice: Rewrite = (node) => {
  const { at, shape: { length: rank } } = first(node);
  const starts = node.opset < 10 ? integersAttribute(node, 'starts') : node.inputs[1] && constantNumbers(node.inputs[1], 'the list of starts');
  const axes = axesOf(node, 10, 3)?.map((axis) => axisIndex(axis, rank)) ?? starts?.map((_, i) => i) ?? [];
  if (axes.includes(at)) return null;
  return withAxes(node, 10, 3, axes.map((axis) => ours(axis, at)), at);
};

/** Up to the samples the dimensions must stay what they are. */
const reshape: Rewrite = (node) => {
  const [x, wanted] = [first(node), node.inputs[1]];
  if (!wanted || integerAttribute(node, 'allowzero', 0) !== 0) return null;
  const from = fileShape(x);
  const shape = constantNumbers(wanted, 'the new shape').map((size, i) => (size === 0 ? from[i] : size));
  if (shape.length <= x.at || from.slice(0, x.at + 1).some((size, i) => shape[i] !== size)) return null;
  return { attributes: {}, operands: [0, [0, ...shape.filter((_, i) => i !== x.at)]], at: [x.at] };
};

const concat: Rewrite = (node) => {
  const { at, shape: { length: rank } } = first(node);
  const axis = axisIndex(integerAttribute(node, 'axis', 0), rank);
  if (axis === at || !node.inputs.every((x) => x?.at === at)) return null;
  return { attributes: { axis: ours(axis, at) }, operands: asTheyStand(node), at: [at] };
};

/** A constant matrix on the right, which is applied to the last dimension. */
const matMul: Rewrite = (node) => {
  const [x, w] = [first(node), node.inputs[1]];
  return w?.data && w.shape.length === 2 && x.at < x.shape.length - 1 ? { attributes: {}, operands: [0, 1], at: [x.at] } : null;
};

/** Operands of one order, or constants that stretch along the last dimension at most. */
const arithmetic: Rewrite = (node) => {
  const at = node.inputs.find((x) => x && !x.data)?.at ?? 0;
  const rank = Math.max(...node.inputs.map((x) => x?.shape.length ?? 0));
  const fits = (x: Turned | null): boolean => {
    if (!x?.data) return x?.at === at && x.shape.length === rank;
    return x.shape.length === 0 || (x.shape.length === 1 && at < rank - 1);
  };
  return node.inputs.every(fits) ? { attributes: node.attributes, operands: asTheyStand(node), at: [at] } : null;
};

const ELEMENT_WISE = ['Relu', 'Clip', 'Identity', 'Dropout', 'Cast'];

const elementWise: Rewrite = (node) => {
  const simple = Object.hasOwn(UNARY, node.op) || ELEMENT_WISE.includes(node.op);
  if (!simple || node.inputs.slice(1).some((x) => x && (!x.data || x.shape.length > 0))) return null;
  return { attributes: node.attributes, operands: asTheyStand(node), at: [first(node).at, first(node).at] };
};

const REWRITES: Readonly<Record<string, Rewrite>> = {
  Transpose: transpose, RNN: recurrent, GRU: recurrent, LSTM: recurrent, Squeeze: (node) => dropping(node, 13, false), Unsqueeze: unsqueeze,
  ReduceMean: reduce(18), ReduceSum: reduce(13), Gather: gather, Slice: slice, Reshape: reshape, Concat: concat, MatMul: matMul,
  Add: arithmetic, Sub: arithmetic, Mul: arithmetic, Div: arithmetic,
};
