/** Progress on standard error, where that is a terminal. */
import cliProgress from 'cli-progress';
import { progressLine, type Stand } from '../report/progress.js';
import { beforeEnd } from './interrupt.js';
import { isQuiet } from './output.js';

export interface Progress {
  /** Part `done` of `total` of a stage; a new stage replaces the one before. */
  readonly update: (stage: string, done: number, total: number) => void;
  /** Clears the line. */
  readonly stop: () => void;
}

/** Stages that are over in less show nothing. */
const PATIENCE_MS = 200;

export function newProgress(): Progress {
  if (process.stderr.isTTY !== true || isQuiet()) return { update: () => undefined, stop: () => undefined };
  // Terminals may be resized meanwhile.
  const format = (_options: object, _parameters: object, stand: Stand): string => progressLine(stand, process.stderr.columns ?? 80);
  const bar = new cliProgress.SingleBar({ format, stream: process.stderr, clearOnComplete: true });
  let stage = '';
  let began = 0;
  let from = 0;
  let drawn = false;
  const stop = (): void => {
    if (drawn) bar.stop();
    drawn = false;
  };
  const update = (name: string, done: number, total: number): void => {
    if (name !== stage || done < 1) {
      stop();
      stage = name;
      began = performance.now();
      from = done;
    }
    const elapsed = performance.now() - began;
    if (total <= 1 || done <= from || elapsed < PATIENCE_MS) return;
    const stand: Stand = { stage, done, from, total, elapsedMs: elapsed };
    if (!drawn) bar.start(total, done, stand);
    drawn = true;
    bar.update(done, stand);
  };
  return { update, stop };
}

/** Runs `work` with a progress line that is gone when it ends, however it ends. */
export async function withProgress<T>(work: (progress: Progress) => Promise<T>): Promise<T> {
  const progress = newProgress();
  const forget = beforeEnd(progress.stop);
  try {
    return await work(progress);
  } finally {
    progress.stop();
    forget();
  }
}
