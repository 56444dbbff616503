/** Operators that are functions of one value, pooling by maximum, and pairs of quantisation. */
import { integersAttribute } from '../../graph/attributes.js';
import { unaryOf } from '../../graph/ops/activation.js';
import { clipLimits } from '../../graph/ops/clip.js';
import { poolGeometry } from '../../graph/ops/max-pool.js';
import type { DataType, GraphNode } from '../../graph/types.js';
import { affine, filled } from '../make.js';
import type { Activation } from '../../cores/activation.js';
import { refuse, type LowerContext, type Lowering } from './context.js';
import { perChannel } from './sums.js';

function activate(c: LowerContext, node: GraphNode, activation: Activation): void {
  const input = c.edge(node.inputs[0]);
  const output = c.edge(node.outputs[0]);
  const channels = input.shape[0];
  if (c.apart(activation)) c.add({ kind: 'function', name: c.name(node), input, activation, output });
  else c.add(affine(c.name(node), input, output, filled(channels, 1), filled(channels, 0), activation));
}

export const relu: Lowering = (c, node) => activate(c, node, { op: 'Clip', lo: 0, hi: Number.POSITIVE_INFINITY });

export const clip: Lowering = (c, node) => {
  const [lo, hi] = clipLimits(c.view(node));
  activate(c, node, { op: 'Clip', lo, hi });
};

/** An operator that is a function of one value. */
export const unaryFunction: Lowering = (c, node) => activate(c, node, { op: 'Function', ...unaryOf(node) });

export const pow: Lowering = (c, node) => {
  const { data } = c.constant(node.inputs[1], 'the exponent');
  if (data.some((v) => v !== data[0])) refuse('T400', 'exponents that differ', 'Use one exponent for all elements');
  activate(c, node, { op: 'Function', name: 'Pow', parameters: { exponent: data[0] } });
};

export const prelu: Lowering = (c, node) => {
  activate(c, node, { op: 'PRelu', slope: perChannel(c, node.inputs[1], c.tensor(node.inputs[0]).shape, 'the slope') });
};

export const maxPool: Lowering = (c, node) => {
  if (node.outputs.length > 1 && node.outputs[1] >= 0) refuse('T103', 'the places of the maxima are asked for');
  const g = poolGeometry(node, c.tensor(node.inputs[0]).shape);
  const { kernel, stride, dilation } = g;
  c.add({
    kind: 'maxpool', name: c.name(node), input: c.edge(node.inputs[0]), kernel, stride, dilation, origin: [-g.before[0], -g.before[1]],
    output: c.edge(node.outputs[0]),
  });
};

export const globalMaxPool: Lowering = (c, node) => {
  const input = c.edge(node.inputs[0]);
  c.add({
    kind: 'maxpool', name: c.name(node), input, kernel: [input.shape[1], input.shape[2]], stride: [1, 1], dilation: [1, 1], origin: [0, 0],
    output: c.edge(node.outputs[0]),
  });
};

const LIMITS: Partial<Record<DataType, readonly [number, number]>> = {
  int8: [-128, 127], uint8: [0, 255], int16: [-32768, 32767], uint16: [0, 65535],
};

/** The codes of a quantised signal have the signal's own edge; what the pair does to values is the clip that dequantisation makes. */
export const quantize: Lowering = (c, node) => c.alias(node.outputs[0], c.edge(node.inputs[0]));

/** Rounding is the chip's business; what stays of a quantisation pair is its range, which often stands for a ReLU. */
export const dequantize: Lowering = (c, node) => {
  const type = c.tensor(node.inputs[0]).type;
  const limits = LIMITS[type];
  if (limits === undefined) refuse('T400', `a signal of ${type} is dequantised`);
  if (integersAttribute(node, 'block_size')) refuse('T103', 'blocked quantisation');
  const scale = c.constant(node.inputs[1], 'the scale').data;
  const zero = c.optionalConstant(node.inputs[2], 'the zero point') ?? filled(1, 0);
  if (scale.length !== 1 || zero.length !== 1) refuse('T400', 'a signal is quantised with one scale a channel', 'Use one scale for a signal');
  const [lo, hi] = limits.map((limit) => (limit - zero[0]) * scale[0]);
  const input = c.edge(node.inputs[0]);
  const channels = input.shape[0];
  const sum = affine(c.name(node), input, c.edge(node.outputs[0]), filled(channels, 1), filled(channels, 0), { op: 'Clip', lo, hi });
  c.add({ ...sum, advisory: true });
};
