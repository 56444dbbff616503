/** Changes of bytes, whatever they mean. */
import { type Draw, INTEGERS } from './draw.js';

type Change = (draw: Draw, bytes: Uint8Array, other: Uint8Array) => Uint8Array;

/** Longest stretch that is inserted, removed or copied. */
const STRETCH = 64;
/** A file does not grow beyond this many bytes. */
const GREATEST = 2 ** 22;

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** `remove` bytes at `at` replaced by `insert`. */
export function spliced(bytes: Uint8Array, at: number, remove: number, insert: Uint8Array): Uint8Array {
  return joined(bytes.subarray(0, at), insert, bytes.subarray(Math.min(bytes.length, at + remove)));
}

function stretch(draw: Draw, bytes: Uint8Array): [from: number, to: number] {
  const from = draw.below(bytes.length);
  return [from, Math.min(bytes.length, from + draw.between(1, STRETCH))];
}

const CHANGES: readonly Change[] = [
  function flip(draw, bytes) {
    const at = draw.below(bytes.length);
    return spliced(bytes, at, 1, Uint8Array.of((bytes[at] as number) ^ (1 << draw.below(8))));
  },
  function set(draw, bytes) {
    return spliced(bytes, draw.below(bytes.length), 1, Uint8Array.of(draw.of([0, 1, 0x7f, 0x80, 0xfe, 0xff, draw.below(256)])));
  },
  function insert(draw, bytes) {
    return spliced(bytes, draw.below(bytes.length + 1), 0, draw.bytes(draw.between(1, 8)));
  },
  function remove(draw, bytes) {
    const [from, to] = stretch(draw, bytes);
    return spliced(bytes, from, to - from, new Uint8Array(0));
  },
  function truncate(draw, bytes) {
    return bytes.subarray(0, draw.below(bytes.length));
  },
  function duplicate(draw, bytes) {
    const [from, to] = stretch(draw, bytes);
    return spliced(bytes, draw.below(bytes.length + 1), 0, bytes.subarray(from, to));
  },
  function move(draw, bytes) {
    const [from, to] = stretch(draw, bytes);
    const rest = spliced(bytes, from, to - from, new Uint8Array(0));
    return spliced(rest, draw.below(rest.length + 1), 0, bytes.subarray(from, to));
  },
  function splice(draw, bytes, other) {
    return joined(bytes.subarray(0, draw.below(bytes.length + 1)), other.subarray(draw.below(other.length + 1)));
  },
  function integer(draw, bytes) {
    const size = draw.of([1, 2, 4, 8]);
    const view = new DataView(new ArrayBuffer(8));
    view.setBigInt64(0, draw.of(INTEGERS), true);
    const value = new Uint8Array(view.buffer, 0, size);
    if (draw.once(2)) value.reverse();
    return spliced(bytes, draw.below(bytes.length), size, value);
  },
];

/** `bytes` changed in one way; `other` is another file of the same kind. Empty files get bytes. */
export function changeBytes(draw: Draw, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  if (bytes.length === 0) return draw.bytes(draw.between(1, 16));
  return draw.of(CHANGES)(draw, bytes, other).subarray(0, GREATEST);
}
