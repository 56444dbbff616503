/**
 * Ctrl-C, and what asks a process to end: the first time, work stops in good order and says how far it came; the second time the process ends at once.
 */
import { interruption } from '../interrupt.js';
import { report } from './output.js';

/** Launchers pass on a signal that the terminal has sent already: within this time both are one. */
const ONE_KEYSTROKE_MS = 500;

const controller = new AbortController();
const undo = new Set<() => void>();

/** Raised by the first signal. */
export const interrupt: AbortSignal = controller.signal;

/** Registers what must be done to the terminal before the process ends at once; gives back how to take it off the list. */
export function beforeEnd(work: () => void): () => void {
  undo.add(work);
  return () => void undo.delete(work);
}

/** Takes over what the signals do. They reach JavaScript only while it waits, so long work in this thread must pause. */
export function listen(): void {
  let first: number | null = null;
  const stop = (): void => {
    if (first === null) {
      first = performance.now();
      controller.abort();
      return;
    }
    if (performance.now() - first < ONE_KEYSTROKE_MS) return;
    for (const work of undo) work();
    report([interruption('trestle', 'interrupted twice, ended at once')]);
    process.exit(1);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
}
