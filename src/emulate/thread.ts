/** A worker thread, which answers tasks one after the other and may die of one. */
import type { Piscina } from 'piscina';
import { threadOf } from '../data/threads.js';
import type { Answer, Seated, Task } from './tasks.js';

/** Tasks that a thread holds: the next one is there when one is done, for to ask for it takes as long as some of them. */
export const TASKS_HELD = 2;

/** The thread ended before it answered. `starting`: before it could take any task; `running`: it was at this task, and not at one before it. */
export class WorkerDeath extends Error {
  constructor(readonly starting: boolean, readonly running: boolean, reason: string) {
    super(reason);
    this.name = 'WorkerDeath';
  }
}

export class Thread {
  /** Settles when the thread has surely ended. */
  readonly ended: Promise<void>;
  /** Whether it takes no tasks any more. */
  over = false;
  private readonly piscina: Piscina;
  private readonly ready: Promise<unknown>;
  /** What is not answered yet, in the order in which the thread takes it, and what it died of. */
  private readonly held: Task[] = [];
  private fatal: Task | null = null;
  private lastWords: unknown;

  constructor(workerData: Seated) {
    this.piscina = threadOf('emulate/worker.js', workerData, TASKS_HELD);
    this.piscina.on('error', (error) => (this.lastWords = error));
    // Tasks that wait for a thread that will never be ready are refused, which Piscina would leave waiting.
    this.piscina.once('workerDestroy', () => void this.end());
    this.ready = this.piscina.run(null);
    const [thread] = this.piscina.threads;
    this.ended = new Promise((resolve) => thread.once('exit', () => resolve()));
  }

  /** Waits until it takes tasks. Throws `WorkerDeath` if it never will. */
  async started(): Promise<void> {
    try {
      await this.ready;
    } catch (error) {
      await this.end();
      throw new WorkerDeath(true, false, reasonOf(this.lastWords ?? error));
    }
  }

  /** Runs a task after those that it holds. Throws `WorkerDeath` if it ends before it answers. */
  async run(task: Task): Promise<Answer> {
    if (this.over) {
      await this.ended;
      throw new WorkerDeath(false, false, 'the thread has ended');
    }
    this.held.push(task);
    try {
      return (await this.piscina.run(task)) as Answer;
    } catch (error) {
      this.fatal ??= this.held[0];
      await this.end();
      throw new WorkerDeath(false, this.fatal === task, reasonOf(error));
    } finally {
      this.held.splice(this.held.indexOf(task), 1);
    }
  }

  /** Ends the thread, and what it runs with it. */
  end(): Promise<void> {
    // Piscina itself waits for ever for a thread that has ended when it is told of that.
    if (!this.over) void this.piscina.destroy();
    this.over = true;
    return this.ended;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
