/** Accuracy over a data set: the example on the chips, whatever the workers; samples that cannot be read are named and left out. */
import { describe, expect, it } from 'vitest';
import type { CoreGraph } from '../../src/cores/types.js';
import type { DataSet } from '../../src/data/types.js';
import { fail } from '../../src/diagnostics.js';
import { EmulatorPool } from '../../src/emulate/pool.js';
import { evaluate, type EvaluateOptions, type Evaluation } from '../../src/evaluate/evaluate.js';
import { coresFor, example } from '../flow/setup.js';

const { graph, calibration, test } = example();
const [floatOutput] = graph.outputs;

const made = new Map<string, Promise<CoreGraph>>();

/** The example on a chip, compiled once. */
function coresOn(chip: string): Promise<CoreGraph> {
  const cores = made.get(chip) ?? coresFor({ graph, calibration, test }, chip, { samples: 100 });
  made.set(chip, cores);
  return cores;
}

async function measure(
  chip: string, data: DataSet, workers: number, limit: number, more: Pick<EvaluateOptions, 'signal' | 'progress'> = {},
): Promise<Evaluation> {
  const pool = EmulatorPool.create({ chip: await coresOn(chip), float: graph, workers });
  let ticks = 0;
  try {
    return await evaluate(pool, data, {
      limit, seed: 1, macsPerSample: 1000, clock: () => ticks++, floatOutput: floatOutput as number, ...more,
    });
  } finally {
    await pool.close();
  }
}

describe('the example', () => {
  it.each([['tianji', 0.005], ['prime', 0.03], ['prime-ideal', 0.02]] as const)('keeps its accuracy on %s', async (chip, most) => {
    const { samples, chip: own, float, drop, agreement, failed } = await measure(chip, test, 0, 400);
    expect([samples, failed]).toEqual([400, []]);
    expect(float!.top1).toBeGreaterThan(0.95);
    expect(drop!.top1).toBeCloseTo(float!.top1 - own!.top1, 12);
    expect(drop!.top1).toBeLessThanOrEqual(most);
    expect(agreement).toBeGreaterThanOrEqual(1 - most - 0.01);
  });

  it('scores the same with any number of workers', async () => {
    const [none, two] = [await measure('prime', test, 0, 150), await measure('prime', test, 2, 150)];
    expect({ ...two, workers: 0, memoryBytes: none.memoryBytes }).toEqual(none);
  });

  it('gives what is done when it is interrupted, the same as for so many samples', async () => {
    const controller = new AbortController();
    const stop = (done: number): void => (done >= 60 ? controller.abort() : undefined);
    const part = await measure('tianji', test, 1, 600, { signal: controller.signal, progress: stop });
    expect(part).toMatchObject({ interrupted: true, requested: 600 });
    expect(part.samples).toBeGreaterThanOrEqual(60);
    expect(part.samples).toBeLessThan(600);
    const whole = await measure('tianji', test, 1, part.samples);
    expect(whole).not.toHaveProperty('interrupted');
    expect(part).toMatchObject({ ...whole, memoryBytes: part.memoryBytes });
  });

  it('shows no accuracy where nothing is done', async () => {
    const part = await measure('tianji', test, 0, 500, { signal: AbortSignal.abort() });
    expect(part).toMatchObject({ samples: 0, samplesPerSecond: 0, interrupted: true, requested: 500 });
    expect(part).not.toHaveProperty('chip');
  });

  it('names samples that cannot be read, and counts the others', async () => {
    const broken: DataSet = {
      ...test,
      read: (index, into, offset) => (index % 50 === 7 ? fail('T301', `sample ${index}`, 'it is torn') : test.read(index, into, offset)),
    };
    const { samples, failed, chip } = await measure('tianji', broken, 0, 120);
    expect(failed).toEqual([7, 57, 107].map((sample) => ({ sample, reason: 'it is torn' })));
    expect(samples).toBe(117);
    expect(chip!.top1).toBeGreaterThan(0.9);
  });
});
