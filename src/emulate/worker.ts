/** Entry of a pool's worker: takes the arena of its seat, then runs tasks. */
import { workerData } from 'node:worker_threads';
import { TrestleError } from '../diagnostics.js';
import { Runner } from './runner.js';
import type { Answer, Seated, Task } from './tasks.js';

// Piscina hands `workerData` on inside its own.
const { shared, slot } = (Array.isArray(workerData) ? workerData[1] : workerData) as Seated;
const runner = new Runner(shared, slot);

let last: Promise<Answer> = Promise.resolve({ refused: [] });

/** `null` asks whether the worker is there. Tasks are answered one after the other, as they come: the pool knows by that of which one a worker died. */
export default (task: Task | null): Promise<Answer> => {
  if (task === null) return Promise.resolve({ refused: [] });
  last = last.then(() => answerTo(task));
  return last;
};

/** Errors cross the thread as data: a cloned error would lose its class, and whoever waits takes one for a death. */
async function answerTo(task: Task): Promise<Answer> {
  try {
    return await runner.run(task);
  } catch (error) {
    if (error instanceof TrestleError) return { refused: error.diagnostics };
    return { bug: error instanceof Error ? error.message : String(error) };
  }
}
