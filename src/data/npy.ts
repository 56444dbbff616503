/**
 * NumPy arrays (.npy, versions 1 and 2): magic, version, header length, a Python dictionary, then the elements in C order.
 */
import { fail } from '../diagnostics.js';
import { sizeOf } from './types.js';

/** int64 and uint64 are held as float64 (exact to 2^53), bool as uint8. */
export type NpyData = Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;

export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: NpyData;
  /** Element type as NumPy writes it, such as `<f4`. */
  readonly dtype: string;
}

/** What a header states. */
export interface NpyLayout {
  readonly shape: readonly number[];
  readonly dtype: string;
  /** Where the elements begin, and the length of the whole file. */
  readonly offset: number;
  readonly fileBytes: number;
}

type Constructor = new (buffer: ArrayBuffer) => NpyData | BigInt64Array | BigUint64Array;

/** Element types without the byte order. */
const TYPES: Readonly<Record<string, readonly [bytes: number, array: Constructor]>> = {
  f4: [4, Float32Array], f8: [8, Float64Array],
  i1: [1, Int8Array], i2: [2, Int16Array], i4: [4, Int32Array], i8: [8, BigInt64Array],
  u1: [1, Uint8Array], u2: [2, Uint16Array], u4: [4, Uint32Array], u8: [8, BigUint64Array],
  b1: [1, Uint8Array],
};

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const MAX_DIMENSIONS = 32;

/** Reads an array. T301 if the header is malformed, the order is Fortran's, the type is none of numbers, or the length does not fit. */
export function readNpy(bytes: Uint8Array, place: string): NpyArray {
  const layout = npyLayout(bytes, place);
  if (bytes.length !== layout.fileBytes) {
    fail('T301', place, `the file has ${bytes.length} bytes`, { limit: `${layout.fileBytes} bytes, from its shape (${layout.shape.join(', ')})` });
  }
  const { shape, dtype } = layout;
  return { shape, dtype, data: elements(new Uint8Array(bytes.subarray(layout.offset)), dtype, place) };
}

/** Shape, type and length from the first bytes of a file; these must hold the header. */
export function npyLayout(head: Uint8Array, place: string): NpyLayout {
  if (head.length < 10 || MAGIC.some((b, i) => head[i] !== b)) fail('T301', place, 'not a NumPy array', {
    limit: 'a file that begins with \\x93NUMPY', remedy: 'Write it with numpy.save',
  });
  const [major, minor] = [head[6], head[7]];
  if ((major !== 1 && major !== 2) || minor !== 0) fail('T301', place, `NumPy format ${major}.${minor}`, { limit: '1.0 or 2.0' });
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const start = major === 1 ? 10 : 12;
  if (head.length < start) fail('T301', place, 'the file ends in its header', { limit: `${start} bytes` });
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (start + length > head.length) fail('T301', place, 'the file ends in its header', { limit: `${start + length} bytes of header` });
  const header = new TextDecoder('latin1').decode(head.subarray(start, start + length));
  const { shape, dtype } = parseHeader(header, place);
  const offset = start + length;
  return { shape, dtype, offset, fileBytes: offset + checkedSize(shape, place) * TYPES[dtype.slice(1)][0] };
}

/** The dictionary: exactly the keys descr, fortran_order and shape, in any order. */
function parseHeader(header: string, place: string): { shape: number[]; dtype: string } {
  const entry = /\s*'(\w+)'\s*:\s*('[^']*'|True|False|\(\s*(?:\d+\s*,?\s*)*\))\s*(,|(?=\}))/y;
  const open = /^\s*\{/.exec(header);
  const values = new Map<string, string>();
  entry.lastIndex = open?.[0].length ?? 0;
  for (let m = entry.exec(header), end = 0; m !== null; m = entry.exec(header)) {
    values.set(m[1], m[2]);
    end = entry.lastIndex;
    entry.lastIndex = end;
    if (/^\s*\}\s*$/.test(header.slice(end))) break;
  }
  const [descr, order, shapeText] = ['descr', 'fortran_order', 'shape'].map((key) => values.get(key));
  if (!open || values.size !== 3 || descr === undefined || order === undefined || shapeText === undefined || !shapeText.startsWith('(')) {
    fail('T301', place, 'malformed NumPy header', { limit: 'a plain array with descr, fortran_order and shape' });
  }
  if (order !== 'False') fail('T301', place, 'the array is in Fortran order', {
    limit: 'C order', remedy: 'Save numpy.ascontiguousarray(x)',
  });
  const dtype = descr.slice(1, -1);
  if (!/^[<>|=]/.test(dtype) || !Object.hasOwn(TYPES, dtype.slice(1))) {
    fail('T301', place, `element type ${descr}`, { limit: `float32, float64, integers, bool`, remedy: 'Save x.astype(numpy.float32)' });
  }
  const shape = shapeText.match(/\d+/g)?.map(Number) ?? [];
  return { shape, dtype };
}

function checkedSize(shape: readonly number[], place: string): number {
  const size = sizeOf(shape);
  if (shape.length > MAX_DIMENSIONS || !shape.every((d) => Number.isSafeInteger(d)) || !Number.isSafeInteger(size * 8)) {
    fail('T301', place, `shape (${shape.join(', ').slice(0, 100)})`, { limit: `${MAX_DIMENSIONS} dimensions, 2^50 elements` });
  }
  return size;
}

/** Elements from bytes of their own. */
function elements(bytes: Uint8Array<ArrayBuffer>, dtype: string, place: string): NpyData {
  const [size, array] = TYPES[dtype.slice(1)];
  if (dtype.startsWith('>') && size > 1) {
    for (let i = 0; i < bytes.length; i += size) bytes.subarray(i, i + size).reverse();
  }
  const data = new array(bytes.buffer);
  if (!(data instanceof BigInt64Array || data instanceof BigUint64Array)) return data;
  const result = new Float64Array(data.length);
  for (let i = 0; i < data.length; i++) {
    result[i] = Number(data[i]);
    if (!Number.isSafeInteger(result[i])) fail('T301', `${place}, element ${i}`, `the value is ${data[i]}`, { limit: '-2^53..2^53' });
  }
  return result;
}

const DTYPES: readonly (readonly [new (length: number) => NpyData, string])[] = [
  [Float32Array, '<f4'], [Float64Array, '<f8'], [Int8Array, '|i1'], [Uint8Array, '|u1'], [Int16Array, '<i2'], [Uint16Array, '<u2'],
  [Int32Array, '<i4'], [Uint32Array, '<u4'],
];

/** The file (version 1, the same bytes that numpy.save writes). `data.length` is the product of `shape`. */
export function writeNpy(shape: readonly number[], data: NpyData): Uint8Array {
  if (sizeOf(shape) !== data.length) throw new RangeError(`${data.length} elements for shape (${shape.join(', ')})`);
  const dtype = DTYPES.find(([array]) => data.constructor === array)?.[1];
  if (dtype === undefined) throw new TypeError(`no element type for ${data.constructor.name}`);
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${dtype}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const header = text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11) + '\n';
  const result = new Uint8Array(10 + header.length + data.byteLength);
  result.set([...MAGIC, 1, 0, header.length & 0xff, header.length >> 8]);
  result.set(new TextEncoder().encode(header), 10);
  result.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + header.length);
  return result;
}
