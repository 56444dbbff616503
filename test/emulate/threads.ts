/** The worker threads of this process, as Node itself announces them. */
import type { Worker } from 'node:worker_threads';

export interface Threads {
  /** All that were started since, and those of them that live. */
  readonly started: () => number;
  readonly living: () => readonly Worker[];
  readonly stop: () => void;
}

/** Watches from now on; `started` is called with each new thread. */
export function watchThreads(started: (worker: Worker) => void = () => undefined): Threads {
  const all: Worker[] = [];
  const living = new Set<Worker>();
  const add = (worker: Worker): void => {
    all.push(worker);
    living.add(worker);
    worker.once('exit', () => living.delete(worker));
    started(worker);
  };
  process.on('worker', add);
  return { started: () => all.length, living: () => [...living], stop: () => void process.off('worker', add) };
}
