import { setFlagsFromString } from 'node:v8';
import { afterAll, describe, expect, it } from 'vitest';
import { windowReference } from '../../src/chip/arithmetic/window.js';
import { composedReference, PRIME } from '../../src/chip/arithmetic/composed.js';
import { Bench } from '../../src/kernels/apply.js';
import { v8Version } from '../../src/data/engine.js';
import { kernelBytes } from '../../src/data/files.js';
import { compileKernels } from '../../src/kernels/instance.js';
import { compileRelaxed, usableKernels } from '../../src/kernels/self-test.js';
import { CORE_KERNELS, MAP_KERNELS } from '../../src/kernels/table.js';
import type { TileSpec } from '../../src/kernels/types.js';
import { generator, loadModule, randomCodes, readModule } from './setup.js';

/** The engine's compilers, each on its own: a kernel must not depend on which one has compiled it. */
const TIERS = {
  default: ['--liftoff', '--wasm-tier-up'],
  'optimising only': ['--no-liftoff', '--wasm-tier-up'],
  'baseline only': ['--liftoff', '--no-wasm-tier-up'],
};

afterAll(() => TIERS.default.forEach((flag) => setFlagsFromString(flag)));

const [rows, columns, batch] = [131, 37, 11];
const next = generator(9);
const limits = { rows: 256, columns: 256 };

/** `w` and `greatest`: ranges of weights and inputs. */
function windowTile(w = 128, greatest = 255): { spec: TileSpec; x: Int16Array; expected: Int32Array } {
  const arithmetic = { kind: 'window', accumulatorBits: 24, windowBits: 8, greatestShift: 16 } as const;
  const [weights, x] = [randomCodes(next, rows * columns, -w, w - 1), randomCodes(next, batch * rows, 0, greatest)];
  const table = randomCodes(next, 256, 0, 255);
  const input = { lo: 0, hi: greatest };
  const p = {
    place: 't', batch, rows, columns, x: Int32Array.from(x), w: Int32Array.from(weights),
    limits: { ...limits, input, weights: { lo: -128, hi: 127 } },
  };
  const expected = windowReference(p, { arithmetic, preload: null, shift: 9, windowSigned: true, table, output: { lo: 0, hi: 255 } });
  return { spec: { arithmetic, rows, columns, weights, preload: null, config: { shift: 9, clamp: [-128, 127] }, table, input }, x, expected };
}

function composedTile(gain: number): { spec: TileSpec; x: Int16Array; expected: Int32Array } {
  const [weights, x] = [randomCodes(next, rows * columns, -255, 255), randomCodes(next, batch * rows, 0, 63)];
  const input = { lo: 0, hi: 63 };
  const p = {
    place: 't', batch, rows, columns, x: Int32Array.from(x), w: Int32Array.from(weights),
    limits: { ...limits, input, weights: { lo: -255, hi: 255 } },
  };
  const expected = composedReference(p, { arithmetic: PRIME, gain, table: null });
  return { spec: { arithmetic: PRIME, rows, columns, weights, preload: null, config: { gain }, table: null, input }, x, expected };
}

/** The engine reuses code that it has compiled from the same bytes; an empty section of its own name makes them differ. */
function afresh(bytes: Uint8Array, mark: number): Uint8Array {
  return Uint8Array.of(...bytes, 0, 2, 1, mark);
}

// The second and the third: for kernels in relaxed SIMD too, with sums that need 32 bits and sums that fit 16.
const TILES = [windowTile(), windowTile(128, 127), windowTile(16, 31), composedTile(1), composedTile(8)];

describe.each(Object.entries(TIERS))('tier: %s', (name, flags) => {
  it('every kernel agrees with the reference, cold and warm', () => {
    flags.forEach((flag) => setFlagsFromString(flag));
    const mark = 97 + Object.keys(TIERS).indexOf(name);
    const relaxed = compileRelaxed(afresh(kernelBytes('relaxed'), mark), v8Version());
    const bench = new Bench(compileKernels(afresh(readModule(), mark)), relaxed);
    const kernels = [...CORE_KERNELS, ...(relaxed === null ? [] : usableKernels(loadModule(), relaxed))];
    for (const { spec, x, expected } of TILES) {
      for (const kernel of kernels.filter((k) => k.supports(spec))) {
        for (let round = 0; round < 40; round++) expect([...bench.core(kernel, spec, x, batch)], kernel.name).toEqual([...expected]);
      }
      for (const kernel of MAP_KERNELS) {
        for (let round = 0; round < 40; round++) {
          const codes = bench.window(kernel, spec, x, batch);
          if (codes !== null) expect([...codes], kernel.name).toEqual([...expected]);
        }
      }
    }
  });
});
