/** Ranges and steps of partial sums, against values by hand. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linearStage, type LinearStage } from '../../src/cores/realise.js';
import type { CoreOp } from '../../src/cores/types.js';
import { loadChip } from '../../src/data/chips.js';
import type { EdgeSamples } from '../../src/encode/types.js';
import { partialCode, partialRanges, partialSteps, type PartialSums } from '../../src/tune/partial-ranges.js';

const stageOf = (chip: string): LinearStage => linearStage(loadChip(chip))!;

/** A tile of so many columns, its first of `channel`: its sums, greatest weights 1. */
function tile(columns: number, channel: number, values: readonly number[]): PartialSums {
  const op: CoreOp = {
    kind: 'core', name: 'partial', layer: 'c', positions: [8, 8], function: null, columns,
    gathers: [], constantRows: 0, config: {}, weights: new Int16Array(0), preload: null, table: null,
    output: { signal: 0, channel, origin: [0, 0] },
  };
  return { op, values: Float32Array.from(values), peaks: new Float64Array(columns).fill(1) };
}

/** Rows of the output, [rows x channels], and the greatest of each channel anywhere. */
function golden(channels: number, values: readonly number[], most: readonly number[]): EdgeSamples {
  const rows = values.length / channels;
  return {
    edge: { name: 'out', shape: [channels, 8, 8] }, samples: new Int32Array(rows), positions: Int32Array.from({ length: rows }, (_, i) => i),
    values: Float32Array.from(values), min: Math.min(...values), max: Math.max(...most), least: new Float32Array(channels), most: Float32Array.from(most),
    side: 1,
  };
}

const NONE = { finer: 0, factor: 1, below: 1 };

describe('ranges of partial sums', () => {
  it('are those of every second row where sums are exact, 0 included', () => {
    const layer = { golden: golden(2, [1, 1, 9, 9, 1, 1], [50, 50]), copies: 1 };
    const { min, max, least } = partialRanges(layer, [tile(2, 0, [3, -2, 100, -100, 5, -1])], 2, stageOf('tianji'));
    expect([[...min], [...max], least]).toEqual([[0, -2], [5, 0], 0]);
  });

  it('are shared by the parts of a pair', () => {
    const layer = { golden: golden(1, [1, 1], [1]), copies: 1 };
    const { min, max } = partialRanges(layer, [tile(2, 0, [3, -2, 0, 0])], 2, stageOf('prime'));
    expect([[...min], [...max]]).toEqual([[0, 0], [3, 3]]);
    expect([...partialRanges(layer, [tile(2, 0, [3, 7, 0, 0])], 2, stageOf('prime')).max]).toEqual([7, 7]);
  });

  it('follow the output of composed sums to where its map is strongest, up to twice as far', () => {
    const rows = [4, 4, 4, 0, 0, 0];
    const layer = { golden: golden(3, rows, [4, 6, 100]), copies: 1 };
    const sums = tile(6, 0, [1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect([...partialRanges(layer, [sums], 6, stageOf('prime')).max]).toEqual([1, 1.5, 2, 1, 1.5, 2]);
    expect([...partialRanges(layer, [sums], 6, stageOf('prime-ideal')).max]).toEqual([1, 1, 1, 0, 0, 0]);
  });

  it('reach what the strongest channel of a row adds up, in composed sums', () => {
    // Two channels of two copies each, in a pair: columns 0..3 the positive parts. Channel 1 is strongest in the only row.
    const layer = { golden: golden(2, [1, 5], [1, 5]), copies: 2 };
    const sums = tile(8, 0, [9, 9, 4, 3, 9, 9, 2, 1]);
    expect(partialRanges(layer, [sums], 8, stageOf('prime')).least).toBe(4);
    expect(partialRanges(layer, [tile(4, 0, [9, 9, 4, 3]), tile(4, 4, [9, 9, 6, 1])], 8, stageOf('prime')).least).toBe(6);
  });
});

describe('steps of partial sums', () => {
  const stage = stageOf('prime');
  const ranges = { min: new Float64Array(2), max: Float64Array.of(6.3, 12.6), peak: Float64Array.of(1e-3, 1e-3), least: 0 };

  it('cover the range of each channel, and at least what all must reach', () => {
    const [a, b] = partialSteps(stage, 1, ranges, NONE);
    expect([a, b].map((s) => s! * stage.output.hi)).toEqual([expect.closeTo(6.3, 9), expect.closeTo(12.6, 9)]);
    expect([...partialSteps(stage, 1, { ...ranges, least: 8 }, NONE)].map((s) => s * stage.output.hi)).toEqual([expect.closeTo(8, 9), expect.closeTo(12.6, 9)]);
  });

  it('let the weights of every channel fit', () => {
    fc.assert(fc.property(fc.double({ min: 0.01, max: 100, noNaN: true }), fc.integer({ min: 0, max: 6 }), (peak, finer) => {
      const steps = partialSteps(stage, 1, { ...ranges, peak: Float64Array.of(peak, peak) }, { ...NONE, finer });
      for (const step of steps) expect((peak / step) * 2 ** stage.exponents[0]!).toBeLessThanOrEqual(stage.weights.hi * (1 + 1e-9));
    }), { seed: 1, numRuns: 100 });
  });

  it('become whole multiples, no smaller, and none is 0', () => {
    const fine = (c: number): number => (c === 0 ? 0.03 : 0.05);
    const { step } = partialCode(stage.output, ranges, Float64Array.of(0.1, 0), fine, NONE);
    expect(step).toEqual([expect.closeTo(0.12, 12), expect.closeTo(0.05, 12)]);
  });

  it('lay ranges on both sides of 0 in the middle of the codes', () => {
    const codes = { lo: -128, hi: 127 };
    const { zero } = partialCode(codes, { ...ranges, min: Float64Array.of(-2, 0) }, Float64Array.of(0.1, 0.1), () => 0.1, NONE);
    expect(zero).toEqual([Math.floor((-1 - 43) / 2 + 0.5), -128]);
  });
});
