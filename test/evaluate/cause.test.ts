/** Which limit a poor layer has to thank, and what lifting it is predicted to give. */
import { describe, expect, it } from 'vitest';
import { chipOf, chipTextOf, type ChipText } from '../../src/chip/schema.js';
import { loadChip } from '../../src/data/chips.js';
import { causeOf, outOfLine } from '../../src/evaluate/cause.js';
import { compile } from '../../src/pipeline.js';
import { example } from '../flow/setup.js';

const layer = (sqnrDb: number, saturated = 0): { sqnrDb: number; saturated: number } => ({ sqnrDb, saturated });

describe('layers out of line', () => {
  it('are poor, fall far below all before them, or are saturated', () => {
    expect(outOfLine([layer(30), layer(25), layer(20), layer(16)])).toBeUndefined();
    expect(outOfLine([layer(30), layer(5.9), layer(2)])).toEqual(layer(5.9));
    expect(outOfLine([layer(30), layer(14), layer(13)])).toEqual(layer(14));
    expect(outOfLine([layer(18), layer(14), layer(13)])).toBeUndefined();
    expect(outOfLine([layer(18), layer(14, 0.06)])).toEqual(layer(14, 0.06));
  });
});

describe('the cause', () => {
  it.each([
    [{ introducedDb: 20, inheritedDb: 5, roundedDb: 30, clippedShare: 0 }, /inherits/, 15.1],
    [{ introducedDb: 5, inheritedDb: 999, roundedDb: 5.5, clippedShare: 0.9 }, /beyond the ends/, 7],
    [{ introducedDb: 5, inheritedDb: 999, roundedDb: 5, clippedShare: 0 }, /bits of its output codes/, 6],
    [{ introducedDb: 5, inheritedDb: 999, roundedDb: 25, clippedShare: 0 }, /bits of its weights/, 20],
  ])('of %j', (cost, text, gain) => {
    const cause = causeOf(cost);
    expect(cause.text).toMatch(text);
    expect(cause.gainDb).toBeCloseTo(gain, 0);
  });

  it.each([
    ['weights', { weights: { range: [-1, 1] as [number, number], cells: 1 } }, /most of its error is the bits of its weights .*introduced here/],
    ['signals', { inputs: [[0, 1]] as [number, number][], outputs: [[0, 1]] as [number, number][] }, /most of its error is the bits of its output codes/],
  ])('is found by compiling for a chip with hardly any bits of %s', async (_, change, message) => {
    const { graph, calibration } = example();
    const ideal: ChipText = { ...chipTextOf(loadChip('prime-ideal')), ...change };
    const { diagnostics } = await compile(graph, chipOf(ideal), calibration, { samples: 16, workers: 0, steps: ['half', 'range'] });
    const [poor] = diagnostics.filter(({ code }) => code === 'T403');
    expect(poor!.message).toMatch(message);
    expect(poor!.remedy).toMatch(/predicted gain here: \d+\.\d dB at most$/);
  });
});
