/** Small ONNX models, written with the reader's own schema. */
import type { AttributeValue, DataType, TensorData } from '../../src/graph/types.js';
import { encodeModel, type AttributeProto, type ModelProto, type Part, type TensorProto } from '../../src/read/onnx-schema.js';
import { typeNumber } from '../../src/write/onnx.js';

export { typeNumber };

export interface ModelNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly name?: string;
  readonly domain?: string;
}

export interface ModelParts {
  readonly opset?: number;
  /** A string is a free dimension. */
  readonly input?: readonly (number | string)[];
  readonly inputType?: DataType;
  readonly constants?: Readonly<Record<string, Part<TensorProto>>>;
  readonly nodes: readonly ModelNode[];
  readonly outputs?: readonly string[];
}

/** A float32 initialiser in its typed field. */
export function floats(shape: readonly number[], values: ArrayLike<number>): Part<TensorProto> {
  return { dims: shape.map(BigInt), dataType: 1, floatData: Array.from(values) };
}

export function integers(values: readonly number[]): Part<TensorProto> {
  return { dims: [BigInt(values.length)], dataType: 7, int64Data: values.map(BigInt) };
}

/** An initialiser in raw bytes. */
export function raw(type: DataType, shape: readonly number[], data: TensorData | BigInt64Array): Part<TensorProto> {
  return { dims: shape.map(BigInt), dataType: typeNumber(type), rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice() };
}

function attribute(name: string, value: AttributeValue): Part<AttributeProto> {
  if (typeof value === 'string') return { name, type: 3, s: new TextEncoder().encode(value) };
  if (typeof value === 'number') return Number.isInteger(value) ? { name, type: 2, i: BigInt(value) } : { name, type: 1, f: value };
  if (Array.isArray(value) && typeof value[0] === 'string') return { name, type: 8, strings: value.map((v) => new TextEncoder().encode(String(v))) };
  if (Array.isArray(value) && name.startsWith('activation_')) return { name, type: 6, floats: value as number[] };
  if (Array.isArray(value)) return { name, type: 7, ints: (value as number[]).map(BigInt) };
  const { type, shape, data } = value as { type: DataType; shape: number[]; data: TensorData };
  return { name, type: 4, t: raw(type, shape, data) };
}

/** `f` makes attributes float even where their value is whole. */
export const FLOAT_ATTRIBUTES = new Set(['alpha', 'beta', 'epsilon', 'min', 'max', 'value', 'clip']);

export function encodeAttribute(name: string, value: AttributeValue): Part<AttributeProto> {
  return typeof value === 'number' && FLOAT_ATTRIBUTES.has(name) ? { name, type: 1, f: value } : attribute(name, value);
}

export function model({ opset = 13, input = ['N', 4], inputType = 'float32', constants = {}, nodes, outputs }: ModelParts): Part<ModelProto> {
  const last = outputs ?? [nodes[nodes.length - 1]?.outputs[0] ?? 'x'];
  const dim = input.map((size) => ({
    value: typeof size === 'string' ? { case: 'dimParam' as const, value: size } : { case: 'dimValue' as const, value: BigInt(size) },
  }));
  return {
    irVersion: 7n,
    opsetImport: [{ domain: '', version: BigInt(opset) }],
    graph: {
      name: 'test',
      input: [{ name: 'x', type: { value: { case: 'tensorType', value: { elemType: typeNumber(inputType), shape: { dim } } } } }],
      output: last.map((name) => ({ name })),
      initializer: Object.entries(constants).map(([name, tensor]) => ({ ...tensor, name })),
      node: nodes.map(({ op, inputs, outputs: made, attributes = {}, name = '', domain = '' }) => ({
        opType: op, name, domain, input: [...inputs], output: [...made],
        attribute: Object.entries(attributes).map(([key, value]) => encodeAttribute(key, value)),
      })),
    },
  };
}

export function modelBytes(parts: ModelParts): Uint8Array {
  return encodeModel(model(parts));
}
