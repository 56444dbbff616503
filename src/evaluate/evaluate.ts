/** evaluate: accuracy of a program over a data set, the float network beside it; samples stream through the pool. */
import { taskSamples } from '../data/read.js';
import type { DataSet } from '../data/types.js';
import type { Diagnostic } from '../diagnostics.js';
import type { EmulatorPool } from '../emulate/pool.js';
import { Scorer, type FoundClasses, type Scores } from './score.js';

export interface Failure {
  readonly sample: number;
  /** Name of the image, where samples are images. */
  readonly file?: string;
  readonly reason: string;
}

export interface Evaluation extends Scores {
  readonly seconds: number;
  readonly samplesPerSecond: number;
  readonly macsPerSecond: number;
  readonly workers: number;
  /** Samples that could not be read; they count as nothing else. */
  readonly failed: readonly Failure[];
  /** Bytes of memory that it may take at most, the data set aside. */
  readonly memoryBytes: number;
  /** Present if the work was interrupted: all figures are then of the first samples, and so many were asked for. */
  readonly interrupted?: true;
  readonly requested?: number;
}

export interface EvaluateOptions {
  readonly limit?: number;
  readonly seed?: number;
  /** Tensor of the float network to compare the output with; absent: no comparison. */
  readonly floatOutput?: number;
  readonly macsPerSample: number;
  /** Seconds since some moment, for rates. */
  readonly clock: () => number;
  readonly progress?: (done: number, total: number) => void;
  /** Called for each sample, in order. */
  readonly found?: (classes: FoundClasses) => void;
  /** Ends the work after the ranges that are being computed. */
  readonly signal?: AbortSignal;
}

/** `pool` holds the program, and the float network if `floatOutput` is given. */
export async function evaluate(pool: EmulatorPool, data: DataSet, options: EvaluateOptions): Promise<Evaluation> {
  const count = Math.min(data.count, options.limit ?? data.count);
  const size = data.sampleShape.reduce((a, b) => a * b, 1);
  const step = pool.taskSamples(size);
  const failed: Failure[] = [];
  const reading = new Map<number, readonly number[]>();
  const against = options.floatOutput !== undefined;
  let scorer: Scorer | null = null;
  await pool.ready();
  const start = options.clock();
  let done = 0;
  let read = 0;
  await pool.each(async (index) => {
    const first = index * step;
    if (first >= count || options.signal?.aborted === true) return null;
    const { input, samples, unread } = await taskSamples(data, first, Math.min(step, count - first));
    failed.push(...unread.map(({ position, diagnostics }) => failure(data, first + position, diagnostics)));
    reading.set(index, samples);
    const tensors = options.floatOutput === undefined ? [] : [options.floatOutput];
    return { input, count: samples.length, first, signals: [], tensors, output: true, compare: [], sample: [], replace: [] };
  }, ({ output, values, unread }, index) => {
    const asked = reading.get(index) ?? [];
    reading.delete(index);
    failed.push(...unread.map(({ position, diagnostics }) => failure(data, asked[position], diagnostics)));
    const samples = asked.filter((_, i) => unread.every(({ position }) => position !== i));
    read += samples.length;
    done = Math.min(count, (index + 1) * step);
    options.progress?.(done, count);
    if (output === null) return;
    const outputs = output.length / samples.length;
    const scores = (scorer ??= new Scorer(count, outputs, data.labels !== null, against));
    samples.forEach((sample, i) => {
      const classes = scores.add(output, against ? values[0] : null, i * outputs, data.labels?.[sample] ?? -1);
      options.found?.(classes);
    });
  });
  const seconds = options.clock() - start;
  return {
    ...(scorer ?? new Scorer(0, 1, data.labels !== null, against)).scores(options.seed ?? 0),
    seconds, samplesPerSecond: read / Math.max(seconds, 1e-6), macsPerSecond: (read * options.macsPerSample) / Math.max(seconds, 1e-6), workers: pool.workers,
    failed: failed.sort((a, b) => a.sample - b.sample), memoryBytes: memoryOf(pool, count),
    ...(done < count ? { interrupted: true, requested: count } : {}),
  };
}

/** Bytes at most while `count` samples are scored: of each, outputs in float64 beside the float network's, and then two flags. */
export function memoryOf(pool: EmulatorPool, count: number): number {
  const { chip } = pool.shared;
  const outputs = chip === null ? 0 : chip.sizes[chip.output];
  return pool.memoryBytes(count, outputs * (Float64Array.BYTES_PER_ELEMENT + Float32Array.BYTES_PER_ELEMENT), 2);
}

function failure(data: DataSet, sample: number, diagnostics: readonly Diagnostic[]): Failure {
  const file = data.images?.of(sample).name;
  return { sample, ...(file === undefined ? {} : { file }), reason: diagnostics.map(({ message }) => message).join('; ') };
}
