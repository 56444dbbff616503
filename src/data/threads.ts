/** Worker threads, each a pool of one: who gives a thread its tasks knows what it holds. */
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';

/**
 * Piscina tries `require` on the worker's module first. Node 20 aborts the whole process if a worker ends while it loads a module so; with this option
 * the worker is imported.
 */
const IMPORT_ONLY = '--no-experimental-require-module';

/** A thread of a module of `dist/`, which starts when it gets its first task and then stays. `tasks`: so many it may hold at a time. */
export function threadOf(worker: 'emulate/worker.js' | 'train/worker.js', workerData: unknown, tasks = 1): Piscina {
  return new Piscina({
    filename: fileURLToPath(new URL(`../../dist/${worker}`, import.meta.url)), minThreads: 0, maxThreads: 1, concurrentTasksPerWorker: tasks,
    idleTimeout: Infinity, atomics: 'disabled', execArgv: [IMPORT_ONLY], workerData,
  });
}
