import { describe, expect, it } from 'vitest';
import { composedPartials, composedReference, convert, PRIME } from '../../../src/chip/arithmetic/composed.js';
import { idealReference, idealSums } from '../../../src/chip/arithmetic/ideal.js';
import { floorShift, saturate, type Product } from '../../../src/chip/arithmetic/limits.js';
import { maximumReference } from '../../../src/chip/arithmetic/maximum.js';
import { radixReference, radixSums } from '../../../src/chip/arithmetic/radix.js';
import { encodeSpikes, spikingReference } from '../../../src/chip/arithmetic/spiking.js';
import { windowAccumulators, windowReference } from '../../../src/chip/arithmetic/window.js';

const WIDE = { lo: -32768, hi: 32767 };

function product(x: number[][], w: number[][]): Product {
  return {
    place: 'op', batch: x.length, rows: w.length, columns: w[0]?.length ?? 0, x: Int32Array.from(x.flat()), w: Int32Array.from(w.flat()),
    limits: { rows: 256, columns: 256, input: WIDE, weights: WIDE },
  };
}

describe('window', () => {
  const arithmetic = { kind: 'window', accumulatorBits: 24, windowBits: 8, greatestShift: 16 } as const;
  const settings = { arithmetic, preload: null, shift: 0, windowSigned: true, table: null, output: WIDE };

  it('adds the preload before it saturates', () => {
    const p = product([[255], [-255]], [[127, 1]]);
    expect([...windowAccumulators(p, { ...settings, preload: Int32Array.of(8388607, -8388608) })]).toEqual([8388607, -8388353, 8356222, -8388608]);
  });

  it('floors', () => {
    const p = product([[1]], [[-1, 1, -5, 7]]);
    expect([...windowReference(p, { ...settings, shift: 1 })]).toEqual([-1, 0, -3, 3]);
    expect([...windowReference(p, { ...settings, shift: 1, windowSigned: false })]).toEqual([0, 0, 0, 3]);
  });

  it('looks up from the lowest index', () => {
    const p = product([[1]], [[-128, -129, 0, 127, 128]]);
    const table = Array.from({ length: 256 }, (_, k) => k);
    expect([...windowReference(p, { ...settings, table })]).toEqual([0, 0, 128, 255, 255]);
    expect([...windowReference(p, { ...settings, table, windowSigned: false })]).toEqual([0, 0, 0, 127, 128]);
  });
});

describe('composed', () => {
  it('truncates toward zero and has a full scale', () => {
    expect([convert(-7, 2, 6), convert(7, 2, 6), convert(-3, 2, 6), convert(1000, 1, 6), convert(-1000, 1, 6)].map((v) => v + 0)).toEqual([-1, 1, 0, 63, -63]);
  });

  it('cuts inputs and weights into halves', () => {
    const partials = composedPartials(product([[0o75]], [[0xa9, -0x12]]), PRIME, 0);
    expect(partials.map((q) => [q.cell, q.phase, q.shift, ...q.positive, ...q.negative])).toEqual([
      [0, 0, 16, 45, 0, 0, 10], [0, 1, 13, 63, 0, 0, 14], [1, 0, 12, 50, 0, 0, 5], [1, 1, 9, 70, 0, 0, 7],
    ]);
  });

  it('composes PRIME\'s four partials', () => {
    // At greatest operands every partial is 256 * 15 * 7 = 26880: (>> 9) + (>> 12) + (>> 13) + (>> 16) = 52 + 6 + 3 + 0.
    const p = product([new Array<number>(256).fill(63)], new Array<number[]>(256).fill([255, -255]));
    expect([...composedReference(p, { arithmetic: PRIME, gain: 0, table: null })]).toEqual([61, 0]);
    expect([...composedReference(p, { arithmetic: PRIME, gain: 9, table: null })]).toEqual([63, 0]);
  });

  it('converts the arrays on their own where polarities are separate', () => {
    // One phase, one cell: 7 * 15 = 105 and 7 * 9 = 63; (105 - 63) >> 5 = 1, (105 >> 5) - (63 >> 5) = 2.
    const p = product([[7, 7]], [[-9], [15]]);
    const arithmetic = { ...PRIME, phaseBits: 6, cellBits: 8, fullScaleShift: 5 };
    expect([...composedReference(p, { arithmetic, gain: 0, table: null })]).toEqual([1]);
    expect([...composedReference(p, { arithmetic: { ...arithmetic, polarity: 'separate' }, gain: 0, table: null })]).toEqual([2]);
  });

  it('looks up after the clamp', () => {
    const table = Array.from({ length: 64 }, (_, k) => 63 - k);
    const p = product([[63]], [[255, -255]]);
    const plain = composedReference(p, { arithmetic: PRIME, gain: 9, table: null });
    expect([...composedReference(p, { arithmetic: PRIME, gain: 9, table })]).toEqual([...plain].map((v) => 63 - v));
  });
});

describe('spiking', () => {
  const arithmetic = { kind: 'spiking', accumulatorBits: 24, reset: 'zero', floor: null, leak: WIDE, threshold: { lo: 1, hi: 32767 } } as const;
  const settings = { arithmetic, leak: Int32Array.of(1), threshold: Int32Array.of(5), initial: null };
  const p = product([[1], [0], [1], [1]], [[3]]);

  it('leaks, spikes at the threshold, resets', () => {
    expect(spikingReference(p, settings)).toEqual({ spikes: Int32Array.of(0, 1, 0, 1), membrane: Int32Array.of(0) });
    const subtract = spikingReference(p, { ...settings, arithmetic: { ...arithmetic, reset: 'subtract' } });
    expect(subtract).toEqual({ spikes: Int32Array.of(0, 1, 0, 1), membrane: Int32Array.of(3) });
    expect(spikingReference(p, { ...settings, threshold: null })).toEqual({ spikes: new Int32Array(4), membrane: Int32Array.of(13) });
  });

  it('has a floor and saturates', () => {
    const down = { ...settings, leak: Int32Array.of(-100), initial: Int32Array.of(-8388600) };
    expect([...spikingReference(p, down).membrane]).toEqual([-8388608]);
    expect([...spikingReference(p, { ...down, arithmetic: { ...arithmetic, floor: -50 } }).membrane]).toEqual([-50]);
  });

  it('codes integers as spikes', () => {
    expect([...encodeSpikes('op', 3, 7, 7)]).toEqual([0, 0, 1, 0, 1, 0, 1]);
    expect([...encodeSpikes('op', 7, 7, 3)]).toEqual([1, 1, 1]);
    expect([...encodeSpikes('op', 0, 7, 3)]).toEqual([0, 0, 0]);
    expect(() => encodeSpikes('op', 8, 7, 3)).toThrow(/T401 op: input is 8 \(limit: 0\.\.7\)/);
    expect(() => encodeSpikes('op', 0, 0, 3)).toThrow(/T401/);
  });
});

describe('ideal limits, radix, maximum', () => {
  const arithmetic = { kind: 'ideal-limits', greatestShift: 31 } as const;

  it('ideal limits', () => {
    const p = product([[5, -3]], [[10, -10], [1, 1]]);
    expect([...idealSums(p, Int32Array.of(1, 2))]).toEqual([48, -51]);
    const settings = { arithmetic, preload: Int32Array.of(1, 2), shift: 1, output: { lo: -20, hi: 20 } };
    expect([...idealReference(p, settings)]).toEqual([20, -20]);
    expect([...idealReference(p, { ...settings, shift: 3 })]).toEqual([6, -7]);
    expect(() => idealReference(p, { ...settings, preload: Int32Array.of(2 ** 31 - 1, 0) })).toThrow(/T401 op: sum 0 is 2147483694/);
    expect(() => idealReference(p, { ...settings, table: [1] })).toThrow(/T401 op: table has 1 entries \(limit: 41 entries\)/);
  });

  it('radix planes are integers', () => {
    const p = product([[1, 0], [0, 1], [1, 1]], [[2], [-7]]);
    expect([...radixSums(p)]).toEqual([2 * 5 - 7 * 3]);
    expect([...radixReference(p, { preload: Int32Array.of(15), shift: 1, greatestShift: 31 })]).toEqual([2]);
  });

  it('maximum of fours', () => {
    expect([...maximumReference('op', Int32Array.of(1, 5, 2, 3, -1, -2, -3, -4), 1, 2, 4, WIDE)]).toEqual([5, -1]);
    expect(() => maximumReference('op', new Int32Array(7), 1, 2, 4, WIDE)).toThrow(/T401 op: input has 7 entries/);
  });

  it('shifts and saturations of exact integers', () => {
    expect([floorShift(-1, 31), floorShift(-(2 ** 40), 8), floorShift(7, 3)]).toEqual([-1, -(2 ** 32), 0]);
    expect([saturate(128, 8), saturate(-129, 8), saturate(5, 8)]).toEqual([127, -128, 5]);
  });
});
