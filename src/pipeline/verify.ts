/** The stage `verify`. */
import { computes, coreOpsOf } from '../cores/ops.js';
import type { CoreGraph } from '../cores/types.js';
import type { Diagnostic } from '../diagnostics.js';
import { valuesDataSet } from '../data/values.js';
import { linearStage } from '../cores/realise.js';
import { plus } from '../emulate/compare.js';
import { EmulatorPool } from '../emulate/pool.js';
import { NOTHING, type Comparison } from '../emulate/tasks.js';
import { outOfLine, poorWarning } from '../evaluate/cause.js';
import { explain, replaceableLayers } from '../evaluate/explain.js';
import { decibel } from '../evaluate/score.js';
import type { TensorView } from '../graph/sample.js';
import { need, poolOf, type Compilation, type LayerReport } from './compilation.js';

/** Every layer's codes beside the golden values, on all calibration samples. */
export async function verify(c: Compilation): Promise<void> {
  const { graph, options } = c;
  const expansion = need(c.expansion);
  const cores = need(c.cores);
  const pairs = [...expansion.signalOf].flatMap(([edge, signal]): [number, number, TensorView?][] => {
    const name = edge.golden?.tensor ?? edge.name;
    const tensor = graph.tensors.find((t) => t.name === name && t.data === undefined);
    if (tensor === undefined) return [];
    return [edge.golden === undefined ? [signal, tensor.id] : [signal, tensor.id, edge.golden]];
  });
  const count = need(c.samples);
  const inputs = need(c.inputs);
  const size = inputs.length / count;
  // Tasks of one size, whatever the pool: sums of floats are then added in one order.
  const step = VERIFY_SAMPLES;
  const keep = pairs.map(([signal]) => signal);
  const pool = EmulatorPool.create({ chip: cores, float: graph, keep, ...poolOf(options), tasks: Math.ceil(count / step) });
  const results: (readonly Comparison[])[] = [];
  try {
    await pool.each((index) => {
      const first = index * step;
      if (first >= count) return null;
      const n = Math.min(step, count - first);
      return { ...NOTHING, input: inputs.slice(first * size, (first + n) * size), count: n, first, compare: pairs };
    }, (result, index) => {
      results[index] = result.comparisons;
      options.progress?.('verify', Math.min(count, results.length * step), count);
    });
  } finally {
    await pool.close();
  }
  const bySignal = new Map(pairs.map(([signal], i): [number, Comparison] => [signal, results.map((r) => r[i]).reduce(plus)]));
  c.layers = layerReports(cores, bySignal);
  const output = bySignal.get(cores.output);
  if (output !== undefined) c.logitSqnrDb = decibel(output.signal, output.error);
  const bad = linearStage(c.chip) === null ? undefined : outOfLine(c.layers);
  if (bad !== undefined) c.diagnostics.push(await explained(c, bad, pairs.find(([signal]) => signal === cores.output)?.[1]));
}

/** Samples on which the cause of a poor layer is looked for. */
const CAUSE_SAMPLES = 32;

/** The warning of a layer out of line, with the limit that caused it. `output`: the float tensor of the network's output. */
async function explained(c: Compilation, layer: LayerReport, output: number | undefined): Promise<Diagnostic> {
  const cores = need(c.cores);
  const inputs = need(c.inputs);
  const size = inputs.length / need(c.samples);
  const count = Math.min(CAUSE_SAMPLES, need(c.samples));
  if (output === undefined) return poorWarning(layer, undefined, count);
  const data = valuesDataSet(c.data.place, c.data.sampleShape, inputs.subarray(0, count * size));
  const pool = EmulatorPool.create({ chip: cores, float: c.graph, keep: 'all', ...poolOf(c.options) });
  try {
    const { layers } = await explain(pool, data, replaceableLayers(cores, c.graph), { floatOutput: output, clock: () => 0 });
    return poorWarning(layer, layers.find(({ name }) => name === layer.name), count);
  } finally {
    await pool.close();
  }
}

/** Samples of one verification task. */
const VERIFY_SAMPLES = 16;

function layerReports(graph: CoreGraph, comparisons: ReadonlyMap<number, Comparison>): LayerReport[] {
  const names = [...new Set(graph.ops.filter(computes).map((op) => op.layer))];
  return names.flatMap((name): LayerReport[] => {
    const ops = graph.ops.filter((op) => op.layer === name);
    const tiles = coreOpsOf({ ops });
    const last = ops.findLast(computes);
    if (last === undefined) return [];
    const result = comparisons.get(last.output.signal);
    if (result === undefined) return [];
    return [{
      name, coreOps: tiles.length, positions: last.positions[0] * last.positions[1], sqnrDb: decibel(result.signal, result.error),
      saturated: result.saturated / Math.max(1, result.values),
    }];
  });
}
