import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PRIME } from '../../src/chip/arithmetic/composed.js';
import { idealReference } from '../../src/chip/arithmetic/ideal.js';
import type { CoreLimits, Product } from '../../src/chip/arithmetic/limits.js';
import { windowReference } from '../../src/chip/arithmetic/window.js';
import { loadChip } from '../../src/data/chips.js';
import { v8Version } from '../../src/data/engine.js';
import { kernelBytes } from '../../src/data/files.js';
import { loadRelaxed, relaxedFor, relaxedKernelsOf } from '../../src/emulate/relaxed.js';
import { BYTE_INPUTS, idealBytes, windowBytes } from '../../src/kernels/bytes.js';
import { createMemory } from '../../src/kernels/instance.js';
import { Arena } from '../../src/kernels/memory.js';
import { composedRelaxed } from '../../src/kernels/quads.js';
import { idealRelaxed, windowRelaxed } from '../../src/kernels/relaxed.js';
import { compileRelaxed, differingKernel, usableKernels } from '../../src/kernels/self-test.js';
import { kernelByName, pickKernel, RELAXED_KERNELS } from '../../src/kernels/table.js';
import type { CoreKernel, TileSpec } from '../../src/kernels/types.js';
import { generator, idleModule, loadKernels, loadModule, LOOSE, ODD_SIZES, randomCodes, runTile, TIGHT } from './setup.js';

const BYTES = kernelBytes('relaxed');
const module = compileRelaxed(BYTES, v8Version());
const kernels = loadKernels(module);
const absent = module === null ? ` (skipped: V8 ${v8Version()} is older than 12)` : '';

const WINDOW = { kind: 'window', accumulatorBits: 24, windowBits: 8, greatestShift: 16 } as const;
const IDEAL = { kind: 'ideal-limits', greatestShift: 31 } as const;

type Range = readonly [lo: number, hi: number];

interface Case {
  readonly rows: number;
  readonly columns: number;
  readonly batch: number;
  readonly shift: number;
  readonly weights: Range;
  readonly least?: number;
  readonly greatest: number;
  /** Inputs are all the greatest code. */
  readonly full: boolean;
  readonly table: boolean;
  readonly seed: number;
}

const BASE: Case = { rows: 33, columns: 17, batch: 5, shift: 6, weights: [-128, 127], greatest: 127, full: false, table: false, seed: 1 };

/** The two families on one tile, both with the operands that the case says. */
function tilesOf(c: Case): { spec: TileSpec; x: Int16Array; expected: Int32Array }[] {
  const next = generator(c.seed);
  const weights = randomCodes(next, c.rows * c.columns, ...c.weights);
  const { least = 0 } = c;
  const x = randomCodes(next, c.batch * c.rows, c.full ? c.greatest : least, c.greatest);
  const preload = Int32Array.from({ length: c.columns }, () => next(-(2 ** 22), 2 ** 22));
  const table = c.table ? randomCodes(next, 256, -128, 127) : null;
  const input = { lo: least, hi: c.greatest };
  const limits: CoreLimits = { rows: c.rows, columns: c.columns, input, weights: { lo: -128, hi: 127 } };
  const product: Product = {
    place: 'test', batch: c.batch, rows: c.rows, columns: c.columns, x: Int32Array.from(x), w: Int32Array.from(weights), limits,
  };
  const tile = { rows: c.rows, columns: c.columns, weights, preload, input };
  const output = { lo: -128, hi: 127 };
  return [{
    spec: { ...tile, arithmetic: WINDOW, config: { shift: c.shift, clamp: [-128, 127] }, table }, x,
    expected: windowReference(product, { arithmetic: WINDOW, preload, shift: c.shift, windowSigned: true, table, output }),
  }, {
    spec: { ...tile, arithmetic: IDEAL, config: { shift: c.shift, clamp: [-100, 101] }, table: null }, x,
    expected: idealReference(product, { arithmetic: IDEAL, preload, shift: c.shift, output: { lo: -100, hi: 101 } }),
  }];
}

/** The kernels of the window family and of the ideal one on a case. */
function expectExact(c: Case, pair: readonly [CoreKernel, CoreKernel] = [windowRelaxed, idealRelaxed]): void {
  tilesOf(c).forEach(({ spec, x, expected }, i) => {
    const kernel = pair[i] as CoreKernel;
    expect(kernel.supports(spec)).toBe(true);
    for (const at of [TIGHT, LOOSE]) expect([...runTile(kernel, spec, kernels, x, c.batch, at)], kernel.name).toEqual([...expected]);
  });
}

describe.skipIf(module === null)(`relaxed kernels${absent}`, () => {
  it.each(ODD_SIZES.map((n, k) => [n, ODD_SIZES[(k * 4 + 3) % ODD_SIZES.length] as number] as const))('%i x %i', (rows, columns) => {
    for (const batch of [1, 2, 7]) expectExact({ ...BASE, rows, columns, batch, seed: rows + columns });
    for (const greatest of [1, 31, 63]) expectExact({ ...BASE, rows, columns, weights: [-40, 40], greatest, seed: rows });
  });

  it.each([1, 3, 4, 15, 17, 31, 32, 33, 65, 255])('a batch of %i', (batch) => {
    for (const weights of [[-128, 127], [-8, 7]] as const) {
      expectExact({ ...BASE, rows: 41, columns: 19, weights, batch, table: batch % 2 === 0 });
    }
  });

  // Weights whose sums of 256, 128, 64, 32 and 16 rows just fit 16 bits, and just do not.
  it.each([2, 3, 4, 5, 8, 9, 16, 17, 32, 33, 127, -2, -3, -4, -5, -8, -9, -16, -17, -32, -33, -128])('all weights %i on all inputs 127', (w) => {
    for (const rows of [16, 32, 33, 64, 255, 256]) expectExact({ ...BASE, rows, columns: 9, weights: [w, w], full: true, shift: 12 });
  });

  it('agree with the reference whatever the case', () => {
    const size = fc.integer({ min: 1, max: 90 });
    const cases = fc.record({
      rows: size, columns: size, batch: fc.integer({ min: 1, max: 6 }), shift: fc.integer({ min: 0, max: 16 }),
      weights: fc.constantFrom<Range>([-128, 127], [-128, -128], [127, 127], [-16, 15], [-1, 2], [0, 0]),
      greatest: fc.integer({ min: 0, max: 127 }), full: fc.boolean(), table: fc.boolean(), seed: fc.integer({ min: 0, max: 2 ** 31 }),
    });
    fc.assert(fc.property(cases, (c) => expectExact(c)), { seed: 1, numRuns: 60 });
  });

  it('are chosen where they are the fastest, unless plain SIMD is asked for', () => {
    const specOf = (rows: number, columns: number): TileSpec => (tilesOf({ ...BASE, rows, columns })[0] as { spec: TileSpec }).spec;
    const defined = [windowRelaxed, idealRelaxed];
    expect(pickKernel(specOf(256, 256), undefined, defined).name).toBe('window/relaxed');
    expect(pickKernel(specOf(9, 16), undefined, defined).name).toBe('window/simd');
    expect(pickKernel(specOf(9, 16), 'ideal/relaxed', defined).name).toBe('window/relaxed');
    expect(pickKernel(specOf(256, 256), undefined, RELAXED_KERNELS).name).toBe('window/relaxed-bytes');
    expect(pickKernel(specOf(256, 256), 'window/relaxed', RELAXED_KERNELS).name).toBe('window/relaxed');
    for (const forced of ['simd', 'window/simd', 'window/diagonal']) {
      expect(pickKernel(specOf(256, 256), forced, RELAXED_KERNELS).name).toBe('window/simd');
    }
    expect(pickKernel(specOf(256, 256), 'scalar', RELAXED_KERNELS).name).toBe('window/scalar');
  });

  it('are loaded for chips and machines that can use them, unless other kernels are asked for', () => {
    const usable = usableKernels(loadModule(), module as WebAssembly.Module);
    expect(usable).toEqual(expect.arrayContaining([windowRelaxed, idealRelaxed]));
    for (const chip of ['prime-ideal', 'prime', 'tianji', 'tianji-snn', 'ideal']) {
      const wanted = relaxedKernelsOf(loadChip(chip)).filter((kernel) => usable.includes(kernel));
      for (const forced of [undefined, 'ideal/relaxed']) {
        const { kernels: found, module: loaded } = relaxedFor(loadModule(), loadChip(chip), forced);
        expect([...found].sort(), chip).toEqual([...wanted].sort());
        expect(loaded !== null, chip).toBe(wanted.length > 0);
      }
      for (const forced of ['simd', 'scalar', 'ideal/simd']) expect(relaxedFor(loadModule(), loadChip(chip), forced).module, forced).toBe(null);
    }
  });

  it('pass their self-test', () => {
    expect(loadRelaxed(loadModule(), BYTES, v8Version())).toEqual({
      module: expect.any(WebAssembly.Module) as unknown, notes: [], kernels: usableKernels(loadModule(), module as WebAssembly.Module),
    });
  });
});

/** On other machines they are wrong, and never chosen. */
const bytesHere = module !== null && usableKernels(loadModule(), module).includes(windowBytes);

describe.skipIf(!bytesHere)(`relaxed kernels of bytes${bytesHere ? '' : ' (skipped: no relaxed product of bytes here)'}`, () => {
  const expectBytes = (c: Case): void => expectExact(c, [windowBytes, idealBytes]);
  const RANGES: readonly Range[] = [[0, 255], [-128, 127], [-255, 0], [3, 200], [0, 63]];

  it.each(ODD_SIZES.map((n, k) => [n, ODD_SIZES[(k * 4 + 3) % ODD_SIZES.length] as number] as const))('%i x %i', (rows, columns) => {
    for (const batch of [1, 2, 3, 7]) {
      for (const [least, greatest] of RANGES) expectBytes({ ...BASE, rows, columns, batch, least, greatest, seed: rows + columns });
    }
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 23, 24, 25, 26, 27, 50, 255])('a batch of %i', (batch) => {
    expectBytes({ ...BASE, rows: 41, columns: 19, batch, least: -128, table: batch % 2 === 0 });
    expectBytes({ ...BASE, rows: 41, columns: 19, batch, greatest: 255 });
  });

  it.each([-128, -127, -1, 0, 1, 127])('all weights %i on all inputs at one end', (w) => {
    for (const rows of [4, 33, 256, 1087, 1088]) {
      expectBytes({ ...BASE, rows, columns: 9, weights: [w, w], full: true, shift: 12, greatest: 255 });
      expectBytes({ ...BASE, rows, columns: 9, weights: [w, w], full: true, shift: 12, least: -255, greatest: 0 });
    }
  });

  it('agree with the reference whatever the case', () => {
    const size = fc.integer({ min: 1, max: 90 });
    const cases = fc.record({
      rows: size, columns: size, batch: fc.integer({ min: 1, max: 30 }), shift: fc.integer({ min: 0, max: 16 }),
      weights: fc.constantFrom<Range>([-128, 127], [-128, -128], [127, 127], [-1, 2], [0, 0]), range: fc.constantFrom(...RANGES),
      full: fc.boolean(), table: fc.boolean(), seed: fc.integer({ min: 0, max: 2 ** 31 }),
    });
    fc.assert(fc.property(cases, ({ range: [least, greatest], ...c }) => expectBytes({ ...c, least, greatest })), { seed: 1, numRuns: 60 });
  });
});

describe('the self-test', () => {
  const plain = loadModule();

  it('names a kernel that differs, and the whole module is dropped', () => {
    const wrong = idleModule();
    expect(differingKernel(plain, new WebAssembly.Module(wrong))).toBe('window/relaxed');
    const { module: left, notes } = loadRelaxed(plain, wrong, '12.0');
    expect(left).toBe(null);
    expect(notes).toMatchObject([{ code: 'T508', severity: 'note', place: 'kernel window/relaxed' }]);
  });
});

describe('where relaxed kernels may be used', () => {
  it('V8 12 and later, and no other engine', () => {
    const idle = idleModule();
    for (const v8 of ['11.3.244.8-node.38', '9.0', '', 'unknown']) expect(compileRelaxed(idle, v8), v8).toBe(null);
    for (const v8 of ['12.4.254.21-node.57', '13.6', '100.1']) expect(compileRelaxed(idle, v8), v8).not.toBe(null);
  });

  it('not where the engine refuses the module', () => {
    expect(compileRelaxed(Uint8Array.of(0, 0x61, 0x73, 0x6d, 9, 0, 0, 0), '13.6')).toBe(null);
  });

  it('chips with sums of codes of at most 7 or 8 bits, and with PRIME\'s parts', () => {
    const namesOf = (chip: string): string[] => relaxedKernelsOf(loadChip(chip)).map(({ name }) => name);
    expect(namesOf('prime')).toEqual(['composed/relaxed']);
    expect(namesOf('prime-ideal')).toEqual(['window/relaxed', 'ideal/relaxed', 'window/relaxed-bytes', 'ideal/relaxed-bytes']);
    expect(namesOf('tianji')).toEqual(['window/relaxed-bytes', 'ideal/relaxed-bytes']);
    for (const chip of ['ideal', 'tianji-snn']) expect(namesOf(chip), chip).toEqual([]);
  });

  it('tiles whose operands the dot product defines', () => {
    const spec = (tilesOf(BASE)[0] as { spec: TileSpec }).spec;
    const other = (change: Partial<TileSpec>): boolean => windowRelaxed.supports({ ...spec, ...change });
    expect(other({})).toBe(true);
    expect(other({ input: { lo: 0, hi: 128 } })).toBe(false);
    expect(other({ input: { lo: -1, hi: 127 } })).toBe(false);
    for (const w of [128, -129]) expect(other({ weights: spec.weights.map((v, k) => (k === 40 ? w : v)) as Int16Array })).toBe(false);
    expect(other({ arithmetic: PRIME, preload: null, config: { gain: 0 } })).toBe(false);
    expect(idealRelaxed.supports(spec)).toBe(false);
  });

  it('bytes above any least code, and rows that the scratch holds', () => {
    const spec = (tilesOf(BASE)[0] as { spec: TileSpec }).spec;
    const takes = (change: Partial<TileSpec>): boolean => windowBytes.supports({ ...spec, ...change });
    for (const lo of [-255, -128, 0, 7]) {
      expect(takes({ input: { lo, hi: lo + BYTE_INPUTS - 1 } }), `${lo}`).toBe(true);
      expect(takes({ input: { lo, hi: lo + BYTE_INPUTS } }), `${lo}`).toBe(false);
    }
    for (const w of [128, -129]) expect(takes({ weights: spec.weights.map((v, k) => (k === 40 ? w : v)) as Int16Array })).toBe(false);
    const tall = (rows: number): Partial<TileSpec> => ({ rows, columns: 1, weights: new Int16Array(rows), preload: null });
    expect([takes(tall(1088)), takes(tall(1089))]).toEqual([true, false]);
    expect(idealBytes.supports(spec)).toBe(false);
    expect(composedRelaxed.supports(spec)).toBe(false);
  });

  it('not without their module', () => {
    const spec = (tilesOf({ ...BASE, rows: 256, columns: 256 })[0] as { spec: TileSpec }).spec;
    expect(pickKernel(spec).name).toBe('window/simd');
    expect(pickKernel(spec, 'window/relaxed').name).toBe('window/simd');
    for (const kernel of RELAXED_KERNELS) expect(kernelByName(kernel.name)).toBe(kernel);
  });
});

describe('what relaxed kernels are packed with', () => {
  const memory = createMemory();
  const arena = new Arena(memory, 1024);
  /** Bytes of weights that are summed in 16 bits, for each block. */
  const groupsOf = (rows: number, columns: number, weight: (i: number, j: number) => number, greatest = 127): number[] => {
    const weights = Int16Array.from({ length: rows * columns }, (_, k) => weight(Math.floor(k / columns), k % columns));
    const spec: TileSpec = {
      arithmetic: IDEAL, rows, columns, weights, preload: null, config: { shift: 0, clamp: [0, 127] }, table: null,
      input: { lo: 0, hi: greatest },
    };
    const { blocks } = idealRelaxed.pack(spec, memory, arena.allocate).fields;
    const blockBytes = 16 + Math.ceil(rows / 4) * 32;
    const groupAt = (b: number): number => new Int32Array(memory.buffer, (blocks as number) + b * blockBytes, 1)[0] as number;
    return Array.from({ length: Math.ceil(columns / 8) }, (_, b) => groupAt(b));
  };

  it('the greatest group of rows whose sums provably fit 16 bits', () => {
    // A lane sums two of four rows: 128 rows of 2 * 127 are 32,512, of 3 * 127 they are 48,768.
    expect(groupsOf(256, 8, () => 2)).toEqual([64 * 32]);
    expect(groupsOf(256, 8, () => 3)).toEqual([32 * 32]);
    expect(groupsOf(256, 8, () => -32)).toEqual([4 * 32]);
    // 258 * 127 is 32,766, and 259 * 127 is 32,893.
    expect(groupsOf(256, 8, (i) => (i < 2 ? 3 : 2))).toEqual([64 * 32]);
    expect(groupsOf(256, 8, (i) => (i < 2 || i === 4 ? 3 : 2))).toEqual([32 * 32]);
    expect(groupsOf(256, 8, () => 33)).toEqual([0]);
    expect(groupsOf(256, 8, () => 127)).toEqual([0]);
  });

  it('a proof for each sign, for each block, from the input codes', () => {
    expect(groupsOf(256, 17, (_, j) => (j === 11 ? 127 : 1))).toEqual([64 * 32, 0, 64 * 32]);
    expect(groupsOf(256, 8, (i) => (i % 4 < 2 ? 2 : -2))).toEqual([64 * 32]);
    expect(groupsOf(256, 8, (i) => (i % 2 === 0 ? 2 : -6))).toEqual([32 * 32]);
    expect(groupsOf(256, 8, () => 33, 31)).toEqual([16 * 32]);
    // 128 rows of -128 * 2 are -32,768, which fits; of 128 * 2 they would not.
    expect(groupsOf(256, 8, () => -128, 2)).toEqual([64 * 32]);
  });

  it('none for few rows, which gain nothing', () => expect(groupsOf(28, 8, () => 1)).toEqual([0]));
});

describe('the relaxed module', () => {
  it('has no data: it shares the memory of the kernels', () => {
    const bytes = readFileSync(new URL('../../dist/wasm/relaxed.wasm', import.meta.url));
    expect(sectionsOf(bytes)).not.toContain(11);
    expect(sectionsOf(bytes)).toContain(10);
  });

  it('has both dot products', () => {
    const code = Buffer.from(BYTES);
    expect(code.includes(Buffer.of(0xfd, 0x92, 0x02))).toBe(true);
    expect(code.includes(Buffer.of(0xfd, 0x93, 0x02))).toBe(true);
  });
});

/** Numbers of the sections of a module. */
function sectionsOf(bytes: Uint8Array): number[] {
  const found: number[] = [];
  for (let at = 8; at < bytes.length;) {
    found.push(bytes[at++] as number);
    let [size, shift, byte] = [0, 0, 0];
    do {
      byte = bytes[at++] as number;
      size += (byte & 127) * 2 ** shift;
      shift += 7;
    } while (byte > 127);
    at += size;
  }
  return found;
}
