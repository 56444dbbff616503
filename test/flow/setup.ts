/** Networks and data for tests of the whole compiler: the bundled example, and networks of the shared folder where it is there. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadChip } from '../../src/data/chips.js';
import { loadDataSet } from '../../src/data/card.js';
import type { DataSet } from '../../src/data/types.js';
import type { Chip } from '../../src/chip/types.js';
import type { CoreGraph } from '../../src/cores/types.js';
import { encodeInput } from '../../src/emulate/edges.js';
import type { Codes } from '../../src/cores/types.js';
import { EmulatorPool, type PoolOptions } from '../../src/emulate/pool.js';
import { referenceRun } from '../../src/emulate/reference.js';
import { NOTHING } from '../../src/emulate/tasks.js';
import { elements } from '../../src/graph/operator.js';
import type { Graph } from '../../src/graph/types.js';
import { compile } from '../../src/pipeline.js';
import type { CompileOptions } from '../../src/pipeline/compilation.js';
import { readOnnx } from '../../src/read/onnx.js';
import { DEFAULT_STEPS } from '../../src/tune/steps.js';
import { generator } from '../kernels/setup.js';

const digits = fileURLToPath(new URL('../../examples/digits/', import.meta.url));
const shared = fileURLToPath(new URL('../../../shared/data/', import.meta.url));

export interface Network {
  readonly graph: Graph;
  readonly calibration: DataSet;
  readonly test: DataSet;
}

export function example(): Network {
  return {
    graph: readOnnx(readFileSync(`${digits}digits.onnx`), { file: 'digits.onnx' }),
    calibration: loadDataSet(`${digits}calibration.yaml`), test: loadDataSet(`${digits}test.yaml`),
  };
}

const SETS = { mnist: ['mnist-train', 'mnist-test'], cifar10: ['cifar10-resnet-train', 'cifar10-resnet-test'] } as const;

/** Whether the shared networks are there; says so once where they are not. */
export const haveShared = existsSync(shared);
if (!haveShared) console.warn('networks of ../shared/data are not here: their tests are skipped');

export function sharedNetwork(set: keyof typeof SETS, name: string): Network {
  const file = `${shared}${set}/models/${name}.onnx`;
  const [calibration, test] = SETS[set].map((card) => loadDataSet(`${shared}cards/${card}.yaml`));
  return { graph: readOnnx(readFileSync(file), { file }), calibration: calibration as DataSet, test: test as DataSet };
}

export function firstSamples(data: DataSet, count: number): Float32Array {
  const size = elements(data.sampleShape);
  const values = new Float32Array(count * size);
  // Sets in memory are read at once.
  for (let i = 0; i < count; i++) void data.read(i, values, i * size);
  return values;
}

/** Random maps of values -1..1, in the shape of a network's input. */
export function dataFor(graph: Graph, count: number): DataSet {
  const { shape } = graph.tensors[graph.inputs[0]!]!;
  const size = elements(shape);
  const next = generator(11);
  const all = Float32Array.from({ length: count * size }, () => next(-128, 128) / 128);
  return {
    place: 'generated', count, sampleShape: shape.slice(1), labels: null,
    read: (index, into, offset) => into.set(all.subarray(index * size, (index + 1) * size), offset),
  };
}

/** Tuning without what takes most of its time: for tests of what is emulated, not of how well it is tuned. */
export const UNTRAINED = DEFAULT_STEPS.filter((step) => step !== 'rounding');

/** The core-op network of a network for a chip, tuned without training. */
export async function coresFor(network: Network, chip: Chip | string, options: CompileOptions = {}): Promise<CoreGraph> {
  const target = typeof chip === 'string' ? loadChip(chip) : chip;
  const { cores } = await compile(network.graph, target, network.calibration, { workers: 0, samples: 32, steps: UNTRAINED, ...options }, 'tune');
  if (cores === undefined) throw new Error('compiled to nothing');
  return cores;
}

/** The engine's codes of every signal, in tasks of at most `task` samples that finish in any order. */
export async function engineCodes(
  graph: CoreGraph, input: Float32Array, count: number, options: Omit<PoolOptions, 'chip' | 'keep'> = {}, task = count,
): Promise<readonly Codes[]> {
  const pool = EmulatorPool.create({ workers: 0, ...options, chip: graph, keep: 'all' });
  const size = input.length / count;
  const signals = graph.signals.map((_, id) => id);
  const whole = graph.signals.map(({ shape, code }): Codes => {
    const length = count * shape[0] * shape[1] * shape[2];
    return code === null ? new Float32Array(length) : new Int16Array(length);
  });
  try {
    await pool.each((index) => {
      const first = index * task;
      if (first >= count) return null;
      const n = Math.min(task, count - first);
      return { ...NOTHING, input: input.slice(first * size, (first + n) * size), count: n, signals };
    }, ({ codes }, index) => codes.forEach((part, id) => {
      const target = whole[id] as Codes;
      target.set(part, (index * task * target.length) / count);
    }));
  } finally {
    await pool.close();
  }
  return whole;
}

/** The slow reference's codes of every signal. */
export function referenceCodes(graph: CoreGraph, input: Float32Array, count: number): readonly (Int16Array | Float32Array)[] {
  const signal = graph.signals[graph.input];
  if (signal === undefined) throw new Error('no input');
  return [...referenceRun(graph, encodeInput(input, signal, count), count).values()];
}

/** By name, signals whose codes differ, and how many do. */
export function differences(graph: CoreGraph, a: readonly ArrayLike<number>[], b: readonly ArrayLike<number>[]): Record<string, number> {
  const found: Record<string, number> = {};
  graph.signals.forEach(({ name }, id) => {
    const [x, y] = [a[id] as ArrayLike<number>, b[id] as ArrayLike<number>];
    let count = Math.abs(x.length - y.length);
    for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) count++;
    if (count > 0) found[name] = count;
  });
  return found;
}
