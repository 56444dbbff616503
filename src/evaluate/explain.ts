/**
 * explain: what each layer of a program costs. Each layer alone is replaced by its float function, applied to what it really reads and rounded to the
 * nearest codes of its output; everything after it runs on the chip again.
 */
import { computes, coreOpsOf } from '../cores/ops.js';
import type { CoreGraph } from '../cores/types.js';
import { refuseUnread, taskSamples } from '../data/read.js';
import type { DataSet } from '../data/types.js';
import type { EmulatorPool } from '../emulate/pool.js';
import type { Comparison, Replaced, Replacement } from '../emulate/tasks.js';
import type { Graph } from '../graph/types.js';
import { decibel, measure, Scorer, type Scores } from './score.js';

/** A layer's row; decibels are 10 log10(signal / error) over all values of its output, 999 where there is no error. */
export interface LayerCost {
  readonly name: string;
  readonly coreOps: number;
  /** The output as the chip gives it, against the float network's. */
  readonly sqnrDb: number;
  /** Error of this layer alone: against its float function of what it really reads. */
  readonly introducedDb: number;
  /** Error of the layers before it: that function against the float network's output. */
  readonly inheritedDb: number;
  /** Error that the codes of the output alone cost: that function in its nearest codes. */
  readonly roundedDb: number;
  /** Share of that error where values lie beyond the ends of the codes. */
  readonly clippedShare: number;
  /** Share of values that lie beyond an end of the output's codes. */
  readonly saturated: number;
  /** The whole network with this layer alone in float. */
  readonly inFloat: Scores;
  /** What the layer costs: of `inFloat` less the network as it is. `top1` only with labels. */
  readonly cost: { readonly top1?: number; readonly agreement: number; readonly logitDb: number };
}

export interface Explanation {
  readonly samples: number;
  /** The network as it is, and its float form. */
  readonly asIs: Scores;
  /** In the order of the network. */
  readonly layers: readonly LayerCost[];
  /** Names of the layers, the costliest first, by SQNR of the logits, then by agreement. */
  readonly ranking: readonly string[];
  /** Layers whose output stands for no float tensor: their cost is part of that of a layer after them. */
  readonly joined: readonly string[];
  readonly seconds: number;
}

export interface ExplainOptions {
  readonly limit?: number;
  readonly seed?: number;
  readonly floatOutput: number;
  readonly clock: () => number;
  readonly progress?: (done: number, total: number) => void;
}

/** A layer that can be replaced. */
export interface ReplaceableLayer extends Replacement {
  readonly name: string;
  readonly coreOps: number;
}

/** Layers in order, each with its output; and those without a float counterpart. */
export function replaceableLayers({ ops, signals }: CoreGraph, { tensors }: Graph): { layers: ReplaceableLayer[]; joined: string[] } {
  const layers: ReplaceableLayer[] = [];
  const joined: string[] = [];
  for (const name of new Set(ops.flatMap((op) => (computes(op) ? [op.layer] : [])))) {
    const after = ops.findLastIndex((op) => op.layer === name && computes(op)) + 1;
    const last = ops[after - 1];
    if (last.kind !== 'core' && last.kind !== 'maximum') continue;
    const { signal } = last.output;
    const { golden, shape, copies } = signals[signal];
    const size = shape.reduce((a, b) => a * b, 1) / copies;
    const tensor = tensors.find((t) => t.name === golden && t.data === undefined && (t.type === 'float32' || t.type === 'float16'));
    if (tensor === undefined || tensor.shape.reduce((a, b) => a * b, 1) !== size) joined.push(name);
    else layers.push({ name, coreOps: coreOpsOf({ ops }).filter(({ layer }) => layer === name).length, signal, tensor: tensor.id, after });
  }
  return { layers, joined };
}

/** `pool` holds the program with all of its signals, and the float network. */
export async function explain(
  pool: EmulatorPool, data: DataSet, { layers, joined }: ReturnType<typeof replaceableLayers>, options: ExplainOptions,
): Promise<Explanation> {
  const count = Math.min(data.count, options.limit ?? data.count);
  const outputs = pool.shared.chip === null ? 0 : pool.shared.chip.sizes[pool.shared.chip.output] / pool.shared.chip.signals[pool.shared.chip.output].copies;
  const scorer = (): Scorer => new Scorer(count, outputs, data.labels !== null, true);
  const whole = scorer();
  const rows = layers.map((): { scorer: Scorer; tasks: Omit<Replaced, 'output'>[] } => ({ scorer: scorer(), tasks: [] }));
  const start = options.clock();
  await pool.each(async (index) => {
    const first = index * TASK_SAMPLES;
    if (first >= count) return null;
    const n = Math.min(TASK_SAMPLES, count - first);
    const { input, unread } = await taskSamples(data, first, n);
    refuseUnread(unread);
    return { input, count: n, first, signals: [], tensors: [options.floatOutput], output: true, compare: [], sample: [], replace: layers };
  }, ({ output, values: [golden], replaced, unread }, index) => {
    refuseUnread(unread);
    if (output === null) return;
    const first = index * TASK_SAMPLES;
    const n = output.length / outputs;
    for (let i = 0; i < n; i++) {
      const label = data.labels?.[first + i] ?? -1;
      whole.add(measure(output, golden, i * outputs, outputs, label));
      rows.forEach((row, l) => row.scorer.add(measure(replaced[l].output, golden, i * outputs, outputs, label)));
    }
    rows.forEach((row, l) => row.tasks.push(replaced[l]));
    options.progress?.(first + n, count);
  });
  const asIs = whole.scores(options.seed ?? 0);
  const costs = layers.map(({ name, coreOps }, l) => layerCost(name, coreOps, rows[l].tasks, asIs, rows[l].scorer.scores(options.seed ?? 0)));
  const ranking = [...costs].sort((a, b) => b.cost.logitDb - a.cost.logitDb || b.cost.agreement - a.cost.agreement).map(({ name }) => name);
  return { samples: asIs.samples, asIs, layers: costs, ranking, joined, seconds: options.clock() - start };
}

/** Tasks of one size, whatever the pool: sums of floats are then added in one order. */
const TASK_SAMPLES = 16;

function layerCost(name: string, coreOps: number, tasks: readonly Omit<Replaced, 'output'>[], asIs: Scores, inFloat: Scores): LayerCost {
  const db = (of: (r: Omit<Replaced, 'output'>) => Comparison): number => (
    decibel(sum(tasks, (r) => of(r).signal), sum(tasks, (r) => of(r).error)));
  return {
    name, coreOps, sqnrDb: db((r) => r.asIs), introducedDb: db((r) => r.introduced), inheritedDb: db((r) => r.inherited),
    roundedDb: db((r) => r.rounded),
    // To a millionth, as decibels are: batches add in orders of their own.
    clippedShare: Math.round((1e6 * sum(tasks, (r) => r.clippedError)) / Math.max(Number.MIN_VALUE, sum(tasks, (r) => r.rounded.error))) / 1e6,
    saturated: sum(tasks, (r) => r.asIs.saturated) / Math.max(1, sum(tasks, (r) => r.asIs.values)), inFloat,
    cost: {
      ...(inFloat.chip === undefined || asIs.chip === undefined ? {} : { top1: inFloat.chip.top1 - asIs.chip.top1 }),
      agreement: (inFloat.agreement ?? 0) - (asIs.agreement ?? 0), logitDb: (inFloat.logitSqnrDb ?? 0) - (asIs.logitSqnrDb ?? 0),
    },
  };
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
