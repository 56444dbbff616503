/** Gradients of functions of one element, of sums and of scaling. */
import { numberAttribute } from '../../graph/attributes.js';
import { elements } from '../../graph/operator.js';
import { placeFloats } from '../../kernels/float.js';
import {
  isConstantTensor, operandOf, scratchFor, type BackwardContext, type GradientContext, type GradientRow, type PreparedGradient,
} from './gradient.js';

/** The step's own fields and the elements of operand 0. */
function sized(context: GradientContext): PreparedGradient {
  return { fields: { ...context.step.fields, size: elements(operandOf(context, 0)?.shape ?? []) }, scratchBytes: 0 };
}

/** Copies dy to an operand's gradient. */
function pass({ dy, gradients, floats, batch }: BackwardContext, operand: number, size: number): void {
  const to = gradients[operand];
  if (to) floats(to, batch * size).set(floats(dy, batch * size));
}

/** A row of a node with one operand whose gradient is one call. */
function unary(nodes: readonly string[], gradient: (c: BackwardContext, n: number, fields: Readonly<Record<string, number>>) => void): GradientRow {
  return {
    nodes,
    parameters: [],
    prepare: sized,
    backward(fields, c) {
      if (c.gradients[0]) gradient(c, c.batch * fields['size'], fields);
    },
  };
}

export const clampGradient = unary(['clamp'], (c, n, { lo, hi }) => {
  c.call('clampGradient', c.output, c.dy, c.gradients[0], n, lo, hi);
});

export const tanhGradient = unary(['tanh'], (c, n) => c.call('tanhGradient', c.output, c.dy, c.gradients[0], n));

export const sigmoidGradient = unary(['sigmoid'], (c, n) => c.call('sigmoidGradient', c.output, c.dy, c.gradients[0], n));

export const leakyGradient = unary(['LeakyRelu'], (c, n) => {
  const alpha = numberAttribute(c, 'alpha', 0.01);
  c.call('leakyGradient', c.inputs[0], c.dy, c.gradients[0], n, alpha);
});

/** Nodes that only rename their operand. */
export const aliasGradient: GradientRow = {
  nodes: ['alias'],
  parameters: [],
  prepare: sized,
  backward: (fields, c) => pass(c, 0, fields['size']),
};

/** Two signals of one shape. */
export const addGradient: GradientRow = {
  nodes: ['add'],
  parameters: [],
  prepare: sized,
  backward(fields, c) {
    pass(c, 0, fields['size']);
    pass(c, 1, fields['size']);
  },
};

/** The product of two signals of one shape. */
export const multiplyGradient: GradientRow = {
  nodes: ['Mul'],
  parameters: [],
  prepare(context) {
    const [a, b] = [operandOf(context, 0), operandOf(context, 1)];
    return a?.shape.join() === b?.shape.join() && !isConstantTensor(a) && !isConstantTensor(b) ? sized(context) : null;
  },
  backward(fields, c) {
    const n = c.batch * fields['size'];
    for (const [i, other] of [[0, 1], [1, 0]] as const) {
      if (c.gradients[i]) c.call('multiplyFloat', c.dy, c.inputs[other], c.gradients[i], n);
    }
  },
};

type ScalingFields = Record<'operandIndex' | 'planes' | 'channels' | 'size' | 'factors' | 'offsets' | 'multiplies', number>;

/** A constant, one value a channel or one for all, added to a signal or multiplied with it. */
export const constantGradient: GradientRow = {
  nodes: ['constant'],
  parameters: [0, 1],
  prepare({ node, step, address }) {
    if (node.op === 'Sub') return null;
    const constant = address(1 - step.fields['operandIndex']);
    const multiplies = node.op === 'Mul';
    const fields = { ...step.fields, multiplies: multiplies ? 1 : 0, [multiplies ? 'factors' : 'offsets']: constant };
    return { fields, scratchBytes: 0 };
  },
  backward(fields, c) {
    const f = fields as ScalingFields;
    const [dx, constant] = [c.gradients[f.operandIndex], c.gradients[1 - f.operandIndex]];
    const planes = c.batch * f.planes;
    if (dx && f.multiplies) c.call('scalePlanes', c.dy, dx, planes, f.size, f.channels, f.factors, f.offsets);
    else pass(c, f.operandIndex, f.planes * f.size);
    if (!constant) return;
    c.floats(constant, f.channels).fill(0);
    c.call('sumPlanes', c.dy, f.multiplies ? c.inputs[f.operandIndex] : 0, planes, f.size, f.channels, constant);
  },
};

type NormalizationFields = Record<
  'planes' | 'size' | 'channels' | 'factors' | 'offsets' | 'scale' | 'bias' | 'inverse' | 'shift' | 'zeros', number>;

/** Batch normalisation with the mean and variance that it has: y = scale * (x * inverse + shift) + bias. */
export const normalizationGradient: GradientRow = {
  nodes: ['normalization'],
  parameters: [1, 2],
  prepare(context) {
    const { node, step, memory, allocate, address, samples } = context;
    const [x, mean, variance] = [operandOf(context, 0), operandOf(context, 3), operandOf(context, 4)];
    if (!x || !isConstantTensor(mean) || !isConstantTensor(variance)) return null;
    const epsilon = numberAttribute(node, 'epsilon', 1e-5);
    const inverse = Float64Array.from(variance.data, (v) => 1 / Math.sqrt(v + epsilon));
    const shift = inverse.map((v, i) => -mean.data[i] * v);
    const place = (values: ArrayLike<number>): number => placeFloats(memory, allocate, values);
    const own = { scale: address(1), bias: address(2), inverse: place(inverse), shift: place(shift), zeros: place(inverse.map(() => 0)) };
    return { fields: { ...step.fields, ...own }, scratchBytes: scratchFor(samples * elements(x.shape)) };
  },
  refresh(fields, _call, floats) {
    const f = fields as NormalizationFields;
    const of = (address: number): Float32Array => floats(address, f.channels);
    const [scale, bias, inverse, shift, factors, offsets] = [f.scale, f.bias, f.inverse, f.shift, f.factors, f.offsets].map(of);
    for (let i = 0; i < f.channels; i++) {
      factors[i] = scale[i] * inverse[i];
      offsets[i] = bias[i] + scale[i] * shift[i];
    }
  },
  backward(fields, c) {
    const f = fields as NormalizationFields;
    const [dx, scale, bias] = [c.gradients[0], c.gradients[1], c.gradients[2]];
    const planes = c.batch * f.planes;
    if (dx) c.call('scalePlanes', c.dy, dx, planes, f.size, f.channels, f.factors, f.zeros);
    if (scale) {
      c.call('scalePlanes', c.inputs[0], c.scratch, planes, f.size, f.channels, f.inverse, f.shift);
      c.floats(scale, f.channels).fill(0);
      c.call('sumPlanes', c.dy, c.scratch, planes, f.size, f.channels, scale);
    }
    if (bias) {
      c.floats(bias, f.channels).fill(0);
      c.call('sumPlanes', c.dy, 0, planes, f.size, f.channels, bias);
    }
  },
};
