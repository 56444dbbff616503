/**
 * The road as data: named stages that a compilation passes in order. Each takes what those before it made; a caller may stop after any of them
 * and look at the result.
 */
import type { Chip } from './chip/types.js';
import { fitsBehindSum } from './cores/activation.js';
import { fail, type Diagnostic } from './diagnostics.js';
import { readSamples, refuseUnread } from './data/read.js';
import { sizeOf, type DataSet } from './data/types.js';
import { coreOpsOf } from './cores/ops.js';
import { linearStage } from './cores/realise.js';
import { encodeInput } from './emulate/edges.js';
import { EmulatorPool, newKernels } from './emulate/pool.js';
import { NOTHING } from './emulate/tasks.js';
import { Collector, observedEdges, sidesOf, STRONGEST } from './encode/collect.js';
import { channelCodes } from './encode/channels.js';
import { inputDigits } from './encode/digits.js';
import { encode } from './encode/encode.js';
import { limitSilent } from './encode/silent.js';
import { functionEdges, outputSum } from './expand/copies.js';
import { expand, tiedEdges } from './expand/expand.js';
import { chooseOutputCopies } from './expand/output-copies.js';
import { COMPOSED_NOISE } from './expand/noise.js';
import { coreGraphOf } from './expand/types.js';
import type { SampledValues, SampleRequest } from './graph/sample.js';
import type { Graph } from './graph/types.js';
import { Interrupted, pauseFor, sayingInterrupted, turn } from './interrupt.js';
import { mapToCores } from './map/map.js';
import {
  DEFAULT_SAMPLES, emulateWith, expandOptions, MOST_COPIES, need, poolOf, repeatsIn, stepsOf, type Compilation, type CompileOptions,
} from './pipeline/compilation.js';
import { copiesStage } from './pipeline/copies.js';
import { verify } from './pipeline/verify.js';
import { decomposedFor } from './reform/decompose/decompose.js';
import { expandProducts, productsOf, type Range } from './reform/decompose/products.js';
import { absorbInputRange } from './reform/input-range.js';
import { reform } from './reform/reform.js';
import type { Edge } from './reform/types.js';
import { collapseWarning } from './tune/collapse.js';
import { predictReach } from './tune/reach.js';
import { tune } from './tune/tune.js';

export interface PipelineStage {
  readonly name: string;
  readonly run: (c: Compilation) => void | Promise<void>;
}

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

async function expandStage(c: Compilation): Promise<void> {
  const stage = linearStage(c.chip);
  const graph = need(c.reformed);
  const last = outputSum(graph)?.output;
  const outputCopies = stage === null || last === undefined || !stepsOf(c).has('output-copies') ? 1 : chooseOutputCopies(stage, (copies) => (
    coreOpsOf(expand(graph, c.chip, need(c.codes), { outputCopies: copies, sizesOnly: true, ...expandOptions(c) })).length));
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

async function tuneStage(c: Compilation): Promise<void> {
  const expansion = need(c.expansion);
  if (linearStage(c.chip) !== null) {
    c.diagnostics.push(...collapseWarning(predictReach(expansion, need(c.calibration)), c.chip));
    const samples = need(c.samples);
    const codes = encodeInput(need(c.inputs), expansion.signals[expansion.input], samples);
    const { kernel, progress } = c.options;
    const kernels = newKernels(c.chip, kernel);
    await tune(expansion, need(c.calibration), kernels, emulateWith(kernels, c.options), samples, codes, {
      pause: pauseFor(c.options.signal), progress: (done, total) => progress?.('tune', done, total),
      steps: [...stepsOf(c)], ...(kernel === undefined ? {} : { kernel }),
    });
  }
  c.cores = coreGraphOf(expansion);
  // Golden values are many, and nothing after this asks for them.
  delete c.calibration;
}

