/** Operators that are weighted sums. */
import { flagAttribute, integersAttribute, numberAttribute } from '../../graph/attributes.js';
import { averageCounts } from '../../graph/ops/average-pool.js';
import { poolGeometry } from '../../graph/ops/max-pool.js';
import { taps, windowGeometry, type Pair, type WindowGeometry } from '../../graph/ops/window.js';
import { affine, filled, mapShape } from '../make.js';
import type { GraphNode } from '../../graph/types.js';
import type { Edge, Piece, Reals, SumNode, Term } from '../types.js';
import { refuse, type LowerContext, type Lowering } from './context.js';

const POINT = { stride: [1, 1], dilation: [1, 1], origin: [0, 0] } as const;

export const conv: Lowering = (c, node) => {
  const { shape, data } = c.weights(node.inputs[1], 'the kernel');
  const x = c.tensor(node.inputs[0]);
  const g = windowGeometry(node, x.shape, shape.slice(2), false);
  const bias = c.optionalConstant(node.inputs[2], 'the bias') ?? filled(shape[0], 0);
  const term: Term = {
    input: c.edge(node.inputs[0]), weights: data, kernel: g.kernel, stride: g.stride, dilation: g.dilation,
    origin: [-g.before[0], -g.before[1]], groups: g.channels / shape[1],
  };
  c.add({ kind: 'sum', name: c.name(node), terms: [term], bias, activation: null, output: c.edge(node.outputs[0]) });
};

/** weights row-major [outputs, inputs]. */
function matrixSum(c: LowerContext, name: string, input: Edge, output: Edge, weights: Reals, bias: Float64Array): void {
  const term: Term = { ...POINT, input, weights, kernel: [1, 1], groups: 1 };
  c.add({ kind: 'sum', name, terms: [term], bias, activation: null, output });
}

function transposed(data: Reals, rows: number, columns: number): Reals {
  const result = data.slice();
  for (let j = 0, at = 0; j < columns; j++) for (let i = 0; i < rows; i++) result[at++] = data[i * columns + j];
  return result;
}

export const gemm: Lowering = (c, node) => {
  if (flagAttribute(node, 'transA', false)) refuse('T103', 'transA turns samples into inputs');
  const { shape, data } = c.weights(node.inputs[1], 'operand B');
  const alpha = numberAttribute(node, 'alpha', 1);
  const beta = numberAttribute(node, 'beta', 1);
  const outputs = c.tensor(node.outputs[0]).shape[1];
  const matrix = flagAttribute(node, 'transB', false) ? data : transposed(data, shape[0], shape[1]);
  const weights = alpha === 1 ? matrix : Float64Array.from(matrix).map((w) => alpha * w);
  const given = c.optionalConstant(node.inputs[2], 'operand C') ?? filled(1, 0);
  if (given.length !== 1 && given.length !== outputs) refuse('T103', `operand C has ${given.length} values for ${outputs} outputs`);
  const bias = Float64Array.from({ length: outputs }, (_, j) => beta * given[given.length === 1 ? 0 : j]);
  matrixSum(c, c.name(node), c.edge(node.inputs[0]), c.edge(node.outputs[0]), weights, bias);
};

/** Rows of the last dimension times a constant matrix; more than one row a sample is a 1 x 1 convolution between two transpositions. */
export const matmul: Lowering = (c, node) => {
  const { shape, data } = c.weights(node.inputs[1], 'operand B');
  if (shape.length !== 2) refuse('T400', `operand B has ${shape.length} dimensions`, 'Use a matrix');
  const [k, m] = shape;
  const weights = transposed(data, k, m);
  const dims = c.tensor(node.inputs[0]).shape.slice(1);
  const rows = dims.slice(0, -1).reduce((a, b) => a * b, 1);
  const name = c.name(node);
  const input = c.edge(node.inputs[0]);
  const output = c.edge(node.outputs[0]);
  if (rows === 1 && input.shape[0] === k && output.shape[0] === m) {
    matrixSum(c, name, input, output, weights, filled(m, 0));
    return;
  }
  const before = c.inner(`${name}.columns`, [k, 1, rows], { tensor: input.name, offset: 0, strides: [1, 0, k], size: rows * k });
  const after = c.inner(`${name}.product`, [m, 1, rows], { tensor: output.name, offset: 0, strides: [1, 0, m], size: rows * m });
  c.add({ kind: 'permute', name: `${name}/in`, input, view: [rows, k], axes: [1, 0], output: before });
  matrixSum(c, name, before, after, weights, filled(m, 0));
  c.add({ kind: 'permute', name: `${name}/out`, input: after, view: [m, rows], axes: [1, 0], output });
};

/** scale = gamma / sqrt(var + eps), shift = beta - scale * mean. */
export const batchNormalization: Lowering = (c, node) => {
  const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((i) => c.constant(node.inputs[i], `operand ${i}`).data);
  const epsilon = numberAttribute(node, 'epsilon', 1e-5);
  const scale = gamma.map((g, i) => g / Math.sqrt(variance[i] + epsilon));
  const shift = beta.map((b, i) => b - scale[i] * mean[i]);
  const { shape } = c.tensor(node.inputs[0]);
  const [scales, shifts] = [scale, shift].map((v) => spread(v, v.length, shape));
  c.add(affine(c.name(node), c.edge(node.inputs[0]), c.edge(node.outputs[0]), scales, shifts));
};

/** One constant a channel of the map, from an operand that broadcasts to one sample of `shape`. */
export function perChannel(c: LowerContext, id: number, shape: readonly number[], what = 'operand'): Float64Array {
  const constant = c.constant(id, what);
  const dims = [...new Array<number>(Math.max(0, shape.length - constant.shape.length)).fill(1), ...constant.shape];
  const channels = shape[1] ?? 1;
  const size = dims.reduce((a, b) => a * b, 1);
  if (size !== 1 && (dims[1] !== channels || size !== channels)) {
    refuse('T400', `a constant of shape [${constant.shape.join(', ')}] differs along more than channels`, 'Only one value a channel can become weights');
  }
  return spread(constant.data, size === 1 ? 1 : channels, shape);
}

/** More dimensions than a map has are channels of it: each of the tensor's is a run of the map's. */
function spread(values: Float64Array, channels: number, shape: readonly number[]): Float64Array {
  const [wide] = mapShape(shape.slice(1));
  return Float64Array.from({ length: wide }, (_, j) => values[Math.floor((j * channels) / wide)]);
}

/** Two signals add as a weighted sum of both; a constant is scale or shift. */
function arithmetic(op: 'Add' | 'Sub' | 'Mul' | 'Div'): Lowering {
  return (c, node) => {
    const [a, b] = node.inputs;
    const output = c.edge(node.outputs[0]);
    const shape = c.tensor(node.outputs[0]).shape;
    const name = c.name(node);
    if (!c.isConstant(a) && !c.isConstant(b)) {
      if (op === 'Mul' || op === 'Div') refuse('T400', 'product of two signals', 'Cores multiply by constants only');
      sumOfTwo(c, name, a, b, output, op === 'Add' ? 1 : -1);
      return;
    }
    const [signal, constant] = c.isConstant(b) ? [a, b] : [b, a];
    if (c.tensor(signal).shape.join() !== shape.join()) refuse('T400', 'a constant makes the signal larger', 'Use an operand of the signal\'s shape');
    const v = perChannel(c, constant, shape);
    const zero = filled(v.length, 0);
    const one = filled(v.length, 1);
    if (op === 'Div' && signal === b) refuse('T400', 'division by a signal');
    const scale = op === 'Mul' ? v : op === 'Div' ? v.map((x) => 1 / x) : op === 'Sub' && signal === b ? one.map((x) => -x) : one;
    const shift = op === 'Add' || (op === 'Sub' && signal === b) ? v : op === 'Sub' ? v.map((x) => -x) : zero;
    c.add(affine(name, c.edge(signal), output, scale, shift));
  };
}

function sumOfTwo(c: LowerContext, name: string, a: number, b: number, output: Edge, sign: number): void {
  c.add(weightedSum(c, name, [[a, 1], [b, sign]], output));
}

/** Signals of the output's shape, or of one channel that all channels share, or of one row or column that all share; each with one weight. */
function weightedSum(c: LowerContext, name: string, parts: readonly (readonly [id: number, weight: number])[], output: Edge): SumNode {
  const [channels, ...size] = output.shape;
  const terms = parts.map(([id, weight]): Term => {
    const own = c.edge(id);
    if (own.shape.some((n, d) => n !== 1 && n !== output.shape[d])) {
      const shapes = parts.map(([part]) => `[${c.tensor(part).shape.join(', ')}]`);
      refuse('T400', `signals of shapes ${shapes.join(' and ')} are broadcast`, 'Add signals of one shape, or of 1 where the others are larger');
    }
    const input = own.shape.slice(1).join() === size.join() ? own : spreadOver(c, name, id, own, size);
    return { ...POINT, input, weights: filled(channels, weight), kernel: [1, 1], groups: input.shape[0] };
  });
  return { kind: 'sum', name, terms, bias: filled(channels, 0), activation: null, output };
}

/** A signal repeated along the height or width that it has one cell of, by wiring. */
function spreadOver(c: LowerContext, name: string, id: number, input: Edge, [height, width]: readonly number[]): Edge {
  const [channels, h, w] = input.shape;
  const wide = c.inner(`${name}/${input.name}`, [channels, height, width], {
    tensor: c.tensor(id).name, offset: 0, strides: [h * w, h === 1 ? 0 : w, w === 1 ? 0 : 1], size: channels * h * w,
  });
  const step = [1, h === 1 ? 0 : 1, w === 1 ? 0 : 1] as const;
  c.add({ kind: 'wire', name: `${name}/spread ${input.name}`, pieces: [{ input, from: [0, 0, 0], step, size: wide.shape, to: [0, 0, 0] }], output: wide });
  return wide;
}

/** Sum and Mean: constants go into the bias. */
function manySum(weightOf: (count: number) => number): Lowering {
  return (c, node) => {
    const output = c.edge(node.outputs[0]);
    const weight = weightOf(node.inputs.length);
    const { bias, ...rest } = weightedSum(c, c.name(node), node.inputs.filter((id) => !c.isConstant(id)).map((id) => [id, weight] as const), output);
    for (const id of node.inputs.filter((input) => c.isConstant(input))) {
      const values = perChannel(c, id, c.tensor(node.outputs[0]).shape);
      for (let j = 0; j < bias.length; j++) bias[j] += weight * values[values.length === 1 ? 0 : j];
    }
    c.add({ ...rest, bias });
  };
}

export const sum = manySum(() => 1);
export const mean = manySum((count) => 1 / count);

export const neg: Lowering = (c, node) => {
  const input = c.edge(node.inputs[0]);
  const channels = input.shape[0];
  c.add(affine(c.name(node), input, c.edge(node.outputs[0]), filled(channels, -1), filled(channels, 0)));
};

export const add = arithmetic('Add');
export const sub = arithmetic('Sub');
export const mul = arithmetic('Mul');
export const div = arithmetic('Div');

/** Same weight for `count` taps of each channel. */
function meanTerm(input: Edge, kernel: Pair, count: number): Term {
  return { ...POINT, input, kernel, weights: filled(input.shape[0] * kernel[0] * kernel[1], 1 / count), groups: input.shape[0] };
}

export const globalAveragePool: Lowering = (c, node) => {
  const input = c.edge(node.inputs[0]);
  const kernel: Pair = [input.shape[1], input.shape[2]];
  const term = meanTerm(input, kernel, kernel[0] * kernel[1]);
  c.add({ kind: 'sum', name: c.name(node), terms: [term], bias: filled(input.shape[0], 0), activation: null, output: c.edge(node.outputs[0]) });
};

/** Positions along one dimension that see the same taps and count. */
interface Region {
  readonly first: number;
  readonly count: number;
  readonly from: number;
  readonly to: number;
  readonly cells: number;
}

function regions(g: WindowGeometry, d: 0 | 1, counts: readonly number[], clip: boolean): Region[] {
  const found: Region[] = [];
  counts.forEach((cells, position) => {
    const { from, to } = clip ? taps(g, d, position) : { from: 0, to: g.kernel[d] };
    const last = found.at(-1);
    if (last && last.from === from && last.to === to && last.cells === cells) found[found.length - 1] = { ...last, count: last.count + 1 };
    else found.push({ first: position, count: 1, from, to, cells });
  });
  return found;
}

/** Weights 1 / number of cells. Where that number differs at the border, each region is a sum of its own, and wiring joins them. */
export const averagePool: Lowering = (c, node) => {
  const g = poolGeometry(node, c.tensor(node.inputs[0]).shape);
  const includePadding = flagAttribute(node, 'count_include_pad', false);
  const input = c.edge(node.inputs[0]);
  const output = c.edge(node.outputs[0]);
  const name = c.name(node);
  const [rows, columns] = ([0, 1] as const).map((d) => {
    const counts = averageCounts(g, d, includePadding);
    const uniform = counts.every((n) => n === counts[0]) && counts[0] === g.kernel[d];
    return regions(g, d, counts, !uniform);
  });
  const zero = filled(input.shape[0], 0);
  const regionSum = (y: Region, x: Region, suffix: string, target: Edge): void => {
    const term: Term = {
      ...meanTerm(input, [y.to - y.from, x.to - x.from], y.cells * x.cells), stride: g.stride, dilation: g.dilation,
      origin: [y.first * g.stride[0] - g.before[0] + y.from * g.dilation[0], x.first * g.stride[1] - g.before[1] + x.from * g.dilation[1]],
    };
    c.add({ kind: 'sum', name: `${name}${suffix}`, terms: [term], bias: zero, activation: null, output: target });
  };
  if (rows.length === 1 && columns.length === 1) {
    regionSum(rows[0], columns[0], '', output);
    return;
  }
  const pieces = rows.flatMap((y, i) => columns.map((x, j): Piece => {
    const [, height, width] = output.shape;
    const part = c.inner(`${output.name}.border${i}.${j}`, [input.shape[0], y.count, x.count], {
      tensor: output.name, offset: y.first * width + x.first, strides: [height * width, width, 1], size: input.shape[0] * height * width,
    });
    regionSum(y, x, `/border${i}.${j}`, part);
    return { input: part, from: [0, 0, 0], step: [1, 1, 1], size: part.shape, to: [0, y.first, x.first] };
  }));
  c.add({ kind: 'wire', name, pieces, output });
};

/** Mean or sum over spatial dimensions, over channels, or both. */
function reduction(weightOf: (count: number) => number): Lowering {
  return (c, node) => reduce(c, node, weightOf);
}

export const reduceMean = reduction((count) => 1 / count);
export const reduceSum = reduction(() => 1);

function reduce(c: LowerContext, node: GraphNode, weightOf: (count: number) => number): void {
  const x = c.tensor(node.inputs[0]);
  const given = integersAttribute(node, 'axes') ?? c.optionalConstant(node.inputs[1], 'the axes');
  const all = x.shape.map((_, d) => d).slice(1);
  const axes = new Set(given && given.length > 0 ? Array.from(given, (a) => (a < 0 ? a + x.shape.length : a)) : all);
  const input = c.edge(node.inputs[0]);
  const spatialAxes = x.shape.length === 4 ? [2, 3] : [0, x.shape.length - 1];
  if (x.shape.length > 4 || axes.has(0)) refuse('T400', `reduction over axes ${[...axes].join(', ')} of [${x.shape.join(', ')}]`);
  const kernel: Pair = [
    x.shape.length === 4 && axes.has(spatialAxes[0]) ? input.shape[1] : 1, x.shape.length > 2 && axes.has(spatialAxes[1]) ? input.shape[2] : 1,
  ];
  const overChannels = axes.has(1);
  const channels = input.shape[0];
  const height = input.shape[1] / kernel[0];
  const width = input.shape[2] / kernel[1];
  const dense = overChannels ? 1 : channels;
  const term: Term = {
    ...POINT, input, kernel, groups: overChannels ? 1 : channels,
    weights: filled(channels * kernel[0] * kernel[1], weightOf(kernel[0] * kernel[1] * (overChannels ? channels : 1))),
  };
  const name = c.name(node);
  const output = c.edge(node.outputs[0]);
  // The same elements in the same order as the output's, whose dimensions may be fewer.
  const mean = c.inner(output.name, [dense, height, width]);
  c.add({ kind: 'sum', name, terms: [term], bias: filled(dense, 0), activation: null, output: mean });
  c.add({ kind: 'permute', name: `${name}/shape`, input: mean, view: mean.shape, axes: [0, 1, 2], output });
}
