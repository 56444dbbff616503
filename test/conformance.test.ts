import { existsSync, readFileSync } from 'node:fs';
import { gzipSync, strToU8 } from 'fflate';
import { describe, expect, it } from 'vitest';
import { readVectors, runConformance } from '../src/conformance.js';
import { writeVectors } from '../src/vectors.js';
import { TrestleError } from '../src/diagnostics.js';
import { CORE_KERNELS, MAP_KERNELS, RADIX_KERNELS, SPIKING_KERNELS } from '../src/kernels/table.js';
import { loadModule } from './kernels/setup.js';

const FILE = new URL('../../shared/spec/vectors/core-ops.json.gz', import.meta.url);
const module = loadModule();

function file(...cases: unknown[]): Uint8Array {
  return gzipSync(strToU8(JSON.stringify({ format: 'core-op-vectors/1', cases })));
}

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof TrestleError) return error.message;
    throw error;
  }
  return 'accepted';
}

const IDENTITY = Array.from({ length: 256 }, (_, k) => k);
const WINDOW = {
  name: 'w', arithmetic: 'window', inputSigned: false, windowSigned: false, windowShift: 1, lut: IDENTITY, x: [[3, 5]], w: [[1], [2]],
  bias: [4],
  y: [[8]],
};
const COMPOSED = { name: 'c', arithmetic: 'composed', gain: 9, x: [[63]], w: [[255]], y: [[63]] };
const IDEAL = { name: 'i', arithmetic: 'ideal', windowShift: 0, lo: -100, hi: 100, bias: [1], x: [[2]], w: [[3]], y: [[7]] };
const SPIKING = {
  name: 's', arithmetic: 'spiking', reset: 'zero', vFloor: null, v0: [-3], leak: [1], threshold: [4], spikes: [[1], [0]], w: [[5]],
  y: [[0], [1]],
  v: [0],
};
const RADIX = { name: 'r', arithmetic: 'radix', bits: 2, windowShift: 0, bias: [-1], spikes: [[1], [1]], w: [[1]], y: [2] };
const MAXIMUM = { name: 'm', arithmetic: 'maximum', x: [[1, 9, 3, 4, 8, 7, 6, 5]], y: [[9, 8]] };
const DIAGONAL = Array.from({ length: 8 }, (_, i) => Array.from({ length: 8 }, (_, j) => (i === j ? i + 1 : 0)));
const CODES = [1, 2, 3, 4, 5, 6, 7, 8];
const SQUARES = CODES.map((v) => v * v);
const DIAGONALS = [
  { ...WINDOW, name: 'dw', windowShift: 0, x: [CODES], w: DIAGONAL, bias: CODES.map(() => 0), y: [SQUARES] },
  { ...COMPOSED, name: 'dc', x: [CODES.map(() => 63)], w: DIAGONAL.map((row) => row.map((w) => w * 31)), y: [[13, 29, 44, 60, 63, 63, 63, 63]] },
  { ...IDEAL, name: 'di', x: [CODES], w: DIAGONAL, bias: CODES.map(() => 0), y: [SQUARES] },
];
const ALL = [WINDOW, COMPOSED, IDEAL, SPIKING, RADIX, MAXIMUM, ...DIAGONALS];

describe('conformance', () => {
  it.skipIf(!existsSync(FILE))('every kernel reproduces every case of ../shared/spec/vectors/core-ops.json.gz', async () => {
    const report = await runConformance(readVectors(readFileSync(FILE)), module);
    expect(report.cases).toBe(261);
    expect(report.mismatches).toEqual([]);
    const exact = Object.fromEntries(report.kernels.map((k) => [k.kernel, k.exact]));
    expect(exact).toEqual({
      'window/reference': 86, 'window/scalar': 86, 'window/simd': 86, 'composed/reference': 94, 'composed/scalar': 94, 'composed/simd': 94,
      'composed/packed': 80, 'ideal/reference': 36, 'ideal/scalar': 36, 'ideal/simd': 36, 'spiking/reference': 34, 'spiking/scalar': 34,
      'spiking/simd': 34, 'radix/reference': 10, 'radix/scalar': 10, 'radix/simd': 10, 'maximum/reference': 1, 'maximum/scalar': 1,
      'maximum/simd': 1, 'window/diagonal': 0, 'composed/diagonal': 0, 'ideal/diagonal': 0, 'ideal/winograd': 36, 'window/merge': 0,
      'ideal/merge': 0,
      // Two cases saturate where it shows. Few rows are few diagonals.
      'window/winograd': 84, 'window/bands': 18, 'ideal/bands': 0,
    });
  }, 60_000);

  it('runs every kernel there is', async () => {
    const report = await runConformance(readVectors(file(...ALL)), module);
    expect(report.mismatches).toEqual([]);
    const names = report.kernels.filter((k) => k.cases > 0 && k.exact === k.cases).map((k) => k.kernel);
    expect(names).toEqual(report.kernels.map((k) => k.kernel));
    for (const kernel of [...CORE_KERNELS, ...MAP_KERNELS, ...SPIKING_KERNELS, ...RADIX_KERNELS]) {
      if (!kernel.name.startsWith('float/')) expect(names).toContain(kernel.name);
    }
  });

  it('names what differs', async () => {
    const report = await runConformance(readVectors(file({ ...WINDOW, y: [[9]] }, { ...SPIKING, v: [1] }, MAXIMUM)), module);
    expect(report.mismatches).toHaveLength(7);
    expect(report.mismatches).toContainEqual({ kernel: 'window/simd', case: 'w' });
    expect(report.mismatches).toContainEqual({ kernel: 'spiking/reference', case: 's' });
  });

  it.each([
    ['an input', { ...WINDOW, x: [[3, 256]] }, /T401 w: input 1 is 256 \(limit: 0\.\.255\)/],
    ['a signed input', { ...WINDOW, inputSigned: true, x: [[128, 0]] }, /T401 w: input 0 is 128 \(limit: -128\.\.127\)/],
    ['a weight', { ...WINDOW, w: [[1], [128]] }, /T401 w: weight 1 is 128/],
    ['a shift', { ...WINDOW, windowShift: 17 }, /T401 w: shift is 17/],
    ['a preload', { ...WINDOW, bias: [8388608] }, /T401 w: preload 0 is 8388608/],
    ['a table', { ...WINDOW, lut: [0] }, /T401 w: table has 1 entries \(limit: 256 entries\)/],
    ['a table entry', { ...WINDOW, lut: IDENTITY.map((v) => v - 1) }, /T401 w: table entry 129 is 128 \(limit: -128\.\.127\)/],
    ['rows', { ...WINDOW, x: [new Array(257).fill(0)], w: new Array(257).fill([0]) }, /T401 w: matrix has 257 rows/],
    ['columns', { ...WINDOW, x: [[1]], w: [new Array(257).fill(0)], bias: new Array(257).fill(0), y: [new Array(257).fill(0)] }, /T401 w: .*257 columns/],
    ['a gain', { ...COMPOSED, gain: 10 }, /T401 c: gain is 10 \(limit: 0\.\.9\)/],
    ['a composed input', { ...COMPOSED, x: [[64]] }, /T401 c: input 0 is 64/],
    ['a composed weight', { ...COMPOSED, w: [[-256]] }, /T401 c: weight 0 is -256/],
    ['parts', { ...COMPOSED, parameters: { phaseBits: 4 } }, /T401 c: phases of 4 bits do not divide/],
    ['bits', { ...COMPOSED, parameters: { inputBits: 16, phaseBits: 1 } }, /T401 c: number of input bits is 16/],
    ['a converter shift', { ...COMPOSED, gain: 0, parameters: { shift: 6 } }, /T401 c: converter shift is -1/],
    ['a composed table', { ...COMPOSED, table: [1] }, /T401 c: table has 1/],
    ['a sum', { ...IDEAL, bias: [2147483647] }, /T401 i: sum 0 is 2147483653/],
    ['an ideal shift', { ...IDEAL, windowShift: 32 }, /T401 i: shift is 32/],
    ['a spike', { ...SPIKING, spikes: [[2], [0]] }, /T401 s: input 0 is 2/],
    ['a threshold', { ...SPIKING, threshold: [0] }, /T401 s: threshold 0 is 0/],
    ['a leak', { ...SPIKING, leak: [32768] }, /T401 s: leak 0 is 32768/],
    ['a first potential', { ...SPIKING, v0: [8388608] }, /T401 s: initial potential 0 is 8388608/],
    ['planes', { ...RADIX, bits: 16, spikes: new Array(16).fill([1]) }, /T401 r: number of planes is 16/],
    ['a radix shift', { ...RADIX, windowShift: -1 }, /T401 r: shift is -1/],
    ['a code', { ...MAXIMUM, x: [[1, 2, 3, 4, 5, 6, 7, 40000]] }, /T401 m: input 7 is 40000/],
  ])('refuses %s outside its limit', async (_, one, message) => {
    await expect(runConformance(readVectors(file(one)), module)).rejects.toThrow(message);
  });

  it('names all cases outside their limits', async () => {
    const vectors = readVectors(file({ ...WINDOW, windowShift: 17 }, COMPOSED, { ...COMPOSED, name: 'other', gain: 10 }));
    await expect(runConformance(vectors, module)).rejects.toThrow(/^[^\n]*T401[^\n]*\n[^\n]*T401[^\n]*$/);
  });

  it('stops where it is interrupted, and says so', async () => {
    const stopped = runConformance(readVectors(file(...ALL)), module, { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toThrow(`T507 conformance: interrupted after 1 of ${ALL.length} cases`);
  });
});

describe('vector files', () => {
  const plain = strToU8(JSON.stringify({ format: 'core-op-vectors/1', cases: ALL }));

  it('are written as they are read, without the time of writing', () => {
    const vectors = readVectors(plain);
    for (const packed of [true, false]) expect(readVectors(writeVectors(vectors, packed))).toEqual(vectors);
    const bytes = writeVectors(vectors, true);
    // RFC 1952: the magic number, then the time in bytes 4 to 7.
    expect([...bytes.subarray(0, 2), ...bytes.subarray(4, 8)]).toEqual([0x1f, 0x8b, 0, 0, 0, 0]);
    expect(writeVectors(vectors, false).filter((byte) => byte === 0x0a).length).toBe(vectors.cases.length + 2);
  });

  it('are read packed or plain', () => {
    expect(readVectors(plain)).toEqual(readVectors(gzipSync(plain)));
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['text', strToU8('no JSON')],
    ['a list', strToU8('[]')],
    ['another format', strToU8('{"format": "core-op-vectors/2", "cases": []}')],
    ['a cut file', plain.subarray(0, plain.length - 2)],
    ['a cut gzip', gzipSync(plain).subarray(0, 60)],
    ['a damaged gzip', gzipSync(plain).map((v, k) => (k > 20 && k < 60 ? v ^ 0x55 : v))],
    ['a gzip that claims 4 GB', gzipSync(plain).map((v, k, all) => (k >= all.length - 4 ? 0xff : v))],
    ['bytes that are no text', Uint8Array.of(0x22, 0xff, 0x22)],
    ['an unknown arithmetic', file({ ...WINDOW, arithmetic: 'window2' })],
    ['an unknown field', file({ ...WINDOW, extra: 1 })],
    ['a missing field', file({ ...WINDOW, bias: undefined })],
    ['a fraction', file({ ...WINDOW, x: [[1.5, 2]] })],
    ['a huge integer', file({ ...WINDOW, x: [[1e12, 2]] })],
    ['a ragged matrix', file({ ...WINDOW, x: [[1, 2], [3]], y: [[1], [2]] })],
    ['an empty matrix', file({ ...WINDOW, x: [] })],
    ['too few inputs', file({ ...WINDOW, x: [[1]] })],
    ['too many outputs', file({ ...WINDOW, y: [[1, 2]] })],
    ['too few biases', file({ ...WINDOW, w: [[1, 1], [2, 2]], y: [[1, 2]] })],
    ['too few planes', file({ ...RADIX, bits: 3 })],
    ['too few thresholds', file({ ...SPIKING, threshold: [1, 2] })],
    ['no fours', file({ ...MAXIMUM, y: [[9]] })],
  ])('%s: refused', (_, bytes) => {
    expect(messageOf(() => readVectors(bytes))).toMatch(/T600/);
  });
});
