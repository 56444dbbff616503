/** Progress on standard error, where that is a terminal. */
import cliProgress from 'cli-progress';
import { count, seconds } from '../report/numbers.js';
import { beforeEnd } from './interrupt.js';

export interface Progress {
  /** Part `done` of `total` of a stage; a new stage replaces the one before. */
  readonly update: (stage: string, done: number, total: number) => void;
  /** Clears the line. */
  readonly stop: () => void;
}

const FORMAT = '{stage} {bar} {percentage} % | {value}/{total} | {rate}/s | {left} left';
/** Stages that are over in less show nothing. */
const PATIENCE_MS = 200;

export function newProgress(): Progress {
  if (process.stderr.isTTY !== true) return { update: () => undefined, stop: () => undefined };
  const options = { format: FORMAT, stream: process.stderr, clearOnComplete: true, barsize: 24 };
  const bar = new cliProgress.SingleBar(options, cliProgress.Presets.shades_classic);
  let stage = '';
  let began = 0;
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
    }
    const elapsed = performance.now() - began;
    if (total <= 1 || done < 1 || elapsed < PATIENCE_MS) return;
    const payload = { stage: name.padEnd(9), rate: count((1000 * done) / elapsed), left: seconds((elapsed * (total - done)) / done / 1000) };
    if (!drawn) bar.start(total, done, payload);
    drawn = true;
    bar.update(done, payload);
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
