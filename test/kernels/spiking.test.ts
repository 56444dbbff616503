import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spikingReference } from '../../src/chip/arithmetic/spiking.js';
import type { SpikingArithmetic } from '../../src/chip/types.js';
import { int16View, int32View } from '../../src/kernels/memory.js';
import { beginSample, spikingScalar, spikingSimd, stateBytes, type SpikingKernel, type SpikingSpec } from '../../src/kernels/spiking.js';
import { pickSpikingKernel } from '../../src/kernels/table.js';
import { generator, loadKernels, ODD_SIZES, randomCodes } from './setup.js';

const { instance, arena } = loadKernels();
const { memory, exports } = instance;

/** Runs in calls of `stride` steps, with gaps between rows that must stay as they are. */
function run(kernel: SpikingKernel, spec: SpikingSpec, x: Int16Array, steps: number, stride: number): { spikes: number[]; membrane: number[] } {
  const mark = arena.mark();
  const tile = kernel.pack(spec, memory, arena.allocate);
  const [xPitch, yPitch] = [Math.ceil(spec.rows / 8) * 8 + 3, spec.columns + 2];
  const [xAddress, yAddress] = [arena.allocate((steps * xPitch + 16) * 2), arena.allocate((steps * yPitch + 64) * 2)];
  const [state, scratch] = [arena.allocate(stateBytes(tile)), arena.allocate(tile.scratchBytes)];
  const input = int16View(memory, xAddress, steps * xPitch + 16).fill(1);
  for (let t = 0; t < steps; t++) input.set(x.subarray(t * spec.rows, (t + 1) * spec.rows), t * xPitch + 1);
  const output = int16View(memory, yAddress, steps * yPitch + 64).fill(77);
  beginSample(tile, memory, state);
  for (let t = 0; t < steps; t += stride) {
    const at = xAddress + (t * xPitch + 1) * 2;
    kernel.run(tile, exports, at, xPitch, Math.min(stride, steps - t), yAddress + (t * yPitch + 1) * 2, yPitch, state, scratch);
  }
  const spikes: number[] = [];
  output.forEach((v, k) => {
    const column = (k - 1 + yPitch) % yPitch;
    if (k >= 1 && k < 1 + steps * yPitch && column < spec.columns) spikes.push(v);
    else if (v !== 77) throw new Error(`${kernel.name} wrote beyond its outputs`);
  });
  const membrane = [...int32View(memory, state, spec.columns)];
  arena.release(mark);
  return { spikes, membrane };
}

const CHIP: SpikingArithmetic = {
  kind: 'spiking', accumulatorBits: 24, reset: 'zero', floor: null, leak: { lo: -32768, hi: 32767 }, threshold: { lo: 1, hi: 32767 },
};

interface Case {
  readonly rows: number;
  readonly columns: number;
  readonly steps: number;
  readonly reset: 'zero' | 'subtract';
  readonly floor: number | null;
  readonly bits: number;
  readonly silent: boolean;
  /** Percent of spiking inputs. */
  readonly activity: number;
  readonly seed: number;
}

const BASE: Case = { rows: 17, columns: 31, steps: 12, reset: 'zero', floor: null, bits: 24, silent: false, activity: 30, seed: 1 };

function expectSpiking(c: Case): void {
  const next = generator(c.seed);
  const arithmetic = { ...CHIP, reset: c.reset, floor: c.floor, accumulatorBits: c.bits };
  const x = Int16Array.from({ length: c.steps * c.rows }, () => (next(0, 99) < c.activity ? 1 : 0));
  const extreme = c.activity === 100;
  const weights = extreme
    ? Int16Array.from({ length: c.rows * c.columns }, (_, k) => ((k % c.columns) % 2 ? 127 : -128))
    : randomCodes(next, c.rows * c.columns, -128, 127);
  const half = 2 ** (c.bits - 1);
  const spec: SpikingSpec = {
    arithmetic, rows: c.rows, columns: c.columns, weights, leak: Int32Array.from({ length: c.columns }, () => next(-300, 300)),
    threshold: c.silent ? null : Int32Array.from({ length: c.columns }, () => next(1, extreme ? 32767 : 900)),
    initial: c.seed % 2 ? null : Int32Array.from({ length: c.columns }, () => next(-half, half - 1)),
  };
  const expected = spikingReference({
    place: 'test', batch: c.steps, rows: c.rows, columns: c.columns, x: Int32Array.from(x), w: Int32Array.from(weights),
    limits: { rows: null, columns: null, input: { lo: 0, hi: 1 }, weights: { lo: -128, hi: 127 } },
  }, spec);
  for (const kernel of [spikingScalar, spikingSimd]) {
    expect(kernel.supports(spec)).toBe(true);
    for (const stride of [1, 5, c.steps]) {
      const found = run(kernel, spec, x, c.steps, stride);
      expect(found, kernel.name).toEqual({ spikes: [...expected.spikes], membrane: [...expected.membrane] });
    }
  }
}

describe('spiking kernels', () => {
  it.each(ODD_SIZES.map((n, k) => [n, ODD_SIZES[(k * 4 + 3) % ODD_SIZES.length] as number] as const))('%i x %i', (rows, columns) => {
    expectSpiking({ ...BASE, rows, columns, seed: rows });
  });

  it('every input spikes, extreme weights', () => {
    for (const rows of [256, 257]) expectSpiking({ ...BASE, rows, columns: 19, activity: 100 });
    expectSpiking({ ...BASE, rows: 256, columns: 5, activity: 100, steps: 300, silent: true });
  });

  it('agree with the reference whatever the case', () => {
    const cases = fc.record({
      rows: fc.integer({ min: 1, max: 60 }), columns: fc.integer({ min: 1, max: 60 }), steps: fc.integer({ min: 1, max: 20 }),
      reset: fc.constantFrom('zero' as const, 'subtract' as const), floor: fc.constantFrom(null, 0, -1000, 50),
      bits: fc.constantFrom(12, 24, 30), silent: fc.boolean(), activity: fc.constantFrom(0, 2, 50, 100),
      seed: fc.integer({ min: 0, max: 2 ** 31 }),
    });
    fc.assert(fc.property(cases, expectSpiking), { seed: 1, numRuns: 60 });
  });

  it('refuse what they cannot compute', () => {
    const spec: SpikingSpec = {
      arithmetic: CHIP, rows: 1, columns: 1, weights: Int16Array.of(127), leak: Int32Array.of(0), threshold: Int32Array.of(1),
      initial: null,
    };
    expect(pickSpikingKernel(spec).name).toBe('spiking/simd');
    expect(pickSpikingKernel(spec, 'scalar').name).toBe('spiking/scalar');
    expect(pickSpikingKernel({ ...spec, weights: Int16Array.of(128) }).name).toBe('spiking/scalar');
    expect(pickSpikingKernel({ ...spec, rows: 258, weights: new Int16Array(258) }).name).toBe('spiking/scalar');
    expect(pickSpikingKernel({ ...spec, arithmetic: { ...CHIP, accumulatorBits: 31 } }).name).toBe('spiking/simd');
    for (const broken of [
      { ...spec, threshold: Int32Array.of(0) }, { ...spec, leak: Int32Array.of(40000) }, { ...spec, initial: Int32Array.of(2 ** 23) },
      { ...spec, weights: new Int16Array(2) }, { ...spec, arithmetic: { ...CHIP, accumulatorBits: 32 } },
    ]) expect(() => pickSpikingKernel(broken)).toThrow(/T503/);
  });
});
