/** Emulation and float evaluation over a pool of workers: weights packed once into one memory, ranges of samples as tasks. */
import { availableParallelism } from 'node:os';
import type { Chip } from '../chip/types.js';
import type { CoreGraph } from '../cores/types.js';
import { kernelBytes } from '../data/files.js';
import { fail, TrestleError, type Diagnostic } from '../diagnostics.js';
import { floatArenaBytes, prepareFloat, type FloatPlan } from '../graph/evaluate.js';
import type { Graph } from '../graph/types.js';
import { Interrupted, pauseFor, type Pause } from '../interrupt.js';
import { compileKernels, createMemory, instantiateKernels, type KernelInstance } from '../kernels/instance.js';
import { Arena } from '../kernels/memory.js';
import type { CoreKernel } from '../kernels/types.js';
import { memoryBytes, numberBytes } from './memory.js';
import { planEngine, type EnginePlan } from './plan.js';
import { NO_RELAXED, relaxedFor } from './relaxed.js';
import { Runner } from './runner.js';
import { Seat } from './seat.js';
import { NOTHING, type Answer, type Shared, type Task, type TaskResult } from './tasks.js';
import { TASKS_HELD, WorkerDeath } from './thread.js';

/** An arena should stay in the second-level cache; batches are chosen so, between these bounds. */
const ARENA_GOAL = 1 << 20;
const MOST_BATCH = 64;
/** A task carries about this many input values: enough work for a millisecond or more, little enough to spread. */
const TASK_VALUES = 1 << 16;
/** Tasks in flight a worker. */
const QUEUE = 3;
/** Ranges, for each worker, that may be done while one before them is not: results are handed on in order. */
const AHEAD = 8;
/** A range is given up when it has ended so many workers, a seat when so many in a row ended before they were ready. */
const MOST_DEATHS = 3;

export interface PoolOptions {
  readonly chip?: CoreGraph;
  readonly float?: Graph;
  /** Worker threads; 0 runs everything in the calling thread. Default: one a core. */
  readonly workers?: number;
  /** Tasks that there will be at most: no more workers than that, and for one task none, for each takes a copy of the plan. */
  readonly tasks?: number;
  readonly batch?: number;
  readonly kernel?: string;
  /** Signals that tasks may ask for besides the output. */
  readonly keep?: readonly number[] | 'all';
  /** Ends all work at once: what is asked of the pool from then on, or is not answered yet, throws `Interrupted`. */
  readonly signal?: AbortSignal;
}

let module: WebAssembly.Module | null = null;

/** The compiled kernels, once a process. */
export function kernelModule(): WebAssembly.Module {
  module ??= compileKernels(kernelBytes());
  return module;
}

/** Kernels over a new memory, for work in the calling thread; with those in relaxed SIMD, if there is a chip that can use them. */
export function newKernels(chip?: Chip, kernel?: string): KernelInstance {
  const relaxed = chip === undefined ? NO_RELAXED : relaxedFor(kernelModule(), chip, kernel);
  return instantiateKernels(kernelModule(), createMemory(), relaxed.module, relaxed.kernels);
}

/** Notes about kernels that a chip could have used. */
export function kernelNotes(chip: Chip, kernel?: string): readonly Diagnostic[] {
  return relaxedFor(kernelModule(), chip, kernel).notes;
}

export class EmulatorPool {
  private readonly seats: readonly Seat[];
  /** Tasks that wait for a seat, the longest first. */
  private readonly waiting: ((seat: Seat) => void)[] = [];
  private readonly pause: Pause;
  private closed = false;

  private constructor(
    readonly shared: Shared, private readonly local: Runner | null, readonly workers: number, private readonly modelBytes: number,
    private readonly signal?: AbortSignal,
  ) {
    this.seats = Array.from({ length: workers }, (_, slot) => new Seat(shared, slot));
    this.pause = pauseFor(signal);
    signal?.addEventListener('abort', this.abandon, { once: true });
  }

  static create(options: PoolOptions): EmulatorPool {
    const asked = options.workers ?? availableParallelism();
    if (!Number.isInteger(asked) || asked < 0 || asked > 256) fail('T504', 'workers', `${asked} workers`, { limit: '0..256' });
    const { tasks = Infinity } = options;
    const workers = tasks <= 1 ? 0 : Math.min(asked, tasks);
    const shared = prepare(options, Math.max(workers, 1));
    return new EmulatorPool(shared, workers === 0 ? new Runner(shared, 0) : null, workers, numberBytes(options.chip, options.float), options.signal);
  }

  /** Samples of one task, for inputs of `size` values. */
  taskSamples(size: number): number {
    const batch = this.shared.chip?.batch ?? this.shared.floatBatch;
    return batch * Math.max(1, Math.floor(TASK_VALUES / (size * batch)));
  }

  /** Waits until every worker has started and run a sample, so that rates measured from then on are those of the work alone. */
  async ready(): Promise<void> {
    const size = this.inputSize();
    const output = this.shared.chip !== null;
    await Promise.all(Array.from({ length: Math.max(1, this.workers) * 2 }, () =>
      this.run({ ...NOTHING, input: new Float32Array(size), count: 1, output })));
  }

  /** Bytes of the whole process at most while `each` runs `samples` samples, of which it gives and keeps so many bytes each. The data set comes on top. */
  memoryBytes(samples: number, resultBytes: number, keptBytes: number): number {
    const { workers, modelBytes, shared } = this;
    const inputSize = this.inputSize();
    const inFlight = (tasks: number): number => Math.min(samples, Math.max(1, tasks) * this.taskSamples(inputSize));
    return memoryBytes(shared, {
      workers, asked: inFlight(workers * QUEUE), answered: inFlight(workers * (QUEUE + AHEAD + QUEUE)), inputSize, resultBytes,
      keptBytes: samples * keptBytes, modelBytes,
    });
  }

  private inputSize(): number {
    const { chip, float } = this.shared;
    if (chip !== null) return chip.sizes[chip.input] / chip.signals[chip.input].copies;
    return float === null ? 0 : float.tensors[float.input].shape.reduce((a, b) => a * b, 1);
  }

  /**
   * A worker that dies is replaced, and its task run again: results do not depend on it. Throws T504 for a task that ends one worker after the other,
   * and where none can start.
   */
  async run(task: Task): Promise<TaskResult> {
    if (this.local !== null) {
      await this.pause();
      return this.local.run(task);
    }
    const seat = this.freeSeat() ?? (await new Promise<Seat>((resolve) => this.waiting.push(resolve)));
    try {
      return resultOf(await this.answer(seat, task));
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) seat.taken--;
      else next(seat);
    }
  }

  /** The seat with the fewest tasks, which takes one more if it can. */
  private freeSeat(): Seat | undefined {
    const seat = this.seats.reduce((a, b) => (b.taken < a.taken ? b : a));
    if (seat.taken >= TASKS_HELD) return undefined;
    seat.taken++;
    return seat;
  }

  private async answer(seat: Seat, task: Task): Promise<Answer> {
    let [starts, deaths] = [0, 0];
    for (;;) {
      if (this.signal?.aborted === true) throw new Interrupted();
      if (this.closed) throw new Error('the pool is closed');
      try {
        return await seat.run(task);
      } catch (error) {
        if (!(error instanceof WorkerDeath)) throw error;
        if (this.closed) continue;
        if (error.starting) starts++;
        else if (error.running) [starts, deaths] = [0, deaths + 1];
        if (starts >= MOST_DEATHS) noStart(error.message);
        if (deaths >= MOST_DEATHS) deadly(task, error.message);
      }
    }
  }

  /**
   * Runs tasks as `next` makes them (`null`: no more) and hands their results to `done`, in order. Holds no more than a few tasks and results a worker.
   */
  async each(next: (index: number) => Task | null | Promise<Task | null>, done: (result: TaskResult, index: number) => void): Promise<void> {
    const lanes = Math.max(1, this.workers * QUEUE);
    const early = new Map<number, TaskResult>();
    const held: (() => void)[] = [];
    let index = 0;
    let told = 0;
    const tell = (): void => {
      for (let result = early.get(told); result !== undefined; result = early.get(told)) {
        early.delete(told);
        done(result, told++);
      }
      held.splice(0).forEach((go) => go());
    };
    const lane = async (): Promise<void> => {
      for (;;) {
        while (index - told >= this.workers * AHEAD + lanes) await new Promise<void>((resolve) => held.push(resolve));
        const mine = index++;
        const task = await next(mine);
        if (task === null) return;
        early.set(mine, await this.run(task));
        tell();
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
  }

  private readonly abandon = (): void => void this.close();

  /** Ends all workers. Tasks that are not answered yet are refused. */
  async close(): Promise<void> {
    this.closed = true;
    this.signal?.removeEventListener('abort', this.abandon);
    await Promise.all(this.seats.map((seat) => seat.close()));
  }
}

function resultOf(answer: Answer): TaskResult {
  if ('refused' in answer) throw new TrestleError(answer.refused);
  if ('bug' in answer) throw new Error(answer.bug);
  return answer;
}

function noStart(reason: string): never {
  fail('T504', 'workers', `no worker can start: ${reason}`, { limit: `${MOST_DEATHS} attempts`, remedy: 'Install trestle again, or use --workers 0' });
}

function deadly({ first, count }: Task, reason: string): never {
  fail('T504', `samples ${first}..${first + count - 1}`, `every worker that took them ended: ${reason}`, {
    limit: `${MOST_DEATHS} attempts`, remedy: 'Use a smaller batch; with --workers 0 the error itself appears',
  });
}

function prepare(options: PoolOptions, arenas: number): Shared {
  const memory = createMemory();
  const { heapBase } = instantiateKernels(kernelModule(), memory);
  const arena = new Arena(memory, heapBase);
  const relaxed = options.chip ? relaxedFor(kernelModule(), options.chip.chip, options.kernel) : NO_RELAXED;
  const chip = options.chip ? chipPlan(options.chip, memory, arena, options, relaxed.kernels) : null;
  const float = options.float ? prepareFloat(options.float, memory, arena.allocate) : null;
  const floatBatch = float === null ? 0 : chip === null ? batchFor(floatArenaBytes(float, 1), options.batch) : chip.batch;
  const floatBytes = float === null ? 0 : floatArenaBytes(float, floatBatch);
  const arenaBytes = Math.ceil(((chip?.arenaBytes ?? 0) + floatBytes) / 4096) * 4096 + 4096;
  const arenaStart = arena.allocate(arenaBytes * arenas);
  return { module: kernelModule(), relaxed: relaxed.module, memory, chip, float: float as FloatPlan | null, floatBatch, arenaStart, arenaBytes };
}

function chipPlan(graph: CoreGraph, memory: WebAssembly.Memory, arena: Arena, options: PoolOptions, relaxed: readonly CoreKernel[]): EnginePlan {
  const keep = options.keep ?? [];
  const batch = batchFor(bytesPerSample(graph, keep), options.batch);
  const plan = { batch, keep, relaxed, ...(options.kernel === undefined ? {} : { kernel: options.kernel }) };
  return planEngine(graph, memory, arena.allocate, plan);
}

function batchFor(bytes: number, asked: number | undefined): number {
  if (asked !== undefined) {
    if (!Number.isInteger(asked) || asked < 1 || asked > 65536) fail('T503', 'batch', `a batch of ${asked}`, { limit: '1..65536' });
    return asked;
  }
  return Math.max(1, Math.min(MOST_BATCH, Math.floor(ARENA_GOAL / bytes)));
}

/** Bytes of the largest signals that live together, roughly: three times the largest, or all that are kept. */
function bytesPerSample(graph: CoreGraph, keep: readonly number[] | 'all'): number {
  const sizes = graph.signals.map((s) => s.shape[0] * s.shape[1] * s.shape[2] * (s.code === null ? 4 : 2));
  const kept = keep === 'all' ? sizes : keep.map((s) => sizes[s]);
  return 3 * Math.max(...sizes) + kept.reduce((a, b) => a + b, 0);
}
