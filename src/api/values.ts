/** Arrays as data sets, and samples sent through a pool. */
import type { CoreGraph } from '../cores/types.js';
import { refuseUnread, taskSamples } from '../data/read.js';
import { sizeOf, type DataSet } from '../data/types.js';
import { fail } from '../diagnostics.js';
import { EmulatorPool, type PoolOptions } from '../emulate/pool.js';
import { NOTHING, type Task, type TaskResult } from '../emulate/tasks.js';
import { sayingInterrupted } from '../interrupt.js';
import { checkInput } from './options.js';

/** An array with the sample as its first dimension. */
export interface Values<T = Float32Array> {
  readonly shape: readonly number[];
  readonly data: T;
  /** Name in diagnostics. */
  readonly place?: string;
}

export function valuesDataSet(graph: CoreGraph, { shape, data, place = 'input' }: Values): DataSet {
  if (shape.length === 0) fail('T302', place, 'an array without dimensions', { limit: 'at least one, the samples' });
  const [count, ...sampleShape] = shape;
  const size = sizeOf(sampleShape);
  if (data.length !== count * size) fail('T302', place, `${data.length} values for shape [${shape.join(', ')}]`, {
    limit: `${count * size} values`,
  });
  const set: DataSet = {
    place, count, sampleShape, labels: null,
    read(index, into, offset) {
      const sample = data.subarray(index * size, (index + 1) * size);
      const wrong = sample.findIndex((v) => !Number.isFinite(v));
      if (wrong >= 0) fail('T502', `${place}, sample ${index}, element ${wrong}`, `the value is ${sample[wrong]}`, { limit: 'finite numbers' });
      into.set(sample, offset);
    },
  };
  checkInput(graph, set);
  return set;
}

/** Sends all samples through a pool, at most `most` a task; `done` gets each result with the number of its first sample. */
export async function stream(
  options: PoolOptions, set: DataSet, wanted: Partial<Task>, done: (result: TaskResult, first: number) => void, most = Infinity,
): Promise<void> {
  const pool = EmulatorPool.create(options);
  const step = Math.min(most, pool.taskSamples(sizeOf(set.sampleShape)));
  let told = 0;
  try {
    await sayingInterrupted(set.place, () => `interrupted after ${told} of ${set.count} samples`, () => pool.each(async (index) => {
      const first = index * step;
      if (first >= set.count) return null;
      const count = Math.min(step, set.count - first);
      const { input, unread } = await taskSamples(set, first, count);
      refuseUnread(unread);
      return { ...NOTHING, ...wanted, input, count, first };
    }, (result, index) => {
      refuseUnread(result.unread);
      done(result, index * step);
      told = Math.min(set.count, (index + 1) * step);
    }));
  } finally {
    await pool.close();
  }
}
