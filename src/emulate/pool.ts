/** Emulation and float evaluation over a pool of workers: weights packed once into one memory, ranges of samples as tasks. */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { Chip } from '../chip/types.js';
import type { CoreGraph } from '../cores/types.js';
import { kernelBytes } from '../data/files.js';
import { fail, TrestleError, type Diagnostic } from '../diagnostics.js';
import { floatArenaBytes, prepareFloat, type FloatPlan } from '../graph/evaluate.js';
import type { Graph } from '../graph/types.js';
import { compileKernels, createMemory, instantiateKernels, type KernelInstance } from '../kernels/instance.js';
import { Arena } from '../kernels/memory.js';
import { planEngine, type EnginePlan } from './plan.js';
import { relaxedFor } from './relaxed.js';
import { Runner } from './runner.js';
import { NOTHING, type Shared, type Task, type TaskResult } from './tasks.js';

/** An arena should stay in the second-level cache; batches are chosen so, between these bounds. */
const ARENA_GOAL = 1 << 20;
const MOST_BATCH = 64;
/** A task carries about this many input values: enough work for a millisecond or more, little enough to spread. */
const TASK_VALUES = 1 << 16;
/** Tasks in flight a worker. */
const QUEUE = 3;

export interface PoolOptions {
  readonly chip?: CoreGraph;
  readonly float?: Graph;
  /** Worker threads; 0 runs everything in the calling thread. Default: one a core. */
  readonly workers?: number;
  readonly batch?: number;
  readonly kernel?: string;
  /** Signals that tasks may ask for besides the output. */
  readonly keep?: readonly number[] | 'all';
}

/**
 * Piscina tries `require` on the worker's module first. Node 20 aborts the whole process if a worker ends while it loads a module so; with this option
 * the worker is imported.
 */
const IMPORT_ONLY = '--no-experimental-require-module';

let module: WebAssembly.Module | null = null;

/** The compiled kernels, once a process. */
export function kernelModule(): WebAssembly.Module {
  module ??= compileKernels(kernelBytes());
  return module;
}

/** Kernels over a new memory, for work in the calling thread; with those in relaxed SIMD, if there is a chip that can use them. */
export function newKernels(chip?: Chip, kernel?: string): KernelInstance {
  const relaxed = chip === undefined ? null : relaxedFor(kernelModule(), chip, kernel).module;
  return instantiateKernels(kernelModule(), createMemory(), relaxed);
}

/** Notes about kernels that a chip could have used. */
export function kernelNotes(chip: Chip, kernel?: string): readonly Diagnostic[] {
  return relaxedFor(kernelModule(), chip, kernel).notes;
}

export class EmulatorPool {
  private constructor(readonly shared: Shared, private readonly piscina: Piscina | null, private readonly local: Runner | null, readonly workers: number) {}

  static create(options: PoolOptions): EmulatorPool {
    const workers = options.workers ?? availableParallelism();
    if (!Number.isInteger(workers) || workers < 0 || workers > 256) fail('T504', 'workers', `${workers} workers`, { limit: '0..256' });
    const shared = prepare(options, Math.max(workers, 1));
    if (workers === 0) return new EmulatorPool(shared, null, new Runner(shared, 0), 0);
    const piscina = new Piscina({
      filename: fileURLToPath(new URL('../../dist/emulate/worker.js', import.meta.url)),
      minThreads: workers, maxThreads: workers, atomics: 'disabled', workerData: shared, execArgv: [IMPORT_ONLY],
    });
    return new EmulatorPool(shared, piscina, null, workers);
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

  private inputSize(): number {
    const { chip, float } = this.shared;
    if (chip !== null) return chip.sizes[chip.input];
    return float === null ? 0 : float.tensors[float.input].shape.reduce((a, b) => a * b, 1);
  }

  async run(task: Task): Promise<TaskResult> {
    if (this.piscina === null) {
      if (this.local === null) throw new Error('the pool is closed');
      return this.local.run(task);
    }
    const answer = (await this.piscina.run(task, { transferList: [task.input.buffer as ArrayBuffer] })) as TaskResult | { refused: readonly Diagnostic[] };
    if ('refused' in answer) throw new TrestleError(answer.refused);
    return answer;
  }

  /**
   * Runs tasks as `next` makes them (`null`: no more) and hands every result to `done` with its number. Never holds more than a few tasks a worker.
   */
  async each(next: (index: number) => Task | null, done: (result: TaskResult, index: number) => void): Promise<void> {
    let index = 0;
    const lane = async (): Promise<void> => {
      for (;;) {
        const mine = index++;
        const task = next(mine);
        if (task === null) return;
        done(await this.run(task), mine);
      }
    };
    await Promise.all(Array.from({ length: Math.max(1, this.workers * QUEUE) }, lane));
  }

  async close(): Promise<void> {
    await this.piscina?.destroy();
  }
}

function prepare(options: PoolOptions, arenas: number): Shared {
  const memory = createMemory();
  const { heapBase } = instantiateKernels(kernelModule(), memory);
  const arena = new Arena(memory, heapBase);
  const relaxed = options.chip ? relaxedFor(kernelModule(), options.chip.chip, options.kernel).module : null;
  const chip = options.chip ? chipPlan(options.chip, memory, arena, options, relaxed !== null) : null;
  const float = options.float ? prepareFloat(options.float, memory, arena.allocate) : null;
  const floatBatch = float === null ? 0 : chip === null ? batchFor(floatArenaBytes(float, 1), options.batch) : chip.batch;
  const floatBytes = float === null ? 0 : floatArenaBytes(float, floatBatch);
  const arenaBytes = Math.ceil(((chip?.arenaBytes ?? 0) + floatBytes) / 4096) * 4096 + 4096;
  const arenaStart = arena.allocate(arenaBytes * arenas);
  const counter = new SharedArrayBuffer(4);
  return { module: kernelModule(), relaxed, memory, chip, float: float as FloatPlan | null, floatBatch, arenaStart, arenaBytes, counter };
}

function chipPlan(graph: CoreGraph, memory: WebAssembly.Memory, arena: Arena, options: PoolOptions, relaxed: boolean): EnginePlan {
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
