/** evaluate: accuracy of a program over a data set, the float network beside it; samples stream through the pool. */
import type { DataSet } from '../data/types.js';
import { TrestleError } from '../diagnostics.js';
import type { EmulatorPool } from '../emulate/pool.js';
import type { Task, TaskResult } from '../emulate/tasks.js';
import { Scorer, type Scores } from './score.js';

export interface Failure {
  readonly sample: number;
  readonly reason: string;
}

export interface Evaluation extends Scores {
  readonly seconds: number;
  readonly samplesPerSecond: number;
  readonly macsPerSecond: number;
  readonly workers: number;
  /** Samples that could not be read; they count as nothing else. */
  readonly failed: readonly Failure[];
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
}

/** `pool` holds the program, and the float network if `floatOutput` is given. */
export async function evaluate(pool: EmulatorPool, data: DataSet, options: EvaluateOptions): Promise<Evaluation> {
  const count = Math.min(data.count, options.limit ?? data.count);
  const size = data.sampleShape.reduce((a, b) => a * b, 1);
  const step = pool.taskSamples(size);
  const failed: Failure[] = [];
  const results: { result: TaskResult; samples: readonly number[] }[] = [];
  const reading: number[][] = [];
  await pool.ready();
  const start = options.clock();
  let done = 0;
  const next = (index: number): Task | null => {
    const first = index * step;
    if (first >= count) return null;
    const task = readTask(data, first, Math.min(step, count - first), size, failed, options.floatOutput);
    reading[index] = task.samples;
    return task.task;
  };
  await pool.each(next, (result, index) => {
    results[index] = { result, samples: reading[index] };
    options.progress?.((done += reading[index].length), count);
  });
  const seconds = options.clock() - start;
  const scorer = score(results, data, count, options.floatOutput !== undefined);
  const read = results.reduce((n, r) => n + r.samples.length, 0);
  return {
    ...scorer.scores(options.seed ?? 0), seconds, samplesPerSecond: read / seconds, macsPerSecond: (read * options.macsPerSample) / seconds,
    workers: pool.workers, failed: failed.sort((a, b) => a.sample - b.sample),
  };
}

function readTask(
  data: DataSet, first: number, count: number, size: number, failed: Failure[], floatOutput: number | undefined,
): { task: Task; samples: number[] } {
  const input = new Float32Array(size * count);
  const samples: number[] = [];
  for (let i = first; i < first + count; i++) {
    try {
      data.read(i, input, samples.length * size);
      samples.push(i);
    } catch (error) {
      if (!(error instanceof TrestleError)) throw error;
      failed.push({ sample: i, reason: error.diagnostics.map((d) => d.message).join('; ') });
    }
  }
  const tensors = floatOutput === undefined ? [] : [floatOutput];
  const read = { input: input.slice(0, samples.length * size), count: samples.length };
  return { task: { ...read, signals: [], tensors, output: true, compare: [], sample: [] }, samples };
}

function score(results: readonly { result: TaskResult; samples: readonly number[] }[], data: DataSet, count: number, against: boolean): Scorer {
  const first = results.find((r) => r.samples.length > 0);
  const outputs = first?.result.output ? first.result.output.length / first.samples.length : 1;
  const scorer = new Scorer(count, outputs, data.labels !== null, against);
  for (const { result, samples } of results) {
    samples.forEach((sample, i) => {
      if (result.output === null) return;
      scorer.add(result.output, against ? result.values[0] : null, i * outputs, data.labels?.[sample] ?? -1);
    });
  }
  return scorer;
}
