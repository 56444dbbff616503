/**
 * The safetensors container: 8 bytes of header length (little-endian), a JSON header, then the tensors' bytes without holes. Written so that equal
 * contents give equal bytes, and each tensor is aligned to its elements; read with every offset, size and name checked.
 */
import { fail } from '../diagnostics.js';
import { canonicalJson, parseJson } from './json.js';

const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  F64: 8, I64: 8, U64: 8, F32: 4, I32: 4, U32: 4, F16: 2, BF16: 2, I16: 2, U16: 2, I8: 1, U8: 1, BOOL: 1,
};

/** The longest header that the format allows. */
const HEADER_LIMIT = 100_000_000;
const METADATA = '__metadata__';

export interface StoredTensor {
  readonly name: string;
  /** `F32`, `I8` and so on. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Elements in C order, little-endian. */
  readonly bytes: Uint8Array;
}

export interface Container {
  readonly metadata: Readonly<Record<string, string>>;
  /** In the order of their bytes. */
  readonly tensors: readonly StoredTensor[];
}

/** The file, as `safetensorsPieces` has it. */
export function writeSafetensors(container: Container): Uint8Array {
  return joined(safetensorsPieces(container));
}

/** The file in pieces. Tensors lie in order of descending element size, else as given; metadata keys are sorted. */
export function safetensorsPieces({ metadata, tensors }: Container): readonly Uint8Array[] {
  const sorted = [...tensors].sort((a, b) => elementBytes(b) - elementBytes(a));
  let at = 0;
  const entries = sorted.map(({ name, dtype, shape, bytes }) => {
    const begin = at;
    at += bytes.length;
    return `${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, at] })}`;
  });
  const header = new TextEncoder().encode(`{${[`"${METADATA}":${canonicalJson(metadata)}`, ...entries].join(',')}}`);
  const length = Math.ceil(header.length / 8) * 8;
  if (length > HEADER_LIMIT) fail('T500', 'artefact', `a header of ${length} bytes`, { limit: `${HEADER_LIMIT} bytes` });
  const head = new Uint8Array(8 + length).fill(0x20, 8);
  new DataView(head.buffer).setBigUint64(0, BigInt(length), true);
  head.set(header, 8);
  return [head, ...sorted.map(({ bytes }) => bytes)];
}

/** Pieces as one. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function elementBytes({ name, dtype, shape, bytes }: StoredTensor): number {
  const size = ELEMENT_BYTES[dtype];
  if (size === undefined || shape.reduce((n, d) => n * d, size) !== bytes.length) throw new RangeError(`tensor ${name} is malformed`);
  return size;
}

/**
 * Reads a file. T500 for a header that is cut off, too long or no JSON; for names that are there twice; for unknown types; for tensors whose
 * size is not that of their shape, that overlap, leave holes or leave the file. The bytes of tensors are views of the file's.
 */
export function readSafetensors(file: Uint8Array, place: string): Container {
  if (file.length < 8) fail('T500', place, `a file of ${file.length} bytes`, { limit: 'at least 8 bytes', remedy: 'Give a .trestle file' });
  const length = new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(Math.min(HEADER_LIMIT, file.length - 8))) {
    fail('T500', place, `a header of ${length} bytes in a file of ${file.length}`, {
      limit: `${Math.min(HEADER_LIMIT, file.length - 8)} bytes`, remedy: 'Give a .trestle file that is not cut off',
    });
  }
  const start = 8 + Number(length);
  const header = parseHeader(file.subarray(8, start), place);
  const metadata = Object.hasOwn(header, METADATA) ? checkMetadata(header[METADATA], place) : {};
  const data = file.subarray(start);
  const entries = Object.entries(header).filter(([name]) => name !== METADATA).map(([name, entry]) => checkEntry(name, entry, place));
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== at) fail('T500', place, `tensor ${name} begins at ${begin}, where ${at} is expected`, { limit: 'no overlaps, no holes' });
    at = end;
  }
  if (at !== data.length) fail('T500', place, `${data.length} bytes of tensors`, { limit: `${at} bytes, from the header` });
  const tensors = entries.map(({ name, dtype, shape, begin, end }) => ({ name, dtype, shape, bytes: data.subarray(begin, end) }));
  return { metadata, tensors };
}

function parseHeader(bytes: Uint8Array, place: string): Record<string, unknown> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return fail('T500', place, 'the header is not UTF-8 text', { limit: 'text in UTF-8', remedy: 'Give a .trestle file' });
  }
  if (!text.startsWith('{')) fail('T500', place, 'the header is no JSON object', {
    limit: 'a JSON object', remedy: 'Give a .trestle file',
  });
  return parseJson(text, place, 'T500') as Record<string, unknown>;
}

function checkMetadata(value: unknown, place: string): Record<string, string> {
  if (isObject(value) && Object.values(value).every((v) => typeof v === 'string')) return value as Record<string, string>;
  return fail('T500', place, `${METADATA} is no object of texts`, { limit: 'an object of texts' });
}

interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function checkEntry(name: string, value: unknown, place: string): Entry {
  const where = `${place}, tensor ${name.slice(0, 100)}`;
  if (!isObject(value) || Object.keys(value).sort().join() !== 'data_offsets,dtype,shape') {
    return fail('T500', where, 'the entry is malformed', { limit: 'exactly dtype, shape and data_offsets' });
  }
  const { dtype, shape, data_offsets: offsets } = value;
  const size = typeof dtype === 'string' && Object.hasOwn(ELEMENT_BYTES, dtype) ? ELEMENT_BYTES[dtype] : undefined;
  if (typeof dtype !== 'string' || size === undefined) return fail('T500', where, `element type ${JSON.stringify(dtype)}`, {
    limit: Object.keys(ELEMENT_BYTES).join(', '),
  });
  if (!isCounts(shape) || shape.length > 8) return fail('T500', where, 'the shape is malformed', { limit: 'at most 8 sizes from 0 up' });
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) return fail('T500', where, 'the offsets are malformed', {
    limit: 'begin and end, ascending',
  });
  const [begin, end] = offsets;
  const bytes = shape.reduce((n, d) => n * d, size);
  if (bytes !== end - begin) fail('T500', where, `${end - begin} bytes for shape [${shape.join(', ')}] of ${dtype}`, { limit: `${bytes} bytes` });
  return { name, dtype, shape, begin, end };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}
