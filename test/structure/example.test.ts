import { readFileSync } from 'node:fs';
import { gunzipSync } from 'fflate';
import * as ort from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { drawSet, sets } from '../../examples/digits/draw.mjs';

const folder = new URL('../../examples/digits/', import.meta.url);
const unpack = (file: string): Uint8Array => gunzipSync(readFileSync(new URL(`${file}.gz`, folder)));
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

describe('the drawn digits', () => {
  it.each(['test', 'calibration'] as const)('of the %s set are drawn anew with the same bytes', (name) => {
    const { images, labels } = drawSet(sets[name]);
    expect(same(images, unpack(`${name}-images.idx3-ubyte`))).toBe(true);
    expect(same(labels, unpack(`${name}-labels.idx1-ubyte`))).toBe(true);
  });

  it('do not depend on how many are drawn, but on the seed', () => {
    const four = drawSet({ seed: 1, count: 4 }).images.subarray(16);
    expect(same(drawSet({ seed: 1, count: 3 }).images.subarray(16), four.subarray(0, 3 * 784))).toBe(true);
    expect(same(drawSet({ seed: 2, count: 4 }).images.subarray(16), four)).toBe(false);
  });

  it('of the sets have no image in common', () => {
    const images = (name: 'test' | 'calibration'): string[] => {
      const pixels = unpack(`${name}-images.idx3-ubyte`).subarray(16);
      return Array.from({ length: pixels.length / 784 }, (_, i) => Buffer.from(pixels.subarray(784 * i, 784 * (i + 1))).toString('latin1'));
    };
    const test = images('test');
    const both = new Set([...test, ...images('calibration')]);
    expect(both.size).toBe(sets.test.count + sets.calibration.count);
  });
});

describe('the network', () => {
  it('is right on as many test images as the page of the example says', async () => {
    ort.env.wasm.numThreads = 1;
    const session = await ort.InferenceSession.create(readFileSync(new URL('digits.onnx', folder)), { graphOptimizationLevel: 'disabled' });
    const pixels = Float32Array.from(unpack('test-images.idx3-ubyte').subarray(16), (pixel) => pixel / 255);
    const { logits } = await session.run({ input: new ort.Tensor('float32', pixels, [sets.test.count, 1, 28, 28]) });
    const scores = Array.from(logits?.data as Float32Array);
    const right = Array.from(unpack('test-labels.idx1-ubyte').subarray(8)).filter((label, i) => {
      const own = scores.slice(10 * i, 10 * (i + 1));
      return own.indexOf(Math.max(...own)) === label;
    });
    expect(readFileSync(new URL('../README.md', folder), 'utf8')).toContain(`(${right.length})`);
    expect(right.length).toBe(589);
  });
});
