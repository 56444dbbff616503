/** Entry of a pool's worker: takes an arena of its own, then runs tasks. */
import { workerData } from 'node:worker_threads';
import { TrestleError, type Diagnostic } from '../diagnostics.js';
import { Runner } from './runner.js';
import type { Shared, Task, TaskResult } from './tasks.js';

// Piscina hands `workerData` on inside its own.
const shared = (Array.isArray(workerData) ? workerData[1] : workerData) as Shared;
const slot = Atomics.add(new Int32Array(shared.counter), 0, 1);
const runner = new Runner(shared, slot);

/** A refusal crosses the thread as data, since a cloned error would lose its class. */
export default (task: Task): TaskResult | { readonly refused: readonly Diagnostic[] } => {
  try {
    return runner.run(task);
  } catch (error) {
    if (error instanceof TrestleError) return { refused: error.diagnostics };
    throw error;
  }
};
