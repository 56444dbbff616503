import { describe, expect, it } from 'vitest';
import { linearStage } from '../../src/cores/realise.js';
import { loadChip } from '../../src/data/chips.js';
import { COMPOSED_NOISE, SumNoise } from '../../src/expand/noise.js';
import type { Edge, SumNode } from '../../src/reform/types.js';

const edge: Edge = { name: 'y', shape: [1, 1, 1] };
const node: SumNode = { kind: 'sum', name: 'y', terms: [], bias: new Float64Array(1), activation: null, output: edge };
const values = Float32Array.of(0, 8);
const samples = { edge, samples: Int32Array.of(0, 1), positions: new Int32Array(2), values, min: 0, max: 8, least: values, most: values, side: 1 };
const input: Edge = { name: 'x', shape: [1, 1, 1] };
const read = { ...samples, edge: input, values: Float32Array.of(1, 5) };
const calibration = new Map([[edge, samples], [input, read]]);

function noiseOn(chip: string, terms: SumNode['terms'] = []): SumNoise {
  const stage = linearStage(loadChip(chip));
  if (stage === null) throw new Error('no integers');
  const sources = new Map([[input, [input]]]);
  return new SumNoise({ ...node, terms }, stage, { lo: 0, hi: 63, step: [2], zero: [0] }, calibration, sources, () => [{ step: 0.5, variance: 4 }]);
}

describe('noise of a sum', () => {
  it('is that of rounding a half of the values, and falls with the square of the copies', () => {
    const noise = noiseOn('prime-ideal');
    expect(noise.total(1, null, [])).toBeCloseTo(0.5 * 2 ** 2 / 12, 10);
    expect(noise.total(4, null, [])).toBeCloseTo(noise.total(1, null, []) / 16, 10);
  });

  it('is more where parts of a sum are truncated, and falls with the copies', () => {
    const noise = noiseOn('prime');
    expect(noise.total(1, null, [])).toBeCloseTo(COMPOSED_NOISE * noiseOn('prime-ideal').total(1, null, []), 10);
    // Nothing rounds weights here, so that segments alone are best: the square.
    expect(noise.total(4, null, [])).toBeCloseTo(noise.total(1, null, []) / 16, 10);
    expect(noise.total(1, 2, []) - noise.total(1, null, [])).toBeCloseTo((noise.total(1, 1, []) - noise.total(1, null, [])) / 4, 10);
  });

  it('is more where a weight asks for more gain than its rows have', () => {
    // 16 codes for one of the input, where a row of `prime` gives 255 / 128 at most, and one of `prime-ideal` 255.
    const term = {
      input, weights: Float32Array.of(64), kernel: [1, 1] as const, stride: [1, 1] as const, dilation: [1, 1] as const, origin: [0, 0] as const, groups: 1,
    };
    const clipped = (chip: string, rows: number): number => noiseOn(chip, [term]).total(1, null, [rows]) - noiseOn(chip).total(1, null, []);
    // Of the weight's own part, 64 ** 2 * 4, no more than the variance of the output.
    const lost = (rows: number): number => 0.5 * 16 * (1 - (rows * 255) / 128 / 16) ** 2;
    expect(clipped('prime', 1)).toBeCloseTo(lost(1), 6);
    expect(clipped('prime', 4)).toBeCloseTo(lost(4), 6);
    expect(clipped('prime', 9)).toBeCloseTo(0, 10);
    expect(clipped('prime-ideal', 1)).toBeCloseTo(0, 10);
  });
});
