/**
 * A worker's seat: one arena, and the thread that works in it. A thread that dies is followed by another, but only when it has surely ended: two
 * threads in one arena would spoil each other's samples. Piscina by itself starts the next thread while the last one may still run, and gives up for
 * good where a thread dies before it is ready; so each seat has a Piscina of its own, of one thread, and takes a new one after each death.
 */
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { Answer, Seated, Shared, Task } from './tasks.js';

/**
 * Piscina tries `require` on the worker's module first. Node 20 aborts the whole process if a worker ends while it loads a module so; with this option
 * the worker is imported.
 */
const IMPORT_ONLY = '--no-experimental-require-module';

const WORKER = fileURLToPath(new URL('../../dist/emulate/worker.js', import.meta.url));

/** The thread ended before it answered. `starting`: before it could take any task. */
export class WorkerDeath extends Error {
  constructor(readonly starting: boolean, reason: string) {
    super(reason);
    this.name = 'WorkerDeath';
  }
}

export class Seat {
  private piscina: Piscina | null = null;
  /** Settles when the last thread of this seat has ended. */
  private ended: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(private readonly shared: Shared, private readonly slot: number) {}

  /** Runs a task, one at a time, in this seat's thread; starts one where there is none. Throws `WorkerDeath` if it ends before it answers. */
  async run(task: Task): Promise<Answer> {
    const piscina = this.piscina ?? (await this.start());
    try {
      return (await piscina.run(task)) as Answer;
    } catch (error) {
      await this.end();
      throw new WorkerDeath(false, reasonOf(error));
    }
  }

  private async start(): Promise<Piscina> {
    await this.ended;
    if (this.closed) throw new WorkerDeath(true, 'the pool is closed');
    const workerData: Seated = { shared: this.shared, slot: this.slot };
    const piscina = new Piscina({
      filename: WORKER, minThreads: 0, maxThreads: 1, idleTimeout: Infinity, atomics: 'disabled', execArgv: [IMPORT_ONLY], workerData,
    });
    this.piscina = piscina;
    let lastWords: unknown;
    piscina.on('error', (error) => (lastWords = error));
    // Tasks that wait for a thread that will never be ready are refused, which Piscina would leave waiting.
    piscina.once('workerDestroy', () => void this.end());
    try {
      const ready = piscina.run(null);
      const [thread] = piscina.threads;
      this.ended = new Promise((resolve) => thread.once('exit', () => resolve()));
      await ready;
      return piscina;
    } catch (error) {
      await this.end();
      throw new WorkerDeath(true, reasonOf(lastWords ?? error));
    }
  }

  /** Ends the thread, and what it runs with it; no other follows. */
  async close(): Promise<void> {
    this.closed = true;
    await this.end();
  }

  private async end(): Promise<void> {
    const { piscina } = this;
    this.piscina = null;
    await piscina?.destroy();
    await this.ended;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
