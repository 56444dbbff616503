import { describe, expect, it } from 'vitest';
import { linearStage } from '../../src/cores/realise.js';
import { loadChip } from '../../src/data/chips.js';
import { COMPOSED_NOISE, SumNoise } from '../../src/expand/noise.js';
import type { Edge, SumNode } from '../../src/reform/types.js';

const edge: Edge = { name: 'y', shape: [1, 1, 1] };
const node: SumNode = { kind: 'sum', name: 'y', terms: [], bias: new Float64Array(1), activation: null, output: edge };
const values = Float32Array.of(0, 8);
const samples = { edge, samples: Int32Array.of(0, 1), positions: new Int32Array(2), values, min: 0, max: 8, least: values, most: values, side: 1 };

function noiseOn(chip: string): SumNoise {
  const stage = linearStage(loadChip(chip));
  if (stage === null) throw new Error('no integers');
  return new SumNoise(node, stage, { lo: 0, hi: 63, step: [2], zero: [0] }, new Map([[edge, samples]]), new Map());
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
});
