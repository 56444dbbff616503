/** Merges that read their terms where these lie, against plain sums, at odd sizes and at the ends of every range. */
import { describe, expect, it } from 'vitest';
import { PRIME } from '../../src/chip/arithmetic/composed.js';
import { mapKernelByName, pickMapKernel } from '../../src/kernels/table.js';
import type { MapSpec } from '../../src/kernels/types.js';
import { check, IDEAL, pointOf, SHAPE, specOf, windowOf } from './maps.js';
import { generator, randomCodes } from './setup.js';

const merge = mapKernelByName('window/merge');
const next = generator(6);
const weight = (): number => next(-128, 127);
const code = (): number => next(0, 255);

/** A tile of so many terms, whose maps have strides of 1 and 2 and begin at 0, 1 or 2. */
function terms(count: number, over: { columns?: number; positions?: readonly [number, number] } = {}, rest: Partial<MapSpec> = {}, of = weight): MapSpec {
  const shape = { ...SHAPE, ...over };
  return specOf(shape, Array.from({ length: count }, (_, t) => pointOf(shape, 1 + (t % 2), t % 3)), of, rest);
}

describe('window/merge', () => {
  it.each([1, 2, 3, 7, 18])('adds %i terms, from maps of other sizes and behind their own pixels', (count) => {
    const preload = Int32Array.from({ length: 17 }, () => next(-9999, 9999));
    for (const samples of [1, 3]) check(merge, terms(count, {}, { preload }), code, { samples });
  });

  it.each([8, 9, 15, 16, 17, 31, 33, 255, 257])('is exact under %i columns', (columns) => {
    check(merge, terms(3, { columns, positions: [3, 5] }), code);
  });

  it.each([1, 2, 3, 4, 5, 7, 8, 31, 33])('is exact for lines of %i positions, one line and several', (n) => {
    for (const positions of [[1, n], [3, n], [n, 1]] as const) check(merge, terms(3, { positions }), code, { samples: 2 });
  });

  it('is exact at the ends of every range', () => {
    for (const [lo, hi] of [[0, 255], [-128, 127]] as const) {
      for (const w of [127, -128]) {
        for (const [shift, clamp] of [[0, [-128, 127]], [16, [-128, 127]], [7, [0, 255]]] as const) {
          const preload = new Int32Array(17).fill(w < 0 ? -(2 ** 23) : 2 ** 23 - 1);
          const spec = terms(15, {}, { input: { lo, hi }, config: { shift, clamp }, preload }, () => w);
          for (const value of [() => lo, () => hi, () => (next(0, 1) === 0 ? lo : hi)]) check(merge, spec, value);
        }
      }
    }
  });

  it('goes through a table', () => {
    check(merge, terms(4, {}, { table: randomCodes(next, 256, 0, 255), config: { shift: 9, clamp: [-128, 127] } }), code, { samples: 2 });
  });

  it('is the same after ideal limits', () => {
    const over = { arithmetic: IDEAL, config: { shift: 4, clamp: [-32768, 32767] as const } };
    check(mapKernelByName('ideal/merge'), terms(5, {}, over), code);
  });

  it('refuses what is no sum of points, and what is not of its family', () => {
    expect(merge.supports(terms(2))).toBe(true);
    expect(merge.supports(terms(2, { columns: 7 }))).toBe(false);
    expect(merge.supports(terms(2, {}, { arithmetic: IDEAL }))).toBe(false);
    expect(merge.supports(specOf(SHAPE, [windowOf(SHAPE), pointOf(SHAPE)], weight))).toBe(false);
    expect(merge.supports(specOf(SHAPE, [pointOf(SHAPE), { ...pointOf(SHAPE), origin: [1, 0] }], weight))).toBe(false);
    const full = terms(2);
    full.weights[1] = 1;
    expect(merge.supports(full)).toBe(false);
  });

  it('is chosen, unless another kernel is named', () => {
    expect(pickMapKernel(terms(2))?.name).toBe('window/merge');
    expect(pickMapKernel(terms(2), 'simd')?.name).toBe('window/merge');
    expect(pickMapKernel(terms(2), 'window/diagonal')).toBeNull();
    expect(pickMapKernel(terms(2), 'scalar')).toBeNull();
    expect(pickMapKernel({ ...terms(2), arithmetic: PRIME, config: { gain: 2, clamp: [0, 63] }, input: { lo: 0, hi: 63 } })).toBeNull();
  });
});
