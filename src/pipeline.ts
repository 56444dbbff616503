/**
 * The road as data: named stages that a compilation passes in order. Each takes what those before it made; a caller may stop after any of them
 * and look at the result.
 */
import type { Chip } from './chip/types.js';
import { fitsBehindSum } from './cores/activation.js';
import type { Code, CoreGraph, CoreOp } from './cores/types.js';
import { fail, type Diagnostic } from './diagnostics.js';
import { loadChip } from './data/chips.js';
import { readSamples, refuseUnread } from './data/read.js';
import { sizeOf, type DataSet } from './data/types.js';
import { valuesDataSet } from './data/values.js';
import { linearStage, type LinearStage } from './cores/realise.js';
import { plus } from './emulate/compare.js';
import { encodeInput } from './emulate/edges.js';
import { EmulatorPool, newKernels, type PoolOptions } from './emulate/pool.js';
import { runOver } from './emulate/over.js';
import { NOTHING, type Comparison } from './emulate/tasks.js';
import { Collector, observedEdges, sidesOf, STRONGEST } from './encode/collect.js';
import { channelCodes } from './encode/channels.js';
import { inputDigits } from './encode/digits.js';
import { encode } from './encode/encode.js';
import { limitSilent } from './encode/silent.js';
import type { Calibration } from './encode/types.js';
import { outOfLine, poorWarning } from './evaluate/cause.js';
import { explain, replaceableLayers } from './evaluate/explain.js';
import { decibel } from './evaluate/score.js';
import { planCopies } from './expand/budget.js';
import { evenCopies, functionEdges, outputSum, type CopyPlan, type LayerCopies } from './expand/copies.js';
import { expand, tiedEdges, type ExpandOptions } from './expand/expand.js';
import { chooseOutputCopies } from './expand/output-copies.js';
import { COMPOSED_NOISE } from './expand/noise.js';
import { MOST_REPEATS, repeatsOf } from './expand/repeats.js';
import { coreGraphOf, type Expansion } from './expand/types.js';
import type { SampledValues, SampleRequest, TensorView } from './graph/sample.js';
import type { Graph } from './graph/types.js';
import { Interrupted, pauseFor, sayingInterrupted, turn } from './interrupt.js';
import { mapToCores } from './map/map.js';
import type { Program } from './map/types.js';
import { decomposedFor } from './reform/decompose/decompose.js';
import { expandProducts, productsOf, type Range } from './reform/decompose/products.js';
import { absorbInputRange } from './reform/input-range.js';
import { reform } from './reform/reform.js';
import type { Edge, Reformed, SumNode } from './reform/types.js';
import { sensitivities } from './tune/sensitivity.js';
import { collapseWarning } from './tune/collapse.js';
import { predictReach } from './tune/reach.js';
import { DEFAULT_STEPS, stepsOf as checkedSteps } from './tune/steps.js';
import { tune } from './tune/tune.js';
import type { Emulate } from './tune/workbench.js';

export interface CompileOptions {
  /** Calibration samples at most, taken evenly over the data set. */
  readonly samples?: number;
  readonly seed?: number;
  /** Worker threads; 0: the calling thread. */
  readonly workers?: number;
  /** Names of the steps of tuning to take (tune/steps.ts); default those marked so there. */
  readonly steps?: readonly string[];
  /** Cores at hand; default one a core-op. */
  readonly cores?: number;
  /**
   * Copies of every inner signal, 1..16, and as many rows for every weight; `auto`: chosen for each within `budgetCores`. Absent: copies of the
   * network's output, and of inner signals what the step `inner-copies` gives them.
   */
  readonly copies?: number | 'auto';
  /** With `auto`: core-ops at most, or so many times those without copies (default `4x`). */
  readonly budgetCores?: number | `${number}x`;
  /** Kernel variant and samples at once of the emulation; results do not depend on them. */
  readonly kernel?: string;
  readonly batch?: number;
  /** Greatest error of functions that cores approximate, as a share of the range of their results; default 0.01, and never less than one step. */
  readonly tolerance?: number;
  readonly progress?: (stage: string, done: number, total: number) => void;
  /** Stops the work soon, with T507. */
  readonly signal?: AbortSignal;
}

/** One layer's row of the report. */
export interface LayerReport {
  readonly name: string;
  readonly coreOps: number;
  readonly positions: number;
  readonly sqnrDb: number;
  readonly saturated: number;
}

/** What a compilation has made so far. */
export interface Compilation {
  /** The float network; from the stage `reform` on with those operators decomposed that no core computes: golden values are of this one. */
  graph: Graph;
  readonly chip: Chip;
  readonly data: DataSet;
  readonly options: CompileOptions;
  readonly diagnostics: Diagnostic[];
  reformed?: Reformed;
  inputs?: Float32Array;
  samples?: number;
  calibration?: Calibration;
  /** `null` on chips without limits. */
  codes?: ReadonlyMap<Edge, Code> | null;
  /** Copies inside the network; `null` without. */
  copies?: CopyPlan | null;
  expansion?: Expansion;
  cores?: CoreGraph;
  program?: Program;
  layers?: LayerReport[];
  logitSqnrDb?: number;
}

export interface PipelineStage {
  readonly name: string;
  readonly run: (c: Compilation) => void | Promise<void>;
}

/** Calibration samples unless the options say otherwise. */
export const DEFAULT_SAMPLES = 512;
/** Copies of an inner signal that may be asked for. */
export const MOST_COPIES = 16;
/** Budget of copies `auto` may use, unless the options say otherwise. */
export const DEFAULT_BUDGET = '4x';
/** Signals of fewer levels get copies where they cost little (`inner-copies`); core-ops that those may add, as a share of the network's. */
const INNER_LEVELS = 256;
const INNER_SHARE = 0.1;
const EVERYTHING: readonly (keyof LayerCopies)[] = ['output', 'partials', 'rows'];
/** Samples on which the choice of copies measures what each signal's error does to the output, and values of all signals together that it holds. */
const SENSITIVITY_SAMPLES = 32;
const SENSITIVITY_VALUES = 2 ** 27;

export const STAGES: readonly PipelineStage[] = [
  { name: 'reform', run: reformStage },
  { name: 'calibrate', run: calibrate },
  { name: 'encode', run: (c) => encodeStage(c) },
  { name: 'expand', run: expandStage },
  { name: 'tune', run: tuneStage },
  { name: 'map', run: (c) => void (c.program = mapToCores(need(c.cores), c.options.cores === undefined ? {} : { cores: c.options.cores })) },
  { name: 'verify', run: verify },
];

/**
 * Runs the stages in order, up to and with `until` (default: all). Refusals are thrown as `TrestleError`, an interruption as T507 that names the stage;
 * warnings gather in `diagnostics`.
 */
export async function compile(graph: Graph, chip: Chip, data: DataSet, options: CompileOptions = {}, until = 'verify'): Promise<Compilation> {
  const c: Compilation = { graph, chip, data, options, diagnostics: [] };
  checkCopies(options);
  stepsOf(c);
  checkChip(c);
  checkData(graph, data);
  for (const stage of STAGES) {
    options.progress?.(stage.name, 0, 1);
    await sayingInterrupted('compile', () => `interrupted in the stage ${stage.name}, before there was an artefact`, async () => {
      // Stages that work in the calling thread leave no other moment for a signal to arrive.
      await turn();
      if (options.signal?.aborted === true) throw new Interrupted();
      await stage.run(c);
    });
    options.progress?.(stage.name, 1, 1);
    if (stage.name === until) break;
  }
  return c;
}

function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a stage ran before what it needs');
  return value;
}

/** Refuses (T409) copies and budgets that cannot be meant. */
function checkCopies({ copies, budgetCores }: CompileOptions): void {
  if (copies !== undefined && copies !== 'auto' && !(Number.isInteger(copies) && copies >= 1 && copies <= MOST_COPIES)) {
    fail('T409', 'copies', `${copies} copies`, { limit: `auto, or 1..${MOST_COPIES}` });
  }
  if (budgetCores === undefined) return;
  if (copies !== 'auto') fail('T409', 'budgetCores', 'a budget of cores without copies to choose', { limit: 'copies auto' });
  const amount = typeof budgetCores === 'number' ? budgetCores : Number(budgetCores.slice(0, -1));
  if (!(amount >= 1)) fail('T409', 'budgetCores', `a budget of ${budgetCores}`, { limit: 'a number of cores, or a factor of 1 and more followed by x' });
}

/** Refuses (T400) a chip whose cores give codes that they cannot take. */
function checkChip({ chip }: Compilation): void {
  const stage = linearStage(chip);
  if (stage === null) return;
  const { input, output } = stage;
  if (output.lo >= input.lo && output.hi <= input.hi) return;
  fail('T400', `chip ${chip.name}`, `cores give codes ${output.lo}..${output.hi}`, {
    limit: `${input.lo}..${input.hi}, the codes that cores take`, remedy: 'Make the outputs of the chip a part of its inputs',
  });
}

/** Refuses (T302) data whose samples are not the network's inputs. */
export function checkData(graph: Graph, data: DataSet): void {
  const input = graph.tensors[graph.inputs[0]];
  const expected = input.shape.slice(1);
  const size = expected.reduce((a, b) => a * b, 1);
  const given = data.sampleShape.reduce((a, b) => a * b, 1);
  const same = expected.length === data.sampleShape.length && expected.every((n, i) => n === data.sampleShape[i]);
  if (given !== size || (!same && expected.length > 1 && data.sampleShape.length > 1)) {
    fail('T302', data.place, `a sample has shape [${data.sampleShape.join(', ')}]`, {
      limit: `input ${input.name} of the network: [${expected.join(', ')}]`, remedy: 'Use the data card that belongs to the network',
    });
  }
  if (data.count === 0) fail('T302', data.place, 'the data set is empty', { limit: 'at least one sample' });
}

async function reformStage(c: Compilation): Promise<void> {
  const stage = linearStage(c.chip);
  c.graph = decomposedFor(c.graph, c.chip);
  const products = productsOf(c.graph);
  if (products.length > 0) {
    const ranges = await rangesOf(c, [...new Set(products.flatMap((n) => n.inputs))]);
    c.graph = expandProducts(c.graph, (id) => need(ranges.get(id)));
  }
  const reformed = reform(c.graph, (activation) => !fitsBehindSum(stage, activation));
  c.reformed = stage === null ? reformed : absorbInputRange(reformed);
}

/** Calibration samples, taken evenly over the data set. */
async function readInputs(c: Compilation): Promise<{ readonly inputs: Float32Array; readonly samples: number }> {
  const { data, options } = c;
  const samples = c.samples ?? Math.min(data.count, options.samples ?? DEFAULT_SAMPLES);
  if (c.inputs !== undefined) return { inputs: c.inputs, samples };
  if (!Number.isInteger(samples) || samples < 1) fail('T402', data.place, `${samples} calibration samples`, { limit: 'at least 1' });
  const asked = Array.from({ length: samples }, (_, i) => Math.floor((i * data.count) / samples));
  const { values, positions, unread } = await readSamples(data, asked, pauseFor(options.signal));
  // A few bad files among many images are no surprise; values that are at hand should be right.
  if (data.images === undefined || positions.length === 0) refuseUnread(unread);
  c.diagnostics.push(...unread.map(({ position, diagnostics: [first] }): Diagnostic => (
    { ...first, severity: 'warning', place: data.images?.of(asked[position]).name ?? first.place, message: `left out of the calibration: ${first.message}` })));
  c.inputs = values;
  c.samples = positions.length;
  return { inputs: values, samples: positions.length };
}

/** Asks the float network for parts of its tensors on all calibration samples, a range of samples at a time. */
async function askNetwork(
  c: Compilation, requests: (first: number, count: number) => (readonly [tensor: number, request: SampleRequest])[],
  take: (answers: readonly SampledValues[], first: number, count: number) => void,
): Promise<void> {
  const { inputs, samples } = await readInputs(c);
  const size = inputs.length / samples;
  const pool = EmulatorPool.create({ float: c.graph, ...poolOf(c.options) });
  try {
    const step = pool.taskSamples(size);
    await pool.each((index) => {
      const first = index * step;
      if (first >= samples) return null;
      const count = Math.min(step, samples - first);
      return { ...NOTHING, input: inputs.slice(first * size, (first + count) * size), count, first, sample: requests(first, count) };
    }, (result, index) => take(result.sampled, index * step, Math.min(step, samples - index * step)));
  } finally {
    await pool.close();
  }
}

/** Least and greatest value of tensors on all calibration samples. */
async function rangesOf(c: Compilation, tensors: readonly number[]): Promise<Map<number, Range>> {
  const ranges = new Map<number, Range>();
  const whole = (id: number): SampleRequest => ({
    view: { offset: 0, strides: [1, 1, 1], size: sizeOf(c.graph.tensors[id].shape) }, shape: [0, 0, 0], perSample: 0, strongest: 0,
    positions: new Int32Array(0),
  });
  await askNetwork(c, () => tensors.map((id) => [id, whole(id)] as const), (answers) => answers.forEach(({ min, max }, i) => {
    const id = tensors[i];
    if (!Number.isFinite(min) || !Number.isFinite(max)) {
      fail('T402', c.graph.tensors[id].name, 'the float network gives values that are not finite on calibration data', { remedy: 'Check the data card' });
    }
    const [lo, hi] = ranges.get(id) ?? [min, max];
    ranges.set(id, [Math.min(lo, min), Math.max(hi, max)]);
  }));
  return ranges;
}

/** Golden values of all edges that the compiler needs. */
async function calibrate(c: Compilation): Promise<void> {
  const { samples } = await readInputs(c);
  const stage = linearStage(c.chip);
  if (stage === null) return;
  const edges = observedEdges(need(c.reformed));
  const ids = edges.map((e) => tensorOf(c.graph, e));
  // Truncation of composed sums errs everywhere, and strong positions do not stand out (docs/tuning.md).
  const collector = new Collector(edges, samples, c.options.seed ?? 0, stage.parts === null ? STRONGEST : 0);
  let done = 0;
  await askNetwork(c, (first, count) => collector.requests(first, count).map((request, e) => [ids[e], request] as const), (answers, first, count) => {
    collector.collect(first, answers);
    c.options.progress?.('calibrate', (done += count), samples);
  });
  c.calibration = collector.result(sidesOf(need(c.reformed)));
  c.reformed = limitSilent(need(c.reformed), c.calibration);
}

function poolOf({ workers, kernel, batch, signal }: CompileOptions): Pick<PoolOptions, 'workers' | 'kernel' | 'batch' | 'signal'> {
  return {
    ...(workers === undefined ? {} : { workers }), ...(kernel === undefined ? {} : { kernel }), ...(batch === undefined ? {} : { batch }),
    ...(signal === undefined ? {} : { signal }),
  };
}

/** The float tensor whose values an edge carries. */
function tensorOf(graph: Graph, edge: Edge): number {
  const name = edge.golden?.tensor ?? edge.name;
  const tensor = graph.tensors.find((t) => t.name === name && t.data === undefined);
  return tensor?.id ?? fail('T400', edge.name, 'an inner value of an operation has no golden reference');
}

function encodeStage(c: Compilation, copiesOf?: (edge: Edge) => number): void {
  const stage = linearStage(c.chip);
  const graph = need(c.reformed);
  if (stage === null) {
    c.codes = null;
    return;
  }
  const calibration = need(c.calibration);
  const ties = tiedEdges(graph);
  const base = stepsOf(c).has('digits') ? inputDigits(graph, stage.input, c.chip.core.rows) : 1;
  const wide = { lo: stage.input.lo, hi: stage.input.lo + (stage.input.hi - stage.input.lo + 1) * base - 1 };
  const noise = stage.parts === null ? 1 : COMPOSED_NOISE;
  const codes = encode(graph, calibration, { input: wide, output: stage.output }, ties, {
    search: stepsOf(c).has('range'), noise, decides: outputSum(graph)?.output ?? null, ...(copiesOf === undefined ? {} : { copiesOf }),
  });
  const weight = Math.min(stage.weights.hi, -stage.weights.lo);
  const limits = { output: stage.output, weight, noise, repeats: repeatsIn(c) };
  c.codes = stepsOf(c).has('channels') ? channelCodes(graph, calibration, codes, new Set([...ties.flat(), ...functionEdges(graph)]), limits) : codes;
}

/** How often the core-ops of a sum repeat their rows. */
function repeatsIn(c: Compilation): (node: SumNode, shared?: readonly number[]) => number {
  const repeating = stepsOf(c).has('row-copies');
  return (node, shared) => (repeating ? repeatsOf(c.chip, node, shared) : 1);
}

/** Names of the steps of tuning that are on. */
function stepsOf({ options }: Compilation): ReadonlySet<string> {
  return new Set(options.steps === undefined ? DEFAULT_STEPS : checkedSteps(options.steps));
}

async function expandStage(c: Compilation): Promise<void> {
  const stage = linearStage(c.chip);
  const graph = need(c.reformed);
  const last = outputSum(graph)?.output;
  const outputCopies = stage === null || last === undefined || !stepsOf(c).has('output-copies') ? 1 : chooseOutputCopies(stage, (copies) => (
    coreOps(expand(graph, c.chip, need(c.codes), { outputCopies: copies, sizesOnly: true, ...expandOptions(c) }))));
  c.copies = stage === null ? null : await copiesStage(c, outputCopies, stage);
  // With more levels the ends of a code are worth more.
  const { copies } = c;
  if (copies !== null || outputCopies > 1) encodeStage(c, (edge) => (edge === last ? outputCopies : copies?.get(edge)?.output ?? 1));
  c.expansion = expand(graph, c.chip, need(c.codes), { outputCopies, copies: c.copies, ...expandOptions(c) });
  for (const f of c.expansion.functions.filter((found) => found.maxError > found.tolerance)) {
    c.diagnostics.push({
      code: 'T408', severity: 'warning', place: f.name,
      message: `${f.function} by ${f.chipUnits} ReLUs has errors of up to ${(100 * f.maxError).toFixed(2)} % of the range of its results`,
      limit: `${(100 * f.tolerance).toFixed(2)} %`, remedy: 'Use a chip with larger cores or finer weights, or allow more with --tolerance',
    });
  }
}

function coreOps({ ops }: Expansion): number {
  return ops.filter((op) => op.kind === 'core').length;
}

/** Whether rows are repeated, and what functions need that have cores of their own. */
function expandOptions(c: Compilation): Pick<ExpandOptions, 'calibration' | 'tolerance' | 'repeatsRows'> {
  const { calibration, options: { tolerance } } = c;
  return {
    repeatsRows: stepsOf(c).has('row-copies'), ...(calibration === undefined ? {} : { calibration }), ...(tolerance === undefined ? {} : { tolerance }),
  };
}

/** Copies inside the network, as the options ask for them. */
async function copiesStage(c: Compilation, outputCopies: number, stage: LinearStage): Promise<CopyPlan | null> {
  const { options, chip } = c;
  const { copies } = options;
  const graph = need(c.reformed);
  if (copies !== undefined && copies !== 'auto') return evenCopies(graph, copies);
  const { most, what } = copies === 'auto' ? { most: MOST_COPIES, what: EVERYTHING } : unasked(c, stage);
  const codes = need(c.codes);
  if (codes === null || most === 1) return null;
  const base = expand(graph, chip, codes, { outputCopies, sizesOnly: true, ...expandOptions(c) });
  const least = coreOps(base);
  const budget = copies === 'auto' ? budgetOf(c, least) : Math.floor((1 + INNER_SHARE) * least);
  const float = expand(graph, loadChip('ideal'), null, { outputCopies: 1 });
  const values = float.signals.reduce((n, { shape: [h, w, channels] }) => n + h * w * channels, 0);
  const count = Math.max(1, Math.min(need(c.samples), SENSITIVITY_SAMPLES, Math.floor(SENSITIVITY_VALUES / values)));
  const inputs = need(c.inputs);
  const input = encodeInput(inputs.subarray(0, (inputs.length / need(c.samples)) * count), float.signals[float.input], count);
  const kernels = newKernels(float.chip, options.kernel);
  const pause = pauseFor(options.signal);
  const emulate: Emulate = (cores, given, keep, n, arena) => runOver(kernels, cores, given, keep, n, arena, { ...poolOf(options), pause });
  const sensitivity = await sensitivities(float, codes, kernels, emulate, count, input);
  return planCopies({ graph, stage, codes, calibration: need(c.calibration), sensitivity, base, budget, most, what, repeats: repeatsIn(c) });
}

/**
 * What is copied unasked, and how often at most. Inner signals of composed sums get twice as many copies, for their truncation costs a bit more than rounding
 * does. Without copies of signals, composed sums may still have rows that share a weight: their converters have a greatest gain, which clips heavy weights.
 */
function unasked(c: Compilation, { parts, output: { lo, hi } }: LinearStage): { most: number; what: readonly (keyof LayerCopies)[] } {
  const steps = stepsOf(c);
  const levels = (hi - lo + 1) / (parts === null ? 1 : 2);
  if (steps.has('inner-copies')) return { most: Math.max(1, Math.ceil(INNER_LEVELS / levels)), what: EVERYTHING };
  return { most: parts !== null && steps.has('row-copies') ? MOST_REPEATS : 1, what: ['rows'] };
}

/** Core-ops that `auto` may use, of a network that takes `least` without copies. Refuses (T409) fewer. */
function budgetOf({ chip, options: { budgetCores = DEFAULT_BUDGET } }: Compilation, least: number): number {
  const budget = typeof budgetCores === 'number' ? budgetCores : Math.floor(Number(budgetCores.slice(0, -1)) * least);
  if (budget < least) {
    fail('T409', `chip ${chip.name}`, `${budget} cores are given for copies`, { limit: `at least ${least}, which the network takes without any` });
  }
  return budget;
}

async function tuneStage(c: Compilation): Promise<void> {
  const expansion = need(c.expansion);
  if (linearStage(c.chip) !== null) {
    c.diagnostics.push(...collapseWarning(predictReach(expansion, need(c.calibration)), c.chip));
    const samples = need(c.samples);
    const codes = encodeInput(need(c.inputs), expansion.signals[expansion.input], samples);
    const { kernel, progress } = c.options;
    const kernels = newKernels(c.chip, kernel);
    const pause = pauseFor(c.options.signal);
    const emulate: Emulate = (graph, inputs, keep, count, arena) => runOver(kernels, graph, inputs, keep, count, arena, { ...poolOf(c.options), pause });
    await tune(expansion, need(c.calibration), kernels, emulate, samples, codes, {
      pause, progress: (done, total) => progress?.('tune', done, total), steps: [...stepsOf(c)], ...(kernel === undefined ? {} : { kernel }),
    });
  }
  c.cores = coreGraphOf(expansion);
}

/** Every layer's codes beside the golden values, on all calibration samples. */
async function verify(c: Compilation): Promise<void> {
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
  const pool = EmulatorPool.create({ chip: cores, float: graph, keep: pairs.map(([signal]) => signal), ...poolOf(options) });
  const results: (readonly Comparison[])[] = [];
  try {
    // Tasks of one size, whatever the pool: sums of floats are then added in one order.
    const step = VERIFY_SAMPLES;
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
  const names = [...new Set(graph.ops.filter((op) => op.kind === 'core' || op.kind === 'maximum').map((op) => op.layer))];
  return names.flatMap((name): LayerReport[] => {
    const ops = graph.ops.filter((op) => op.layer === name);
    const tiles = ops.filter((op): op is CoreOp => op.kind === 'core');
    const last = ops.findLast((op) => op.kind === 'core' || op.kind === 'maximum');
    if (last === undefined) return [];
    const result = comparisons.get(last.output.signal);
    if (result === undefined) return [];
    return [{
      name, coreOps: tiles.length, positions: last.positions[0] * last.positions[1], sqnrDb: decibel(result.signal, result.error),
      saturated: result.saturated / Math.max(1, result.values),
    }];
  });
}
