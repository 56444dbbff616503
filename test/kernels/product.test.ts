import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idealReference } from '../../src/chip/arithmetic/ideal.js';
import type { Product } from '../../src/chip/arithmetic/limits.js';
import { windowRange, windowReference } from '../../src/chip/arithmetic/window.js';
import type { CodeRange } from '../../src/chip/types.js';
import { idealBands, windowBands } from '../../src/kernels/bands.js';
import { idealDiagonal, windowDiagonal } from '../../src/kernels/diagonal.js';
import { idealScalar, idealSimd, windowScalar, windowSimd } from '../../src/kernels/product.js';
import type { TileSpec } from '../../src/kernels/types.js';
import { generator, LOOSE, loadKernels, ODD_SIZES, randomCodes, runTile, TIGHT } from './setup.js';

const kernels = loadKernels();
const TIANJI = { kind: 'window', accumulatorBits: 24, windowBits: 8, greatestShift: 16 } as const;
const IDEAL = { kind: 'ideal-limits', greatestShift: 31 } as const;
const ANY: CodeRange = { lo: -32768, hi: 32767 };

type Weights = 'random' | 'least' | 'greatest' | 'diagonal' | 'bands';

interface Case {
  readonly rows: number;
  readonly columns: number;
  readonly batch: number;
  readonly shift: number;
  readonly input: CodeRange;
  readonly windowSigned: boolean;
  readonly table: Int16Array | null;
  readonly weights: Weights;
  readonly seed: number;
}

function weights(next: (lo: number, hi: number) => number, c: Case): Int16Array {
  if (c.weights === 'least') return new Int16Array(c.rows * c.columns).fill(-128);
  if (c.weights === 'greatest') return new Int16Array(c.rows * c.columns).fill(127);
  const all = randomCodes(next, c.rows * c.columns, -128, 127);
  // Every eleventh diagonal.
  if (c.weights === 'bands') return all.map((w, k) => ((7 * (Math.floor(k / c.columns) - (k % c.columns)) + 33003) % 11 === 0 ? w : 0));
  return c.weights === 'diagonal' ? all.map((w, k) => (Math.floor(k / c.columns) % c.columns === k % c.columns ? w : 0)) : all;
}

function windowCase(c: Case): { spec: TileSpec; x: Int16Array; expected: number[] } {
  const next = generator(c.seed);
  const w = weights(next, c);
  const x = randomCodes(next, c.batch * c.rows, c.input.lo, c.input.hi).map((v, k) => (c.weights === 'random' || k % 3 ? v : c.input.hi));
  const preload = Int32Array.from({ length: c.columns }, (_, j) => [next(-8388608, 8388607), 8388607, -8388608, 0][j % 4] as number);
  const { lo, hi } = windowRange(8, c.windowSigned);
  const spec: TileSpec = {
    arithmetic: TIANJI, rows: c.rows, columns: c.columns, weights: w, preload, config: { shift: c.shift, clamp: [lo, hi] }, table: c.table,
    input: c.input,
  };
  const product: Product = {
    place: 'test', batch: c.batch, rows: c.rows, columns: c.columns, x: Int32Array.from(x), w: Int32Array.from(w),
    limits: { rows: 256, columns: 256, input: c.input, weights: { lo: -128, hi: 127 } },
  };
  const settings = { arithmetic: TIANJI, preload, shift: c.shift, windowSigned: c.windowSigned, table: c.table, output: ANY };
  return { spec, x, expected: [...windowReference(product, settings)] };
}

function expectWindow(c: Case): void {
  const { spec, x, expected } = windowCase(c);
  if (!['diagonal', 'bands'].includes(c.weights) && c.rows > 1) expect(windowDiagonal.supports(spec)).toBe(false);
  const banded = c.columns >= 8 && (c.weights === 'bands' || c.rows < 24);
  for (const kernel of [windowScalar, windowSimd, ...(c.weights === 'diagonal' ? [windowDiagonal] : []), ...(banded ? [windowBands] : [])]) {
    expect(kernel.supports(spec)).toBe(true);
    for (const at of [TIGHT, LOOSE]) expect([...runTile(kernel, spec, kernels, x, c.batch, at)], kernel.name).toEqual(expected);
  }
}

const BASE: Case = {
  rows: 17, columns: 31, batch: 5, shift: 6, input: { lo: 0, hi: 255 }, windowSigned: true, table: null, weights: 'random', seed: 1,
};
const next = generator(7);
const TABLES: Record<string, Int16Array | null> = {
  none: null,
  random: randomCodes(next, 256, -128, 255),
  relu: Int16Array.from({ length: 256 }, (_, k) => Math.max(0, k - 128)),
  clipped: Int16Array.from({ length: 256 }, (_, k) => Math.min(Math.max(k - 100, 3), 90)),
  steep: Int16Array.from({ length: 256 }, (_, k) => (k < 128 ? 0 : 200)),
  constant: new Int16Array(256).fill(42),
  falling: Int16Array.from({ length: 256 }, (_, k) => 255 - k),
};

describe('window kernels', () => {
  it.each(ODD_SIZES.map((n, k) => [n, ODD_SIZES[(k * 4 + 3) % ODD_SIZES.length] as number] as const))('%i x %i', (rows, columns) => {
    for (const batch of [1, 2, 7]) expectWindow({ ...BASE, rows, columns, batch, seed: rows + columns });
  });

  it.each([1, 3, 15, 17, 31, 33, 255])('a batch of %i', (batch) => {
    expectWindow({ ...BASE, rows: 9, columns: 19, batch });
  });

  it.each(Object.keys(TABLES))('table: %s', (name) => {
    for (const windowSigned of [true, false]) expectWindow({ ...BASE, windowSigned, table: TABLES[name] as Int16Array | null });
  });

  it.each(['least', 'greatest'] as const)('%s weights saturate', (kind) => {
    for (const shift of [0, 8, 15, 16]) {
      for (const windowSigned of [true, false]) expectWindow({ ...BASE, rows: 256, columns: 33, shift, windowSigned, weights: kind });
    }
  });

  it.each([8, 9, 15, 16, 31, 32, 33, 64])('diagonals of %i columns', (columns) => {
    for (const terms of [1, 2, 3, 7, 18]) {
      for (const [table, windowSigned] of [[null, false], [null, true], [TABLES.random as Int16Array, true]] as const) {
        if (terms * columns > 256) continue;
        expectWindow({ ...BASE, rows: terms * columns, columns, weights: 'diagonal', table, windowSigned, shift: terms % 5 });
      }
    }
  });

  it.each([1, 3, 7, 15, 17, 31, 33, 255])('a few diagonals in %i rows', (rows) => {
    for (const columns of [8, 9, 15, 16, 17, 31, 33, 64]) {
      for (const table of [null, TABLES.random as Int16Array]) expectWindow({ ...BASE, rows, columns, weights: 'bands', table, shift: rows % 5 });
    }
  });

  it('agree with the reference whatever the case', () => {
    const size = fc.integer({ min: 1, max: 70 });
    const cases = fc.record({
      rows: size, columns: size, batch: fc.integer({ min: 1, max: 6 }), shift: fc.integer({ min: 0, max: 16 }),
      input: fc.constantFrom({ lo: 0, hi: 255 }, { lo: -128, hi: 127 }), windowSigned: fc.boolean(),
      table: fc.constantFrom(...Object.values(TABLES)), weights: fc.constantFrom<Weights>('random', 'least', 'greatest'),
      seed: fc.integer({ min: 0, max: 2 ** 31 }),
    });
    fc.assert(fc.property(cases, expectWindow), { seed: 1, numRuns: 50 });
  });

  it('refuse in 32 bits what does not fit them, and are exact in 64', () => {
    const spec: TileSpec = {
      arithmetic: { kind: 'window', accumulatorBits: 36, windowBits: 8, greatestShift: 30 }, rows: 256, columns: 2,
      weights: new Int16Array(512).fill(-32768), preload: null, config: { shift: 30, clamp: [-128, 127] }, table: null,
      input: { lo: 0, hi: 32767 },
    };
    expect(windowSimd.supports(spec)).toBe(false);
    expect(windowScalar.supports(spec)).toBe(true);
    const x = new Int16Array(256).fill(32767);
    expect([...runTile(windowScalar, spec, kernels, x, 1)]).toEqual([-32, -32]);
    const inputs = { ...spec, input: { lo: 0, hi: 255 } };
    expect(windowSimd.supports(inputs)).toBe(true);
  });
});

describe('ideal-limits kernels', () => {
  const run = (rows: number, columns: number, batch: number, shift: number, seed: number): void => {
    const random = generator(seed);
    const w = randomCodes(random, rows * columns, -255, 255);
    const x = randomCodes(random, batch * rows, 0, 63);
    const preload = Int32Array.from({ length: columns }, () => random(-(2 ** 30), 2 ** 30));
    const spec: TileSpec = {
      arithmetic: IDEAL, rows, columns, weights: w, preload, config: { shift, clamp: [0, 63] }, table: null, input: { lo: 0, hi: 63 },
    };
    const product: Product = {
      place: 'test', batch, rows, columns, x: Int32Array.from(x), w: Int32Array.from(w),
      limits: { rows: 256, columns: 256, input: spec.input, weights: { lo: -255, hi: 255 } },
    };
    const expected = [...idealReference(product, { arithmetic: IDEAL, preload, shift, output: { lo: 0, hi: 63 } })];
    const diagonal = { ...spec, weights: w.map((v, k) => (Math.floor(k / columns) % columns === k % columns ? v : 0)) };
    if (idealBands.supports(diagonal)) {
      expect([...runTile(idealBands, diagonal, kernels, x, batch)]).toEqual([...runTile(idealScalar, diagonal, kernels, x, batch)]);
    }
    if (idealDiagonal.supports(diagonal)) {
      expect([...runTile(idealDiagonal, diagonal, kernels, x, batch)]).toEqual([...runTile(idealScalar, diagonal, kernels, x, batch)]);
    }
    for (const kernel of [idealScalar, idealSimd]) {
      expect(kernel.supports(spec)).toBe(true);
      for (const at of [TIGHT, LOOSE]) expect([...runTile(kernel, spec, kernels, x, batch, at)], kernel.name).toEqual(expected);
    }
  };

  it.each([0, 1, 5, 12, 24, 31])('shift %i', (shift) => run(33, 17, 3, shift, shift));

  it.each(ODD_SIZES.map((n, k) => [n, ODD_SIZES[(k * 7 + 5) % ODD_SIZES.length] as number] as const))('%i x %i', (rows, columns) => {
    run(rows, columns, 3, 7, rows);
    run(Math.min(rows * 2, 256), Math.min(rows, 128), 3, 7, rows);
  });

  it('refuse a sum that could leave 32 bits', () => {
    const spec: TileSpec = {
      arithmetic: IDEAL, rows: 1, columns: 1, weights: Int16Array.of(1), preload: Int32Array.of(2 ** 31 - 64),
      config: { shift: 0, clamp: [0, 63] },
      table: null, input: { lo: 0, hi: 63 },
    };
    for (const kernel of [idealScalar, idealSimd]) {
      expect(kernel.supports(spec)).toBe(true);
      expect(kernel.supports({ ...spec, preload: Int32Array.of(2 ** 31 - 63) })).toBe(false);
      expect(kernel.supports({ ...spec, weights: Int16Array.of(-1), preload: Int32Array.of(-(2 ** 31) + 62) })).toBe(false);
    }
  });
});
