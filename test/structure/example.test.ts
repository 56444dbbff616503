import { readFileSync } from 'node:fs';
import { gunzipSync } from 'fflate';
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
