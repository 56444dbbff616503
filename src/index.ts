/**
 * trestle: compiles trained networks for neuromorphic and processing-in-memory chips, and emulates the chip bit for bit.
 *
 * ```js
 * import { compile, evaluate, loadChip, loadDataSet, packagePath, readModel, run, writeArtefact } from 'trestle';
 *
 * const model = readModel(packagePath('examples/digits/digits.onnx'));
 * const calibration = loadDataSet(packagePath('examples/digits/calibration.yaml'));
 * const { artefact, layers } = await compile(model, loadChip('prime'), calibration, { samples: 100 });
 * console.log(layers.map(({ name, sqnrDb }) => `${name} ${sqnrDb.toFixed(1)} dB`).join(', '));
 *
 * const score = await evaluate(artefact, loadDataSet(packagePath('examples/digits/test.yaml')), { against: model });
 * console.log(`top-1 ${score.chip.top1}, of the float network ${score.float.top1}`);
 *
 * const blank = { shape: [1, 1, 28, 28], data: new Float32Array(28 * 28) };
 * console.log((await run(artefact, blank)).data); // ten logits
 * console.log(writeArtefact(artefact).length, 'bytes'); // what a .trestle file holds
 * ```
 *
 * Whatever is wrong with an input is thrown as `TrestleError`, with one numbered diagnostic for each finding.
 */
import type { Chip } from './chip/types.js';
import type { Artefact } from './cores/artefact.js';
import type { CoreGraph, CoreOp } from './cores/types.js';
import { externalReader, readBytes, sha256 } from './data/files.js';
import { packageVersion } from './data/package.js';
import { randomDataSet } from './data/random.js';
import { readTraces } from './data/traces.js';
import { refuseUnread, taskSamples } from './data/read.js';
import { sizeOf, type DataSet } from './data/types.js';
import { fail, type Diagnostic } from './diagnostics.js';
import type { Codes } from './cores/types.js';
import { EmulatorPool, kernelModule, kernelNotes, type PoolOptions } from './emulate/pool.js';
import { graphSums, type TileSums } from './emulate/accumulators.js';
import { NOTHING, type Task, type TaskResult } from './emulate/tasks.js';
import { graphVectors, type VectorOptions } from './emulate/tile-vectors.js';
import { verifyOn, type OutsideCodes, type Verification, type VerificationOptions } from './emulate/verify.js';
import { evaluate as evaluateOn, memoryOf, type Evaluation } from './evaluate/evaluate.js';
import type { FoundClasses, Scores } from './evaluate/score.js';
import type { Shard } from './evaluate/shard.js';
import { ONE_EACH, type LayerCopies } from './expand/copies.js';
import { explain as explainOn, replaceableLayers, type Explanation } from './evaluate/explain.js';
import type { Ablation, SweepResult } from './evaluate/study.js';
import { coreGraphOf, type FunctionReport } from './expand/types.js';
import { graphMacs } from './graph/macs.js';
import type { Graph, Tensor } from './graph/types.js';
import { applyHostOps } from './host.js';
import { interruption, sayingInterrupted } from './interrupt.js';
import { checkKernelName } from './kernels/table.js';
import { mapToCores } from './map/map.js';
import type { Mapping, Program } from './map/types.js';
import { checkData, compile as runStages, DEFAULT_BUDGET, DEFAULT_SAMPLES, type Compilation, type CompileOptions, type LayerReport } from './pipeline.js';
import { checkSeed } from './prng.js';
import { decomposedFor } from './reform/decompose/decompose.js';
import { readOnnx } from './read/onnx.js';
import { atChance, inputRange, scoredTensor } from './report/judge.js';
import { fileNames } from './report/names.js';
import { reportPage, type PageReport, type ReportOptions } from './reporting.js';
import { ResultsFile } from './runs/journal.js';
import { mergeParts, partsOf, type Merged } from './runs/merge.js';
import type { Header } from './runs/records.js';
import { headerOf, linesPath, tableOf, writeMerged } from './runs/results.js';
import { ablation, type StudyOptions } from './studies/ablate.js';
import { sweepPoint } from './studies/sweep.js';
import { DEFAULT_STEPS, stepsOf } from './tune/steps.js';
import type { VectorFile } from './vectors.js';

export { builtinChips, parseChip, printChip } from './chip/chip.js';
export type { Arithmetic, Chip, CodeRange } from './chip/types.js';
export { readVectors, runConformance, type ConformanceReport } from './conformance.js';
export { readArtefact, writeArtefact, type Artefact, type Provenance } from './cores/artefact.js';
export { diffArtefacts, type ArtefactDiff } from './cores/diff.js';
export type { Code, CoreGraph, CoreOp, HostOp, Op, Signal } from './cores/types.js';
export { loadDataSet } from './data/card.js';
export { chipText, loadChip } from './data/chips.js';
export { readNpyFile, npyDataSet } from './data/arrays.js';
export { readNpy, writeNpy, type NpyArray } from './data/npy.js';
export { packagePath, packageVersion } from './data/package.js';
export { randomDataSet } from './data/random.js';
export type { DataSet, ImageSamples } from './data/types.js';
export type { ImagePlace, Preprocessing } from './data/images/types.js';
export { DIAGNOSTICS, formatDiagnostic, TrestleError, type Diagnostic, type DiagnosticCode } from './diagnostics.js';
export type { SumAxis, TileSums } from './emulate/accumulators.js';
export { DEFAULT_ROWS, type VectorOptions } from './emulate/tile-vectors.js';
export { DEFAULT_VERIFIED, type CodeDifference, type OutsideCodes, type Verification, type VerificationOptions } from './emulate/verify.js';
export type { Evaluation } from './evaluate/evaluate.js';
export type { Explanation, LayerCost } from './evaluate/explain.js';
export type { FunctionReport } from './expand/types.js';
export type { Graph } from './graph/types.js';
export type { Mapping, Program } from './map/types.js';
export { DEFAULT_SAMPLES, MOST_COPIES, STAGES, type Compilation, type CompileOptions, type LayerReport } from './pipeline.js';
export { DEFAULT_INSPECTED, type PageReport, type ReportOptions } from './reporting.js';
export { Layers, type ConvOptions, type ResponseOptions } from './train/layers.js';
export type { LossName } from './train/loss.js';
export type { Adam, Momentum, Optimiser } from './train/optimiser.js';
export type { ScheduleName } from './train/schedule.js';
export { train, type EpochState, type TrainOptions, type Training, type TrainingData } from './train/train.js';
export type { Ablation, AblationRow, SweepPoint, SweepResult } from './evaluate/study.js';
export type { StudyOptions } from './studies/ablate.js';
export { DEFAULT_STEPS, TUNING_STEPS, type TuningStep } from './tune/steps.js';
export { writeVectors, type VectorFile } from './vectors.js';
export { writeOnnx } from './write/onnx.js';
export { kernelModule };

/** A float network and the file that it was read from. */
export interface Model {
  /** Name of the file, without folders. */
  readonly file: string;
  /** Of the file's bytes. */
  readonly sha256: string;
  readonly graph: Graph;
}

/** Reads an ONNX file, with the external data beside it. Throws T100 to T107. */
export function readModel(path: string): Model {
  if (/\.nir$/i.test(path)) fail('T101', path, 'NIR files are not supported yet', {
    limit: '.onnx files', remedy: 'Give the network as an .onnx file',
  });
  const bytes = readBytes(path);
  const file = baseName(path);
  return { file, sha256: sha256(bytes), graph: readOnnx(bytes, { file, external: externalReader(path) }) };
}

function baseName(path: string): string {
  return path.split(/[/\\]/).at(-1) || path;
}

/** How emulation is run. Results depend on none of these. */
export interface EmulationOptions {
  /** Worker threads; 0: the calling thread; default: one a processor core. */
  readonly workers?: number;
  /** Samples that a worker takes at once, 1..65536. */
  readonly batch?: number;
  /** `simd` (plain SIMD, which every engine has), `scalar` or a kernel's full name. Default: the fastest that is exact. */
  readonly kernel?: string;
  /** Stops the work: `evaluate` gives what is done, everything else throws T507. */
  readonly signal?: AbortSignal;
}

export interface Compiled {
  readonly artefact: Artefact;
  readonly mapping: Mapping;
  readonly layers: readonly LayerReport[];
  /** By layer, copies of its output and of its partial sums, and rows that share each weight; absent without copies inside the network. */
  readonly copies?: readonly (LayerCopies & { readonly layer: string })[];
  /** Functions that cores of their own compute, with their errors. */
  readonly functions: readonly FunctionReport[];
  /** Multiply-accumulate operations of the float network for one sample. */
  readonly macsPerSample: number;
  /** 10 log10(signal / error) on the chip's output; absent where the output has no float counterpart. */
  readonly logitSqnrDb?: number;
  /** Warnings and notes; errors are thrown. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Compiles a network for a chip. `calibration`: samples of the kind that the network will see; at most `options.samples` (512) of them are
 * taken, evenly. The same network, chip, samples and options give the same artefact whatever the workers, batch and kernel.
 */
export async function compile(model: Model, chip: Chip, calibration: DataSet, options: CompileOptions = {}): Promise<Compiled> {
  checkSeed(options.seed ?? 0);
  if (options.kernel !== undefined) checkKernelName(options.kernel);
  checkAmount(calibration, options.samples);
  const done = await runStages(model.graph, chip, calibration, options);
  const { program, layers, inputs, expansion } = done;
  if (program === undefined || layers === undefined || inputs === undefined) throw new Error('the stages are incomplete');
  const macsPerSample = graphMacs(model.graph);
  const { samples = 0 } = done;
  const artefact: Artefact = {
    graph: program.graph, mapping: program.mapping, layers,
    provenance: {
      model: { file: model.file, sha256: model.sha256 }, seed: options.seed ?? 0, samples,
      options: {
        macsPerSample, steps: stepNames(chip, options.steps), ...(options.cores === undefined ? {} : { cores: options.cores }),
        ...(options.copies === undefined ? {} : { copies: options.copies }),
        ...(options.copies === 'auto' ? { budgetCores: options.budgetCores ?? DEFAULT_BUDGET } : {}),
        ...(options.tolerance === undefined ? {} : { tolerance: options.tolerance }),
      },
      calibration: `${baseName(calibration.place)}, inputs of SHA-256 ${sha256(new Uint8Array(inputs.buffer, inputs.byteOffset, inputs.byteLength))}`,
      trestle: packageVersion(),
    },
  };
  return {
    artefact, mapping: program.mapping, layers, functions: expansion?.functions ?? [], macsPerSample, ...copiesOf(done),
    diagnostics: [...done.diagnostics, ...kernelNotes(chip, options.kernel), ...hostNotes(program.graph)],
    ...(done.logitSqnrDb === undefined ? {} : { logitSqnrDb: done.logitSqnrDb }),
  };
}

function copiesOf({ copies, expansion }: Compilation): Pick<Compiled, 'copies'> {
  if (copies === undefined || copies === null || expansion === undefined) return {};
  return {
    copies: expansion.layers.map(({ name, edge, output }) => (
      { layer: name, ...(copies.get(edge) ?? ONE_EACH), output: expansion.signals[output].copies })),
  };
}

/** The steps of tuning that were on, for the provenance; `none` where nothing is tuned. */
function stepNames(chip: Chip, steps: readonly string[] = DEFAULT_STEPS): string {
  const names = chip.weights === null ? [] : stepsOf(steps);
  return names.length === 0 ? 'none' : names.join(',');
}

/** Calibration inputs that are held at once, in values. */
const CALIBRATION_LIMIT = 2 ** 29;

function checkAmount({ place, count, sampleShape }: DataSet, samples = DEFAULT_SAMPLES): void {
  const values = Math.min(count, samples) * sizeOf(sampleShape);
  if (values <= CALIBRATION_LIMIT) return;
  fail('T402', place, `${Math.min(count, samples)} calibration samples have ${values} values`, {
    limit: `${CALIBRATION_LIMIT} values`, remedy: 'Take fewer samples',
  });
}

function hostNotes(graph: CoreGraph): Diagnostic[] {
  return graph.hostOps.map(({ name, op }) => ({
    code: 'T404', severity: 'note', place: `${name} (${op})`, message: 'the host computes this on the decoded output; no core does',
  }));
}

/** Samples of seeded random inputs for a network without data: even over the range of the quantiser that reads the input, else over [0, 1). */
export function randomInputs(model: Model, seed: number, samples: number): DataSet {
  const { graph } = model;
  const [lo, hi] = inputRange(graph);
  return randomDataSet(seed, graph.tensors[graph.inputs[0]].shape.slice(1), lo, hi, samples);
}

/** Enough to give every signal a range; fewer where a sample has many values. */
const OUTLINE_SAMPLES = 8;
const OUTLINE_VALUES = 2 ** 22;

/**
 * What each layer becomes on a chip, without calibration data: the stages up to `expand` on a few random inputs, then the mapping. Codes and
 * weights of the result mean nothing; its structure does. Throws T400 with all that the chip cannot do.
 */
export async function outline(model: Model, chip: Chip, signal?: AbortSignal): Promise<Program> {
  const size = sizeOf(model.graph.tensors[model.graph.inputs[0]].shape);
  const samples = Math.min(OUTLINE_SAMPLES, Math.ceil(OUTLINE_VALUES / size));
  const { expansion } = await runStages(model.graph, chip, randomInputs(model, 0, samples), {
    workers: 0, ...(signal === undefined ? {} : { signal }),
  }, 'expand');
  if (expansion === undefined) throw new Error('the stages are incomplete');
  return mapToCores(coreGraphOf(expansion));
}

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

/** The float tensor beside the artefact's output; warns of another model, refuses one whose output or input has another size. */
function comparedTensor({ graph, provenance }: Artefact, model: Model, diagnostics: Diagnostic[]): Tensor {
  const place = model.file;
  diagnostics.push(...otherModel(model, provenance.model));
  const tensor = scoredTensor(model.graph, graph.signals[graph.output].golden);
  const sizes = (shape: readonly number[]): string => `[${shape.slice(1).join(', ')}]`;
  const input = model.graph.tensors[model.graph.inputs[0]];
  for (const [what, found, wanted] of [['input', input.shape, graph.inputShape], ['output', tensor.shape, graph.outputShape]] as const) {
    if (sizeOf(found) !== sizeOf(wanted)) {
      fail('T501', place, `its ${what} has shape ${sizes(found)}`, {
        limit: `${sizes(wanted)}, as the artefact has it`, remedy: 'Give the float form of the same network',
      });
    }
  }
  return tensor;
}

function otherModel({ file, sha256: found }: Omit<Model, 'graph'>, compiled: Omit<Model, 'graph'>): Diagnostic[] {
  if (found === compiled.sha256) return [];
  return [{
    code: 'T501', severity: 'warning', place: file, message: `not the model that the artefact was compiled from, ${compiled.file}`,
    limit: `SHA-256 ${compiled.sha256}`, remedy: 'Compare with the same file, unless the difference is what you are after',
  }];
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

/**
 * A network on a chip with the steps of tuning switched on one after the other: none, then those of the default in their order, then each that is not;
 * with `each`, the default without each of its steps too.
 */
export async function ablate(
  model: Model, chip: Chip, calibration: DataSet, data: DataSet, options: StudyOptions & { readonly each?: boolean } = {},
): Promise<Ablation> {
  return ablation(model, chip, calibration, data, options, { compile, evaluate });
}

/** One point of a sweep: the network compiled for a chip with these options, and evaluated. A refusal is a result too, with its diagnostics. */
export async function study(model: Model, chip: Chip, calibration: DataSet, data: DataSet, options: StudyOptions = {}): Promise<SweepResult> {
  return sweepPoint(model, chip, calibration, data, options, { compile, evaluate });
}

/**
 * All that is known of an artefact as one HTML page that fetches nothing: its network, layers, mapping and provenance; with `data` its accuracy and
 * confusions, and with `against` too, how far each layer is from the float network. The same inputs give the same page. Throws T301 (sweeps), T302, T501
 * (another network), T507, T509 (packages that draw are not installed).
 */
export async function reportHtml(artefact: Artefact, options: ReportOptions = {}): Promise<PageReport> {
  const diagnostics: Diagnostic[] = [];
  if (options.against !== undefined) comparedTensor(artefact, options.against, diagnostics);
  const { workers, batch, kernel, signal } = options;
  const pool = poolOptions({
    ...(workers === undefined ? {} : { workers }), ...(batch === undefined ? {} : { batch }), ...(kernel === undefined ? {} : { kernel }),
    ...(signal === undefined ? {} : { signal }),
  });
  return reportPage(artefact, options, { evaluate, pool, diagnostics });
}

/** An array with the sample as its first dimension. */
export interface Values<T = Float32Array> {
  readonly shape: readonly number[];
  readonly data: T;
  /** Name in diagnostics. */
  readonly place?: string;
}

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
function tracedCodes(graph: CoreGraph, traced: readonly SignalCodes[]): { codesOf: (signal: number) => Codes; samples: number } {
  const byName = new Map(traced.map(({ name, data }) => [name, data]));
  const codes = graph.signals.map(({ name }) => byName.get(name) ?? fail('T302', name, 'the trace does not hold this signal', { limit: 'all signals' }));
  return { codesOf: (signal) => codes[signal], samples: traced[0].shape[0] };
}

/**
 * Vectors (docs/chips.md, section 9) of an artefact's tiles and native maxima on rows that they see with these inputs, for RTL test benches. Outputs come
 * from the slow reference, and every one is compared with the engine (T506). `diagnostics`: warnings (T601) that name what the form cannot hold.
 */
export async function exportVectors(
  artefact: Artefact, input: Values, options: EmulationOptions & VectorOptions = {},
): Promise<{ readonly vectors: VectorFile; readonly diagnostics: readonly Diagnostic[] }> {
  const { graph } = artefact;
  return graphVectors(graph, tracedCodes(graph, await trace(artefact, input, options)), options);
}

/** Codes of a folder as `trace` writes it, or of some of its files, by name of the signal: for `verify`. Throws T100, T301. */
export function readTrace({ graph }: Artefact, folder: string): Map<string, OutsideCodes> {
  const names = graph.signals.map(({ name }) => name);
  return readTraces(folder, new Map(fileNames(names).map((file, i) => [file, names[i]])));
}

/**
 * Compares the engine's codes of every signal with those of the slow reference, which shares no code with the engine but the encoding of the input, and
 * locates the first that differs. With `options.codes` those of another model take the engine's place. Refuses (T505) chips of floats.
 */
export async function verify(
  artefact: Artefact, data: DataSet | Values, options: EmulationOptions & VerificationOptions = {},
): Promise<Verification> {
  const { graph } = artefact;
  const set = 'read' in data ? data : valuesDataSet(graph, data);
  checkInput(graph, set);
  const signals = [...graph.signals.keys()];
  return verifyOn(graph, set, (part, done) => (
    // The reference works in this thread: between samples an interruption can arrive.
    stream({ chip: graph, keep: 'all', ...poolOptions(options) }, part, { signals }, ({ codes }, first) => done(codes, first), 1)), options);
}

/** Sends all samples through a pool, at most `most` a task; `done` gets each result with the number of its first sample. */
async function stream(
  options: PoolOptions, set: DataSet, wanted: Partial<Task>, done: (result: TaskResult, first: number) => void, most = Infinity,
): Promise<void> {
  const pool = EmulatorPool.create(options);
  const step = Math.min(most, pool.taskSamples(sizeOf(set.sampleShape)));
  let told = 0;
  try {
    await sayingInterrupted(set.place, () => `interrupted after ${told} of ${set.count} samples`, () => pool.each(async (index) => {
      const first = index * step;
      if (first >= set.count) return null;
      const count = Math.min(step, set.count - first);
      const { input, unread } = await taskSamples(set, first, count);
      refuseUnread(unread);
      return { ...NOTHING, ...wanted, input, count, first };
    }, (result, index) => {
      refuseUnread(result.unread);
      done(result, index * step);
      told = Math.min(set.count, (index + 1) * step);
    }));
  } finally {
    await pool.close();
  }
}

function valuesDataSet(graph: CoreGraph, { shape, data, place = 'input' }: Values): DataSet {
  if (shape.length === 0) fail('T302', place, 'an array without dimensions', { limit: 'at least one, the samples' });
  const [count, ...sampleShape] = shape;
  const size = sizeOf(sampleShape);
  if (data.length !== count * size) fail('T302', place, `${data.length} values for shape [${shape.join(', ')}]`, {
    limit: `${count * size} values`,
  });
  const set: DataSet = {
    place, count, sampleShape, labels: null,
    read(index, into, offset) {
      const sample = data.subarray(index * size, (index + 1) * size);
      const wrong = sample.findIndex((v) => !Number.isFinite(v));
      if (wrong >= 0) fail('T502', `${place}, sample ${index}, element ${wrong}`, `the value is ${sample[wrong]}`, { limit: 'finite numbers' });
      into.set(sample, offset);
    },
  };
  checkInput(graph, set);
  return set;
}

/** Refuses (T302) samples that do not have the shape of the network's input. */
function checkInput({ signals, input, inputShape }: CoreGraph, data: DataSet): void {
  const { name } = signals[input];
  const tensor: Tensor = { id: 0, name, type: 'float32', shape: inputShape };
  checkData({ name, opset: 0, tensors: [tensor], nodes: [], inputs: [0], outputs: [0] }, data);
}

function poolOptions({ workers, batch, kernel, signal }: EmulationOptions): PoolOptions {
  if (kernel !== undefined) checkKernelName(kernel);
  return {
    ...(workers === undefined ? {} : { workers }), ...(batch === undefined ? {} : { batch }), ...(kernel === undefined ? {} : { kernel }),
    ...(signal === undefined ? {} : { signal }),
  };
}

/** Core-ops of a network: distinct tiles of weights. */
export function coreOpsOf(graph: CoreGraph): CoreOp[] {
  return graph.ops.filter((op): op is CoreOp => op.kind === 'core');
}
