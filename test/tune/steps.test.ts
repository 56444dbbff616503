/** Steps of tuning by name: each changes what it says, and nothing is tuned without any. */
import { beforeAll, describe, expect, it } from 'vitest';
import { loadChip } from '../../src/data/chips.js';
import { compile } from '../../src/pipeline.js';
import type { Compilation } from '../../src/pipeline/compilation.js';
import { ablationSteps } from '../../src/studies/ablate.js';
import { DEFAULT_STEPS, STEP_NAMES, stepsOf, TUNING_STEPS } from '../../src/tune/steps.js';
import { coresFor, example } from '../flow/setup.js';

describe('names of steps', () => {
  it('come in the order of the table, each once', () => {
    expect(stepsOf([...STEP_NAMES].reverse().concat('half'))).toEqual(STEP_NAMES);
    expect(new Set(STEP_NAMES).size).toBe(TUNING_STEPS.length);
  });

  it('are refused if there is no such step, with those that there are', async () => {
    expect(() => stepsOf(['half', 'magic'])).toThrow(/T406 magic: .* \(limit: half, range, gain, bias/);
    const { graph, calibration } = example();
    await expect(compile(graph, loadChip('tianji'), calibration, { samples: 4, workers: 0, steps: ['magic'] }, 'reform')).rejects.toThrow(/T406/);
  });

  it('are added one after the other by an ablation, and taken away one at a time', () => {
    const rows = ablationSteps(true);
    expect(rows[0]).toEqual({ name: 'none', steps: [] });
    expect(rows[DEFAULT_STEPS.length]!.steps).toEqual(DEFAULT_STEPS);
    for (const step of DEFAULT_STEPS) expect(rows.find(({ name }) => name === `default - ${step}`)!.steps).not.toContain(step);
    expect(ablationSteps(false).some(({ name }) => name.startsWith('default -'))).toBe(false);
  });
});

describe('steps', () => {
  const options = { samples: 16, workers: 0 };
  let none: Compilation;
  beforeAll(async () => {
    const { graph, calibration } = example();
    none = await compile(graph, loadChip('tianji'), calibration, { ...options, steps: [] });
  });

  it('range: without it codes reach from minimum to maximum', async () => {
    const { graph, calibration } = example();
    // A whole compilation does not keep golden values.
    const { expansion, calibration: goldens } = await compile(graph, loadChip('tianji'), calibration, { ...options, steps: [] }, 'expand');
    const { signals, signalOf } = expansion!;
    for (const [edge, golden] of goldens!) {
      const code = signals[signalOf.get(edge)!]!.code!;
      expect((code.hi - code.zero[0]!) * code.step[0]!).toBeGreaterThan(Math.max(0, golden.max) * 0.98);
    }
  });

  it('half: with it every floor rounds, so that outputs are better', async () => {
    const { graph, calibration } = example();
    const half = await compile(graph, loadChip('tianji'), calibration, { ...options, steps: ['half'] });
    expect(half.layers![0]!.sqnrDb).toBeGreaterThan(none.layers![0]!.sqnrDb + 2);
  });

  it.each(['gain', 'bias'])('%s: changes the network', async (step) => {
    expect(await coresFor(example(), 'tianji', { ...options, steps: [step] })).not.toEqual(none.cores);
  });
});
