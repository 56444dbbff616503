/** Broken files: cut off at every byte, changed at every byte. test/fuzz changes files at random. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TrestleError } from '../../src/diagnostics.js';
import { readOnnx } from '../../src/read/onnx.js';
import { floats, integers, modelBytes } from './models.js';

const MODELS = join(import.meta.dirname, '../../../shared/data/mlperf-tiny');

const small = modelBytes({
  input: ['N', 2, 6, 6],
  constants: {
    w: floats([3, 2, 3, 3], Array.from({ length: 54 }, (_, i) => i / 50)), to: integers([0, -1]), pads: integers([0, 0, 1, 1, 0, 0, 1, 1]),
    a: floats([12, 5], new Array(60).fill(0.5)), s: floats([], [0.1]), axis: integers([1]), from: integers([0]), end: integers([4]),
  },
  nodes: [
    { op: 'Pad', inputs: ['x', 'pads'], outputs: ['p'] },
    { op: 'Conv', inputs: ['p', 'w'], outputs: ['c'], attributes: { strides: [2, 2], group: 1 } },
    { op: 'MaxPool', inputs: ['c'], outputs: ['m'], attributes: { kernel_shape: [2, 2], pads: [0, 0, 1, 1], ceil_mode: 1, strides: [2, 2] } },
    { op: 'Shape', inputs: ['m'], outputs: ['sh'] },
    { op: 'Slice', inputs: ['sh', 'from', 'end'], outputs: ['sh2'] },
    { op: 'Reshape', inputs: ['m', 'sh2'], outputs: ['m2'] },
    { op: 'QuantizeLinear', inputs: ['m2', 's'], outputs: ['q'] },
    { op: 'DequantizeLinear', inputs: ['q', 's'], outputs: ['d'] },
    { op: 'Reshape', inputs: ['d', 'to'], outputs: ['f'] },
    { op: 'Gemm', inputs: ['f', 'a'], outputs: ['g'] },
    { op: 'Softmax', inputs: ['g'], outputs: ['y'] },
  ],
});

/** Reads; anything but a graph or a TrestleError fails the test. */
function attempt(bytes: Uint8Array): 'graph' | 'refused' {
  try {
    readOnnx(bytes, { file: 'broken.onnx', external: () => new Uint8Array(0) });
    return 'graph';
  } catch (error) {
    if (!(error instanceof TrestleError)) throw error;
    expect(error.diagnostics.length).toBeGreaterThan(0);
    return 'refused';
  }
}

describe('broken files', () => {
  it('the whole file is good', () => expect(attempt(small)).toBe('graph'));

  it('cut off anywhere', () => {
    for (let end = 0; end < small.length; end++) attempt(small.subarray(0, end));
    expect(attempt(small.subarray(0, small.length >> 1))).toBe('refused');
  });

  it('every byte changed', () => {
    for (let at = 0; at < small.length; at++) {
      for (const value of [0, 1, 0x7f, 0x80, 0xff, (small[at] as number) ^ 1]) {
        const bytes = small.slice();
        bytes[at] = value;
        attempt(bytes);
      }
    }
  });

  it('arbitrary bytes, deep nesting', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void attempt(bytes)), { seed: 1, numRuns: 500 });
    attempt(new Uint8Array(100000).fill(0x0b));
    attempt(new Uint8Array(100000).fill(0x3a));
  });

  it.skipIf(!existsSync(MODELS))('a real network, cut off and changed here and there', () => {
    const whole = readFileSync(join(MODELS, 'kws-dscnn-qdq.onnx'));
    for (let end = 0; end < whole.length; end += Math.ceil(whole.length / 97)) attempt(whole.subarray(0, end));
    for (let i = 0; i < 60; i++) {
      const bytes = Uint8Array.from(whole);
      for (let k = 0; k < 5; k++) bytes[(i * 7919 + k * 104729) % bytes.length] = (i * 37 + k * 11) & 255;
      attempt(bytes);
    }
  });
});
