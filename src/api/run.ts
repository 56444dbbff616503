/** Outputs of an artefact, and every code inside it. */
import type { Artefact } from '../cores/artefact.js';
import type { Codes, CoreGraph } from '../cores/types.js';
import { sizeOf } from '../data/types.js';
import { fail } from '../diagnostics.js';
import { graphSums, type TileSums } from '../emulate/accumulators.js';
import { EmulatorPool } from '../emulate/pool.js';
import { memoryOf } from '../evaluate/evaluate.js';
import { applyHostOps } from '../host.js';
import { fileNames } from '../report/names.js';
import { poolOptions, type EmulationOptions } from './options.js';
import { stream, valuesDataSet, type Values } from './values.js';

/** As many as the scores of a large data set. */
const MANY_SAMPLES = 1e5;

/**
 * Bytes of memory that the process takes at most while `evaluate` runs 100,000 samples, the data set and a float network beside it left out: known
 * before it begins. docs/architecture.md has the formula.
 */
export function memoryToRun({ graph }: Artefact, options: Omit<EmulationOptions, 'signal'> = {}): number {
  return memoryOf(EmulatorPool.create({ chip: graph, ...poolOptions(options) }), MANY_SAMPLES);
}

/** Runs samples, [N, ...] in the shape of the model's input; gives the model's output, host functions applied. ArgMax gives whole numbers. */
export async function run(artefact: Artefact, input: Values, options: EmulationOptions = {}): Promise<Values> {
  const { graph } = artefact;
  const set = valuesDataSet(graph, input);
  const size = sizeOf(graph.outputShape);
  const data = new Float64Array(set.count * size);
  await stream({ chip: graph, ...poolOptions(options) }, set, { output: true }, (result, first) => {
    if (result.output !== null) data.set(result.output, first * size);
  });
  const values = applyHostOps(graph.hostOps, { shape: [set.count, ...graph.outputShape.slice(1)], data });
  return { shape: values.shape, data: Float32Array.from(values.data) };
}

/** The codes of one signal. */
export interface SignalCodes extends Values<Codes> {
  readonly name: string;
  /** The name as a file name: characters outside [A-Za-z0-9._-] are `_`; `~n` makes it unique. */
  readonly fileName: string;
}

/** Most that a trace may hold in memory, in bytes. */
const TRACE_LIMIT = 2 ** 31;

/**
 * Integer codes of signals, [N, height, width, channels] each: int16, or float32 on chips without limits. `signals`: indices into the
 * artefact's list; default all. Refuses (T302) what would take more than 2 GiB.
 */
export async function trace(
  artefact: Artefact, input: Values, options: EmulationOptions & { readonly signals?: readonly number[] } = {},
): Promise<SignalCodes[]> {
  const { graph } = artefact;
  const set = valuesDataSet(graph, input);
  const signals = options.signals ?? [...graph.signals.keys()];
  const sizes = signals.map((s) => sizeOf(graph.signals[s].shape));
  checkTrace(set.place, set.count, sizes.reduce((a, b) => a + b, 0) * set.count * 4);
  const data = signals.map((s, i): Codes => {
    const length = set.count * sizes[i];
    return graph.signals[s].code === null ? new Float32Array(length) : new Int16Array(length);
  });
  await stream({ chip: graph, keep: signals, ...poolOptions(options) }, set, { signals }, (result, first) => {
    result.codes.forEach((codes, i) => data[i].set(codes, first * sizes[i]));
  });
  const files = fileNames(graph.signals.map(({ name }) => name));
  return signals.map((s, i) => {
    const { name, shape } = graph.signals[s];
    return { name, fileName: files[s], shape: [set.count, ...shape], data: data[i] };
  });
}

function checkTrace(place: string, count: number, bytes: number): void {
  if (bytes <= TRACE_LIMIT) return;
  fail('T302', place, `a trace of ${count} samples takes ${bytes} bytes`, { limit: `${TRACE_LIMIT} bytes`, remedy: 'Give fewer samples' });
}

/**
 * The sums of every tile before its window or converter, one after the other, from a trace of all signals: int32 [N, height, width, columns] of its
 * positions; on composed arithmetic [..., cells, phases], the lowest bits first (docs/format.md, section 5). Slow: plain loops. Refuses (T505) chips
 * without integer sums, and (T302) a tile whose sums take more than 2 GiB.
 */
export function accumulators({ graph }: Artefact, traced: readonly SignalCodes[]): Iterable<TileSums> {
  const { codesOf, samples } = tracedCodes(graph, traced);
  return graphSums(graph, codesOf, samples, fileNames, (name, bytes) => checkTrace(name, samples, bytes));
}

/** Codes by signal of a trace that holds all signals. */
export function tracedCodes(graph: CoreGraph, traced: readonly SignalCodes[]): { codesOf: (signal: number) => Codes; samples: number } {
  const byName = new Map(traced.map(({ name, data }) => [name, data]));
  const codes = graph.signals.map(({ name }) => byName.get(name) ?? fail('T302', name, 'the trace does not hold this signal', { limit: 'all signals' }));
  return { codesOf: (signal) => codes[signal], samples: traced[0].shape[0] };
}

