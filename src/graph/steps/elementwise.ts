/**
 * Element-wise nodes on the kernels: clamping, adding, per-channel scaling, 8-bit quantisation.
 */
import { placeFloats } from '../../kernels/float.js';
import { integerRange } from '../data-types.js';
import { elements } from '../operator.js';
import { clipLimits } from '../ops/clip.js';
import { normalizationTerms } from '../ops/batch-normalization.js';
import type { ConstantTensor, Tensor } from '../types.js';
import { isBatchedFloat, isConstant, operand, result, type PrepareContext, type Step, type StepRow } from './step.js';

type Prepared = Omit<Step, 'kernel'> | null;

export const clampStep: StepRow = {
  kernel: 'clamp',
  operators: ['Relu', 'Clip'],
  prepare(context): Prepared {
    const x = operand(context, 0);
    if (!isBatchedFloat(x)) return null;
    const { node, graph } = context;
    const inputs = node.inputs.map((id) => graph.tensors[id] ?? null);
    const [lo, hi] = node.op === 'Relu' ? [0, Infinity] : clipLimits({ ...node, opset: graph.opset, inputs, outputCount: 1 });
    return { fields: { size: elements(x.shape), lo, hi }, scratchBytes: 0 };
  },
  run(fields, { call, batch, inputs, outputs }) {
    const { size, lo, hi } = fields as Record<'size' | 'lo' | 'hi', number>;
    call('clampFloat', inputs[0] as number, outputs[0] as number, batch * size, lo, hi);
  },
};

/** A function of one element that the kernels compute with the bits of the plain evaluation. */
function functionStep(kernel: string, operator: string, name: string): StepRow {
  return {
    kernel,
    operators: [operator],
    prepare(context): Prepared {
      const x = operand(context, 0);
      return isBatchedFloat(x) && x.type === 'float32' ? { fields: { size: elements(x.shape) }, scratchBytes: 0 } : null;
    },
    run(fields, { call, batch, inputs, outputs }) {
      call(name, inputs[0] as number, outputs[0] as number, batch * (fields['size'] as number));
    },
  };
}

export const tanhStep = functionStep('tanh', 'Tanh', 'tanhFloat');

export const sigmoidStep = functionStep('sigmoid', 'Sigmoid', 'sigmoidFloat');

export const addStep: StepRow = {
  kernel: 'add',
  operators: ['Add'],
  prepare(context): Prepared {
    const [a, b] = [operand(context, 0), operand(context, 1)];
    if (!isBatchedFloat(a) || !isBatchedFloat(b) || a.shape.join() !== b.shape.join()) return null;
    return { fields: { size: elements(a.shape) }, scratchBytes: 0 };
  },
  run(fields, { call, batch, inputs, outputs }) {
    call('addFloat', inputs[0] as number, inputs[1] as number, outputs[0] as number, batch * (fields['size'] as number));
  },
};

/** y = x * factor + offset with one pair a channel, or one for all. */
function scalingStep(kernel: string, operators: readonly string[], terms: (context: PrepareContext) => Terms | null): StepRow {
  return {
    kernel,
    operators,
    prepare(context): Prepared {
      const found = terms(context);
      if (!found) return null;
      const { memory, allocate } = context;
      const { x, operandIndex, factors, offsets } = found;
      const single = factors.length === 1;
      const planes = single ? 1 : factors.length;
      const fields = {
        operandIndex, planes, channels: planes, size: elements(x.shape.slice(single ? 0 : 2)),
        factors: placeFloats(memory, allocate, factors), offsets: placeFloats(memory, allocate, offsets),
      };
      return { fields, scratchBytes: 0 };
    },
    run(fields, { call, batch, inputs, outputs }) {
      const f = fields as Record<'operandIndex' | 'planes' | 'channels' | 'size' | 'factors' | 'offsets', number>;
      call('scalePlanes', inputs[f.operandIndex] as number, outputs[0] as number, batch * f.planes, f.size, f.channels, f.factors, f.offsets);
    },
  };
}

interface Terms {
  readonly x: Tensor;
  readonly operandIndex: number;
  readonly factors: ArrayLike<number>;
  readonly offsets: ArrayLike<number>;
}

export const normalizationStep = scalingStep('normalization', ['BatchNormalization'], (context) => {
  const { node, graph } = context;
  const x = operand(context, 0);
  const inputs = node.inputs.map((id) => graph.tensors[id] as ConstantTensor);
  if (!isBatchedFloat(x) || !inputs.slice(1).every((tensor) => tensor.data)) return null;
  const { factor, offset } = normalizationTerms({ ...node, opset: graph.opset, inputs, outputCount: 1 });
  return { x, operandIndex: 0, factors: factor, offsets: offset };
});

/** The values of a constant that broadcasts along everything but the channels of x; `null` if it is of another form. */
function perChannel(x: Tensor, c: Tensor & ConstantTensor): ArrayLike<number> | null {
  if (elements(c.shape) === 1 && c.shape.length <= x.shape.length) return c.data;
  const aligned = [...new Array<number>(Math.max(x.shape.length - c.shape.length, 0)).fill(1), ...c.shape];
  const fits = aligned.length === x.shape.length && aligned.every((size, d) => size === 1 || (d === 1 && size === x.shape[1]));
  return fits ? c.data : null;
}

export const constantStep = scalingStep('constant', ['Add', 'Sub', 'Mul'], (context) => {
  const [a, b] = [operand(context, 0), operand(context, 1)];
  const operandIndex = isConstant(a) ? 1 : 0;
  const [x, c] = operandIndex === 0 ? [a, b] : [b, a];
  if (!isBatchedFloat(x) || !isConstant(c)) return null;
  const values = perChannel(x, c);
  if (!values) return null;
  const same = Float32Array.from(values);
  const all = (value: number): Float32Array => same.map(() => value);
  if (context.node.op === 'Mul') return { x, operandIndex, factors: same, offsets: all(0) };
  if (context.node.op === 'Add') return { x, operandIndex, factors: all(1), offsets: same };
  return operandIndex === 0
    ? { x, operandIndex, factors: all(1), offsets: same.map((v) => -v) }
    : { x, operandIndex, factors: all(-1), offsets: same };
});

/** Scale and zero point of a per-tensor 8-bit node; `null` if it is of another form. */
function eightBit(context: PrepareContext, codes: Tensor | undefined): { scale: number; zero: number; lo: number; hi: number } | null {
  const [scale, zero] = [operand(context, 1), operand(context, 2)];
  if (!codes || (codes.type !== 'int8' && codes.type !== 'uint8') || !isConstant(scale) || elements(scale.shape) !== 1) return null;
  const [lo, hi] = integerRange(codes.type) as readonly [number, number];
  return { scale: scale.data[0] as number, zero: zero?.data?.[0] ?? 0, lo, hi };
}

export const quantizeStep: StepRow = {
  kernel: 'quantize',
  operators: ['QuantizeLinear'],
  prepare(context): Prepared {
    const x = operand(context, 0);
    const code = eightBit(context, result(context));
    return isBatchedFloat(x) && code ? { fields: { ...code, size: elements(x.shape) }, scratchBytes: 0 } : null;
  },
  run(fields, { call, batch, inputs, outputs }) {
    const { size, scale, zero, lo, hi } = fields as Record<'size' | 'scale' | 'zero' | 'lo' | 'hi', number>;
    call('quantize8', inputs[0] as number, outputs[0] as number, batch * size, scale, zero, lo, hi);
  },
};

export const dequantizeStep: StepRow = {
  kernel: 'dequantize',
  operators: ['DequantizeLinear'],
  prepare(context): Prepared {
    const x = operand(context, 0);
    const code = eightBit(context, x);
    return x && !x.data && code && isBatchedFloat(result(context)) ? { fields: { ...code, size: elements(x.shape) }, scratchBytes: 0 } : null;
  },
  run(fields, { call, batch, inputs, outputs }) {
    const { size, scale, zero, lo } = fields as Record<'size' | 'scale' | 'zero' | 'lo', number>;
    call('dequantize8', inputs[0] as number, outputs[0] as number, batch * size, scale, zero, lo < 0 ? 1 : 0);
  },
};
