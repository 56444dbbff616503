/** Interruption of long work: pauses in which a signal can arrive, and how work that stopped says so. */
import { DIAGNOSTICS, TrestleError, type Diagnostic } from './diagnostics.js';

/** Thrown inside work whose `AbortSignal` was raised; never leaves the public functions, which say T507 instead. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted');
    this.name = 'Interrupted';
  }
}

/** Lets the event loop turn where it has not turned for a while; throws `Interrupted` once the signal is raised. */
export type Pause = () => Promise<void>;

/** Short enough for a person at a terminal, long enough that the pauses, of a millisecond or two each, cost nothing. */
const PAUSE_EVERY_MS = 200;

/** A pause for one piece of work. Events such as Ctrl-C reach JavaScript only while it pauses. */
export function pauseFor(signal: AbortSignal | undefined): Pause {
  let last = performance.now();
  return async () => {
    if (performance.now() - last >= PAUSE_EVERY_MS) {
      await turn();
      last = performance.now();
    }
    if (signal?.aborted === true) throw new Interrupted();
  };
}

/** One turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

/** Runs work; if it was interrupted, refuses with T507 and what `message` says of it. */
export async function sayingInterrupted<T>(place: string, message: () => string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Interrupted) throw new TrestleError([interruption(place, message())]);
    throw error;
  }
}

export function interruption(place: string, message: string): Diagnostic {
  const { limit, remedy } = DIAGNOSTICS.T507;
  return { code: 'T507', severity: 'error', place, message, limit, remedy };
}
