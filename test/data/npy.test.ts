import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNpy, writeNpy, type NpyData } from '../../src/data/npy.js';
import { TrestleError } from '../../src/diagnostics.js';

const latin = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));

function file(header: string, data: number[], version = 1): Uint8Array {
  const length = version === 1 ? [header.length & 255, header.length >> 8] : [header.length & 255, header.length >> 8, 0, 0];
  return Uint8Array.from([...latin('\x93NUMPY'), version, 0, ...length, ...latin(header), ...data]);
}

describe('npy', () => {
  it('is written as numpy.save writes it', () => {
    const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
    expect(hash(writeNpy([2, 3], Int16Array.of(0, 1, 2, 3, 4, 5)))).toBe('4c6c78ed5e2780a5b2acf41a13bdd322ea64a73251e247a0db57109f7d402408');
    expect(hash(writeNpy([], Float32Array.of(3.5)))).toBe('9fd7d4a5b52419c38db3929cb4326d55717c6f55740b22f4f91a9b0d7bb94e20');
    expect(hash(writeNpy([0, 4], new Float64Array(0)))).toBe('8825ff7dd3621950d9d249e0725e93ab26e2904d6d9eff4a45bd0630772b2c67');
    expect(hash(writeNpy([3], Uint8Array.of(1, 2, 3)))).toBe('9b51e50e6538e600111c668630bcc863f4130bb169a779525990001fc1ef9e3a');
  });

  it('comes back as it was', () => {
    const kinds = [Float32Array, Float64Array, Int8Array, Uint8Array, Int16Array, Uint16Array, Int32Array, Uint32Array];
    fc.assert(fc.property(fc.nat(kinds.length - 1), fc.array(fc.nat(4), { maxLength: 4 }), (k, shape) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const data: NpyData = new kinds[k](size).map((_, i) => i * 7 - 3);
      const back = readNpy(writeNpy(shape, data), 'x');
      expect(back.shape).toEqual(shape);
      expect(back.data).toEqual(data);
    }), { seed: 1, numRuns: 100 });
  });

  it('is read in version 2, in either byte order, with 64-bit integers, from any offset', () => {
    expect(readNpy(file("{'descr': '>i2', 'fortran_order': False, 'shape': (2,), }", [1, 0, 255, 255], 2), 'x').data).toEqual(Int16Array.of(256, -1));
    expect(readNpy(file("{'shape': (1,), 'descr': '<i8', 'fortran_order': False}", [5, 0, 0, 0, 1, 0, 0, 0]), 'x').data).toEqual(Float64Array.of(2 ** 32 + 5));
    const shifted = new Uint8Array([0, ...writeNpy([2], Float32Array.of(1.5, -2))]).subarray(1);
    expect(readNpy(shifted, 'x').data).toEqual(Float32Array.of(1.5, -2));
  });

  it.each([
    ['Fortran order', "{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }", [0, 0, 0, 0], /Fortran/],
    ['objects', "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", [0], /element type/],
    ['records', "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", [0], /header/],
    ['a missing key', "{'descr': '<f4', 'shape': (1,), }", [0, 0, 0, 0], /header/],
    ['too little data', "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", [0, 0, 0, 0], /bytes/],
    ['too much data', "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }", [0, 0, 0, 0], /bytes/],
    ['a huge shape', "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999999), }", [], /shape/],
    ['64-bit integers beyond 2^53', "{'descr': '<u8', 'fortran_order': False, 'shape': (1,), }", [1, 0, 0, 0, 0, 0, 0, 1], /element 0/],
    ['code', "{'descr': '<f4', 'fortran_order': exit(), 'shape': (1,), }", [0, 0, 0, 0], /header/],
  ])('is refused with %s', (_, header, data, message) => {
    expect(() => readNpy(file(header, data), 'x')).toThrow(message);
  });

  it('is refused, never worse, when bytes change', () => {
    const good = writeNpy([2, 2], Float32Array.of(1, 2, 3, 4));
    fc.assert(fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, value, length) => {
      const bad = good.slice(0, length);
      if (at < length) bad[at] = value;
      try {
        readNpy(bad, 'x');
      } catch (error) {
        expect(error).toBeInstanceOf(TrestleError);
      }
    }), { seed: 1, numRuns: 500 });
  });

  it.skipIf(!existsSync('../shared/data/mnist/reference'))('reads a file of numpy', () => {
    const { shape, dtype, data } = readNpy(readFileSync('../shared/data/mnist/reference/lenet5-maxpool.logits.npy'), 'x');
    expect([shape, dtype]).toEqual([[100, 10], '<f4']);
    expect(data.subarray(0, 10).indexOf(Math.max(...data.subarray(0, 10)))).toBe(7);
  });
});
