/** Workers that die, pools that close, and the order of results. */
import type * as piscina from 'piscina';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CoreGraph } from '../../src/cores/types.js';
import { EmulatorPool, type PoolOptions } from '../../src/emulate/pool.js';
import { NOTHING, type Task } from '../../src/emulate/tasks.js';
import { sharedBytes } from '../../src/emulate/memory.js';
import { Interrupted } from '../../src/interrupt.js';
import { random32 } from '../../src/prng.js';
import { coresFor, example, firstSamples } from '../flow/setup.js';
import { watchThreads, type Threads } from './threads.js';

/** What the pool's threads are started with besides what the pool says. */
const extra = vi.hoisted((): { options: object } => ({ options: {} }));

vi.mock('piscina', async (original) => {
  const { Piscina } = await original<typeof piscina>();
  return { Piscina: class extends Piscina { constructor(options: object) { super({ ...options, ...extra.options }); } } };
});

const network = example();
const SIZE = 784;
const COUNT = 600;
const STEP = 3;
let graph: CoreGraph;
let input: Float32Array;
let threads: Threads | undefined;

beforeAll(async () => {
  graph = await coresFor(network, 'tianji');
  input = firstSamples(network.test, COUNT);
});
afterEach(() => {
  extra.options = {};
  threads?.stop();
});

function taskOf(index: number): Task | null {
  const first = index * STEP;
  if (first >= COUNT) return null;
  return { ...NOTHING, first, input: input.slice(first * SIZE, (first + STEP) * SIZE), count: STEP, output: true };
}

async function withPool<T>(options: PoolOptions, work: (pool: EmulatorPool) => Promise<T>): Promise<T> {
  const pool = EmulatorPool.create({ chip: graph, ...options });
  try {
    return await work(pool);
  } finally {
    await pool.close();
  }
}

/** Outputs in the order in which they are handed on. */
async function outputs(options: PoolOptions, told: (index: number) => void = () => undefined): Promise<{ order: number[]; values: number[] }> {
  const order: number[] = [];
  const values: number[] = [];
  await withPool(options, (pool) => pool.each(taskOf, ({ output }, index) => {
    order.push(index);
    values.push(...(output ?? []));
    told(index);
  }));
  return { order, values };
}

describe('workers that die', () => {
  it('are replaced, their ranges run again: nothing is lost, nothing is different', async () => {
    const expected = await outputs({ workers: 0 });
    expect(expected.order).toEqual(Array.from({ length: COUNT / STEP }, (_, i) => i));
    threads = watchThreads();
    const { living } = threads;
    let killed = 0;
    const disturbed = await outputs({ workers: 2 }, (index) => {
      // At most 22 ranges are begun and not handed on: so far apart, no range can meet three deaths.
      if (index % 20 !== 5) return;
      const victims = living();
      void victims[random32(7, index) % victims.length]?.terminate();
      killed++;
    });
    expect(disturbed).toEqual(expected);
    expect(killed).toBe(10);
    expect(threads.started()).toBeGreaterThan(2 + 5);
    expect(living()).toEqual([]);
  });

  it('are replaced while nothing runs, and ready waits for that', async () => {
    threads = watchThreads();
    const { living, started } = threads;
    await withPool({ workers: 2 }, async (pool) => {
      await pool.ready();
      await Promise.all(living().map((worker) => worker.terminate()));
      await pool.ready();
      expect([started(), living().length]).toEqual([4, 2]);
    });
  });

  it('are given up with T504 where none can start, with the reason', async () => {
    extra.options = { filename: '/nowhere/worker.js' };
    threads = watchThreads();
    await expect(outputs({ workers: 2 })).rejects.toThrow(/^error T504 workers: no worker can start: .*\/nowhere\/worker\.js.* \(limit: 3 attempts\)/);
    expect(threads.living()).toEqual([]);
  });

  it('are given up with T504 that names the range, if it ends one after the other; other ranges still run', async () => {
    extra.options = { resourceLimits: { maxOldGenerationSizeMb: 32 } };
    threads = watchThreads();
    const { started } = threads;
    await withPool({ workers: 1 }, async (pool) => {
      const task = taskOf(2);
      if (task === null) throw new Error('no task');
      // So many results do not fit a heap of 32 MB.
      const deadly = { ...task, signals: new Array<number>(800_000).fill(graph.output) };
      await expect(pool.run(deadly)).rejects.toThrow(/^error T504 samples 6\.\.8: every worker that took them ended: .*memory.* \(limit: 3 attempts\)/);
      expect(started()).toBe(3);
      expect((await pool.run(task)).output).toHaveLength(STEP * 10);
    });
  });

  it.each([0, 1, 2])('are laid to the range that they were at, not to those that wait behind it or are done: it stands at %i', async (place) => {
    extra.options = { resourceLimits: { maxOldGenerationSizeMb: 32 } };
    await withPool({ workers: 1 }, async (pool) => {
      const tasks = Array.from({ length: 5 }, (_, i) => taskOf(i)!);
      tasks[place] = { ...tasks[place]!, signals: new Array<number>(800_000).fill(graph.output) };
      const ends = await Promise.allSettled(tasks.map((task) => pool.run(task)));
      const refused = ends.flatMap((end, i) => (end.status === 'rejected' ? [[i, String(end.reason)]] : []));
      expect(refused).toEqual([[place, expect.stringContaining(`error T504 samples ${STEP * place}..${STEP * place + 2}: every worker that took them ended`)]]);
    });
  });
});

describe('a pool', () => {
  it('refuses what is not answered when it is closed', async () => {
    const pool = EmulatorPool.create({ chip: graph, workers: 1 });
    const all = Promise.allSettled([0, 1, 2].map((i) => pool.run(taskOf(i) ?? { ...NOTHING, input, count: 1 })));
    await pool.close();
    expect((await all).map((one) => (one.status === 'rejected' ? String(one.reason) : ''))).toEqual(Array(3).fill('Error: the pool is closed'));
  });

  it.each([[2, undefined, 2], [2, 5, 2], [4, 3, 3], [2, 1, 0], [0, 5, 0]])('asked for %s workers for %s tasks has %i', async (workers, tasks, expected) => {
    threads = watchThreads();
    const { started } = threads;
    await withPool({ workers, ...(tasks === undefined ? {} : { tasks }) }, async (pool) => {
      expect(pool.workers).toBe(expected);
      await pool.ready();
      expect(started()).toBe(expected);
    });
  });

  it.each([0, 2])('stops at a signal, with %i workers', async (workers) => {
    threads = watchThreads();
    const controller = new AbortController();
    const stopped = outputs({ workers, signal: controller.signal }, (index) => (index === 3 ? controller.abort() : undefined));
    await expect(stopped).rejects.toThrow(Interrupted);
    expect(threads.living()).toEqual([]);
  });

  it('has memory that does not grow while it works', async () => {
    await withPool({ workers: 2, keep: 'all' }, async (pool) => {
      const before = pool.shared.memory.buffer.byteLength;
      await pool.each(taskOf, () => undefined);
      expect(pool.shared.memory.buffer.byteLength).toBe(before);
      expect(sharedBytes(pool.shared, 2)).toBeGreaterThan(before - 65536 - 1);
      expect(sharedBytes(pool.shared, 2)).toBeLessThanOrEqual(before);
    });
  });

  it('passes on what a task throws, without another attempt', async () => {
    threads = watchThreads();
    const { started } = threads;
    await withPool({ workers: 1 }, async (pool) => {
      const nan = { ...NOTHING, input: new Float32Array(SIZE).fill(NaN), count: 1, output: true };
      await expect(pool.run(nan)).rejects.toThrow(/T502/);
      await expect(pool.run({ ...nan, input: new Float32Array(SIZE), signals: null as never })).rejects.toThrow(/null/);
      expect(started()).toBe(1);
    });
  });
});
