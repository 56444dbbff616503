/**
 * Products of codes, exact: sums of integers in float64, which holds them all, and one rounding where codes are made of them again.
 */
import { integerRange, roundHalfEven } from '../data-types.js';
import { elements, firstDimensionStays, input, optionalInput, refuse, type NodeView, type Operand, type Operator } from '../operator.js';
import type { ConstantTensor, DataType } from '../types.js';
import { broadcastShape, broadcastStrides, dot, forEachRow } from './broadcast.js';
import { convVolume, convolve } from './conv.js';
import { matMul, matMulGeometry } from './matmul.js';
import { windowShape } from './window.js';

const CODES: readonly DataType[] = ['int8', 'uint8'];

function checkCodes(what: string, type: DataType): void {
  if (!CODES.includes(type)) refuse('T103', `${what} is ${type}`, undefined, 'int8 or uint8');
}

/** Shape under which a parameter of a matrix is broadcast to it: one number, one a row or one a column, or as it stands. */
function parameterShape(shape: readonly number[], matrix: readonly number[], along: 'rows' | 'columns'): readonly number[] {
  if (elements(shape) === 1) return [];
  const fitting = shape.length === 1 && along === 'rows' ? [shape[0], 1] : shape;
  if (broadcastShape(fitting, matrix).join() !== matrix.join()) refuse('T104', `a parameter [${shape.join(', ')}] does not fit [${matrix.join(', ')}]`);
  return fitting;
}

/** Element by element f(value, parameter), the parameter broadcast under `shape`. */
function withParameter(
  values: ArrayLike<number>, of: readonly number[], data: ArrayLike<number>, shape: readonly number[], f: (v: number, p: number) => number,
): Float64Array {
  const result = new Float64Array(values.length);
  if (shape.length === 0) {
    for (let i = 0; i < result.length; i++) result[i] = f(values[i], data[0]);
    return result;
  }
  const steps = broadcastStrides(shape, of);
  const width = of[of.length - 1];
  forEachRow(of, (row, index) => {
    const at = dot(index, steps);
    for (let i = 0; i < width; i++) result[row * width + i] = f(values[row * width + i], data[at + i * steps[steps.length - 1]]);
  });
  return result;
}

/** Codes of a matrix minus their zero points. */
function centred(x: ConstantTensor, zero: ConstantTensor | undefined, along: 'rows' | 'columns'): ConstantTensor {
  const data = zero
    ? withParameter(x.data, x.shape, zero.data, parameterShape(zero.shape, x.shape, along), (v, z) => v - z)
    : Float64Array.from(x.data);
  return { type: 'float64', shape: x.shape, data };
}

/** (A - zeroA)(B - zeroB), each sum exact. */
function matrixSums(a: ConstantTensor, zeroA: ConstantTensor | undefined, b: ConstantTensor, zeroB: ConstantTensor | undefined): ConstantTensor {
  const shape = matMulGeometry(a.shape, b.shape).shape;
  const sums: ConstantTensor = { type: 'float64', shape, data: new Float64Array(elements(shape)) };
  const inputs = [centred(a, zeroA, 'rows'), centred(b, zeroB, 'columns')];
  matMul.evaluate({ op: 'MatMul', opset: 13, attributes: {}, inputs, outputCount: 1 }, [sums]);
  return sums;
}

function matrixMixes(a: number, b: number): Operator['mixesSamples'] {
  return (node, outputs) => matMul.mixesSamples({ ...node, inputs: [input(node, a), input(node, b)] }, outputs);
}

/** Y = (A - zero point)(B - zero point) as int32. Zero points: one, one a row of A, one a column of B. */
export const matMulInteger: Operator = {
  name: 'MatMulInteger',
  attributes: [],
  arity: [2, 4],
  constantInputs: [2, 3],
  infer(node) {
    const [a, b] = [input(node, 0), input(node, 1)];
    checkCodes('A', a.type);
    checkCodes('B', b.type);
    checkParameter(optionalInput(node, 2), a.shape, 'rows');
    checkParameter(optionalInput(node, 3), b.shape, 'columns');
    return [{ type: 'int32', shape: matMulGeometry(a.shape, b.shape).shape }];
  },
  mixesSamples: matrixMixes(0, 1),
  evaluate(node: NodeView<ConstantTensor>, [output]) {
    output?.data.set(matrixSums(input(node, 0), optionalInput(node, 2), input(node, 1), optionalInput(node, 3)).data);
  },
};

function checkParameter(parameter: Operand | undefined, shape: readonly number[], along: 'rows' | 'columns'): void {
  if (parameter) parameterShape(parameter.shape, shape, along);
}

/** clamp(round(sum * factor) + zero), the product in float32, ties to even. */
function requantised(sum: number, factor: number, zero: number, [lo, hi]: readonly [number, number]): number {
  return Math.min(Math.max(roundHalfEven(Math.fround(Math.fround(sum) * factor)) + zero, lo), hi);
}

function codeRange(type: DataType): readonly [number, number] {
  return integerRange(type) ?? refuse('T103', `codes of type ${type}`);
}

/** Y = (A - zero)(B - zero) * scaleA * scaleB / scaleY as codes. Scales and zeros: one, one a row (A, Y), one a column (B). */
export const qLinearMatMul: Operator = {
  name: 'QLinearMatMul',
  attributes: [],
  arity: [8, 8],
  constantInputs: [1, 2, 4, 5, 6, 7],
  infer(node) {
    const [a, b, zero] = [input(node, 0), input(node, 3), input(node, 7)];
    checkCodes('A', a.type);
    checkCodes('B', b.type);
    checkCodes('the zero point of Y', zero.type);
    const { shape } = matMulGeometry(a.shape, b.shape);
    for (const i of [1, 2]) checkParameter(input(node, i), a.shape, 'rows');
    for (const i of [4, 5]) checkParameter(input(node, i), b.shape, 'columns');
    for (const i of [6, 7]) checkParameter(input(node, i), shape, 'rows');
    return [{ type: zero.type, shape }];
  },
  mixesSamples: matrixMixes(0, 3),
  evaluate(node: NodeView<ConstantTensor>, [output]) {
    if (!output) return;
    const [a, b, scaleY, zeroY] = [input(node, 0), input(node, 3), input(node, 6), input(node, 7)];
    const sums = matrixSums(a, input(node, 2), b, input(node, 5));
    const under = (values: ArrayLike<number>, parameter: ConstantTensor, along: 'rows' | 'columns', f: (v: number, p: number) => number): Float64Array =>
      withParameter(values, sums.shape, parameter.data, parameterShape(parameter.shape, sums.shape, along), f);
    const ones = new Float64Array(sums.data.length).fill(1);
    const scaled = under(under(ones, input(node, 1), 'rows', (v, p) => v * p), input(node, 4), 'columns', (v, p) => Math.fround(v * p));
    const factors = under(scaled, scaleY, 'rows', (v, p) => Math.fround(v / p));
    const zeros = under(ones, zeroY, 'rows', (_, p) => p);
    const range = codeRange(output.type);
    for (let i = 0; i < factors.length; i++) output.data[i] = requantised(sums.data[i], factors[i], zeros[i], range);
  },
};

/** Codes of a kernel minus zero points, one or one an output channel. */
function centredKernel(w: ConstantTensor, zero: ConstantTensor | undefined): Float64Array {
  const run = w.data.length / w.shape[0];
  const { length } = zero?.data ?? [];
  return Float64Array.from(w.data, (v, i) => v - (zero?.data[length === 1 ? 0 : Math.floor(i / run)] ?? 0));
}

/** The sums of a convolution of codes; padding stands for the zero point. */
function windowSums(node: NodeView<ConstantTensor>, at: { x: number; zeroX: number; w: number; zeroW: number; bias?: number }): Float64Array {
  const [x, w] = [input(node, at.x), input(node, at.w)];
  const g = convVolume(node, x.shape, w.shape);
  const zero = optionalInput(node, at.zeroX)?.data[0] ?? 0;
  const sums = new Float64Array(g.batch * g.outputs * g.output[0] * g.output[1] * g.output[2]);
  const bias = at.bias === undefined ? undefined : optionalInput(node, at.bias)?.data;
  convolve(g, Float64Array.from(x.data, (v) => v - zero), centredKernel(w, optionalInput(node, at.zeroW)), bias, sums);
  return sums;
}

const CONV_ATTRIBUTES = ['auto_pad', 'dilations', 'group', 'kernel_shape', 'pads', 'strides'];

/** Shape of a convolution of codes; refuses types and parameters that do not fit. */
function convShape(node: NodeView, x: Operand, w: Operand, single: readonly number[], perOutput: readonly number[]): readonly number[] {
  checkCodes('the operand', x.type);
  checkCodes('the kernel', w.type);
  const g = convVolume(node, x.shape, w.shape);
  for (const i of single) {
    const operand = optionalInput(node, i);
    if (operand && elements(operand.shape) !== 1) refuse('T104', `operand ${i} [${operand.shape.join(', ')}] is not one number`);
  }
  for (const i of perOutput) {
    const operand = optionalInput(node, i);
    if (operand && ![1, g.outputs].includes(elements(operand.shape))) refuse('T104', `operand ${i} does not fit ${g.outputs} output channels`);
  }
  return windowShape(g, g.outputs, x.shape.length);
}

/** The sums of a convolution of codes as int32. */
export const convInteger: Operator = {
  name: 'ConvInteger',
  attributes: CONV_ATTRIBUTES,
  arity: [2, 4],
  constantInputs: [1, 2, 3],
  infer: (node) => [{ type: 'int32', shape: convShape(node, input(node, 0), input(node, 1), [2], [3]) }],
  mixesSamples: firstDimensionStays,
  evaluate(node: NodeView<ConstantTensor>, [output]) {
    output?.data.set(windowSums(node, { x: 0, w: 1, zeroX: 2, zeroW: 3 }));
  },
};

/** The sums of a convolution of codes plus an int32 bias, as codes: times scaleX * scaleW / scaleY. Scale and zero of w: one, or one an output channel. */
export const qLinearConv: Operator = {
  name: 'QLinearConv',
  attributes: CONV_ATTRIBUTES,
  arity: [8, 9],
  constantInputs: [1, 2, 3, 4, 5, 6, 7, 8],
  infer(node) {
    const zero = input(node, 7);
    checkCodes('the zero point of the result', zero.type);
    return [{ type: zero.type, shape: convShape(node, input(node, 0), input(node, 3), [1, 2, 6, 7], [4, 5]) }];
  },
  mixesSamples: firstDimensionStays,
  evaluate(node: NodeView<ConstantTensor>, [output]) {
    if (!output) return;
    const sums = windowSums(node, { x: 0, w: 3, zeroX: 2, zeroW: 5, bias: 8 });
    const [scaleX, scaleW, scaleY] = [1, 4, 6].map((i) => input(node, i).data);
    const factors = Array.from(scaleW, (s) => Math.fround(Math.fround(scaleX[0] * s) / scaleY[0]));
    const [zero] = input(node, 7).data;
    const range = codeRange(output.type);
    const [, channels] = output.shape;
    const size = elements(output.shape.slice(2));
    for (let i = 0; i < sums.length; i++) {
      output.data[i] = requantised(sums[i], factors[factors.length === 1 ? 0 : Math.floor(i / size) % channels], zero, range);
    }
  },
};
