/** The slow reference itself, by hand; and the engine against it on whole networks. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { composedReference, PRIME } from '../../src/chip/arithmetic/composed.js';
import type { Product } from '../../src/chip/arithmetic/limits.js';
import type { ComposedArithmetic } from '../../src/chip/types.js';
import { loadChip } from '../../src/data/chips.js';
import type { Code, CoreGraph, Gather, Op, Signal } from '../../src/cores/types.js';
import { composedRows } from '../../src/emulate/reference/composed.js';
import { referenceRun } from '../../src/emulate/reference.js';
import { coresFor, differences, engineCodes, example, firstSamples, haveShared, referenceCodes, sharedNetwork } from '../flow/setup.js';
import { generator } from '../kernels/setup.js';

const code = (zero: number[], step = [1]): Code => ({ lo: 0, hi: 255, step, zero });
const signal = (name: string, shape: [number, number, number], c: Code = code([0])): Signal => ({ name, shape, code: c, golden: null, copies: 1 });
const whole = (id: number, channels: [number, number], over: Partial<Gather> = {}): Gather => ({
  signal: id, channels, kernel: [1, 1], stride: [1, 1], dilation: [1, 1], origin: [0, 0], fill: null, ...over,
});

function graph(chip: string, signals: Signal[], ops: Op[]): CoreGraph {
  return {
    chip: loadChip(chip), signals, ops, input: 0, output: signals.length - 1, hostOps: [], inputShape: [1], outputShape: [1],
  };
}

type CoreOver = Partial<Op & { kind: 'core' }>;
const tile = (gathers: Gather[], columns: number, weights: number[], to: number, over: CoreOver = {}): Op => ({
  kind: 'core', name: 'tile', layer: 'tile', gathers, constantRows: 0, columns, positions: [1, 1], weights: Int16Array.from(weights),
  preload: null, config: { shift: 0, clamp: [0, 255] }, table: null, function: null, output: { signal: to, channel: 0, origin: [0, 0] }, ...over,
});

describe('the slow reference', () => {
  it('gathers taps row by row, channel fastest, with the zero of each channel outside the map', () => {
    // 2 x 2 map of two channels with zeros 7 and 9, a dilated 2 x 2 window at (-1, 0): rows at y = -1 are padding.
    const map = signal('map', [2, 2, 2], code([7, 9]));
    const window = whole(0, [0, 2], { kernel: [2, 1], origin: [-1, 1] });
    const pick = (row: number): number[] => Array.from({ length: 4 }, (_, i) => (i === row ? 1 : 0));
    const ops = [0, 1, 2, 3].map((row) => tile([window], 1, pick(row), 1, { output: { signal: 1, channel: row, origin: [0, 0] } }));
    const result = referenceRun(graph('tianji', [map, signal('out', [1, 1, 4])], ops), Int16Array.of(1, 2, 3, 4, 5, 6, 7, 8), 1);
    expect([...result.get(1)!]).toEqual([7, 9, 3, 4]);
  });

  it('fills with what a gather says, strides, and writes where the destination says', () => {
    const gather = whole(0, [0, 1], { stride: [1, 2], origin: [0, -1], fill: 50 });
    const op = tile([gather], 1, [2], 1, {
      positions: [1, 3], preload: Int32Array.of(1), config: { shift: 1, clamp: [0, 255] }, output: { signal: 1, channel: 0, origin: [1, 0] },
    });
    const first = tile([whole(0, [0, 1])], 1, [1], 1, { positions: [1, 3] });
    const result = referenceRun(graph('tianji', [signal('in', [1, 4, 1]), signal('out', [2, 3, 1])], [first, op]), Int16Array.of(10, 20, 30, 40), 1);
    expect([...result.get(1)!]).toEqual([10, 20, 30, 50, 20, 40]);
  });

  it('gives constant rows the greatest input code', () => {
    const codes: Code = { lo: 0, hi: 63, step: [1], zero: [0] };
    // PRIME at gain 9: R of 1 * 10 + 63 * 255 is far above the clamp; without the constant row it is 0.
    const op = (rows: number): Op => tile([whole(0, [0, 1])], 1, [10, ...new Array<number>(rows).fill(255)], 1, {
      constantRows: rows, config: { gain: 9, clamp: [0, 63] },
    });
    const signals = [signal('in', [1, 1, 1], codes), signal('out', [1, 1, 1], codes)];
    const run = (rows: number): number[] => [...referenceRun(graph('prime', signals, [op(rows)]), Int16Array.of(1), 1).get(1)!];
    expect([run(0), run(1)]).toEqual([[0], [63]]);
  });

  it('wires boxes with steps, also backwards, and leaves the zero where nothing lands', () => {
    const piece = { signal: 0, from: [0, 3, 0], step: [1, -2, 1], size: [1, 2, 1], to: [0, 1, 0] } as const;
    const op: Op = { kind: 'wire', name: 'wire', layer: 'wire', output: 1, pieces: [piece] };
    const result = referenceRun(graph('tianji', [signal('in', [1, 4, 1]), signal('out', [1, 4, 1], code([5]))], [op]), Int16Array.of(1, 2, 3, 4), 1);
    expect([...result.get(1)!]).toEqual([5, 4, 2, 5]);
  });

  it('transposes', () => {
    const op: Op = { kind: 'permute', name: 'p', layer: 'p', signal: 0, view: [2, 3], axes: [1, 0], output: 1 };
    const input = Int16Array.of(1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16);
    const result = referenceRun(graph('tianji', [signal('in', [1, 2, 3]), signal('out', [1, 3, 2])], [op]), input, 2);
    expect([...result.get(1)!]).toEqual([1, 4, 2, 5, 3, 6, 11, 14, 12, 15, 13, 16]);
  });

  it('refuses what reads too early, writes twice or exceeds the chip', () => {
    const signals = [signal('in', [1, 1, 1]), signal('half', [1, 1, 2]), signal('out', [1, 1, 1])];
    const half = tile([whole(0, [0, 1])], 1, [1], 1);
    const run = (ops: Op[], chip = 'tianji'): void => void referenceRun(graph(chip, signals, ops), Int16Array.of(1), 1);
    expect(() => run([half, tile([whole(1, [0, 2])], 1, [1, 1], 2)])).toThrow(/1 codes were written/);
    expect(() => run([half, half, half, tile([whole(1, [0, 2])], 1, [1, 1], 2)])).toThrow(/3 codes were written/);
    expect(() => run([tile([whole(0, [0, 1])], 1, [200], 1)])).toThrow(/weight 0 is 200/);
    expect(() => run([tile([whole(0, [0, 1])], 1, [1], 1, { config: { shift: 17, clamp: [0, 255] } })])).toThrow(/shift is 17/);
    expect(() => run([tile([whole(0, [0, 1])], 1, [1], 1, { config: { shift: 0, clamp: [0, 127] } })])).toThrow(/window is 0..127/);
    const output = { signal: 1, channel: 0, origin: [0, 0] } as const;
    const maximum: Op = { kind: 'maximum', name: 'm', layer: 'm', gathers: [whole(0, [0, 1])], positions: [1, 1], output };
    expect(() => run([maximum])).toThrow(/maximum of 1 codes/);
  });

  it('composes as the reference of the arithmetic', () => {
    const variants: ComposedArithmetic[] = [PRIME, { ...PRIME, polarity: 'separate' }, { ...PRIME, phaseBits: 2, cellBits: 2, greatestGain: 6 }];
    const upTo = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });
    fc.assert(fc.property(fc.constantFrom(...variants), upTo(1, 40), upTo(1, 5), upTo(0, 6), fc.nat(), (a, rows, columns, gain, seed) => {
      const next = generator(seed);
      const product: Product = {
        place: 'tile', batch: 3, rows, columns, x: Int32Array.from({ length: 3 * rows }, () => next(0, 63)),
        w: Int32Array.from({ length: rows * columns }, () => next(-255, 255)),
        limits: { rows: null, columns: null, input: { lo: 0, hi: 63 }, weights: { lo: -255, hi: 255 } },
      };
      const table = seed % 2 === 0 ? null : Int16Array.from({ length: 64 }, (_, i) => 63 - i);
      expect(composedRows(product, a, gain, table)).toEqual(composedReference(product, { arithmetic: a, gain, table }));
    }), { seed: 1, numRuns: 50 });
  });
});

describe('the engine', () => {
  const check = async (network: ReturnType<typeof example>, chip: string, samples: number): Promise<void> => {
    const cores = await coresFor(network, chip);
    const input = firstSamples(network.test, samples);
    expect(differences(cores, await engineCodes(cores, input, samples), referenceCodes(cores, input, samples))).toEqual({});
  };

  it.each(['tianji', 'prime', 'prime-fixed', 'prime-ideal'])('gives every code of the example on %s as the slow reference does', async (chip) => {
    await check(example(), chip, 4);
  });
  it.skipIf(!haveShared).each(['tianji', 'prime'])('gives every code of lenet5-maxpool on %s', async (chip) => {
    await check(sharedNetwork('mnist', 'lenet5-maxpool'), chip, 4);
  });
  it.skipIf(!haveShared)('gives every code of resnet20 on tianji', async () => {
    await check(sharedNetwork('cifar10', 'resnet20'), 'tianji', 1);
  });
});
