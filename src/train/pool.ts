/** Batches over a pool of workers: one memory with parameters, inputs and gradients, chunks of samples as work. */
import { availableParallelism } from 'node:os';
import type { Piscina } from 'piscina';
import { kernelBytes } from '../data/files.js';
import { threadOf } from '../data/threads.js';
import { fail } from '../diagnostics.js';
import { elements } from '../graph/operator.js';
import { kernelCaller, type RunContext } from '../graph/steps/step.js';
import type { Graph } from '../graph/types.js';
import { compileKernels, createMemory, instantiateKernels } from '../kernels/instance.js';
import { Arena, float32View } from '../kernels/memory.js';
import { CHUNK, ChunkRunner, type TrainingShared } from './chunk.js';
import type { LossName } from './loss.js';
import { planTraining, trainedGraph, TrainingNetwork } from './network.js';
import { Descent, type Optimiser } from './optimiser.js';

export interface TrainingPoolOptions {
  readonly loss: LossName;
  readonly batch: number;
  readonly optimiser: Optimiser;
  readonly fixed: readonly string[];
  /** Worker threads; 0: the calling thread. Default: one a core. */
  readonly workers?: number;
}

export class TrainingPool {
  private readonly seats: readonly Piscina[];
  private readonly local: ChunkRunner | null;

  private constructor(
    private readonly graph: Graph, readonly shared: TrainingShared, private readonly call: RunContext['call'],
    private readonly network: TrainingNetwork, private readonly descent: Descent, workers: number,
  ) {
    this.local = workers === 0 ? new ChunkRunner(shared, 0) : null;
    this.seats = Array.from({ length: workers }, (_, slot) => {
      const seat = threadOf('train/worker.js', { shared, slot });
      // A result that is on its way when the seat is destroyed is an 'error' to Piscina, and one without a listener ends the process.
      seat.on('error', () => undefined);
      return seat;
    });
    network.refresh();
  }

  /** Errors: T504 workers; T515 a network that cannot be trained. */
  static create(graph: Graph, { loss, batch, optimiser, fixed, workers = availableParallelism() }: TrainingPoolOptions): TrainingPool {
    if (!Number.isInteger(workers) || workers < 0 || workers > 256) fail('T504', 'workers', `${workers} workers`, { limit: '0..256' });
    const module = compileKernels(kernelBytes());
    const memory = createMemory();
    const { exports, heapBase } = instantiateKernels(module, memory);
    const { allocate } = new Arena(memory, heapBase);
    const samples = Math.min(CHUNK, batch);
    const plan = planTraining(graph, memory, allocate, { samples, fixed });
    const chunks = Math.ceil(batch / CHUNK);
    const [input, output] = [plan.input, plan.output].map((id) => elements(plan.tensors[id].shape));
    const goals = batch * (loss === 'cross-entropy' ? 1 : output) * 4;
    const slotBytes = (plan.parameterFloats + 8) * 4;
    const shared: TrainingShared = {
      module, memory, plan, loss, batch, slotBytes,
      inputsAt: [allocate(batch * input * 4), allocate(batch * input * 4)], goalsAt: [allocate(goals), allocate(goals)],
      slotsAt: allocate(slotBytes * chunks), lossesAt: allocate(chunks * 8), nextAt: allocate(16),
      arenasAt: allocate(plan.arenaBytes * Math.max(workers, 1) + 4096),
    };
    const state = allocate(plan.parameterFloats * 8);
    float32View(memory, state, plan.parameterFloats * 2).fill(0);
    const call = kernelCaller(exports, 'simd');
    const descent = new Descent(optimiser, call, plan.parametersAt, shared.slotsAt, state, plan.parameterFloats);
    return new TrainingPool(graph, shared, call, new TrainingNetwork(plan, memory, exports, shared.arenasAt), descent, workers);
  }

  /** Where the inputs, and the labels or targets, of the next batch at a place go. */
  place(place: 0 | 1): { readonly inputs: Float32Array; readonly goals: Float32Array; readonly labels: Int32Array } {
    const { memory, plan, batch, loss, inputsAt, goalsAt } = this.shared;
    const [input, output] = [plan.input, plan.output].map((id) => elements(plan.tensors[id].shape));
    const labelled = loss === 'cross-entropy';
    return {
      inputs: float32View(memory, inputsAt[place], batch * input), goals: float32View(memory, goalsAt[place], labelled ? 0 : batch * output),
      labels: new Int32Array(memory.buffer, goalsAt[place], labelled ? batch : 0),
    };
  }

  /** Loss of a batch, and its gradients in the first block. `meanwhile` runs in this thread while the workers work. */
  async batch(place: 0 | 1, count: number, meanwhile: () => Promise<void>): Promise<number> {
    const { memory, plan, slotsAt, slotBytes, lossesAt, nextAt } = this.shared;
    Atomics.store(new Int32Array(memory.buffer, nextAt, 1), 0, 0);
    if (this.local !== null) {
      this.local.run({ place, count });
      await meanwhile();
    } else {
      const working = Promise.all(this.seats.map((seat) => seat.run({ place, count }))).catch((error: unknown) => (
        fail('T504', 'workers', `a worker ended: ${String(error)}`, { remedy: 'With 0 workers the error itself appears' })));
      // Whoever hears of an error may close the pool: the workers must have ended by then.
      const outcomes = await Promise.allSettled([working, meanwhile()]);
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    }
    const chunks = Math.ceil(count / CHUNK);
    for (let c = 1; c < chunks; c++) this.call('addFloat', slotsAt, slotsAt + c * slotBytes, slotsAt, plan.parameterFloats);
    return new Float64Array(memory.buffer, lossesAt, chunks).reduce((sum, loss) => sum + loss, 0);
  }

  /** Changes the parameters by the gradients of the last batch. */
  step(scale: number): void {
    this.descent.step(scale);
    this.network.refresh();
  }

  trained(): Graph {
    return trainedGraph(this.graph, this.shared.plan, this.shared.memory);
  }

  async close(): Promise<void> {
    await Promise.all(this.seats.map((seat) => seat.destroy()));
  }
}
