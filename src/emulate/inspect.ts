/**
 * Layers beside the float network, on some samples: how far each layer's codes are from the float values, how much of that the layer makes itself, and
 * how it uses its codes.
 */
import { copyAt, offsetOf } from '../cores/copies.js';
import { computes, readsOf, writeOf } from '../cores/ops.js';
import { sumScale } from '../cores/scales.js';
import type { Codes, CoreGraph, Signal } from '../cores/types.js';
import { readSamples } from '../data/read.js';
import { sizeOf, type DataSet } from '../data/types.js';
import { viewValues, type TensorView } from '../graph/sample.js';
import type { Pause } from '../interrupt.js';
import { Arena } from '../kernels/memory.js';
import type { KernelInstance } from '../kernels/instance.js';
import { saturated } from './compare.js';
import { decodeSignal, encodeInput } from './edges.js';
import { codeHistogram, densityOf, errorOf, type Density, type ErrorSums } from './inspect-sums.js';
import { runOver, type OverOptions } from './over.js';
import type { EmulatorPool } from './pool.js';
import { NOTHING } from './tasks.js';

/** A signal and the float values that it stands for: a tensor's, or those of a view of it. */
export interface Counterpart {
  readonly signal: number;
  readonly tensor: number;
  readonly view?: TensorView;
}

/** A layer's output on the inspected samples. */
export interface LayerInspection {
  readonly layer: string;
  readonly samples: number;
  /** Values compared. */
  readonly values: number;
  /** Sums of squares: of the float values, and of the difference on the chip's own inputs. */
  readonly total: ErrorSums;
  /** The same for the layer alone, its inputs encoded from the float values; `null` where an input has no float counterpart, and on chips of floats. */
  readonly alone: ErrorSums | null;
  /** Share of codes at an end of their range where the float value lies beyond it. */
  readonly saturated: number;
  /** How often each code occurs, from the lowest legal one up; `null` on chips of floats. */
  readonly codes: readonly number[] | null;
  readonly density: Density;
}

/** Most values that are held at once: the samples are so few that all inspected signals stay below. */
const MOST_VALUES = 2 ** 25;
/** Samples of one task. */
const TASK = 8;

/** Samples that can be inspected, at most `wanted`. */
export function inspectedSamples(graph: CoreGraph, counterparts: readonly Counterpart[], wanted: number): number {
  const perSample = counterparts.reduce((n, { signal }) => n + sizeOf(graph.signals[signal].shape), 0);
  return Math.max(1, Math.min(wanted, Math.floor(MOST_VALUES / Math.max(1, perSample))));
}

/** Samples taken evenly over the first `count` of a data set, those that can be read. */
export async function evenSamples(
  data: DataSet, count: number, wanted: number,
): Promise<{ readonly input: Float32Array; readonly indices: readonly number[] }> {
  const most = Math.min(wanted, count);
  const asked = Array.from({ length: most }, (_, i) => Math.floor((i * count) / most));
  const { values, positions } = await readSamples(data, asked);
  return { input: values, indices: positions.map((i) => asked[i]) };
}

/** Codes of signals, and float values [samples x channels x height x width] beside them. */
interface Gathered {
  readonly codes: Map<number, Codes>;
  readonly golden: Map<number, Float32Array>;
}

export interface InspectOptions extends OverOptions {
  readonly progress?: (done: number, total: number) => void;
  readonly pause: Pause;
}

/**
 * Inspects every layer whose output has a float counterpart. `pool` holds the program, keeping the signals of `counterparts`, and the float network;
 * `kernels` are for the layers alone, in the calling thread.
 */
export async function inspectLayers(
  graph: CoreGraph, counterparts: readonly Counterpart[], input: Float32Array, pool: EmulatorPool, kernels: KernelInstance, options: InspectOptions,
): Promise<LayerInspection[]> {
  const samples = input.length / sizeOf(graph.inputShape);
  const layers = layersOf(graph);
  const total = layers.length + 1;
  const gathered = await gather(graph, counterparts, input, samples, pool);
  const arena = new Arena(kernels.memory, kernels.heapBase);
  const found: LayerInspection[] = [];
  for (const [i, layer] of layers.entries()) {
    options.progress?.(i + 1, total);
    const codes = gathered.codes.get(layer.output);
    const golden = gathered.golden.get(layer.output);
    if (codes === undefined || golden === undefined) continue;
    const signal = graph.signals[layer.output];
    const decoded = decodeSignal(codes, signal, samples);
    found.push({
      layer: layer.name, samples, values: golden.length, total: errorOf(decoded, golden),
      alone: await aloneSums(graph, layer, gathered.golden, samples, kernels, arena, options),
      saturated: saturated(codes, signal, golden, samples) / Math.max(1, golden.length),
      codes: codeHistogram(codes, signal), density: densityOf(decoded, golden, signal),
    });
  }
  options.progress?.(total, total);
  return found;
}

interface Layer {
  readonly name: string;
  readonly output: number;
}

/** Layers with a core or a maximum, and the signal that the last of these writes. */
function layersOf({ ops }: CoreGraph): Layer[] {
  const outputs = new Map<string, number>();
  for (const op of ops) if (computes(op)) outputs.set(op.layer, op.output.signal);
  return [...outputs].map(([name, output]) => ({ name, output }));
}

async function gather(graph: CoreGraph, counterparts: readonly Counterpart[], input: Float32Array, samples: number, pool: EmulatorPool): Promise<Gathered> {
  const codes = new Map<number, Codes>();
  const golden = new Map<number, Float32Array>();
  const size = input.length / samples;
  const signals = counterparts.map(({ signal }) => signal);
  const tensors = counterparts.map(({ tensor }) => tensor);
  for (const { signal } of counterparts) {
    const { shape, copies, code } = graph.signals[signal];
    const length = sizeOf(shape) * samples;
    codes.set(signal, code === null ? new Float32Array(length) : new Int16Array(length));
    golden.set(signal, new Float32Array(length / copies));
  }
  await pool.each((index) => {
    const first = index * TASK;
    if (first >= samples) return null;
    const count = Math.min(TASK, samples - first);
    return { ...NOTHING, input: input.slice(first * size, (first + count) * size), count, first, signals, tensors };
  }, (result, index) => {
    counterparts.forEach(({ signal, view }, i) => {
      const { shape: [height, width, channels], copies } = graph.signals[signal];
      const values = view === undefined ? result.values[i] : viewValues(result.values[i], view, [channels / copies, height, width]);
      const at = index * TASK * height * width * channels;
      codes.get(signal)?.set(result.codes[i], at);
      golden.get(signal)?.set(values, at / copies);
    });
  });
  return { codes, golden };
}

/** What a layer's output differs by when its inputs are perfect: the float values in the codes of its input signals. */
async function aloneSums(
  graph: CoreGraph, layer: Layer, golden: ReadonlyMap<number, Float32Array>, samples: number, kernels: KernelInstance, arena: Arena, options: InspectOptions,
): Promise<ErrorSums | null> {
  const ops = graph.ops.filter((op) => op.layer === layer.name);
  const written = new Set(ops.map(writeOf));
  const loads = [...new Set(ops.flatMap(readsOf))].filter((s) => !written.has(s));
  const wanted = golden.get(layer.output);
  if (wanted === undefined || graph.signals[layer.output].code === null || !loads.every((s) => golden.has(s))) return null;
  const inputs = new Map(loads.map((s): [number, Codes] => [s, encodeCopies(golden.get(s) ?? new Float32Array(0), graph.signals[s], samples)]));
  const mark = arena.mark();
  try {
    const sub: CoreGraph = { ...graph, ops, input: loads[0], output: layer.output };
    const codes = (await runOver(kernels, sub, inputs, [layer.output], samples, arena, options)).get(layer.output) ?? new Int16Array(0);
    return errorOf(decodeSignal(codes, graph.signals[layer.output], samples), wanted);
  } finally {
    arena.release(mark);
  }
}

/** Codes of float values: segments, or each copy with its own offset before the floor, so that the mean of the copies is as near as it can be. */
function encodeCopies(values: Float32Array, signal: Signal, samples: number): Codes {
  const { code, copies, digits, shape: [height, width, wide] } = signal;
  if (copies === 1 || digits !== undefined || code === null) return encodeInput(values, signal, samples);
  const channels = wide / copies;
  const plane = height * width;
  const codes = new Int16Array(samples * plane * wide);
  for (let j = 0; j < wide; j++) {
    const { channel } = copyAt(signal, j);
    const { step, zero } = sumScale(code, signal, j);
    const offset = zero + offsetOf(signal, j);
    for (let n = 0; n < samples; n++) {
      for (let p = 0; p < plane; p++) {
        const q = Math.floor(values[(n * channels + channel) * plane + p] / step + offset);
        codes[(n * plane + p) * wide + j] = Math.min(Math.max(q, code.lo), code.hi);
      }
    }
  }
  return codes;
}
