/** A worker's work: emulation and float evaluation of a range of samples, on the engines of one thread. */
import { FloatNetwork, floatArenaBytes } from '../graph/evaluate.js';
import { sampleValues, viewValues, type SampledValues, type SampleRequest, type TensorView } from '../graph/sample.js';
import { instantiateKernels } from '../kernels/instance.js';
import { decodeSignal, encodeInput } from './edges.js';
import type { Codes, Signal } from '../cores/types.js';
import { Engine } from './engine.js';
import { channelOfCopy } from '../cores/copies.js';
import { stepOf, zeroOf } from '../cores/scales.js';
import type { Comparison, Shared, Task, TaskResult } from './tasks.js';

export class Runner {
  private readonly engine: Engine | null;
  private readonly network: FloatNetwork | null;

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

  run(task: Task): TaskResult {
    const { chip, float } = this.shared;
    const wanted = [...new Set([...task.tensors, ...task.compare.map(([, tensor]) => tensor), ...task.sample.map(([tensor]) => tensor)])];
    const size = task.input.length / task.count;
    const step = chip?.batch ?? (float === null ? 1 : this.shared.floatBatch);
    const codes: Codes[] = [];
    const values: Float32Array[] = [];
    let output: Float64Array | null = null;
    const sampled: SampledValues[] = [];
    const sums = task.compare.map(() => ({ signal: 0, error: 0, saturated: 0, values: 0 }));
    for (let first = 0; first < task.count; first += step) {
      const batch = Math.min(step, task.count - first);
      const input = task.input.subarray(first * size, (first + batch) * size);
      const golden = this.network === null || wanted.length === 0 ? new Map<number, Float32Array>() : this.network.run(input, batch, wanted);
      task.tensors.forEach((t, i) => (values[i] = append(values[i] ?? null, golden.get(t) ?? new Float32Array(0), first, batch, task.count)));
      task.sample.forEach(([t, request], i) => {
        const part = sampleValues(golden.get(t) ?? new Float32Array(0), samplesOf(request, first, batch));
        sampled[i] = joined(sampled[i], part);
      });
      if (this.engine === null || chip === null) continue;
      if (task.signals.length === 0 && !task.output && task.compare.length === 0) continue;
      this.engine.run(encodeInput(input, chip.signals[chip.input], batch), batch);
      const { engine } = this;
      task.signals.forEach((s, i) => (codes[i] = append(codes[i] ?? null, engine.read(s, batch), first, batch, task.count)));
      if (task.output) output = append(output, decodeSignal(engine.read(chip.output, batch), chip.signals[chip.output], batch), first, batch, task.count);
      task.compare.forEach(([s, t, view], i) => {
        const tensor = golden.get(t) ?? new Float32Array(0);
        compare(sums[i], engine.read(s, batch), chip.signals[s], view === undefined ? tensor : seen(tensor, view, chip.signals[s]), batch);
      });
    }
    return { codes, values, output, comparisons: sums, sampled };
  }
}

/** The part of a request that concerns samples `first`..`first + batch - 1` of the task. */
function samplesOf(request: SampleRequest, first: number, batch: number): SampleRequest {
  const { perSample, positions } = request;
  return { ...request, positions: positions.subarray(first * perSample, (first + batch) * perSample) };
}

function joined(a: SampledValues | undefined, b: SampledValues): SampledValues {
  if (a === undefined) return b;
  const values = new Float32Array(a.values.length + b.values.length);
  values.set(a.values);
  values.set(b.values, a.values.length);
  return { values, min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}

/** Puts `part` (of `batch` samples) at sample `first` of an array for `count` samples, made at the first call. */
function append<T extends Codes | Float64Array>(whole: T | null, part: T, first: number, batch: number, count: number): T {
  if (batch === count) return part;
  const size = part.length / batch;
  const target = whole ?? (new (part.constructor as new (n: number) => T)(size * count));
  target.set(part, first * size);
  return target;
}

function seen(tensor: Float32Array, view: TensorView, { shape: [height, width, channels], copies }: Signal): Float32Array {
  return viewValues(tensor, view, [channels / copies, height, width]);
}

type Sums = { -readonly [K in keyof Comparison]: Comparison[K] };

function compare(sums: Sums, codes: Codes, signal: Signal, golden: Float32Array, batch: number): void {
  const decoded = decodeSignal(codes, signal, batch);
  for (let i = 0; i < decoded.length; i++) {
    const g = golden[i];
    const e = decoded[i] - g;
    sums.signal += g * g;
    sums.error += e * e;
  }
  sums.values += decoded.length;
  sums.saturated += saturated(codes, signal, golden, batch);
}

/** Codes at the top or bottom of their range whose golden value lies beyond it; of copies, the first counts. */
function saturated(codes: Codes, signal: Signal, golden: Float32Array, batch: number): number {
  const { code, shape, copies } = signal;
  if (code === null) return 0;
  const channels = shape[2] / copies;
  const plane = shape[0] * shape[1];
  let count = 0;
  for (let c = 0; c < channels; c++) {
    const first = channelOfCopy(signal, c, 0);
    const step = stepOf(code, first);
    const top = (code.hi - zeroOf(code, first)) * step;
    const bottom = (code.lo - zeroOf(code, first)) * step;
    for (let n = 0; n < batch; n++) {
      for (let p = 0; p < plane; p++) {
        const q = codes[(n * plane + p) * shape[2] + first];
        const g = golden[(n * channels + c) * plane + p];
        if ((q === code.hi && g > top) || (q === code.lo && g < bottom)) count++;
      }
    }
  }
  return count;
}
