/**
 * A worker's seat: one arena, and the thread that works in it. A thread that dies is followed by another, but only when it has surely ended: two
 * threads in one arena would spoil each other's samples. Piscina by itself starts the next thread while the last one may still run, and gives up for
 * good where a thread dies before it is ready; so each thread has a Piscina of its own.
 */
import type { Answer, Shared, Task } from './tasks.js';
import { Thread, WorkerDeath } from './thread.js';

export class Seat {
  /** Tasks that were given to this seat and are not over. */
  taken = 0;
  private thread: Thread | null = null;
  /** The thread, once it takes tasks. */
  private opening: Promise<Thread> | null = null;
  /** Settles when the thread before has ended. */
  private ended: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(private readonly shared: Shared, private readonly slot: number) {}

  /** Runs a task in this seat's thread, after those that it has; starts one where there is none. Throws `WorkerDeath` if it ends before it answers. */
  async run(task: Task): Promise<Answer> {
    const thread = await this.open();
    return thread.run(task);
  }

  private open(): Promise<Thread> {
    if (this.thread?.over === true) {
      this.ended = this.thread.ended;
      this.thread = null;
      this.opening = null;
    }
    this.opening ??= this.start();
    return this.opening;
  }

  private async start(): Promise<Thread> {
    await this.ended;
    if (this.closed) throw new WorkerDeath(true, false, 'the pool is closed');
    const thread = new Thread({ shared: this.shared, slot: this.slot });
    this.thread = thread;
    await thread.started();
    return thread;
  }

  /** Ends the thread, and what it runs with it; no other follows. */
  async close(): Promise<void> {
    this.closed = true;
    await this.thread?.end();
    await this.ended;
  }
}
