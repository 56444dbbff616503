/** Changes of protobuf messages, field by field, without their schema: what comes out is mostly well-formed on the wire and wrong in meaning. */
import { joined } from './bytes.js';
import { type Draw, INTEGERS, NUMBERS, STRINGS } from './draw.js';

/** Wire types: 0 varint, 1 eight bytes, 2 bytes with a length, 5 four bytes. */
interface Field {
  number: number;
  wire: 0 | 1 | 2 | 5;
  value: bigint;
  bytes: Uint8Array;
  /** The bytes read as a message, where that works. */
  fields: Field[] | null;
}

/** Deepest message, and longest bytes, that are looked into. */
const DEPTH = 12;
const LONGEST = 1 << 20;
const GREATEST_NUMBER = 32;

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, value); ; rest >>= 7n) {
    const last = rest < 128n;
    bytes.push(Number(rest & 127n) | (last ? 0 : 128));
    if (last) return Uint8Array.from(bytes);
  }
}

/** The varint at `at` and the place after it; `null` if there is none. */
function readVarint(bytes: Uint8Array, at: number): [value: bigint, next: number] | null {
  let value = 0n;
  for (let i = 0; i < 10 && at + i < bytes.length; i++) {
    const byte = bytes[at + i] as number;
    value |= BigInt(byte & 127) << BigInt(7 * i);
    if (byte < 128) return [value, at + i + 1];
  }
  return null;
}

/** The fields of a message, or `null` if the bytes are none. */
function parse(bytes: Uint8Array, depth = 0): Field[] | null {
  if (depth > DEPTH || bytes.length > LONGEST && depth > 2) return null;
  const fields: Field[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = readVarint(bytes, at);
    if (tag === null) return null;
    const [number, wire] = [Number(tag[0] >> 3n), Number(tag[0] & 7n)];
    if (number < 1 || number > GREATEST_NUMBER || (wire !== 0 && wire !== 1 && wire !== 2 && wire !== 5)) return null;
    const field: Field = { number, wire, value: 0n, bytes: new Uint8Array(0), fields: null };
    at = tag[1];
    if (wire === 0 || wire === 2) {
      const read = readVarint(bytes, at);
      if (read === null) return null;
      [field.value, at] = read;
    }
    const length = wire === 2 ? Number(field.value) : wire === 0 ? 0 : wire === 1 ? 8 : 4;
    if (at + length > bytes.length) return null;
    field.bytes = bytes.subarray(at, at + length);
    if (wire === 2 && length > 0) field.fields = parse(field.bytes, depth + 1);
    at += length;
    fields.push(field);
  }
  return fields;
}

function write(fields: readonly Field[]): Uint8Array {
  return joined(...fields.flatMap((field) => {
    const bytes = field.fields === null ? field.bytes : write(field.fields);
    const head = varint((BigInt(field.number) << 3n) | BigInt(field.wire));
    if (field.wire === 0) return [head, varint(field.value)];
    return field.wire === 2 ? [head, varint(BigInt(bytes.length)), bytes] : [head, bytes];
  }));
}

/** A field and the list that it stands in. */
interface Spot {
  readonly list: Field[];
  readonly field: Field;
}

function spots(list: Field[]): Spot[] {
  return list.flatMap((field) => [{ list, field }, ...(field.fields === null ? [] : spots(field.fields))]);
}

/** Bytes read as varints one after the other (packed lists of integers), if they are. */
function packed(bytes: Uint8Array): bigint[] | null {
  const values: bigint[] = [];
  for (let at = 0; at < bytes.length;) {
    const read = readVarint(bytes, at);
    if (read === null || values.length > 64) return null;
    values.push(read[0]);
    at = read[1];
  }
  return values;
}

function floatBytes(draw: Draw, size: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  const value = draw.of([...NUMBERS, NaN, Infinity, -Infinity]);
  if (size === 4) view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
  return new Uint8Array(view.buffer, 0, size);
}

/** Changes of the content of a field with a length. */
const CONTENTS: readonly ((draw: Draw, bytes: Uint8Array, field: Field) => Uint8Array)[] = [
  (draw) => new TextEncoder().encode(draw.of(STRINGS)),
  (draw, bytes) => bytes.subarray(0, draw.below(bytes.length + 1)),
  (draw, bytes) => joined(bytes, draw.bytes(draw.between(1, 8))),
  (draw, bytes) => {
    const copy = bytes.slice();
    if (copy.length > 0) copy[draw.below(copy.length)] = draw.below(256);
    return copy;
  },
  function list(draw, bytes) {
    const values = packed(bytes) ?? [0n];
    const at = draw.below(values.length + 1);
    values.splice(at, draw.below(2), ...Array.from({ length: draw.below(3) }, () => draw.of(INTEGERS)));
    return joined(...values.map(varint));
  },
  function oneOf(draw, bytes) {
    const values = packed(bytes);
    if (values === null || values.length === 0) return bytes;
    const at = draw.below(values.length);
    values[at] = draw.once(2) ? draw.of(INTEGERS) : (values[at] as bigint) + BigInt(draw.between(-2, 2));
    return joined(...values.map(varint));
  },
  function float(draw, bytes) {
    if (bytes.length < 4) return bytes;
    const copy = bytes.slice();
    copy.set(floatBytes(draw, 4), 4 * draw.below(Math.floor(copy.length / 4)));
    return copy;
  },
];

function changeContent(draw: Draw, { field }: Spot): void {
  if (field.wire === 0) {
    field.value = draw.once(3) ? BigInt.asUintN(64, field.value + BigInt(draw.between(-2, 2))) : draw.of(INTEGERS);
  } else if (field.wire === 2) {
    field.bytes = draw.of(CONTENTS)(draw, field.fields === null ? field.bytes : write(field.fields), field);
    field.fields = null;
  } else {
    field.bytes = floatBytes(draw, field.bytes.length);
  }
}

type Change = (draw: Draw, spot: Spot, all: readonly Spot[]) => void;

/** A change of content is the likeliest: it stands here several times. */
const CHANGES: readonly Change[] = [
  changeContent, changeContent, changeContent, changeContent,
  function drop(_, { list, field }) {
    list.splice(list.indexOf(field), 1);
  },
  function duplicate(draw, { list, field }) {
    list.splice(draw.below(list.length + 1), 0, structuredClone(field));
  },
  function swap(draw, { field }, all) {
    const like = all.filter((s) => s.field.number === field.number && s.field.wire === field.wire && s.field !== field);
    if (like.length === 0) return;
    const other = draw.of(like).field;
    const { value, bytes, fields } = structuredClone(other);
    Object.assign(field, { value, bytes, fields });
  },
  function renumber(draw, { field }) {
    field.number = draw.between(1, 21);
  },
  function reorder(draw, { list, field }) {
    list.splice(list.indexOf(field), 1);
    list.splice(draw.below(list.length + 1), 0, field);
  },
  function add(draw, { list }) {
    const wire = draw.of([0, 2] as const);
    const field: Field = { number: draw.between(1, 21), wire, value: draw.of(INTEGERS), bytes: new TextEncoder().encode(draw.of(STRINGS)), fields: null };
    list.splice(draw.below(list.length + 1), 0, field);
  },
];

/** A message with one field changed, or `null` if the bytes are no message. Small fields are as likely as large ones. */
export function changeMessage(draw: Draw, bytes: Uint8Array): Uint8Array | null {
  const fields = parse(bytes);
  if (fields === null || fields.length === 0) return null;
  const all = spots(fields);
  draw.of(CHANGES)(draw, draw.of(all), all);
  return write(fields);
}
