/**
 * Linear quantisation, the two directions.
 */
import { integerAttribute } from '../attributes.js';
import { integerRange, isFloat, roundHalfEven, roundToHalf } from '../data-types.js';
import { axisIndex, elements, firstDimensionStays, input, optionalInput, refuse, type NodeView, type Operator } from '../operator.js';
import type { ConstantTensor, DataType, TensorData } from '../types.js';
import { ONNX_TYPES } from './cast.js';

interface Parameters {
  readonly scale: TensorData;
  readonly zero: TensorData | undefined;
  /** Elements in a row that have one parameter, and the place of that of the n-th such run. */
  readonly run: number;
  readonly at: (n: number) => number;
}

interface Shaped {
  readonly shape: readonly number[];
  readonly data?: TensorData;
}

/** Checks that scale and zero point fit the operand; gives the run length of one parameter. */
function parameters(node: Pick<NodeView, 'attributes'> & { readonly inputs: readonly (Shaped | null)[] }): Parameters {
  const [x, scale, zero] = [node.inputs[0], node.inputs[1], node.inputs[2]];
  if (!x || !scale?.data) refuse('T103', 'the scale must be a constant');
  if (zero && !zero.data) refuse('T103', 'the zero point must be a constant');
  const count = elements(scale.shape);
  if (zero && elements(zero.shape) !== count) refuse('T104', 'scale and zero point have different sizes');
  if (scale.shape.length === 0 || (scale.shape.length === 1 && count === 1)) {
    return { scale: scale.data, zero: zero?.data, run: Math.max(elements(x.shape), 1), at: () => 0 };
  }
  const axis = axisIndex(integerAttribute(node, 'axis', 1), x.shape.length);
  const block = integerAttribute(node, 'block_size', 0);
  if (block !== 0) return { scale: scale.data, zero: zero?.data, run: 1, at: blockIndex(x.shape, scale.shape, axis, block) };
  if (scale.shape.length !== 1 || count !== x.shape[axis]) {
    refuse('T104', `scale [${scale.shape.join(', ')}] does not fit axis ${axis} of [${x.shape.join(', ')}]`);
  }
  return { scale: scale.data, zero: zero?.data, run: elements(x.shape.slice(axis + 1)), at: (n) => n % count };
}

/** Place of the parameter of element i where `block` elements along `axis` share one. */
function blockIndex(shape: readonly number[], scale: readonly number[], axis: number, block: number): (i: number) => number {
  const expected = shape.map((size, d) => (d === axis ? Math.ceil(size / block) : size));
  if (block < 0 || scale.join() !== expected.join()) {
    refuse('T104', `scale [${scale.join(', ')}] in blocks of ${block} does not fit axis ${axis} of [${shape.join(', ')}]`);
  }
  const inner = elements(shape.slice(axis + 1));
  const [size, blocks, count] = [shape[axis], scale[axis], elements(scale)];
  return (i) => {
    const along = Math.floor(i / inner) % size;
    return ((Math.floor(i / (inner * size)) * blocks + Math.floor(along / block)) * inner + (i % inner)) % count;
  };
}

const CODES: readonly DataType[] = ['int8', 'uint8', 'int16', 'uint16'];

function codeType(node: NodeView): DataType {
  const zero = optionalInput(node, 2);
  const declared = integerAttribute(node, 'output_dtype', 0);
  const type = zero?.type ?? (declared === 0 ? 'uint8' : ONNX_TYPES[declared]);
  if (!type || !CODES.includes(type)) refuse('T103', `codes of type ${type ?? declared}`, 'use int8, uint8, int16 or uint16');
  return type;
}

function samplesStay(node: NodeView, outputs: readonly { readonly type: DataType; readonly shape: readonly number[] }[]): string | null {
  const perAxis = elements(input(node, 1).shape) > 1 || input(node, 1).shape.length > 1;
  if (perAxis && axisIndex(integerAttribute(node, 'axis', 1), input(node, 0).shape.length) === 0) return 'its axis is the sample dimension';
  return firstDimensionStays(node, outputs);
}

/** y = clamp(round(x / scale) + zero), ties to even, scale and zero point per tensor or per index of `axis`. */
export const quantizeLinear: Operator = {
  name: 'QuantizeLinear',
  attributes: ['axis', 'saturate', 'block_size', 'output_dtype', 'precision'],
  arity: [2, 3],
  constantInputs: [1, 2],
  infer(node) {
    const x = input(node, 0);
    if (!isFloat(x.type) && x.type !== 'int32') refuse('T103', `operand is ${x.type}`);
    parameters(node);
    return [{ type: codeType(node), shape: x.shape }];
  },
  mixesSamples: samplesStay,
  evaluate(node: NodeView<ConstantTensor>, [output]) {
    if (!output) return;
    const x = input(node, 0).data;
    const { scale, zero, run, at } = parameters(node);
    const [lo, hi] = integerRange(output.type) ?? refuse('T103', `codes of type ${output.type}`);
    const rounded = input(node, 0).type === 'float16' && input(node, 1).type === 'float16' ? roundToHalf : Math.fround;
    const y = output.data;
    for (let i = 0, block = 0; i < y.length; block++) {
      const s = scale[at(block)];
      const z = zero?.[at(block)] ?? 0;
      for (const end = Math.min(i + run, y.length); i < end; i++) {
        const code = roundHalfEven(rounded(x[i] / s)) + z;
        y[i] = code < lo ? lo : code > hi ? hi : code;
      }
    }
  },
};

/** y = (x - zero) * scale, scale and zero point per tensor or per index of `axis`. */
export const dequantizeLinear: Operator = {
  name: 'DequantizeLinear',
  attributes: ['axis', 'block_size', 'output_dtype'],
  arity: [2, 3],
  constantInputs: [1, 2],
  infer(node) {
    const x = input(node, 0);
    if (![...CODES, 'int32'].includes(x.type)) refuse('T103', `codes of type ${x.type}`, 'use int8, uint8, int16, uint16 or int32');
    const declared = integerAttribute(node, 'output_dtype', 0);
    const type = declared === 0 ? input(node, 1).type : ONNX_TYPES[declared];
    if (!type || !isFloat(type)) refuse('T103', `result of type ${type ?? declared}`);
    parameters(node);
    return [{ type, shape: x.shape }];
  },
  mixesSamples: samplesStay,
  evaluate(node: NodeView<ConstantTensor>, [output]) {
    if (!output) return;
    const x = input(node, 0).data;
    const { scale, zero, run, at } = parameters(node);
    const y = output.data;
    for (let i = 0, block = 0; i < y.length; block++) {
      const s = scale[at(block)];
      const z = zero?.[at(block)] ?? 0;
      for (const end = Math.min(i + run, y.length); i < end; i++) y[i] = ((x[i] as number) - z) * s;
    }
  },
};

/** Codes over the range of all of x, which is made to hold 0: scale = (hi - lo) / 255, zero = round(-lo / scale). Gives codes, scale and zero point. */
export const dynamicQuantizeLinear: Operator = {
  name: 'DynamicQuantizeLinear',
  attributes: [],
  arity: [1, 1],
  infer(node) {
    const x = input(node, 0);
    if (x.type !== 'float32') refuse('T103', `operand is ${x.type}`, undefined, 'float32');
    return [{ type: 'uint8', shape: x.shape }, { type: 'float32', shape: [] }, { type: 'uint8', shape: [] }];
  },
  mixesSamples: () => 'its scale is that of all samples together',
  evaluate(node: NodeView<ConstantTensor>, [codes, scale, zero]) {
    const x = input(node, 0).data;
    let [lo, hi] = [0, 0];
    for (const v of x) {
      lo = Math.min(lo, v);
      hi = Math.max(hi, v);
    }
    // Of zeros alone any scale is right; runtimes give 1.
    const step = hi === lo ? 1 : Math.fround(Math.fround(hi - lo) / 255);
    const clamp = (v: number): number => Math.min(Math.max(v, 0), 255);
    const z = clamp(roundHalfEven(Math.fround(-lo / step)));
    if (codes) for (let i = 0; i < x.length; i++) codes.data[i] = clamp(roundHalfEven(Math.fround(x[i] / step)) + z);
    scale?.data.fill(step);
    zero?.data.fill(z);
  },
};
