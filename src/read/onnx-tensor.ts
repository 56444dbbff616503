/**
 * Tensors of an ONNX file: typed fields, raw bytes or external data, of every numeric type.
 */
import { fail, TrestleError } from '../diagnostics.js';
import { newArray } from '../graph/data-types.js';
import { GREATEST_TENSOR } from '../graph/infer.js';
import { ONNX_TYPES } from '../graph/ops/cast.js';
import type { ConstantTensor, DataType, TensorData } from '../graph/types.js';
import type { TensorProto } from './onnx-schema.js';

/**
 * Gives `length` bytes at `offset` of a file named relative to the model's folder (all bytes from there on if `length` is undefined). It
 * refuses (T106) what lies outside that folder.
 */
export type ExternalData = (location: string, offset: number, length: number | undefined) => Uint8Array;

const GREATEST_RANK = 32;

/** Bytes of one element in a file. */
const FILE_BYTES: Readonly<Record<DataType, number>> = {
  float32: 4, float64: 8, float16: 2, int8: 1, uint8: 1, int16: 2, uint16: 2, int32: 4, uint32: 4, int64: 8, uint64: 8, bool: 1,
};

/** Refuses (T104) more dimensions than any operator has a meaning for. */
export function checkRank(rank: number, place: string): void {
  if (rank > GREATEST_RANK) fail('T104', place, `a tensor of ${rank} dimensions`, { limit: `${GREATEST_RANK} dimensions` });
}

/** The tensor of a message. `place` names it in diagnostics. Errors: T103 element type, T105 malformed, T106 external data. */
export function readTensor(proto: TensorProto, place: string, external?: ExternalData): ConstantTensor {
  const type = ONNX_TYPES[proto.dataType] ?? fail('T103', place, `element type ${proto.dataType} is not supported`, {
    limit: 'numbers and bool', remedy: 'Export the model with numbers for it',
  });
  checkRank(proto.dims.length, place);
  const shape = proto.dims.map(Number);
  if (shape.some((size) => size < 0 || !Number.isSafeInteger(size))) {
    fail('T105', place, `dimensions [${proto.dims.join(', ')}] are not sizes`, { limit: 'sizes from 0 up' });
  }
  const count = shape.reduce((product, size) => product * size, 1);
  if (count * 8 > 2 * GREATEST_TENSOR) fail('T105', place, `${count} elements`, { limit: `${GREATEST_TENSOR / 4} elements` });
  if (proto.segment.length > 0) fail('T105', place, 'a segmented tensor', { limit: 'tensors in one piece' });
  if (proto.dataLocation === 1) return { type, shape, data: fromBytes(externalBytes(proto, type, count, place, external), type, count) };
  if (proto.rawData.length > 0) {
    const wanted = count * FILE_BYTES[type];
    if (proto.rawData.length !== wanted) {
      fail('T105', place, `${proto.rawData.length} bytes of data for ${count} elements of ${type}`, { limit: `${wanted} bytes` });
    }
    return { type, shape, data: fromBytes(proto.rawData, type, count) };
  }
  return { type, shape, data: fromFields(proto, type, count, place) };
}

function externalBytes(proto: TensorProto, type: DataType, count: number, place: string, external: ExternalData | undefined): Uint8Array {
  const entries = new Map(proto.externalData.map(({ key, value }) => [key, value]));
  const location = entries.get('location') ?? fail('T106', place, 'external data without a location', {
    limit: 'a location, the name of a file',
  });
  const parts = location.split(/[/\\]/);
  if (location === '' || /[\\:\0]/.test(location) || location.startsWith('/') || parts.includes('..')) {
    fail('T106', place, `external data at "${location}"`, { limit: "a file in the model's folder" });
  }
  if (!external) {
    fail('T106', place, `external data at "${location}", but only the model itself was given`, { limit: 'a model in one piece' });
  }
  const offset = entryNumber(entries.get('offset') ?? '0', place);
  const wanted = count * FILE_BYTES[type];
  const declared = entries.get('length');
  if (declared !== undefined && entryNumber(declared, place) !== wanted) {
    fail('T105', place, `external data of ${declared} bytes for ${count} elements of ${type}`, { limit: `${wanted} bytes` });
  }
  const bytes = callExternal(external, location, offset, wanted, place);
  if (bytes.length !== wanted) fail('T105', place, `external data "${location}" holds ${bytes.length} bytes`, { limit: `${wanted} bytes` });
  return bytes;
}

function callExternal(external: ExternalData, location: string, offset: number, length: number, place: string): Uint8Array {
  try {
    return external(location, offset, length);
  } catch (error) {
    if (error instanceof TrestleError) throw error;
    return fail('T106', place, `external data "${location}" cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function entryNumber(text: string, place: string): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  return Number.isNaN(value) ? fail('T106', place, `external data with offset or length "${text}"`, {
    limit: 'a whole number of bytes',
  }) : value;
}

/** Whether elements lie in memory as they do in a file. */
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
/** Types whose arrays hold what a file holds (`TensorData` has others for the rest). */
const AS_STORED: ReadonlySet<DataType> = new Set(['float32', 'float64', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32']);

/** Little-endian elements; the bytes may lie at any address. */
function fromBytes(bytes: Uint8Array, type: DataType, count: number): TensorData {
  if (LITTLE_ENDIAN && AS_STORED.has(type)) {
    const data = newArray(type, count);
    new Uint8Array(data.buffer).set(bytes);
    return data;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = newArray(type, count);
  const read = READERS[type];
  for (let i = 0; i < count; i++) data[i] = read(view, i);
  return data;
}

const READERS: Readonly<Record<DataType, (view: DataView, i: number) => number>> = {
  float32: (view, i) => view.getFloat32(4 * i, true),
  float64: (view, i) => view.getFloat64(8 * i, true),
  float16: (view, i) => halfToNumber(view.getUint16(2 * i, true)),
  int8: (view, i) => view.getInt8(i),
  uint8: (view, i) => view.getUint8(i),
  int16: (view, i) => view.getInt16(2 * i, true),
  uint16: (view, i) => view.getUint16(2 * i, true),
  int32: (view, i) => view.getInt32(4 * i, true),
  uint32: (view, i) => view.getUint32(4 * i, true),
  int64: (view, i) => Number(view.getBigInt64(8 * i, true)),
  uint64: (view, i) => Number(view.getBigUint64(8 * i, true)),
  bool: (view, i) => (view.getUint8(i) === 0 ? 0 : 1),
};

/** IEEE half from its 16 bits. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction / 16777216 : (1024 + fraction) / 1024 / 32768 * (1 << exponent));
}

function fromFields(proto: TensorProto, type: DataType, count: number, place: string): TensorData {
  const values = fieldOf(proto, type);
  if (values.length !== count) fail('T105', place, `${values.length} values for ${count} elements of ${type}`, {
    limit: `${count} values`,
  });
  const data = newArray(type, count);
  for (let i = 0; i < count; i++) {
    const value = Number(values[i]);
    data[i] = type === 'float16' ? halfToNumber(value & 0xffff) : type === 'bool' ? (value === 0 ? 0 : 1) : value;
  }
  return data;
}

/** The field that holds a type's values. */
function fieldOf(proto: TensorProto, type: DataType): ArrayLike<number | bigint> {
  switch (type) {
    case 'float32': return proto.floatData;
    case 'float64': return proto.doubleData;
    case 'int64': return proto.int64Data;
    case 'uint32':
    case 'uint64': return proto.uint64Data;
    default: return proto.int32Data;
  }
}
