import { describe, expect, it } from 'vitest';
import { radixReference } from '../../src/chip/arithmetic/radix.js';
import { idealReference } from '../../src/chip/arithmetic/ideal.js';
import { int16View } from '../../src/kernels/memory.js';
import { radixScalar, radixSimd, type RadixKernel, type RadixSpec } from '../../src/kernels/radix.js';
import { pickRadixKernel } from '../../src/kernels/table.js';
import { generator, loadKernels, ODD_SIZES, randomCodes } from './setup.js';

const { instance, arena } = loadKernels();
const { memory, exports } = instance;

function run(kernel: RadixKernel, spec: RadixSpec, x: Int16Array, count: number): number[] {
  const mark = arena.mark();
  const tile = kernel.pack(spec, memory, arena.allocate);
  const [xPitch, yPitch, planes] = [Math.ceil(spec.rows / 8) * 8 + 1, spec.columns + 3, count * spec.bits];
  const [xAddress, yAddress] = [arena.allocate((planes * xPitch + 8) * 2), arena.allocate((count * yPitch + 64) * 2)];
  const scratch = arena.allocate(tile.scratchBytes);
  const input = int16View(memory, xAddress, planes * xPitch + 8).fill(-3);
  for (let t = 0; t < planes; t++) input.set(x.subarray(t * spec.rows, (t + 1) * spec.rows), t * xPitch);
  const output = int16View(memory, yAddress, count * yPitch + 64).fill(-5);
  kernel.run(tile, exports, xAddress, xPitch, count, yAddress + 2, yPitch, scratch);
  const codes: number[] = [];
  output.forEach((v, k) => {
    if (k >= 1 && k < 1 + count * yPitch && (k - 1) % yPitch < spec.columns) codes.push(v);
    else if (v !== -5) throw new Error(`${kernel.name} wrote beyond its outputs`);
  });
  arena.release(mark);
  return codes;
}

function expectRadix(rows: number, columns: number, bits: number, shift: number, count: number): void {
  const next = generator(rows * 7 + columns);
  const weights = randomCodes(next, rows * columns, -128, 127);
  const x = randomCodes(next, count * bits * rows, 0, 1);
  const preload = Int32Array.from({ length: columns }, () => next(-5000, 5000));
  const spec: RadixSpec = { rows, columns, weights, preload, bits, shift };
  const limits = { rows: null, columns: null, input: { lo: 0, hi: 32767 }, weights: { lo: -128, hi: 127 } };
  const expected: number[] = [];
  for (let s = 0; s < count; s++) {
    const planes = Int32Array.from(x.subarray(s * bits * rows, (s + 1) * bits * rows));
    const p = { place: 'test', batch: bits, rows, columns, x: planes, w: Int32Array.from(weights), limits };
    const codes = radixReference(p, { preload, shift, greatestShift: 31 });
    const joined = Int32Array.from({ length: rows }, (_, i) => (
      Array.from({ length: bits }, (__, t) => planes[t * rows + i] as number).reduce((v, bit) => 2 * v + bit, 0)
    ));
    const output = { lo: 0, hi: 2 ** bits - 1 };
    const ideal = idealReference({ ...p, batch: 1, x: joined }, { arithmetic: { kind: 'ideal-limits', greatestShift: 31 }, preload, shift, output });
    expect([...codes]).toEqual([...ideal]);
    expected.push(...codes);
  }
  for (const kernel of [radixScalar, radixSimd]) {
    expect(kernel.supports(spec)).toBe(true);
    expect(run(kernel, spec, x, count), kernel.name).toEqual(expected);
  }
}

describe('radix kernels', () => {
  it.each(ODD_SIZES.map((n, k) => [n, ODD_SIZES[(k * 4 + 3) % ODD_SIZES.length] as number] as const))('%i x %i', (rows, columns) => {
    expectRadix(rows, columns, 4, 6, 2);
  });

  it.each([1, 2, 8, 15])('%i planes', (bits) => {
    for (const shift of [0, bits, 31]) expectRadix(33, 17, bits, shift, 3);
  });

  it.each([1, 31, 32, 33, 65])('%i samples', (count) => expectRadix(5, 9, 3, 1, count));

  it('refuse what they cannot compute', () => {
    const spec: RadixSpec = { rows: 1, columns: 1, weights: Int16Array.of(1), preload: null, bits: 8, shift: 0 };
    expect(pickRadixKernel(spec).name).toBe('radix/simd');
    expect(pickRadixKernel(spec, 'radix/scalar').name).toBe('radix/scalar');
    expect(pickRadixKernel({ ...spec, preload: Int32Array.of(2 ** 31 - 256) }).name).toBe('radix/simd');
    for (const broken of [{ ...spec, preload: Int32Array.of(2 ** 31 - 255) }, { ...spec, bits: 16 }, { ...spec, shift: 32 }]) {
      expect(() => pickRadixKernel(broken)).toThrow(/T503/);
    }
  });
});
