import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { composedReference, PRIME } from '../../src/chip/arithmetic/composed.js';
import type { ComposedArithmetic } from '../../src/chip/types.js';
import { composedScalar, composedSimd } from '../../src/kernels/composed.js';
import { composedDiagonal } from '../../src/kernels/diagonal.js';
import { v8Version } from '../../src/data/engine.js';
import { kernelBytes } from '../../src/data/files.js';
import { int16View } from '../../src/kernels/memory.js';
import { composedPacked } from '../../src/kernels/packed.js';
import { hasPartials, partialsOf } from '../../src/kernels/partials.js';
import { composedRelaxed } from '../../src/kernels/quads.js';
import { compileRelaxed } from '../../src/kernels/self-test.js';
import { variableRows, type CoreKernel, type TileSpec } from '../../src/kernels/types.js';
import { generator, LOOSE, loadKernels, ODD_SIZES, runTile, TIGHT } from './setup.js';

const relaxed = compileRelaxed(kernelBytes('relaxed'), v8Version());
const kernels = loadKernels(relaxed);
/** Kernels of PRIME's parts in blocks, and all that take whatever tile; those in relaxed SIMD where there is such a thing. */
const BLOCKED = [composedPacked, ...(relaxed === null ? [] : [composedRelaxed])];
const KERNELS = [composedScalar, composedSimd, ...BLOCKED];

interface Case {
  readonly arithmetic: ComposedArithmetic;
  readonly gain: number;
  readonly rows: number;
  readonly columns: number;
  readonly batch: number;
  readonly table: Int16Array | null;
  /** `extreme`: greatest inputs; columns of one sign or the other. `sparse`: many zeros. */
  readonly fill: 'random' | 'extreme' | 'sparse';
  readonly seed: number;
  /**
   * `mirror`: the second half of the columns is the first with the other sign; `diagonal`: row t * columns + j feeds column j alone; constant rows aside.
   * `holes`: every eight columns see runs of the rows alone, some of them none.
   */
  readonly form?: 'mirror' | 'diagonal' | 'holes';
  /** So many columns side by side hold the same weights, but for constant rows. */
  readonly copies?: number;
  /** Of the rows, the last ones, which see a constant code. */
  readonly constants?: { readonly rows: number; readonly code: number };
}

const BASE: Case = { arithmetic: PRIME, gain: 4, rows: 17, columns: 31, batch: 5, table: null, fill: 'random', seed: 1 };
const BIT_SERIAL: ComposedArithmetic = {
  ...PRIME, inputBits: 8, phaseBits: 1, cellBits: 2, converterBits: 8, fullScaleShift: 14, outputBits: 8, greatestGain: 1,
};
const ONE_CELL: ComposedArithmetic = {
  ...PRIME, inputBits: 4, phaseBits: 2, weightBits: 4, cellBits: 4, converterBits: 5, fullScaleShift: 9, outputBits: 4, greatestGain: 7,
};
const SEPARATE: ComposedArithmetic = { ...PRIME, polarity: 'separate' };
/** What kernels of PRIME's parts need not support. */
const OTHERS = new Set([BIT_SERIAL, ONE_CELL, SEPARATE]);

function operands(c: Case): { w: Int16Array; x: Int16Array } {
  const next = generator(c.seed);
  const [wHi, xHi] = [2 ** c.arithmetic.weightBits - 1, 2 ** c.arithmetic.inputBits - 1];
  const sign = (j: number): number => (j % 3 === 0 ? 1 : -1);
  const w = Int16Array.from({ length: c.rows * c.columns }, (_, k) => {
    if (c.fill === 'extreme') return sign(k % c.columns) * (next(0, 40) === 0 ? next(0, wHi) : wHi);
    return c.fill === 'sparse' && next(0, 2) > 0 ? 0 : next(-wHi, wHi);
  });
  const x = Int16Array.from({ length: c.batch * c.rows }, () => (c.fill === 'extreme' && next(0, 30) > 0 ? xHi : next(0, xHi)));
  shape(w, c);
  const { rows: constantRows = 0, code = 0 } = c.constants ?? {};
  x.forEach((_, k) => {
    if (k % c.rows >= c.rows - constantRows) x[k] = code;
  });
  return { w, x };
}

function shape(w: Int16Array, { rows, columns, form, constants, copies = 1, seed }: Case): void {
  const next = generator(seed + 1);
  for (let i = 0; i < rows - (constants?.rows ?? 0); i++) {
    for (let j = 0; j < columns; j++) w[i * columns + j] = w[i * columns + j - (j % copies)] as number;
  }
  for (let j = 0; form === 'holes' && j < columns; j += 8) {
    let i = 0;
    while (i < rows) {
      // Longer holes than runs.
      i += next(0, 1) === 0 ? next(1, 12) : 0;
      const until = Math.min(i + next(1, 40), rows);
      for (; i < until; i++) w.fill(0, i * columns + j, i * columns + Math.min(j + 8, columns));
    }
  }
  for (let i = 0; i < rows - (constants?.rows ?? 0); i++) {
    for (let j = 0; j < columns; j++) {
      const k = i * columns + j;
      if (form === 'diagonal' && i % columns !== j) w[k] = 0;
      if (form === 'mirror' && j >= columns / 2) w[k] = -(w[k - columns / 2] as number);
    }
  }
}

function expectComposed(c: Case): void {
  const { w, x } = operands(c);
  const input = { lo: 0, hi: 2 ** c.arithmetic.inputBits - 1 };
  const spec: TileSpec = {
    arithmetic: c.arithmetic, rows: c.rows, columns: c.columns, weights: w, preload: null, config: { gain: c.gain }, table: c.table, input,
    ...(c.constants === undefined ? {} : { constants: c.constants }),
  };
  const product = {
    place: 'test', batch: c.batch, rows: c.rows, columns: c.columns, x: Int32Array.from(x), w: Int32Array.from(w),
    limits: { rows: null, columns: null, input, weights: { lo: -32767, hi: 32767 } },
  };
  const expected = [...composedReference(product, { arithmetic: c.arithmetic, gain: c.gain, table: c.table })];
  if (hasPartials(spec)) expect([...byPartials(spec, x, c.batch)], 'by partials').toEqual(expected);
  else expect(c.constants === undefined || OTHERS.has(c.arithmetic)).toBe(true);
  expect(composedDiagonal.supports(spec)).toBe(c.form === 'diagonal');
  for (const kernel of [...KERNELS, ...(c.form === 'diagonal' ? [composedDiagonal] : [])]) {
    if (!kernel.supports(spec)) {
      expect(BLOCKED).toContain(kernel);
      expect([...OTHERS]).toContain(c.arithmetic);
      continue;
    }
    for (const at of [TIGHT, LOOSE]) expect([...runTile(kernel, spec, kernels, x, c.batch, at)], kernel.name).toEqual(expected);
  }
}

/** Codes by partials, which are made without the tile's constant rows: after those of other constant rows, and of none. */
function byPartials(spec: TileSpec, x: Int16Array, batch: number): Int16Array {
  const { instance: { memory, exports }, arena } = kernels;
  const mark = arena.mark();
  const pitch = Math.ceil(spec.rows / 8) * 8;
  const address = arena.allocate(batch * pitch * 2 + 32);
  const rows = int16View(memory, address, batch * pitch).fill(0x5555);
  for (let r = 0; r < batch; r++) rows.set(x.subarray(r * spec.rows, (r + 1) * spec.rows), r * pitch);
  const constants = (spec.weights as Int16Array).slice(variableRows(spec) * spec.columns);
  const others = constants.map((w) => 255 - w);
  const weights = (spec.weights as Int16Array).map((w, k) => (k < variableRows(spec) * spec.columns ? w : 99));
  const codesOf = partialsOf({ ...spec, weights }, memory, exports, arena.allocate, address, pitch, batch);
  for (const before of [others.map((w) => Math.min(w, 255)), new Int16Array(constants.length)]) codesOf(before);
  const codes = codesOf(constants).slice();
  arena.release(mark);
  return codes;
}

/** Rows of `c` with `repeats` weights each, whose cells are added up: as many rows of one weight that see the same codes give the same. */
function expectAddedUp(c: Case, repeats: number): void {
  const { rows, columns, batch } = c;
  const { x } = operands(c);
  const { w } = operands({ ...c, rows: rows * repeats });
  const many = Int32Array.from({ length: batch * rows * repeats }, (_, k) => x[Math.floor(k / (rows * repeats)) * rows + (k % rows)] as number);
  const product = {
    place: 'test', batch, rows: rows * repeats, columns, x: many, w: Int32Array.from(w),
    limits: { rows: null, columns: null, input: { lo: 0, hi: 63 }, weights: { lo: -255, hi: 255 } },
  };
  const expected = [...composedReference(product, { arithmetic: PRIME, gain: c.gain, table: null })];
  const sums = (value: (v: number) => number): Int16Array => {
    const added = new Int16Array(rows * columns);
    w.forEach((v, k) => (added[k % added.length] = (added[k % added.length] as number) + Math.sign(v) * value(Math.abs(v))));
    return added;
  };
  const spec: TileSpec = {
    arithmetic: PRIME, rows, columns, weights: sums((v) => v), cells: [sums((v) => v % 16), sums((v) => v >> 4)], preload: null, config: { gain: c.gain },
    table: null, input: { lo: 0, hi: 63 },
  };
  expect([composedScalar, composedSimd].map((k) => k.supports(spec))).toEqual([true, true]);
  // Pairs of rows can be too much for a group, and groups too many.
  expect(composedPacked.supports(spec) || repeats > 4).toBe(true);
  for (const kernel of KERNELS.filter((k) => k.supports(spec))) {
    for (const at of [TIGHT, LOOSE]) expect([...runTile(kernel, spec, kernels, x, batch, at)], `${kernel.name}, ${c.form}, ${c.fill}`).toEqual(expected);
  }
}

const next = generator(5);
const TABLES = {
  none: null,
  random: Int16Array.from({ length: 64 }, () => next(0, 63)),
  relu: Int16Array.from({ length: 64 }, (_, k) => Math.max(0, k - 9)),
};

describe(`composed kernels${relaxed === null ? ` (none in relaxed SIMD: V8 ${v8Version()} is older than 12)` : ''}`, () => {
  it.each(ODD_SIZES.map((n, k) => [n, ODD_SIZES[(k * 4 + 3) % ODD_SIZES.length] as number] as const))('%i x %i', (rows, columns) => {
    for (const batch of [1, 2, 9]) expectComposed({ ...BASE, rows, columns, batch, gain: rows % 10, seed: rows + columns });
  });

  it.each([1, 3, 4, 5, 7, 8, 15, 31, 32, 33, 40, 65])('a batch of %i', (batch) => {
    expectComposed({ ...BASE, rows: 70, columns: 9, batch, gain: 1 });
    expectComposed({ ...BASE, rows: 70, columns: 9, batch, gain: 9 });
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])('gain %i, full core, extremes', (gain) => {
    for (const fill of ['random', 'extreme', 'sparse'] as const) expectComposed({ ...BASE, rows: 256, columns: 20, batch: 11, gain, fill });
  });

  it.each([1021, 1023, 1024, 1026, 1100, 2046, 2048])('cells of a column that add up to %i: more than 1023 are too many for a group', (total) => {
    const rows = 256;
    for (const sign of [1, -1]) {
      // A column has them in low cells, one in high cells, one in both, one next to none.
      const cellsOf = (i: number): number => Math.floor((total * (i + 1)) / rows) - Math.floor((total * i) / rows);
      const w = Int16Array.from({ length: rows * 4 }, (_, k) => sign * cellsOf(k >> 2) * [1, 16, 17, Number(k < 40)][k % 4]!);
      for (const code of [0, 7, 56, 63]) {
        const x = new Int16Array(rows * 3).fill(code, 0, rows * 2).map((v, i) => (i < rows ? v : v ^ (i % 2)));
        const product = {
          place: 'test', batch: 3, rows, columns: 4, x: Int32Array.from(x), w: Int32Array.from(w),
          limits: { rows: null, columns: null, input: { lo: 0, hi: 63 }, weights: { lo: -255, hi: 255 } },
        };
        const spec = {
          arithmetic: PRIME, rows, columns: 4, weights: w, preload: null, config: { gain: 9 }, table: null, input: { lo: 0, hi: 63 },
        };
        const expected = [...composedReference(product, { arithmetic: PRIME, gain: 9, table: null })];
        for (const kernel of BLOCKED) expect([...runTile(kernel, spec, kernels, x, 3, TIGHT)], kernel.name).toEqual(expected);
      }
    }
  });

  it.each(Object.keys(TABLES))('table: %s', (name) => {
    for (const gain of [0, 5, 9]) expectComposed({ ...BASE, gain, table: TABLES[name as keyof typeof TABLES] });
  });

  it.each([2, 4, 14, 16, 18, 40, 64])('%i columns of which half differ from the others in sign alone', (columns) => {
    for (const constants of [{ rows: 0, code: 63 }, { rows: 2, code: 63 }, { rows: 1, code: 21 }]) {
      for (const fill of ['random', 'extreme', 'sparse'] as const) {
        for (const gain of [0, 4, 9]) expectComposed({ ...BASE, rows: 70, columns, batch: 11, gain, fill, form: 'mirror', constants });
      }
    }
  });

  it.each([2, 3, 4, 5, 6, 8, 16])('%i columns side by side with the same weights', (copies) => {
    for (const values of [1, 8, 11]) {
      const constants = { rows: 2, code: 63 };
      for (const fill of ['random', 'extreme'] as const) {
        for (const gain of [0, 9]) {
          const c: Case = { ...BASE, rows: 70, columns: values * copies, batch: 11, gain, fill, constants, copies };
          expectComposed(c);
          expectComposed({ ...c, form: 'holes' });
          expectComposed({ ...c, columns: 2 * c.columns, form: 'mirror', table: TABLES.random });
        }
      }
    }
  });

  it('columns with the same weights are multiplied once', () => {
    const cost = (kernel: CoreKernel, form: 'mirror' | undefined, copies: number): number => {
      const c: Case = { ...BASE, rows: 200, columns: 128, form, copies };
      return kernel.cost({
        arithmetic: PRIME, rows: c.rows, columns: c.columns, weights: operands(c).w, preload: null, config: {}, table: null, input: { lo: 0, hi: 63 },
      });
    };
    for (const kernel of [composedPacked, composedRelaxed]) {
      expect(cost(kernel, undefined, 8)).toBeLessThan(cost(kernel, undefined, 1) / 4);
      expect(cost(kernel, 'mirror', 8)).toBeLessThan(cost(kernel, undefined, 1) / 6);
    }
  });

  it('in relaxed SIMD cells that fit a byte', () => {
    const cells = [Int16Array.of(127, -128), Int16Array.of(0, 1)];
    const spec: TileSpec = {
      arithmetic: PRIME, rows: 1, columns: 2, weights: Int16Array.of(127, -112), cells, preload: null, config: {}, table: null, input: { lo: 0, hi: 63 },
    };
    expect(composedRelaxed.supports(spec)).toBe(true);
    for (const v of [128, -129]) expect(composedRelaxed.supports({ ...spec, cells: [Int16Array.of(v, 0), cells[1]!] }), `${v}`).toBe(false);
  });

  it('constant rows as constants, whatever their number', () => {
    for (const rows of [3, 33, 256]) {
      for (const constants of [{ rows: 1, code: 63 }, { rows: 2, code: 0 }, { rows: rows - 1, code: 42 }]) {
        for (const gain of [0, 9]) expectComposed({ ...BASE, rows, columns: 12, batch: 9, gain, fill: 'extreme', constants });
      }
    }
  });

  it.each([8, 9, 15, 16, 31, 32, 33, 64])('diagonals of %i columns', (columns) => {
    for (const terms of [1, 2, 5, 7]) {
      for (const constants of [{ rows: 0, code: 63 }, { rows: 2, code: 63 }, { rows: 3, code: 9 }]) {
        const rows = terms * columns + constants.rows;
        if (rows > 312) continue;
        for (const fill of ['random', 'extreme'] as const) {
          for (const gain of [0, 5, 9]) expectComposed({ ...BASE, rows, columns, gain, fill, form: 'diagonal', constants, table: TABLES.random });
        }
      }
    }
  });

  it('blocks of columns that see some of the rows', () => {
    const cases = fc.record({
      gain: fc.integer({ min: 0, max: 9 }), rows: fc.integer({ min: 3, max: 256 }), columns: fc.integer({ min: 1, max: 40 }),
      batch: fc.constantFrom(1, 2, 5, 8, 33), fill: fc.constantFrom('random' as const, 'extreme' as const), seed: fc.integer({ min: 0, max: 2 ** 31 }),
      constants: fc.record({ rows: fc.integer({ min: 0, max: 2 }), code: fc.integer({ min: 0, max: 63 }) }),
    });
    fc.assert(fc.property(cases, (c) => expectComposed({ ...BASE, ...c, form: 'holes' })), { seed: 1, numRuns: 40 });
  });

  it.each([[85, 3], [64, 4], [128, 2], [51, 5], [12, 20], [1, 256], [5, 7]])('%i rows whose cells are sums of those of %i', (rows, repeats) => {
    for (const form of [undefined, 'mirror', 'holes'] as const) {
      for (const fill of ['random', 'extreme', 'sparse'] as const) {
        for (const gain of [0, 5, 9]) expectAddedUp({ ...BASE, rows, columns: 18, gain, fill, form }, repeats);
      }
    }
  });

  it('more rows than PRIME has, up to where int16 holds', () => {
    for (const rows of [257, 312]) expectComposed({ ...BASE, rows, columns: 9, gain: 3, fill: 'extreme' });
    // Low cells and low phases alone: of five groups' low fields the sum is beyond int16, and one converter shows it.
    const [rows, columns, batch] = [312, 9, 3];
    const low: TileSpec = {
      arithmetic: PRIME, rows, columns, weights: new Int16Array(rows * columns).fill(15), preload: null, config: { gain: PRIME.fullScaleShift - 9 },
      table: null, input: { lo: 0, hi: 63 },
    };
    const expected = new Array<number>(columns * batch).fill((rows * 15 * 7) >> 9);
    const x = new Int16Array(rows * batch).fill(7);
    for (const kernel of BLOCKED) expect([...runTile(kernel, low, kernels, x, batch, TIGHT)], kernel.name).toEqual(expected);
    const spec: TileSpec = {
      arithmetic: PRIME, rows: 313, columns: 1, weights: new Int16Array(313), preload: null, config: {}, table: null,
      input: { lo: 0, hi: 63 },
    };
    for (const kernel of [composedPacked, composedRelaxed]) expect(kernel.supports(spec), kernel.name).toBe(false);
  });

  it('any parameters', () => {
    const size = fc.integer({ min: 1, max: 80 });
    const cases = fc.record({
      arithmetic: fc.constantFrom(PRIME, BIT_SERIAL, ONE_CELL, SEPARATE), gain: fc.integer({ min: 0, max: 9 }), rows: size, columns: size,
      batch: fc.integer({ min: 1, max: 12 }), table: fc.constant(null),
      fill: fc.constantFrom('random' as const, 'extreme' as const, 'sparse' as const),
      seed: fc.integer({ min: 0, max: 2 ** 31 }),
    });
    fc.assert(fc.property(cases, (c) => expectComposed({ ...c, gain: Math.min(c.gain, c.arithmetic.greatestGain) })), { seed: 1, numRuns: 60 });
  });

  it('parts of any size', () => {
    const cases = fc.record({
      phaseBits: fc.integer({ min: 1, max: 5 }), phases: fc.integer({ min: 1, max: 3 }), cellBits: fc.integer({ min: 1, max: 5 }),
      cells: fc.integer({ min: 1, max: 3 }), converterBits: fc.integer({ min: 1, max: 12 }), outputBits: fc.integer({ min: 1, max: 12 }),
      least: fc.oneof(fc.integer({ min: 0, max: 6 }), fc.constant(40)), gain: fc.integer({ min: 0, max: 4 }),
      polarity: fc.constantFrom('subtract' as const, 'separate' as const), rows: fc.integer({ min: 1, max: 90 }),
      columns: fc.integer({ min: 1, max: 40 }), batch: fc.integer({ min: 1, max: 9 }), seed: fc.integer({ min: 0, max: 2 ** 31 }),
    });
    fc.assert(fc.property(cases, ({ phaseBits, phases, cellBits, cells, least, converterBits, outputBits, gain, polarity, ...sizes }) => {
      const arithmetic: ComposedArithmetic = {
        kind: 'composed', inputBits: phaseBits * phases, phaseBits, weightBits: cellBits * cells, cellBits, converterBits, outputBits, polarity,
        greatestGain: 4, fullScaleShift: least + 4 + phaseBits * (phases - 1) + cellBits * (cells - 1),
      };
      OTHERS.add(arithmetic);
      expectComposed({ arithmetic, gain, table: null, fill: 'random', ...sizes });
    }), { seed: 1, numRuns: 60 });
  });

  it.each([17, 19, 22, 23, 27, 40])('a full-scale shift of %i, which 16-bit lanes do not have', (fullScaleShift) => {
    for (const form of [{ rows: 70, columns: 20 }, { rows: 70, columns: 20, form: 'mirror' }, { rows: 64, columns: 16, form: 'diagonal' }] as const) {
      for (const gain of [0, 9]) expectComposed({ ...BASE, arithmetic: { ...PRIME, fullScaleShift }, gain, fill: 'extreme', ...form });
    }
  });

  it('low by low is left out only where it is nothing', () => {
    // 7 * (15 + 4) = 133 passes a shift of 7 but not one of 8.
    const x = new Int16Array(16).fill(7);
    for (const [gain, expected] of [[9, 1], [8, 0]] as const) {
      const spec: TileSpec = {
        arithmetic: PRIME, rows: 2, columns: 2, weights: Int16Array.of(0, 15, 0, 4), preload: null, config: { gain }, table: null,
        input: { lo: 0, hi: 63 },
      };
      for (const kernel of KERNELS) {
        const codes = [...runTile(kernel, spec, kernels, x, 8)];
        expect(codes, kernel.name).toEqual(Array.from({ length: 8 }, () => [0, expected]).flat());
      }
    }
  });

  it('large parts take 64 bits', () => {
    const wide: ComposedArithmetic = {
      ...PRIME, inputBits: 15, phaseBits: 15, weightBits: 15, cellBits: 15, converterBits: 20, fullScaleShift: 10, outputBits: 15,
      greatestGain: 0,
    };
    const spec: TileSpec = {
      arithmetic: wide, rows: 256, columns: 1, weights: new Int16Array(256).fill(32767), preload: null, config: {}, table: null,
      input: { lo: 0, hi: 32767 },
    };
    expect([composedPacked, composedRelaxed, composedSimd, composedScalar].map((k) => k.supports(spec))).toEqual([false, false, false, true]);
    expect([...runTile(composedScalar, spec, kernels, new Int16Array(256).fill(32767), 1)]).toEqual([32767]);
    expect([...runTile(composedScalar, spec, kernels, new Int16Array(256).fill(0).fill(1, 0, 2), 1)]).toEqual([63]);
  });

  it('refuse what section 4 does not define', () => {
    const spec: TileSpec = {
      arithmetic: PRIME, rows: 1, columns: 1, weights: Int16Array.of(255), preload: null, config: { gain: 9 }, table: null,
      input: { lo: 0, hi: 63 },
    };
    for (const kernel of KERNELS) {
      expect(kernel.supports(spec)).toBe(true);
      expect(kernel.supports({ ...spec, config: { gain: 10 } })).toBe(false);
      expect(kernel.supports({ ...spec, weights: Int16Array.of(256) })).toBe(false);
      expect(kernel.supports({ ...spec, input: { lo: 0, hi: 64 } })).toBe(false);
      expect(kernel.supports({ ...spec, preload: Int32Array.of(0) })).toBe(false);
      expect(kernel.supports({ ...spec, table: new Int16Array(63) })).toBe(false);
      expect(kernel.supports({ ...spec, arithmetic: { ...PRIME, phaseBits: 4 } })).toBe(false);
    }
  });
});
