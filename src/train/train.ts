/** Training of a float network. */
import type { DataSet } from '../data/types.js';
import { fail } from '../diagnostics.js';
import { elements } from '../graph/operator.js';
import type { Graph } from '../graph/types.js';
import { Interrupted, pauseFor, sayingInterrupted } from '../interrupt.js';
import { checkSeed } from '../prng.js';
import type { LossName } from './loss.js';
import type { Optimiser } from './optimiser.js';
import { TrainingPool } from './pool.js';
import { shiftOf, shiftPlanes, shuffled } from './samples.js';
import { scheduled, type ScheduleName } from './schedule.js';

/** Samples to train on: a `DataSet`, or less. */
export type TrainingData = Pick<DataSet, 'place' | 'count' | 'sampleShape' | 'labels' | 'read'>;

export interface TrainOptions {
  /** `cross-entropy` (default): the output holds logits, one a class, and the data labels. `squared-error`: the output comes near `targets`. */
  readonly loss?: LossName;
  /** For `squared-error`: [samples x one output]. */
  readonly targets?: Float32Array;
  /** Passes over the data, 1..10000 (10). */
  readonly epochs?: number;
  /** Samples of a step, 1..65536 (64). Workers share them in chunks of 16. */
  readonly batch?: number;
  /** Default: Adam with a rate of 0.001. */
  readonly optimiser?: Optimiser;
  /** How the rate falls over all steps (`cosine`). */
  readonly schedule?: ScheduleName;
  /** Names of constants that are not trained. */
  readonly fixed?: readonly string[];
  /** Every time a sample is seen it is moved by up to so many cells in each direction, 0 coming in (0). For samples with height and width. */
  readonly shift?: number;
  /** Of order and shifts, 0..2^32-1 (0). */
  readonly seed?: number;
  /** Worker threads; 0: the calling thread; default: one a core. The result does not depend on it. */
  readonly workers?: number;
  /** Stops the work with T507. */
  readonly signal?: AbortSignal;
  /** After each step: steps done and in all, and the loss of the step. */
  readonly progress?: (done: number, total: number, loss: number) => void;
  /** After each epoch, with the network as it then is; training goes on unless it gives `false`. */
  readonly afterEpoch?: (state: EpochState) => boolean | undefined | Promise<boolean | undefined>;
}

export interface EpochState {
  /** From 1. */
  readonly epoch: number;
  /** Mean loss over the epoch's samples, each taken when it was seen. */
  readonly loss: number;
  readonly graph: () => Graph;
}

export interface Training {
  /** The network with its new constants. */
  readonly graph: Graph;
  /** Mean loss of each epoch. */
  readonly losses: readonly number[];
}

/**
 * Trains the float32 constants of convolutions, products, normalisations (scale and bias), sums and scalings of a network with one input
 * and one output. The same network, data, seed and options give the same bytes, whatever the workers. Batch normalisation keeps its mean and
 * variance. Errors: T302 data that does not fit, T402 seed, T503 options out of range, T504 workers, T507 stopped, T515 a network that
 * cannot be trained, a loss that is not finite.
 */
export async function train(graph: Graph, data: TrainingData, options: TrainOptions = {}): Promise<Training> {
  const { epochs = 10, batch = 64, loss = 'cross-entropy', optimiser = { name: 'adam' }, seed = 0, signal } = options;
  checkOptions(graph, data, options);
  const { fixed = [], workers } = options;
  const size = Math.min(batch, data.count);
  const pool = TrainingPool.create(graph, { loss, batch: size, optimiser, fixed, ...(workers === undefined ? {} : { workers }) });
  const abandon = (): void => void pool.close();
  signal?.addEventListener('abort', abandon, { once: true });
  const losses: number[] = [];
  try {
    const place = `training on ${data.place}`;
    return await sayingInterrupted(place, () => `interrupted after ${losses.length} of ${epochs} epochs`, async () => {
      for (let epoch = 0; epoch < epochs; epoch++) {
        losses.push(await runEpoch(pool, data, { ...options, epochs, seed, batch: size }, epoch));
        const more = await options.afterEpoch?.({ epoch: epoch + 1, loss: losses[epoch], graph: () => pool.trained() });
        if (more === false) break;
      }
      return { graph: pool.trained(), losses };
    });
  } finally {
    signal?.removeEventListener('abort', abandon);
    await pool.close();
  }
}

type EpochOptions = TrainOptions & { readonly epochs: number; readonly seed: number; readonly batch: number };

/** One pass over the data; gives its mean loss. The next batch is read while the workers are busy with this one. */
async function runEpoch(pool: TrainingPool, data: TrainingData, options: EpochOptions, epoch: number): Promise<number> {
  const { epochs, seed, batch, signal, schedule = 'cosine', progress } = options;
  const pause = pauseFor(signal);
  const order = shuffled(data.count, seed, epoch);
  const steps = Math.ceil(data.count / batch);
  const batchOf = (step: number): Uint32Array => order.subarray(step * batch, (step + 1) * batch);
  const fill = async (step: number): Promise<void> => {
    if (step < steps) await fillBatch(pool, step % 2 === 0 ? 0 : 1, batchOf(step), data, options, epoch);
  };
  let sum = 0;
  await fill(0);
  for (let step = 0; step < steps; step++) {
    await pause();
    const samples = batchOf(step).length;
    const loss = await orInterrupted(pool.batch(step % 2 === 0 ? 0 : 1, samples, () => fill(step + 1)), signal);
    if (!Number.isFinite(loss)) {
      fail('T515', `step ${step + 1} of epoch ${epoch + 1}`, `the loss is ${loss}`, { limit: 'a finite loss', remedy: 'Use a smaller rate, and finite data' });
    }
    pool.step(scheduled(schedule, epoch * steps + step, epochs * steps));
    sum += loss;
    progress?.(epoch * steps + step + 1, epochs * steps, loss / samples);
  }
  return sum / data.count;
}

/** Workers that end because of the signal are no fault. */
async function orInterrupted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (signal?.aborted === true) throw new Interrupted();
    throw error;
  }
}

async function fillBatch(
  pool: TrainingPool, place: 0 | 1, samples: Uint32Array, data: TrainingData, options: EpochOptions, epoch: number,
): Promise<void> {
  const { inputs, goals, labels } = pool.place(place);
  const size = elements(data.sampleShape);
  const { targets, shift = 0, seed } = options;
  const outputs = (targets?.length ?? 0) / data.count;
  const [height, width] = data.sampleShape.slice(-2);
  for (const [i, index] of samples.entries()) {
    await data.read(index, inputs, i * size);
    if (shift > 0) shiftPlanes(inputs.subarray(i * size, (i + 1) * size), height, width, ...shiftOf(index, seed, epoch, shift));
    if (targets === undefined) labels[i] = data.labels?.[index] ?? 0;
    else goals.set(targets.subarray(index * outputs, (index + 1) * outputs), i * outputs);
  }
}

function checkOptions(graph: Graph, data: TrainingData, options: TrainOptions): void {
  const { loss = 'cross-entropy', targets, shift = 0, epochs = 10, batch = 64 } = options;
  const whole = (name: string, value: number, least: number, greatest: number): void => {
    const wrong = !Number.isInteger(value) || value < least || value > greatest;
    if (wrong) fail('T503', name, `${name} is ${value}`, { limit: `${least}..${greatest}`, remedy: 'Use a whole number in range' });
  };
  whole('epochs', epochs, 1, 10000);
  whole('batch', batch, 1, 65536);
  whole('shift', shift, 0, 64);
  checkSeed(options.seed ?? 0);
  const [input, output] = [graph.inputs[0], graph.outputs[0]].map((id) => graph.tensors[id]?.shape.slice(1) ?? []);
  if (elements(input) !== elements(data.sampleShape) || data.count === 0) {
    const limit = `samples of shape [${input.join(', ')}]`;
    fail('T302', data.place, `${data.count} samples of shape [${data.sampleShape.join(', ')}]`, { limit });
  }
  if (shift > 0 && data.sampleShape.length < 2) fail('T302', data.place, 'samples without height and width', { limit: 'planes, for shifts' });
  if (loss === 'squared-error') {
    const wanted = data.count * elements(output);
    const limit = `${wanted}, one for each output of each sample`;
    if (targets?.length !== wanted) fail('T302', data.place, `${targets?.length ?? 0} targets`, { limit });
    return;
  }
  if (targets !== undefined) fail('T302', data.place, 'targets for a loss of labels', { limit: 'no targets', remedy: 'Use the loss squared-error' });
  if (data.labels === null) fail('T302', data.place, 'the data has no labels', { limit: 'a label for each sample' });
  const wrong = data.labels.findIndex((label) => label < 0 || label >= elements(output));
  if (wrong >= 0) fail('T302', data.place, `sample ${wrong} has label ${data.labels[wrong]}`, { limit: `0..${elements(output) - 1}` });
}
