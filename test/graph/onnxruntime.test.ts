/** Operators in forms that few exporters write, beside onnxruntime-web. */
import * as ort from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { isFloat, newArray } from '../../src/graph/data-types.js';
import { evaluateNode } from '../../src/graph/infer.js';
import type { AttributeValue, ConstantTensor, DataType } from '../../src/graph/types.js';
import { encodeModel } from '../../src/read/onnx-schema.js';
import { generator } from '../kernels/setup.js';
import { encodeAttribute, typeNumber } from '../read/models.js';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

let seed = 4000;
const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Random values: floats of -2..2 in 64ths, codes over their whole range. */
function random(shape: readonly number[], type: DataType = 'float32'): ConstantTensor {
  const next = generator(seed++);
  const data = newArray(type, product(shape));
  for (let i = 0; i < data.length; i++) data[i] = type === 'uint8' ? next(0, 255) : type === 'int8' ? next(-128, 127) : next(-128, 128) / 64;
  return { type, shape, data };
}

function given(type: DataType, shape: readonly number[], values: readonly number[]): ConstantTensor {
  const data = newArray(type, values.length);
  data.set(values);
  return { type, shape, data };
}
const ints = (...values: number[]): ConstantTensor => given('int64', [values.length], values);
const scalar = (type: DataType, value: number): ConstantTensor => given(type, [], [value]);

interface Case {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly (ConstantTensor | null)[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly opset?: number;
  readonly outputs?: number;
}

async function peer({ op, inputs, attributes = {}, opset = 13, outputs = 1 }: Case): Promise<ort.Tensor[]> {
  const names = Array.from({ length: outputs }, (_, i) => `y${i}`);
  const present = inputs.flatMap((tensor, i) => (tensor === null ? [] : [{ tensor, name: `x${i}` }]));
  const bytes = encodeModel({
    irVersion: 8n, opsetImport: [{ domain: '', version: BigInt(opset) }],
    graph: {
      name: 'one',
      input: present.map(({ tensor, name }) => ({
        name, type: { value: { case: 'tensorType', value: {
          elemType: typeNumber(tensor.type), shape: { dim: tensor.shape.map((n) => ({ value: { case: 'dimValue' as const, value: BigInt(n) } })) },
        } } },
      })),
      output: names.map((name) => ({ name })),
      node: [{
        opType: op, input: inputs.map((tensor, i) => (tensor === null ? '' : `x${i}`)), output: names,
        attribute: Object.entries(attributes).map(([key, value]) => encodeAttribute(key, value)),
      }],
    },
  });
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'], logSeverityLevel: 3 });
  const feeds = Object.fromEntries(present.map(({ tensor: { type, shape, data }, name }) => {
    const values = type === 'int64' ? BigInt64Array.from(data, BigInt) : data;
    return [name, new ort.Tensor(type as 'float32', values as Float32Array, [...shape])];
  }));
  const results = await session.run(feeds);
  return names.map((name) => results[name]!);
}

const volume = random([2, 3, 5, 6, 7]);
const map = random([2, 4, 7, 9]);
const line = random([2, 3, 11]);
const pool = (name: string, op: string, x: ConstantTensor, attributes: Case['attributes'], opset = 12): Case => ({ name, op, inputs: [x], attributes, opset });

const POOLS: Case[] = [
  pool('a line', 'MaxPool', line, { kernel_shape: [3], strides: [2], pads: [1, 0] }),
  pool('ceil_mode', 'MaxPool', map, { kernel_shape: [3, 2], strides: [2, 3], ceil_mode: 1 }),
  pool('ceil_mode and padding', 'MaxPool', map, { kernel_shape: [3, 3], strides: [3, 2], pads: [1, 1, 1, 1], ceil_mode: 1 }),
  pool('VALID', 'MaxPool', map, { kernel_shape: [2, 4], strides: [2, 2], auto_pad: 'VALID' }),
  pool('SAME_LOWER', 'MaxPool', map, { kernel_shape: [2, 4], strides: [2, 2], auto_pad: 'SAME_LOWER' }),
  pool('dilations', 'MaxPool', map, { kernel_shape: [2, 3], dilations: [3, 2], pads: [1, 2, 0, 2] }),
  pool('a volume', 'MaxPool', volume, { kernel_shape: [2, 3, 2], strides: [2, 1, 3], pads: [1, 1, 0, 0, 1, 1], dilations: [1, 2, 1] }),
  { ...pool('a volume with places', 'MaxPool', volume, { kernel_shape: [2, 3, 2] }), outputs: 2 },
  pool('a line', 'AveragePool', line, { kernel_shape: [4], strides: [3], pads: [1, 2], count_include_pad: 1 }),
  pool('padding not counted', 'AveragePool', map, { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 0, 1, 2] }),
  pool('SAME_UPPER', 'AveragePool', map, { kernel_shape: [2, 4], strides: [2, 2], auto_pad: 'SAME_UPPER' }),
  pool('SAME_LOWER, padding counted', 'AveragePool', map, { kernel_shape: [2, 4], strides: [2, 2], auto_pad: 'SAME_LOWER', count_include_pad: 1 }),
  pool('ceil_mode', 'AveragePool', map, { kernel_shape: [3, 2], strides: [2, 3], ceil_mode: 1 }),
  pool('a volume', 'AveragePool', volume, { kernel_shape: [2, 3, 2], strides: [2, 1, 3], pads: [1, 1, 0, 0, 1, 1], count_include_pad: 1 }),
  pool('a volume, dilated', 'AveragePool', volume, { kernel_shape: [2, 2, 3], dilations: [2, 1, 2] }, 19),
  pool('a volume', 'GlobalMaxPool', volume, {}),
  pool('a volume', 'GlobalAveragePool', volume, {}),
];

const CONVOLUTIONS: Case[] = [
  { name: 'a line', op: 'Conv', inputs: [line, random([4, 3, 3]), random([4])], attributes: { strides: [2], pads: [2, 1], dilations: [2] } },
  { name: 'a volume', op: 'Conv', inputs: [volume, random([4, 3, 2, 3, 2]), random([4])], attributes: { strides: [2, 1, 2], pads: [1, 0, 1, 0, 2, 1] } },
  { name: 'a volume in groups', op: 'Conv', inputs: [volume, random([6, 1, 2, 2, 2])], attributes: { group: 3, dilations: [2, 1, 3] } },
  { name: 'a volume, SAME_UPPER', op: 'Conv', inputs: [volume, random([2, 3, 2, 3, 4])], attributes: { auto_pad: 'SAME_UPPER', strides: [2, 2, 1] } },
  { name: 'a line', op: 'ConvTranspose', inputs: [line, random([3, 2, 4]), random([2])], attributes: { strides: [3], pads: [1, 2], output_padding: [1] } },
  { name: 'a map', op: 'ConvTranspose', inputs: [map, random([4, 3, 3, 2])], attributes: { strides: [2, 3], dilations: [2, 1], pads: [1, 0, 2, 1] } },
  { name: 'groups', op: 'ConvTranspose', inputs: [map, random([4, 3, 2, 2]), random([6])], attributes: { group: 2, strides: [2, 1] } },
  { name: 'SAME_UPPER', op: 'ConvTranspose', inputs: [map, random([4, 1, 4, 4])], attributes: { auto_pad: 'SAME_UPPER', strides: [2, 2] } },
  { name: 'SAME_LOWER', op: 'ConvTranspose', inputs: [map, random([4, 1, 4, 4])], attributes: { auto_pad: 'SAME_LOWER', strides: [2, 2] } },
  { name: 'VALID', op: 'ConvTranspose', inputs: [map, random([4, 1, 3, 4])], attributes: { auto_pad: 'VALID', strides: [2, 2] } },
  { name: 'output_shape', op: 'ConvTranspose', inputs: [map, random([4, 1, 3, 3])], attributes: { output_shape: [13, 17], strides: [2, 2] } },
  { name: 'a volume', op: 'ConvTranspose', inputs: [volume, random([3, 2, 2, 3, 2])], attributes: { strides: [2, 1, 3], pads: [1, 0, 1, 0, 1, 1] } },
];

const codes = random([2, 4, 6, 5], 'uint8');
const kernel = random([6, 2, 3, 2], 'int8');
const perOutput = given('float32', [6], [0.01, 0.02, 0.005, 0.03, 0.015, 0.0125]);
const INTEGERS: Case[] = [
  {
    name: 'groups, a zero point', op: 'ConvInteger', inputs: [codes, kernel, scalar('uint8', 131)], attributes: { group: 2, pads: [1, 1, 0, 1] }, opset: 10,
  },
  {
    name: 'one scale a channel', op: 'QLinearConv', attributes: { group: 2, strides: [2, 1], pads: [1, 0, 1, 1] },
    inputs: [codes, scalar('float32', 0.02), scalar('uint8', 120), kernel, perOutput, given('int8', [6], [0, 0, 0, 0, 0, 0]), scalar('float32', 0.11),
      scalar('uint8', 127), given('int32', [6], [100, -2000, 3000, 4, 5, 6])],
  },
  {
    name: 'signed codes', op: 'QLinearConv', attributes: {},
    inputs: [random([1, 2, 5, 5], 'int8'), scalar('float32', 0.05), scalar('int8', -7), kernel, scalar('float32', 0.004), scalar('int8', 0),
      scalar('float32', 0.07), scalar('int8', 9)],
  },
  { name: 'no zero points', op: 'MatMulInteger', inputs: [random([3, 4, 7], 'uint8'), random([7, 5], 'int8')] },
  { name: 'zero points', op: 'MatMulInteger', inputs: [random([4, 7], 'uint8'), random([7, 5], 'uint8'), scalar('uint8', 99), scalar('uint8', 12)] },
  {
    name: 'a zero point a column', op: 'MatMulInteger',
    inputs: [random([4, 7], 'uint8'), random([7, 3], 'int8'), scalar('uint8', 3), given('int8', [3], [1, -9, 40])],
  },
  {
    name: 'codes that saturate', op: 'QLinearMatMul',
    inputs: [random([3, 6], 'uint8'), scalar('float32', 0.03), scalar('uint8', 100), random([6, 4], 'int8'), scalar('float32', 0.02), scalar('int8', 0),
      scalar('float32', 0.06), scalar('uint8', 90)],
  },
  { name: 'a range on both sides', op: 'DynamicQuantizeLinear', inputs: [random([3, 5])], outputs: 3, opset: 11 },
  { name: 'a range above 0', op: 'DynamicQuantizeLinear', inputs: [given('float32', [4], [0.5, 2.5, 3, 1.25])], outputs: 3, opset: 11 },
  { name: 'along an axis', op: 'QuantizeLinear', inputs: [random([2, 3, 4]), given('float32', [3], [0.01, 0.5, 0.1]), given('int8', [3], [1, -3, 0])] },
  {
    name: 'blocks', op: 'QuantizeLinear', attributes: { axis: 1, block_size: 3 }, opset: 21,
    inputs: [random([3, 6]), random([3, 2]), given('uint8', [3, 2], [1, 2, 3, 4, 5, 6])],
  },
  { name: 'blocks along rows', op: 'DequantizeLinear', inputs: [random([4, 3], 'int8'), random([2, 3])], attributes: { axis: 0, block_size: 2 }, opset: 21 },
  { name: 'int32', op: 'DequantizeLinear', inputs: [given('int32', [3], [-70000, 5, 123456]), scalar('float32', 0.001)] },
];

const recurrent = (name: string, op: 'RNN' | 'GRU' | 'LSTM', attributes: Record<string, AttributeValue>, more: {
  readonly bias?: boolean; readonly lengths?: readonly number[]; readonly states?: boolean; readonly peepholes?: boolean; readonly opset?: number;
} = {}): Case => {
  const [time, batch, size, hidden] = [5, 2, 3, 4];
  const gates = { RNN: 1, GRU: 3, LSTM: 4 }[op];
  const d = attributes['direction'] === 'bidirectional' ? 2 : 1;
  const inputs = [
    random([time, batch, size]), random([d, gates * hidden, size]), random([d, gates * hidden, hidden]),
    more.bias === false ? null : random([d, 2 * gates * hidden]),
    more.lengths ? given('int32', [batch], more.lengths) : null, more.states ? random([d, batch, hidden]) : null,
    more.states && op === 'LSTM' ? random([d, batch, hidden]) : null, more.peepholes ? random([d, 3 * hidden]) : null,
  ].slice(0, op === 'LSTM' ? 8 : 6);
  while (inputs.at(-1) === null) inputs.pop();
  return { name, op, inputs, attributes: { hidden_size: hidden, ...attributes }, opset: more.opset ?? 14, outputs: op === 'LSTM' ? 3 : 2 };
};

const RECURRENT: Case[] = [
  recurrent('plain', 'RNN', {}), recurrent('both directions', 'RNN', { direction: 'bidirectional' }, { states: true, lengths: [5, 3] }),
  recurrent('backwards, lengths', 'RNN', { direction: 'reverse' }, { lengths: [2, 4], opset: 7 }),
  recurrent('activations', 'RNN', {
    direction: 'bidirectional', activations: ['LeakyRelu', 'ScaledTanh'], activation_alpha: [0.1, 0.7], activation_beta: [0.5],
  }),
  recurrent('clip', 'RNN', { clip: 0.5 }),
  recurrent('plain', 'GRU', {}), recurrent('linear_before_reset', 'GRU', { linear_before_reset: 1 }, { states: true, lengths: [5, 2] }),
  recurrent('both directions', 'GRU', { direction: 'bidirectional', linear_before_reset: 1 }, { bias: false }),
  recurrent('activations', 'GRU', { activations: ['HardSigmoid', 'Softsign'], activation_alpha: [0.3], activation_beta: [0.4] }),
  recurrent('clip', 'GRU', { clip: 0.4 }, { states: true }),
  recurrent('plain', 'LSTM', {}), recurrent('peepholes', 'LSTM', {}, { states: true, peepholes: true, lengths: [3, 5] }),
  recurrent('both directions', 'LSTM', { direction: 'bidirectional' }, { bias: false, states: true }),
  recurrent('input_forget', 'LSTM', { input_forget: 1 }, { peepholes: true }),
  recurrent('activations', 'LSTM', { activations: ['Sigmoid', 'Relu', 'Elu'], activation_alpha: [0.5] }), recurrent('clip', 'LSTM', { clip: 0.6 }),
];

const [five, wide] = [random([5]), random([3, 4, 5])];
const OTHERS: Case[] = [
  { name: 'negative steps', op: 'Slice', inputs: [wide, ints(-1, 3), ints(-9, 0), ints(0, -1), ints(-2, -1)] },
  { name: 'beyond the ends', op: 'Slice', inputs: [wide, ints(-100, 2), ints(2, 1000), ints(1, 2), ints(1, 2)] },
  { name: 'negative indices', op: 'Gather', inputs: [wide, given('int64', [2, 2], [-1, 0, 3, -4])], attributes: { axis: 1 } },
  { name: 'allowzero', op: 'Reshape', inputs: [given('float32', [0, 3], []), ints(3, 0)], attributes: { allowzero: 1 }, opset: 14 },
  { name: 'reflect, axes', op: 'Pad', inputs: [wide, ints(2, 1, 3, 0), null, ints(-1, 0)], attributes: { mode: 'reflect' }, opset: 18 },
  { name: 'edge and cut', op: 'Pad', inputs: [wide, ints(1, -1, 0, 2, 0, -2)], attributes: { mode: 'edge' } },
  { name: 'wrap', op: 'Pad', inputs: [wide, ints(0, 3, 1, 0, 2, 4)], attributes: { mode: 'wrap' }, opset: 19 },
  { name: 'constant', op: 'Pad', inputs: [five, ints(1, 2), scalar('float32', 7.5)] },
  { name: 'before 13', op: 'Softmax', inputs: [wide], opset: 11 },
  { name: 'before 13, axis 2', op: 'LogSoftmax', inputs: [wide], attributes: { axis: 2 }, opset: 11 },
  { name: 'axis 0', op: 'LogSoftmax', inputs: [wide], attributes: { axis: 0 } },
  { name: 'axes as an attribute', op: 'ReduceMean', inputs: [wide], attributes: { axes: [-1, 0], keepdims: 0 } },
  { name: 'axes as an operand', op: 'ReduceMean', inputs: [wide, ints(1)], opset: 18 },
  { name: 'all', op: 'ReduceSum', inputs: [wide], attributes: { keepdims: 0 } },
  { name: 'int32', op: 'ReduceSum', inputs: [given('int32', [2, 3], [1, -2, 3, 70000, 5, 6]), ints(1)] },
  { name: 'no axes, nothing', op: 'ReduceSum', inputs: [wide, ints()], attributes: { noop_with_empty_axes: 1 } },
  { name: 'a channel a row', op: 'BatchNormalization', inputs: [random([4, 3]), ...[[3], [3], [3]].map((s) => random(s)), given('float32', [3], [1, 2, 0.5])] },
  { name: 'float to uint8', op: 'Cast', inputs: [given('float32', [4], [0.9, 254.9, 3, 17.5])], attributes: { to: 2 } },
  { name: 'int32 to int8 wraps', op: 'Cast', inputs: [given('int32', [4], [300, -129, 128, -1])], attributes: { to: 3 } },
  { name: 'float to bool', op: 'Cast', inputs: [given('float32', [3], [0, -0.5, 2])], attributes: { to: 9 } },
  { name: 'C of a column', op: 'Gemm', inputs: [random([3, 4]), random([5, 3]), random([4, 1])], attributes: { transA: 1, transB: 1, alpha: 0.5, beta: 2 } },
  { name: 'a vector', op: 'MatMul', inputs: [random([4]), random([2, 4, 3])] },
  { name: 'of a map', op: 'LRN', inputs: [random([2, 5, 3, 1])], attributes: { size: 3, alpha: 0.5, beta: 0.6, bias: 1.5 } },
  { name: 'unequal by count', op: 'Split', inputs: [wide], attributes: { axis: 2, num_outputs: 3 }, opset: 18, outputs: 3 },
  { name: 'last of equals', op: 'ArgMax', inputs: [given('float32', [2, 3], [1, 1, 0, 2, 3, 3])], attributes: { axis: -1, select_last_index: 1, keepdims: 0 } },
  { name: 'repeated', op: 'Expand', inputs: [random([3, 1]), ints(2, 1, 4)] },
  { name: 'of a value', op: 'ConstantOfShape', inputs: [ints(2, 3)], attributes: { value: given('int32', [1], [7]) } },
  { name: 'tanh', op: 'Gelu', inputs: [wide], attributes: { approximate: 'tanh' }, opset: 20 },
];

describe.each([['pooling', POOLS], ['convolution', CONVOLUTIONS], ['codes', INTEGERS], ['recurrent', RECURRENT], ['others', OTHERS]])('%s', (_, cases) => {
  it.each(cases)('$op: $name', async (parts) => {
    const expected = await peer(parts);
    const found = evaluateNode(parts.op, parts.attributes ?? {}, parts.inputs, parts.opset ?? 13, parts.outputs ?? 1);
    found.forEach(({ type, shape, data }, i) => {
      const { dims, data: values } = expected[i]!;
      expect(shape).toEqual([...dims]);
      const right = Array.from(values as Iterable<number | bigint | boolean>, Number);
      const exact = !isFloat(type);
      expect(Array.from(data).findIndex((v, j) => !(exact ? v === right[j] : Math.abs(v - right[j]!) <= 2e-5 * Math.max(1, Math.abs(right[j]!))))).toBe(-1);
    });
  });
});
