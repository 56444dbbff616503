/** Accuracy of artefacts: over a data set, from the files of shards, and layer by layer. */
import type { Artefact } from '../cores/artefact.js';
import { sizeOf, type DataSet } from '../data/types.js';
import { fail, type Diagnostic } from '../diagnostics.js';
import { EmulatorPool, kernelNotes } from '../emulate/pool.js';
import { evaluate as evaluateOn, type Evaluation } from '../evaluate/evaluate.js';
import { explain as explainOn, replaceableLayers, type Explanation } from '../evaluate/explain.js';
import type { FoundClasses, Scores } from '../evaluate/score.js';
import type { Shard } from '../evaluate/shard.js';
import { graphMacs } from '../graph/macs.js';
import { interruption, sayingInterrupted } from '../interrupt.js';
import { decomposedFor } from '../reform/decompose/decompose.js';
import { atChance } from '../report/judge.js';
import { ResultsFile } from '../runs/journal.js';
import { mergeParts, partsOf, type Merged } from '../runs/merge.js';
import type { Header } from '../runs/records.js';
import { headerOf, linesPath, tableOf, writeMerged } from '../runs/results.js';
import { comparedTensor, otherModel } from './against.js';
import type { Model } from './model.js';
import { checkInput, poolOptions, type EmulationOptions } from './options.js';

export interface EvaluateOptions extends EmulationOptions {
  /** The float network to run beside the chip. */
  readonly against?: Model;
  /** Samples at most, from the first on. */
  readonly limit?: number;
  /** Seed of the bootstrap. */
  readonly seed?: number;
  /** The part of the samples that is evaluated; default all. `mergeResults` puts the parts together. */
  readonly shard?: Shard;
  /**
   * A file for the result of every sample, written as the work goes: JSON lines, with which the same call goes on after whatever ended the process. With
   * the ending .parquet the lines are in a file of the same name with .jsonl, and a table is made of them at the end.
   */
  readonly results?: string;
  readonly progress?: (done: number, total: number) => void;
  /** Called for each sample, in order, with the classes found. */
  readonly found?: (classes: FoundClasses) => void;
}

/**
 * Accuracy of an artefact over a data set; beside it, with `against`, that of the float network, and how far the outputs are apart. Once `signal` is
 * raised no more samples are begun: the result is then that of the first ones, with `interrupted`, and has a diagnostic T507. `results` of another run
 * are refused (T511).
 */
export async function evaluate(
  artefact: Artefact, data: DataSet, options: EvaluateOptions = {},
): Promise<Evaluation & { readonly diagnostics: readonly Diagnostic[] }> {
  const { graph, provenance } = artefact;
  const { against, limit, seed, progress, found, signal, shard, results, ...emulation } = options;
  const outputs = sizeOf(graph.outputShape);
  checkInput(graph, data);
  checkLabels(data, outputs);
  if (limit !== undefined && (!Number.isInteger(limit) || limit < 1)) fail('T302', data.place, `a limit of ${limit} samples`, { limit: 'at least 1' });
  const diagnostics: Diagnostic[] = [];
  const tensor = against === undefined ? undefined : comparedTensor(artefact, against, diagnostics);
  const stated = provenance.options.macsPerSample;
  const macsPerSample = against !== undefined ? graphMacs(against.graph) : typeof stated === 'number' ? stated : 0;
  const header = results === undefined ? null : headerOf(artefact, data, { against, limit, seed, shard });
  const pool = EmulatorPool.create({ chip: graph, ...(against === undefined ? {} : { float: against.graph }), ...poolOptions(emulation) });
  let journal: ResultsFile | null = null;
  try {
    journal = results === undefined || header === null ? null : ResultsFile.open(linesPath(results), header);
    const result = await evaluateOn(pool, data, {
      macsPerSample, clock: () => performance.now() / 1000, ...(shard === undefined ? {} : { shard }), ...(journal === null ? {} : { journal }),
      ...(limit === undefined ? {} : { limit }), ...(seed === undefined ? {} : { seed }), ...(tensor === undefined ? {} : { floatOutput: tensor.id }),
      ...(progress === undefined ? {} : { progress }), ...(found === undefined ? {} : { found }), ...(signal === undefined ? {} : { signal }),
    });
    if (results !== undefined && result.interrupted !== true) await tableOf(results);
    const notes = [...kernelNotes(graph.chip, options.kernel), ...chanceWarning(result, outputs, data.place), ...notDone(result, data.place)];
    return { ...result, ...(journal === null ? {} : { resumed: journal.resumed }), diagnostics: [...diagnostics, ...notes] };
  } finally {
    journal?.close();
    await pool.close();
  }
}

/** What one process would have found on all samples, from the files of its shards. `run`: what they are the results of. */
export interface MergedResults extends Merged {
  readonly run: Header;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Puts results of shards together, in any order; the scores are those of one `evaluate` over all samples. `output`: a file for them all, JSON lines or,
 * with the ending .parquet, a table. Refuses files of different runs (T511), missing samples (T512), samples that two files hold (T513), damaged
 * files (T510).
 */
export async function mergeResults(paths: readonly [string, ...string[]], output?: string): Promise<MergedResults> {
  const parts = partsOf(paths);
  const merged = mergeParts(parts);
  const { header: run } = parts[0];
  if (output !== undefined) await writeMerged(parts, output);
  const other = run.against === null ? [] : otherModel(run.against, run.artefact.model);
  return { ...merged, run, diagnostics: [...other, ...chanceWarning(merged, run.outputs, run.data.file)] };
}

export interface ExplainOptions extends EmulationOptions {
  readonly limit?: number;
  readonly seed?: number;
  readonly progress?: (done: number, total: number) => void;
}

/**
 * What each layer of an artefact costs on the samples of `data`: each alone is replaced by its float function, applied to what the layer really reads
 * and rounded to the nearest codes of its output. `against`: the network that the artefact was compiled from. docs/explain.md defines every figure.
 */
export async function explain(
  artefact: Artefact, data: DataSet, against: Model, options: ExplainOptions = {},
): Promise<Explanation & { readonly diagnostics: readonly Diagnostic[] }> {
  const { graph } = artefact;
  const { limit, seed, progress, signal, ...emulation } = options;
  checkInput(graph, data);
  checkLabels(data, sizeOf(graph.outputShape));
  const diagnostics: Diagnostic[] = [];
  const float = decomposedFor(against.graph, graph.chip);
  const tensor = comparedTensor(artefact, { ...against, graph: float }, diagnostics);
  const pool = EmulatorPool.create({ chip: graph, float, keep: 'all', ...poolOptions(emulation), ...(signal === undefined ? {} : { signal }) });
  try {
    const explanation = await sayingInterrupted(data.place, () => 'interrupted before every layer had its cost', () => (
      explainOn(pool, data, replaceableLayers(graph, float), {
        floatOutput: tensor.id, clock: () => performance.now() / 1000,
        ...(limit === undefined ? {} : { limit }), ...(seed === undefined ? {} : { seed }), ...(progress === undefined ? {} : { progress }),
      })));
    return { ...explanation, diagnostics };
  } finally {
    await pool.close();
  }
}

function checkLabels({ labels, place, images }: DataSet, outputs: number): void {
  const wrong = labels?.findIndex((label) => label >= outputs) ?? -1;
  if (labels === null || wrong < 0) return;
  const name = images === undefined ? '' : ` (${images.of(wrong).name})`;
  fail('T302', place, `sample ${wrong}${name} has label ${labels[wrong]}`, {
    limit: `0..${outputs - 1}, the outputs of the network`, remedy: 'Use the data card that belongs to the network, or one without labels',
  });
}

function notDone({ interrupted, requested = 0, samples, failed }: Evaluation, place: string): Diagnostic[] {
  return interrupted === true ? [interruption(place, `interrupted after ${samples + failed.length} of ${requested} samples`)] : [];
}

function chanceWarning(result: Scores, classes: number, place: string): Diagnostic[] {
  if (result.chip === undefined || !atChance(result.chip.top1, classes, result.samples)) return [];
  if (result.float !== undefined && atChance(result.float.top1, classes, result.samples)) return [];
  return [{
    code: 'T403', severity: 'warning', place, message: `accuracy is at the level of chance: top-1 ${(100 * result.chip.top1).toFixed(2)} %`,
    limit: `${(100 / classes).toFixed(2)} % by guessing`,
    remedy: 'Check that the data card belongs to the network; look at the first poor layer that compile reports',
  }];
}
