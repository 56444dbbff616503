import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors, type StoredTensor } from '../../src/cores/safetensors.js';
import { TrestleError } from '../../src/diagnostics.js';

function file(header: string, data: number[] = [], length?: number): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

const tensor = (name: string, dtype: string, shape: number[], bytes: number[]): StoredTensor => ({ name, dtype, shape, bytes: Uint8Array.from(bytes) });

describe('safetensors', () => {
  it('are written with aligned tensors and sorted metadata', () => {
    const bytes = writeSafetensors({
      metadata: { b: '2', a: '1' },
      tensors: [tensor('x', 'I8', [3], [1, 2, 3]), tensor('y', 'I32', [1], [4, 0, 0, 0]), tensor('z', 'I16', [1], [5, 0])],
    });
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    expect(new TextDecoder().decode(bytes.subarray(8, 8 + length)).trimEnd()).toBe(
      '{"__metadata__":{"a":"1","b":"2"},"y":{"dtype":"I32","shape":[1],"data_offsets":[0,4]},'
      + '"z":{"dtype":"I16","shape":[1],"data_offsets":[4,6]},"x":{"dtype":"I8","shape":[3],"data_offsets":[6,9]}}');
    expect([...bytes.subarray(8 + length)]).toEqual([4, 0, 0, 0, 5, 0, 1, 2, 3]);
  });

  it('come back as they were', () => {
    const one = fc.tuple(fc.constantFrom('I8', 'U8'), fc.uint8Array({ maxLength: 20 }));
    fc.assert(fc.property(fc.array(one, { maxLength: 5 }), fc.dictionary(fc.string(), fc.string()), (list, metadata) => {
      fc.pre(!Object.hasOwn(metadata, '__proto__'));
      const tensors = list.map(([dtype, bytes], i) => ({ name: `t${i}`, dtype, shape: [bytes.length], bytes: Uint8Array.from(bytes) }));
      const back = readSafetensors(writeSafetensors({ metadata, tensors }), 'x');
      expect({ ...back.metadata }).toEqual({ ...metadata });
      // Of empty tensors any order is as good.
      expect([...back.tensors].sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual(tensors);
    }), { seed: 1, numRuns: 100 });
  });

  const entry = (begin: number, end: number, shape = `[${end - begin}]`): string => `{"dtype":"U8","shape":${shape},"data_offsets":[${begin},${end}]}`;
  it.each([
    ['nothing', new Uint8Array(7), /a file of 7 bytes/],
    ['a header longer than the file', file('{}', [], 3), /a header of 3 bytes/],
    ['an endless header', file('{}', [], Number.MAX_SAFE_INTEGER), /a header of/],
    ['a header that is no object', file('[]'), /no JSON object/],
    ['a header that begins with a space', file(' {}'), /no JSON object/],
    ['broken JSON', file('{"a":}'), /not valid JSON/],
    ['broken UTF-8', file('{}').fill(0xff, 9), /UTF-8/],
    ['a name twice', file(`{"a":${entry(0, 1)},"a":${entry(0, 1)}}`, [1]), /twice/],
    ['a key twice in an entry', file('{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}', [1]), /twice/],
    ['a prototype', file(`{"__proto__":${entry(0, 1)}}`, [1]), /not allowed/],
    ['deep nesting', file(`{"a":${'['.repeat(100_000)}`), /too deeply/],
    ['metadata that is no text', file('{"__metadata__":{"a":1}}'), /no object of texts/],
    ['an unknown key', file('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}}', [1]), /entry is malformed/],
    ['an unknown type', file('{"a":{"dtype":"toString","shape":[1],"data_offsets":[0,1]}}', [1]), /element type/],
    ['a size that is not the shape\'s', file(`{"a":${entry(0, 2, '[3]')}}`, [1, 2]), /2 bytes for shape/],
    ['a negative size', file(`{"a":${entry(0, 2, '[-1,-2]')}}`, [1, 2]), /shape is malformed/],
    ['a size beyond all numbers', file(`{"a":${entry(0, 2, '[9007199254740991,9007199254740991]')}}`, [1, 2]), /bytes for shape/],
    ['an overlap', file(`{"a":${entry(0, 2)},"b":${entry(1, 3)}}`, [1, 2, 3]), /begins at 1/],
    ['a hole', file(`{"a":${entry(0, 1)},"b":${entry(2, 3)}}`, [1, 2, 3]), /begins at 2/],
    ['a hole at the front', file(`{"a":${entry(1, 2)}}`, [1, 2]), /begins at 1/],
    ['bytes too many', file(`{"a":${entry(0, 1)}}`, [1, 2]), /2 bytes of tensors/],
    ['bytes too few', file(`{"a":${entry(0, 3)}}`, [1, 2]), /2 bytes of tensors/],
    ['offsets turned round', file('{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}', [1]), /offsets/],
  ])('are refused with %s', (_, bytes, expected) => {
    expect(() => readSafetensors(bytes, 'x')).toThrow(TrestleError);
    expect(() => readSafetensors(bytes, 'x')).toThrow(expected);
  });
});
