/**
 * A worker's part of a batch: chunks of samples, one after the other, whichever is free next. A chunk always holds the same samples and
 * writes gradients and loss to places of its own, so that no sum depends on who did it.
 */
import { elements } from '../graph/operator.js';
import { instantiateKernels } from '../kernels/instance.js';
import { crossEntropy, squaredError, type LossName } from './loss.js';
import { TrainingNetwork, type TrainingPlan } from './network.js';

/** Samples of a chunk. The sums of gradients, and so the trained bits, depend on it. */
export const CHUNK = 16;

/** Everything that the workers share. Addresses in bytes. */
export interface TrainingShared {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly plan: TrainingPlan;
  readonly loss: LossName;
  /** Samples of a batch; its inputs, then labels (int32) or targets (float32), at each of two places. */
  readonly batch: number;
  readonly inputsAt: readonly [number, number];
  readonly goalsAt: readonly [number, number];
  /** A block of gradients for each chunk, `slotBytes` apart, and a float64 loss for each. */
  readonly slotsAt: number;
  readonly slotBytes: number;
  readonly lossesAt: number;
  /** Int32: the next chunk that nobody has taken. */
  readonly nextAt: number;
  /** The workers' arenas, `plan.arenaBytes` apart. */
  readonly arenasAt: number;
}

/** A batch of `count` samples at place `place`. */
export interface BatchTask {
  readonly place: 0 | 1;
  readonly count: number;
}

export class ChunkRunner {
  private readonly network: TrainingNetwork;
  private readonly next: Int32Array;

  constructor(private readonly shared: TrainingShared, slot: number) {
    const { module, memory, plan } = shared;
    const { exports } = instantiateKernels(module, memory);
    this.network = new TrainingNetwork(plan, memory, exports, shared.arenasAt + slot * plan.arenaBytes);
    this.next = new Int32Array(memory.buffer, shared.nextAt, 1);
  }

  /** Works on chunks of the batch until all are taken. */
  run({ place, count }: BatchTask): void {
    for (let chunk = Atomics.add(this.next, 0, 1); chunk * CHUNK < count; chunk = Atomics.add(this.next, 0, 1)) {
      this.chunk(chunk, place, count);
    }
  }

  private chunk(chunk: number, place: 0 | 1, batch: number): void {
    const { memory, plan, loss, inputsAt, goalsAt, slotsAt, slotBytes, lossesAt } = this.shared;
    const first = chunk * CHUNK;
    const n = Math.min(CHUNK, batch - first);
    const input = this.network.input(n);
    input.set(new Float32Array(memory.buffer, inputsAt[place] + first * (input.length / n) * 4, input.length));
    this.network.forward(n);
    const { values, gradient } = this.network.output(n);
    const outputs = elements(plan.tensors[plan.output].shape);
    const sum = loss === 'cross-entropy'
      ? crossEntropy(values, new Int32Array(memory.buffer, goalsAt[place] + first * 4, n), batch, gradient)
      : squaredError(values, new Float32Array(memory.buffer, goalsAt[place] + first * outputs * 4, n * outputs), n, batch, gradient);
    new Float64Array(memory.buffer, lossesAt, chunk + 1)[chunk] = sum;
    this.network.backward(n, slotsAt + chunk * slotBytes);
  }
}
