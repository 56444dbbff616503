/** evaluate: accuracy of a program over a data set, the float network beside it; samples stream through the pool. */
import { taskSamples, type Unread } from '../data/read.js';
import { sizeOf, type DataSet } from '../data/types.js';
import type { EmulatorPool } from '../emulate/pool.js';
import type { TaskResult } from '../emulate/tasks.js';
import { measure, Scorer, type FoundClasses, type Measured, type Scores } from './score.js';
import { shardRange, type Shard } from './shard.js';

export interface Failure {
  readonly sample: number;
  /** Name of the image, where samples are images. */
  readonly file?: string;
  readonly reason: string;
}

/** What became of one sample. `file`: name of the image, where samples are images. */
export type SampleResult = { readonly sample: number; readonly file?: string } & ({ readonly measured: Measured } | { readonly failed: string });

export function failureOf({ sample, file, failed }: Extract<SampleResult, { failed: string }>): Failure {
  return { sample, ...(file === undefined ? {} : { file }), reason: failed };
}

/** Where results are kept as the work goes. */
export interface Journal {
  /** Results that it has already: of the first samples, in order. Read once. */
  readonly known: Iterable<SampleResult>;
  /** Takes the results of the samples that follow, in order. */
  readonly add: (results: readonly SampleResult[]) => void;
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
  /** With a file of results: samples that it had already. Rates are of the others. */
  readonly resumed?: number;
  readonly requested?: number;
}

export interface EvaluateOptions {
  readonly limit?: number;
  /** The part of these samples that is evaluated; default all. */
  readonly shard?: Shard;
  readonly seed?: number;
  /** Tensor of the float network to compare the output with; absent: no comparison. */
  readonly floatOutput?: number;
  readonly macsPerSample: number;
  /** Seconds since some moment, for rates. */
  readonly clock: () => number;
  readonly progress?: (done: number, total: number) => void;
  /** Called for each sample, in order. */
  readonly found?: (classes: FoundClasses) => void;
  readonly journal?: Journal;
  /** Ends the work after the ranges that are being computed. */
  readonly signal?: AbortSignal;
}

/** `pool` holds the program, and the float network if `floatOutput` is given. */
export async function evaluate(pool: EmulatorPool, data: DataSet, options: EvaluateOptions): Promise<Evaluation> {
  const { floatOutput, journal, progress, signal } = options;
  const { first, end } = shardRange(Math.min(data.count, options.limit ?? data.count), options.shard);
  const step = pool.taskSamples(sizeOf(data.sampleShape));
  const outputs = outputsOf(pool);
  const failed: Failure[] = [];
  const scorer = new Scorer(end - first, outputs, data.labels !== null, floatOutput !== undefined);
  let next = first;
  const take = (result: SampleResult): void => {
    next++;
    if ('failed' in result) {
      failed.push(failureOf(result));
      return;
    }
    const { measured } = result;
    scorer.add(measured);
    options.found?.({ chip: measured.chip, float: measured.golden?.class ?? -1, label: measured.label });
  };
  for (const result of journal?.known ?? []) take(result);
  const begin = next;
  const reading = new Map<number, Asked>();
  if (begin < end) await pool.ready();
  const start = options.clock();
  progress?.(begin - first, end - first);
  await pool.each(async (index) => {
    const from = begin + index * step;
    if (from >= end || signal?.aborted === true) return null;
    const count = Math.min(step, end - from);
    const { input, samples, unread } = await taskSamples(data, from, count);
    reading.set(index, { first: from, count, samples, unread });
    const tensors = floatOutput === undefined ? [] : [floatOutput];
    return { input, count: samples.length, first: from, signals: [], tensors, output: true, compare: [], sample: [], replace: [] };
  }, (result, index) => {
    const asked = reading.get(index);
    reading.delete(index);
    const results = asked === undefined ? [] : resultsOf(data, asked, result, outputs);
    journal?.add(results);
    results.forEach(take);
    progress?.(next - first, end - first);
  });
  const seconds = options.clock() - start;
  const read = next - begin - failed.filter(({ sample }) => sample >= begin).length;
  return {
    ...scorer.scores(options.seed ?? 0),
    seconds, samplesPerSecond: read / Math.max(seconds, 1e-6), macsPerSecond: (read * options.macsPerSample) / Math.max(seconds, 1e-6), workers: pool.workers,
    failed, memoryBytes: memoryOf(pool, end - first),
    ...(next < end ? { interrupted: true, requested: end - first } : {}),
  };
}

/** Values of one sample's output. */
function outputsOf({ shared: { chip } }: EmulatorPool): number {
  return chip === null ? 0 : chip.sizes[chip.output] / chip.signals[chip.output].copies;
}

/** Bytes at most while `count` samples are scored: of each, outputs in float64 beside the float network's, and then two flags. */
export function memoryOf(pool: EmulatorPool, count: number): number {
  const { chip } = pool.shared;
  const outputs = chip === null ? 0 : chip.sizes[chip.output];
  return pool.memoryBytes(count, outputs * (Float64Array.BYTES_PER_ELEMENT + Float32Array.BYTES_PER_ELEMENT), 2);
}

/** A range of samples: those that a task was given, and those that could not be read for it. */
interface Asked {
  readonly first: number;
  readonly count: number;
  readonly samples: readonly number[];
  readonly unread: readonly Unread[];
}

/** The results of a range, in order. The outputs of a task are those of its samples that could be read. */
function resultsOf(data: DataSet, { first, count, samples, unread }: Asked, result: TaskResult, outputs: number): SampleResult[] {
  const { output, values: [golden] } = result;
  const failed = new Map([
    ...unread.map((one) => [first + one.position, one] as const), ...result.unread.map((one) => [samples[one.position], one] as const),
  ]);
  let at = 0;
  return Array.from({ length: count }, (_, i): SampleResult => {
    const sample = first + i;
    const file = data.images?.of(sample).name;
    const what = { sample, ...(file === undefined ? {} : { file }) };
    const why = failed.get(sample);
    if (why !== undefined) return { ...what, failed: why.diagnostics.map(({ message }) => message).join('; ') };
    return { ...what, measured: measure(output ?? [], golden ?? null, outputs * at++, outputs, data.labels?.[sample] ?? -1) };
  });
}
