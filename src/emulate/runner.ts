/** A worker's work: emulation and float evaluation of a range of samples, on the engines of one thread. */
import { FloatNetwork, floatArenaBytes } from '../graph/evaluate.js';
import { sampleValues, viewValues, type SampledValues, type SampleRequest, type TensorView } from '../graph/sample.js';
import { instantiateKernels } from '../kernels/instance.js';
import { compareCodes, NO_VALUES, plus } from './compare.js';
import { decodeSignal, encodeInput } from './edges.js';
import type { Codes, Signal } from '../cores/types.js';
import { readImages, type Unread } from '../data/read.js';
import { Engine } from './engine.js';
import { joinReplaced, replaceEach } from './replace.js';
import type { Replaced, Shared, Task, TaskResult } from './tasks.js';

export class Runner {
  private readonly engine: Engine | null;
  private readonly network: FloatNetwork | null;
  /** Memory of the last task's images and codes: new one for each image would keep the collector of garbage busy, and the cores that it takes. */
  private images: Float32Array | undefined;
  private codes: Codes | undefined;

  /** `slot`: which of the arenas belongs to this thread. */
  constructor(private readonly shared: Shared, slot: number) {
    const { module, relaxed, memory, chip, float } = shared;
    const { exports } = instantiateKernels(module, memory, relaxed);
    const base = shared.arenaStart + slot * shared.arenaBytes;
    this.engine = chip === null ? null : new Engine(chip, memory, exports, base);
    const offset = chip === null ? 0 : chip.arenaBytes;
    this.network = float === null
      ? null
      : new FloatNetwork(float, memory, exports, { address: base + offset, bytes: floatArenaBytes(float, shared.floatBatch) });
  }

  /** Reads the images of a task, if it has any, and runs what could be read. */
  async run(task: Task): Promise<TaskResult> {
    const { input } = task;
    if (input instanceof Float32Array) return this.compute({ ...task, input }, []);
    // Whoever comes while these are read finds no memory, and takes some of its own.
    const memory = this.images;
    this.images = undefined;
    const { values, positions, unread } = await readImages(input, memory);
    this.images = memory !== undefined && memory.length >= values.length ? memory : values;
    return this.compute({ ...task, input: values, count: positions.length }, unread);
  }

  private compute(task: Task & { readonly input: Float32Array }, unread: readonly Unread[]): TaskResult {
    const { chip, float } = this.shared;
    const wanted = [...new Set([
      ...task.tensors, ...task.compare.map(([, tensor]) => tensor), ...task.sample.map(([tensor]) => tensor), ...task.replace.map(({ tensor }) => tensor),
    ])];
    const size = task.input.length / task.count;
    const step = chip?.batch ?? (float === null ? 1 : this.shared.floatBatch);
    const codes: Codes[] = [];
    const values: Float32Array[] = [];
    let output: Float64Array | null = null;
    const sampled: SampledValues[] = [];
    const sums = task.compare.map(() => NO_VALUES);
    const replaced: Replaced[] = [];
    for (let first = 0; first < task.count; first += step) {
      const batch = Math.min(step, task.count - first);
      const input = task.input.subarray(first * size, (first + batch) * size);
      const golden = this.network === null || wanted.length === 0 ? new Map<number, Float32Array>() : this.network.run(input, batch, wanted);
      task.tensors.forEach((t, i) => (values[i] = append(values[i] ?? null, golden.get(t) ?? new Float32Array(0), first, batch, task.count)));
      task.sample.forEach(([t, request], i) => {
        const part = sampleValues(golden.get(t) ?? new Float32Array(0), samplesOf(request, first, batch));
        sampled[i] = joined(sampled[i], part, first, batch, task.count);
      });
      if (this.engine === null || chip === null) continue;
      if (task.signals.length + task.compare.length + task.replace.length === 0 && !task.output) continue;
      const { engine, network } = this;
      const inputCodes = encodeInput(input, chip.signals[chip.input], batch, this.codes);
      this.codes = inputCodes;
      engine.run(inputCodes, batch);
      task.signals.forEach((s, i) => (codes[i] = append(codes[i] ?? null, engine.read(s, batch), first, batch, task.count)));
      if (task.output) output = append(output, decodeSignal(engine.read(chip.output, batch), chip.signals[chip.output], batch), first, batch, task.count);
      task.compare.forEach(([s, t, view], i) => {
        const tensor = golden.get(t) ?? new Float32Array(0);
        const values = view === undefined ? tensor : seen(tensor, view, chip.signals[s]);
        sums[i] = plus(sums[i], compareCodes(engine.read(s, batch), chip.signals[s], values, batch));
      });
      if (network === null || task.replace.length === 0) continue;
      replaceEach(engine, network, task.replace, golden, inputCodes, batch).forEach((r, i) => (replaced[i] = joinReplaced(replaced[i], r)));
    }
    return { codes, values, output, comparisons: sums, sampled, replaced, unread };
  }
}

/** The part of a request that concerns samples `first`..`first + batch - 1` of the task. */
function samplesOf(request: SampleRequest, first: number, batch: number): SampleRequest {
  const { perSample, positions } = request;
  return { ...request, positions: positions.subarray(first * perSample, (first + batch) * perSample) };
}

/** What was found of the samples before `first` and of `part`. */
function joined(whole: SampledValues | undefined, part: SampledValues, first: number, batch: number, count: number): SampledValues {
  return {
    positions: append(whole?.positions ?? null, part.positions, first, batch, count), values: append(whole?.values ?? null, part.values, first, batch, count),
    least: append(whole?.least ?? null, part.least, first, batch, count), most: append(whole?.most ?? null, part.most, first, batch, count),
    min: Math.min(whole?.min ?? part.min, part.min), max: Math.max(whole?.max ?? part.max, part.max),
  };
}

/** Puts `part` (of `batch` samples) at sample `first` of an array for `count` samples, made at the first call. */
function append<T extends Codes | Float64Array | Int32Array>(whole: T | null, part: T, first: number, batch: number, count: number): T {
  if (batch === count) return part;
  const size = part.length / batch;
  const target = whole ?? (new (part.constructor as new (n: number) => T)(size * count));
  target.set(part, first * size);
  return target;
}

function seen(tensor: Float32Array, view: TensorView, { shape: [height, width, channels], copies }: Signal): Float32Array {
  return viewValues(tensor, view, [channels / copies, height, width]);
}
