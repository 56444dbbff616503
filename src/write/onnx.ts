/** Writes a float network as an ONNX file, weights inside. */
import { bytesOf } from '../graph/data-types.js';
import { exponentOf, powerOfTwo } from '../graph/float-bits.js';
import { ONNX_TYPES } from '../graph/ops/cast.js';
import type { AttributeValue, ConstantTensor, DataType, Graph, GraphNode, Tensor } from '../graph/types.js';
import { encodeModel, type AttributeProto, type NodeProto, type Part, type TensorProto, type ValueInfoProto } from '../read/onnx-schema.js';

/** Numbers of the attribute kinds in ONNX files. */
const KIND = { float: 1, integer: 2, text: 3, tensor: 4, floats: 6, integers: 7, texts: 8 } as const;

/** Attributes that are floats even where their value is whole. */
const FLOATS: ReadonlySet<string> = new Set([
  'alpha', 'beta', 'bias', 'epsilon', 'momentum', 'ratio', 'min', 'max', 'value', 'value_float', 'value_floats',
]);

/** Form of the file by operator set: what runtimes of that time read. */
const IR_VERSIONS: readonly (readonly [since: number, version: bigint])[] = [[21, 10n], [19, 9n], [15, 8n], [1, 7n]];

/** Name of the free first dimension of inputs and outputs. */
const BATCH = 'N';

/**
 * The bytes of an ONNX file. Its inputs and outputs take any batch. What `readOnnx` makes of them is the same graph again: names, constants,
 * attributes; values bit for bit.
 */
export function writeOnnx(graph: Graph): Uint8Array {
  const name = (id: number): string => (id < 0 ? '' : graph.tensors[id].name);
  const used = new Set([...graph.nodes.flatMap(({ inputs }) => inputs), ...graph.outputs]);
  return encodeModel({
    irVersion: IR_VERSIONS.find(([since]) => graph.opset >= since)?.[1] ?? 7n,
    producerName: 'trestle',
    opsetImport: [{ domain: '', version: BigInt(graph.opset) }],
    graph: {
      name: graph.name || 'network',
      input: graph.inputs.map((id) => valueInfo(graph.tensors[id])),
      output: graph.outputs.map((id) => valueInfo(graph.tensors[id])),
      initializer: graph.tensors.flatMap(({ id, name: label, type, shape, data }) => (
        data !== undefined && used.has(id) ? [{ ...tensorProto({ type, shape, data }), name: label }] : [])),
      node: graph.nodes.map((node) => nodeProto(node, name)),
    },
  });
}

function valueInfo({ name, type, shape }: Tensor): Part<ValueInfoProto> {
  const dim = shape.map((size, i) => ({
    value: i === 0 ? { case: 'dimParam' as const, value: BATCH } : { case: 'dimValue' as const, value: BigInt(size) },
  }));
  return { name, type: { value: { case: 'tensorType', value: { elemType: typeNumber(type), shape: { dim } } } } };
}

function nodeProto({ name, op, inputs, outputs, attributes }: GraphNode, nameOf: (id: number) => string): Part<NodeProto> {
  return {
    name, opType: op, domain: '', input: inputs.map(nameOf), output: outputs.map(nameOf),
    attribute: Object.entries(attributes).map(([key, value]) => attributeProto(key, value)),
  };
}

function attributeProto(name: string, value: AttributeValue): Part<AttributeProto> {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  if (typeof value === 'string') return { name, type: KIND.text, s: bytes(value) };
  if (typeof value === 'number') {
    return FLOATS.has(name) || !Number.isInteger(value) ? { name, type: KIND.float, f: value } : { name, type: KIND.integer, i: BigInt(value) };
  }
  if ('data' in value) return { name, type: KIND.tensor, t: tensorProto(value) };
  if (value.some((v) => typeof v === 'string')) return { name, type: KIND.texts, strings: value.map((v) => bytes(String(v))) };
  const numbers = value as readonly number[];
  if (FLOATS.has(name) || !numbers.every(Number.isInteger)) return { name, type: KIND.floats, floats: [...numbers] };
  return { name, type: KIND.integers, ints: numbers.map(BigInt) };
}

/** Number of an element type in ONNX files. */
export function typeNumber(type: DataType): number {
  return Number(Object.entries(ONNX_TYPES).find(([, name]) => name === type)?.[0]);
}

/** An initialiser in raw bytes, little endian. */
export function tensorProto({ type, shape, data }: ConstantTensor): Part<TensorProto> {
  return { dims: shape.map(BigInt), dataType: typeNumber(type), rawData: rawBytes(type, data) };
}

/** How values are written whose array here holds another type. */
const HELD_OTHERWISE: Partial<Record<DataType, (view: DataView, at: number, value: number) => void>> = {
  int64: (view, at, value) => view.setBigInt64(at, BigInt(value), true),
  uint64: (view, at, value) => view.setBigUint64(at, BigInt(value), true),
  float16: (view, at, value) => view.setUint16(at, halfBits(value), true),
};

function rawBytes(type: DataType, data: ConstantTensor['data']): Uint8Array {
  const write = HELD_OTHERWISE[type];
  if (write === undefined) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  const width = type === 'float16' ? 2 : bytesOf(type);
  const bytes = new Uint8Array(data.length * width);
  const view = new DataView(bytes.buffer);
  data.forEach((value, i) => write(view, i * width, value));
  return bytes;
}

/** The bits of a value that is an IEEE half. */
function halfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude !== magnitude) return 0x7e00;
  if (magnitude === Infinity) return sign + 0x7c00;
  const exponent = Math.max(exponentOf(magnitude), -14);
  // A subnormal has no leading one, and the exponent field 0.
  const mantissa = magnitude * powerOfTwo(10 - exponent);
  return sign + (mantissa < 1024 ? mantissa : (exponent + 15) * 1024 + (mantissa - 1024));
}
