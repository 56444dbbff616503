/** Rows gathered several times are added up; everything else stays. That codes stay the same is seen wherever the engine meets the reference. */
import { describe, expect, it } from 'vitest';
import { PRIME } from '../../src/chip/arithmetic/composed.js';
import { loadChip } from '../../src/data/chips.js';
import type { CoreOp, Gather } from '../../src/cores/types.js';
import { foldRepeats } from '../../src/emulate/fold.js';

const gather = (channels: [number, number], over: Partial<Gather> = {}): Gather => ({
  signal: 0, channels, kernel: [1, 1], stride: [1, 1], dilation: [1, 1], origin: [0, 0], fill: null, ...over,
});

const op = (gathers: Gather[], weights: number[], constantRows = 0): CoreOp => ({
  kind: 'core', name: 'op', layer: 'op', gathers, constantRows, columns: 2, positions: [1, 1], weights: Int16Array.from(weights), preload: null,
  config: { shift: 0, clamp: [0, 255] }, table: null, function: null, output: { signal: 1, channel: 0, origin: [0, 0] },
});

const WINDOW = loadChip('tianji').arithmetic;

describe('repeated rows', () => {
  it('become one of added weights, wherever they stand, before the constant rows', () => {
    const a = gather([0, 2]);
    const b = gather([2, 3]);
    const folded = foldRepeats(op([a, b, gather([0, 2]), a], [1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 100, 200, 300, 400, 7, 8], 1), WINDOW);
    expect(folded.gathers).toEqual([a, b]);
    expect(Array.from(folded.weights)).toEqual([111, 222, 333, 444, 5, 6, 7, 8]);
    expect(folded.constantRows).toBe(1);
  });

  it('stay apart where anything of the window differs, and where the sum would not fit', () => {
    for (const over of [{ signal: 1 }, { kernel: [1, 2] as const }, { origin: [1, 0] as const }, { fill: 3 }, { stride: [2, 1] as const }]) {
      const two = op([gather([0, 1]), gather([0, 1], over)], new Array<number>(2 * (1 + (over.kernel?.[1] ?? 1))).fill(1));
      expect(foldRepeats(two, WINDOW)).toBe(two);
    }
    const large = op([gather([0, 1]), gather([0, 1])], [20000, 1, 20000, 1]);
    expect(foldRepeats(large, WINDOW)).toBe(large);
  });

  it('of composed sums have their cells added up, each for itself and with the sign of its weight', () => {
    const a = gather([0, 1]);
    const folded = foldRepeats(op([a, gather([1, 2]), a], [17, -17, 255, 0, -1, -33, 16, 5], 1), PRIME);
    expect(folded.gathers).toEqual([a, gather([1, 2])]);
    // Low cells, then high ones: 1 - 1 and -1 - 1, 15 and 0, the constant row's 0 and 5.
    expect(folded.cells?.map((values) => Array.from(values))).toEqual([[0, -2, 15, 0, 0, 5], [1, -3, 15, 0, 1, 0]]);
  });

  it('stay apart where each polarity has an array of its own', () => {
    const twice = op([gather([0, 1]), gather([0, 1])], [1, 2, 3, 4]);
    expect(foldRepeats(twice, { ...PRIME, polarity: 'separate' })).toBe(twice);
  });
});
