/**
 * Element types: their arrays, widths and rounding.
 */
import { exponentOf, powerOfTwo } from './float-bits.js';
import type { ConstantTensor, DataType, TensorData } from './types.js';

type ArrayMaker = {
  new (length: number): TensorData;
  new (buffer: ArrayBufferLike, offset: number, length: number): TensorData;
  readonly BYTES_PER_ELEMENT: number;
};

/** The array that holds a type (see `TensorData`). */
const ARRAYS: Readonly<Record<DataType, ArrayMaker>> = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Float32Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: Float64Array,
  uint64: Float64Array,
  bool: Uint8Array,
};

/** Inclusive ranges of the integer types; 64 bits as far as float64 is exact in what it stands for. */
const RANGES: Partial<Record<DataType, readonly [number, number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
  int32: [-2147483648, 2147483647],
  uint32: [0, 4294967295],
};

export function newArray(type: DataType, length: number): TensorData {
  return new ARRAYS[type](length);
}

/** A view of `length` elements at byte `offset`, which must be a multiple of `bytesOf(type)`. */
export function viewArray(type: DataType, buffer: ArrayBufferLike, offset: number, length: number): TensorData {
  return new ARRAYS[type](buffer, offset, length);
}

/** Bytes that one element takes in memory here (not in a file). */
export function bytesOf(type: DataType): number {
  return ARRAYS[type].BYTES_PER_ELEMENT;
}

export function integerRange(type: DataType): readonly [number, number] | undefined {
  return RANGES[type];
}

export function isFloat(type: DataType): boolean {
  return type === 'float32' || type === 'float64' || type === 'float16';
}

/** Rounds to the nearest IEEE half, ties to even. */
export function roundToHalf(value: number): number {
  if (value === 0 || !Number.isFinite(value)) return value;
  const magnitude = Math.abs(value);
  if (magnitude >= 65520) return value < 0 ? -Infinity : Infinity;
  // Step of the binade; 2^-24 for subnormal halves.
  const step = powerOfTwo(Math.max(exponentOf(value), -14) - 10);
  return roundHalfEven(value / step) * step;
}

/** Rounds to the nearest integer, ties to even; exact for |value| < 2^51, larger values are integers or returned as they are. */
export function roundHalfEven(value: number): number {
  if (!(Math.abs(value) < 2251799813685248)) return value;
  return value + 6755399441055744 - 6755399441055744;
}

/** Rounds float16 results, which lie in float32 arrays. */
export function finishHalf(tensor: ConstantTensor): void {
  if (tensor.type !== 'float16') return;
  for (let i = 0; i < tensor.data.length; i++) tensor.data[i] = roundToHalf(tensor.data[i] as number);
}
