import { describe, expect, it } from 'vitest';
import { PRIME } from '../../src/chip/arithmetic/composed.js';
import { TrestleError } from '../../src/diagnostics.js';
import { foldTable } from '../../src/kernels/bounds.js';
import { compileKernels, createMemory, instantiateKernels } from '../../src/kernels/instance.js';
import { Arena, place16 } from '../../src/kernels/memory.js';
import { CORE_KERNELS, kernelByName, pickKernel } from '../../src/kernels/table.js';
import type { TileSpec } from '../../src/kernels/types.js';
import { loadKernels } from './setup.js';

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof TrestleError) return error.message;
    throw error;
  }
  return 'accepted';
}

const SPEC: TileSpec = {
  arithmetic: { kind: 'window', accumulatorBits: 24, windowBits: 8, greatestShift: 16 }, rows: 2, columns: 1, weights: Int16Array.of(1, 2),
  preload: null, config: { shift: 0, clamp: [-128, 127] }, table: null, input: { lo: 0, hi: 255 },
};
const WIDE: TileSpec = { ...SPEC, weights: Int16Array.of(32767, 32767), input: { lo: 0, hi: 32767 }, preload: Int32Array.of(2 ** 31 - 1) };

describe('the table of kernels', () => {
  it('has a scalar twin for every family, and no name twice', () => {
    const names = CORE_KERNELS.map((k) => k.name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(names).toContain(`${name.split('/')[0]}/scalar`);
  });

  it('prefers SIMD and obeys', () => {
    expect(pickKernel(SPEC).name).toBe('window/simd');
    expect(pickKernel(SPEC, 'scalar').name).toBe('window/scalar');
    expect(pickKernel(SPEC, 'simd').name).toBe('window/simd');
    expect(pickKernel(SPEC, 'window/scalar').name).toBe('window/scalar');
    expect(pickKernel(SPEC, 'ideal/scalar').name).toBe('window/scalar');
    expect(pickKernel(SPEC, 'ideal/simd').name).toBe('window/simd');
  });

  it('takes the kernel of least cost', () => {
    const tile = (arithmetic: TileSpec['arithmetic'], rows: number, columns: number, weight: (i: number, j: number) => number): string => pickKernel({
      arithmetic, rows, columns, weights: Int16Array.from({ length: rows * columns }, (_, k) => weight(Math.floor(k / columns), k % columns)),
      preload: null, config: { clamp: [0, 63] }, table: null, input: { lo: 0, hi: 63 },
    }).name;
    const ideal = { kind: 'ideal-limits', greatestShift: 31 } as const;
    const diagonal = (columns: number) => (i: number, j: number): number => (i % columns === j ? 1 + i : 0);
    // No column with the weights of another, which would be multiplied once.
    const dense = (i: number, j: number): number => 1 + ((7 * i + i * j) % 13);
    expect([tile(ideal, 128, 64, diagonal(64)), tile(PRIME, 128, 64, diagonal(64))]).toEqual(['ideal/diagonal', 'composed/diagonal']);
    // A maximum's first sums: of three values a, b, c of 21 channels each a - b, b and c.
    const compared = (i: number, j: number): number => (i % 21 !== j % 21 ? 0 : i === j ? 1 : i === j + 21 && j < 21 ? -1 : 0);
    expect(tile(ideal, 63, 63, compared)).toBe('ideal/bands');
    expect([tile(ideal, 128, 64, dense), tile(PRIME, 128, 64, dense)]).toEqual(['ideal/simd', 'composed/packed']);
    // Parts that composed/packed does not know.
    expect(tile({ ...PRIME, polarity: 'separate' }, 128, 64, dense)).toBe('composed/simd');
  });

  it('falls back to what is exact', () => {
    expect(pickKernel(WIDE).name).toBe('window/scalar');
    expect(pickKernel(WIDE, 'simd').name).toBe('window/scalar');
  });

  it('refuses unknown names and impossible tiles', () => {
    expect(codeOf(() => pickKernel(SPEC, 'avx'))).toMatch(/T503.*window\/simd/);
    expect(codeOf(() => kernelByName('window/avx'))).toMatch(/T503/);
    expect(codeOf(() => pickKernel({ ...SPEC, table: new Int16Array(3) }))).toMatch(/T503/);
    expect(codeOf(() => pickKernel({ ...SPEC, config: {} }))).toMatch(/T503/);
    expect(codeOf(() => pickKernel({ ...SPEC, input: { lo: 0, hi: 65535 } }))).toMatch(/T503/);
  });
});

describe('foldTable', () => {
  it('keeps no table that is a clamp and an offset', () => {
    expect(foldTable(-2, 1, Int16Array.of(0, 0, 0, 1))).toEqual({ lo: 0, hi: 1, offset: 0, table: null });
    expect(foldTable(-2, 1, Int16Array.of(0, 1, 2, 3))).toEqual({ lo: -2, hi: 1, offset: 2, table: null });
    expect(foldTable(0, 3, Int16Array.of(5, 5, 6, 6))).toEqual({ lo: 1, hi: 2, offset: 4, table: null });
    expect(foldTable(0, 2, Int16Array.of(9, 9, 9))).toEqual({ lo: 0, hi: 0, offset: 9, table: null });
  });

  it('keeps all others', () => {
    for (const table of [Int16Array.of(0, 2, 3), Int16Array.of(2, 1, 0), Int16Array.of(0, 1, 0), Int16Array.of(0, 0, 2)]) {
      expect(foldTable(0, 2, table)).toEqual({ lo: 0, hi: 2, offset: 0, table });
    }
  });
});

describe('memory', () => {
  it('is aligned, grows, is given back, and has a limit', () => {
    const { instance } = loadKernels();
    const arena = new Arena(instance.memory, instance.heapBase, 2 ** 22);
    const first = arena.allocate(1);
    expect(first % 16).toBe(0);
    expect(first).toBeGreaterThanOrEqual(instance.heapBase);
    const mark = arena.mark();
    const second = arena.allocate(2 ** 21);
    expect(second).toBe(first + 16);
    expect(instance.memory.buffer.byteLength).toBeGreaterThan(2 ** 21);
    arena.release(mark);
    expect(arena.allocate(5)).toBe(second);
    expect(codeOf(() => arena.allocate(2 ** 22))).toMatch(/T503 memory: 4194304 bytes.*limit: 4194304 bytes/);
    expect(codeOf(() => arena.allocate(2 ** 60))).toMatch(/T503/);
    expect(codeOf(() => arena.allocate(-1))).toMatch(/T503/);
    expect(place16(instance.memory, arena.allocate, null)).toBe(0);
  });

  it('refuses what is no module', () => {
    expect(codeOf(() => compileKernels(Uint8Array.of(1, 2, 3)))).toMatch(/T503/);
    const empty = compileKernels(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    expect(codeOf(() => instantiateKernels(empty, createMemory()))).toMatch(/T503/);
  });
});
