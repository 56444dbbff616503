/** The stages of a report: evaluate, inspect the layers, draw the page. */
import { comparedTensor } from './api/against.js';
import { evaluate } from './api/evaluate.js';
import type { Model } from './api/model.js';
import { poolOptions, type EmulationOptions } from './api/options.js';
import { artefactPieces, type Artefact } from './cores/artefact.js';
import { writeOf } from './cores/ops.js';
import type { CoreGraph } from './cores/types.js';
import { sha256OfPieces } from './data/files.js';
import { sizeOf, type DataSet } from './data/types.js';
import { fail, type Diagnostic } from './diagnostics.js';
import { evenSamples, inspectedSamples, inspectLayers, type Counterpart } from './emulate/inspect.js';
import { EmulatorPool, newKernels } from './emulate/pool.js';
import { ConfusionCounter } from './evaluate/confusion.js';
import type { Evaluation } from './evaluate/evaluate.js';
import { decibel, type FoundClasses } from './evaluate/score.js';
import type { Graph } from './graph/types.js';
import { Interrupted, pauseFor, sayingInterrupted } from './interrupt.js';
import { absorbInputRange } from './reform/input-range.js';
import { decomposedFor } from './reform/decompose/decompose.js';
import { reform } from './reform/reform.js';
import { inputsOf, type Edge } from './reform/types.js';
import { linearStage } from './cores/realise.js';
import { parseCsv } from './report/csv.js';
import { loadDrawing } from './report/page/draw.js';
import type { InspectedLayer } from './report/page/layers.js';
import { page, type PageFacts } from './report/page/page.js';

export interface ReportOptions extends EmulationOptions {
  /** Samples to evaluate on. Without them the page holds what compile measured. */
  readonly data?: DataSet;
  /** The float network; with `data`, outputs and layers are compared with it. */
  readonly against?: Model;
  /** Samples at most, from the first on. */
  readonly limit?: number;
  /** Samples of which layers are inspected, at most, taken evenly; default `DEFAULT_INSPECTED`. Fewer if their values would take much memory. */
  readonly inspected?: number;
  /** Tables of sweeps, CSV with a header line: what was varied, then results. */
  readonly sweeps?: readonly { readonly place: string; readonly text: string }[];
  readonly progress?: (stage: string, done: number, total: number) => void;
}

export interface PageReport {
  readonly html: string;
  /** With `data`. */
  readonly evaluation?: Evaluation;
  readonly diagnostics: readonly Diagnostic[];
}

/** Samples whose layers a report inspects, unless told otherwise. */
export const DEFAULT_INSPECTED = 64;

/**
 * All that is known of an artefact as one HTML page that fetches nothing: its network, layers, mapping and provenance; with `data` its accuracy and
 * confusions, and with `against` too, how far each layer is from the float network. The same inputs give the same page. Throws T301 (sweeps), T302, T501
 * (another network), T507, T509 (packages that draw are not installed).
 */
export async function reportHtml(artefact: Artefact, options: ReportOptions = {}): Promise<PageReport> {
  const findings: Diagnostic[] = [];
  if (options.against !== undefined) comparedTensor(artefact, options.against, findings);
  const { data, against, limit, progress, signal, inspected = DEFAULT_INSPECTED } = options;
  if (!Number.isInteger(inspected) || inspected < 1) fail('T302', 'report', `${inspected} samples to inspect`, { limit: 'at least 1' });
  const sweeps = (options.sweeps ?? []).map(({ text, place }) => parseCsv(text, fileOf(place)));
  const drawing = await loadDrawing();
  const pairs = against === undefined ? [] : counterpartsOf(artefact.graph, against.graph);
  return sayingInterrupted('report', () => 'interrupted before there was a page', async () => {
    const scored = data === undefined ? null : await scores(artefact, data, options);
    const of = data === undefined ? 0 : Math.min(data.count, limit ?? data.count);
    const layers = data === undefined || against === undefined ? null
      : await inspection(artefact.graph, decomposedFor(against.graph, artefact.graph.chip), data, { of, most: inspected }, options);
    const diagnostics = scored?.evaluation.diagnostics ?? findings;
    const pause = pauseFor(signal);
    const facts: PageFacts = {
      artefact, sha256: sha256OfPieces(artefactPieces(artefact)), sweeps, diagnostics,
      float: against === undefined ? null : { ...against, boundaries: boundariesOf(artefact.graph, pairs) },
      evaluation: scored === null || data === undefined ? null : { scores: scored.evaluation, data: fileOf(data.place), seed: 0 },
      confusions: scored?.confusions ?? { labels: null, float: null },
      inspection: layers === null ? null : { ...layers, of },
    };
    const html = await page(facts, drawing, async (done, total) => {
      progress?.('draw', done, total);
      await pause();
    });
    return { html, diagnostics, ...(scored === null ? {} : { evaluation: scored.evaluation }) };
  });
}

function fileOf(place: string): string {
  return place.split(/[/\\]/).at(-1) || place;
}

async function scores(
  artefact: Artefact, data: DataSet, { against, limit, progress, ...options }: ReportOptions,
): Promise<{ evaluation: Evaluation & { readonly diagnostics: readonly Diagnostic[] }; confusions: PageFacts['confusions'] }> {
  const classes = sizeOf(artefact.graph.outputShape);
  const labels = new ConfusionCounter(classes);
  const float = new ConfusionCounter(classes);
  const found = (one: FoundClasses): void => {
    if (one.label >= 0) labels.add(one.label, one.chip);
    if (one.float >= 0) float.add(one.float, one.chip);
  };
  const evaluation = await evaluate(artefact, data, {
    found, ...(against === undefined ? {} : { against }), ...(limit === undefined ? {} : { limit }), ...poolOptions(options),
    progress: (done, total) => progress?.('evaluate', done, total),
  });
  if (evaluation.interrupted === true) throw new Interrupted();
  return { evaluation, confusions: { labels: data.labels === null ? null : labels.result(), float: against === undefined ? null : float.result() } };
}

async function inspection(
  graph: CoreGraph, float: Graph, data: DataSet, { of, most }: { readonly of: number; readonly most: number },
  { progress, ...options }: ReportOptions,
): Promise<{ layers: InspectedLayer[]; samples: number }> {
  const { kernel, signal } = options;
  const pairs = counterpartsOf(graph, float);
  const { input, indices } = await evenSamples(data, of, inspectedSamples(graph, pairs, most));
  if (indices.length === 0) return { layers: [], samples: 0 };
  const pool = EmulatorPool.create({ ...poolOptions(options), chip: graph, float, keep: pairs.map((pair) => pair.signal) });
  try {
    const layers = await inspectLayers(graph, pairs, input, pool, newKernels(graph.chip, kernel), {
      pause: pauseFor(signal), progress: (done, total) => progress?.('inspect', done, total), ...(kernel === undefined ? {} : { kernel }),
    });
    const withRatios = layers.map((layer) => ({
      ...layer, sqnrDb: decibel(layer.total.signal, layer.total.error), aloneDb: layer.alone === null ? null : decibel(layer.alone.signal, layer.alone.error),
    }));
    return { layers: withRatios, samples: indices.length };
  } finally {
    await pool.close();
  }
}

/** The float values of each signal that has any: those of the tensor that it names, or where the reformed network says that its edge lies. */
export function counterpartsOf(graph: CoreGraph, float: Graph): Counterpart[] {
  const tensors = new Map(float.tensors.filter((t) => t.data === undefined).map((t) => [t.name, t]));
  const views = viewedEdges(graph, float);
  return graph.signals.flatMap(({ name, golden, shape, copies }, signal): Counterpart[] => {
    const edge = golden === null ? views.get(name) : undefined;
    const tensor = tensors.get(golden ?? edge?.golden?.tensor ?? '');
    if (tensor === undefined) return [];
    const size = sizeOf(shape) / copies;
    if (edge?.golden !== undefined) {
      const fits = edge.golden.size === sizeOf(tensor.shape) && sizeOf(edge.shape) === size;
      return fits ? [{ signal, tensor: tensor.id, view: edge.golden }] : [];
    }
    return sizeOf(tensor.shape) === size ? [{ signal, tensor: tensor.id }] : [];
  });
}

/** Edges whose values are a part of a tensor, or clipped: artefacts do not say where they lie. */
function viewedEdges({ chip }: CoreGraph, float: Graph): Map<string, Edge> {
  const plain = reform(float);
  const { nodes } = linearStage(chip) === null ? plain : absorbInputRange(plain);
  const edges = nodes.flatMap((node) => [...inputsOf(node), node.output]).filter((edge) => edge.golden !== undefined);
  return new Map(edges.map((edge) => [edge.name, edge]));
}

/** The layer that gives a tensor; where several signals stand for one, the last that gives it whole. */
function boundariesOf(graph: CoreGraph, pairs: readonly Counterpart[]): Map<number, string> {
  const layerOf = new Map(graph.ops.map((op) => [writeOf(op), op.layer]));
  const viewsFirst = [...pairs].sort((a, b) => Number(b.view !== undefined) - Number(a.view !== undefined));
  return new Map(viewsFirst.flatMap(({ signal, tensor }): [number, string][] => {
    const layer = layerOf.get(signal);
    return layer === undefined ? [] : [[tensor, layer]];
  }));
}
