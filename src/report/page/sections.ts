/** The sections of the page, each a function of what is known. */
import { chipHash, type Artefact } from '../../cores/artefact.js';
import type { Diagnostic } from '../../diagnostics.js';
import type { CsvTable } from '../csv.js';
import { count, plural } from '../numbers.js';
import { diagram } from './diagram.js';
import type { Drawing } from './draw.js';
import { html, name, type Html } from './html.js';
import { layerDetails, layerTable, madeHere, sqnrPlot, type LayerRow } from './layers.js';
import type { LayerFacts, MappingFacts } from './network.js';
import type { PageFacts } from './page.js';
import { confusionTable } from './scores.js';
import { sweepPart } from './sweeps.js';

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly content: Html;
}

export function findingSection(diagnostics: readonly Diagnostic[]): Section[] {
  if (diagnostics.length === 0) return [];
  const limit = (d: Diagnostic): string => (d.limit ? ` (limit: ${d.limit})` : '');
  const remedy = (d: Diagnostic): Html => (d.remedy ? html`<br><span class="faint">${d.remedy}</span>` : html``);
  const items = diagnostics.map((d) => html`
<li class="${d.severity}"><b>${d.severity} ${d.code}</b> ${name(d.place)}: ${d.message}${limit(d)}.${remedy(d)}</li>`);
  return [{ id: 'findings', title: 'Diagnostics', content: html`<ul class="findings">${items}</ul>` }];
}

export function networkSection({ graph }: Artefact, layers: readonly LayerFacts[], mapping: MappingFacts | null, drawing: Drawing): Section {
  const { rows, columns } = graph.chip.core;
  const picture = diagram(layers, graph.signals[graph.input].shape, graph.hostOps.map(({ op }) => op), drawing);
  const core = rows === null || columns === null ? 'a core without a size' : `a core of ${rows} rows and ${columns} columns`;
  const uses = mapping === null ? html`` : html`<p class="note">${count(mapping.usesPerSample)} uses of cores a sample: positions, summed over core-ops.</p>`;
  const content = html`<div class="split"><div class="graphbox" tabindex="0" role="region" aria-label="Graph of the network">${picture}</div>
<div><p>A box is a layer: its float operators, the size of its output (height x width x channels), and a square for each of its core-ops. A square is ${core};
the filled part is what the tile of weights takes of the rows (down) and columns (across). A second row of squares merges the partial sums of the first. Each
box leads to its layer.</p>
${kindTable(layers)}${uses}</div></div>`;
  return { id: 'network', title: 'The network as compiled', content };
}

/** Kinds of layers by their float operators, and what they became. */
function kindTable(layers: readonly LayerFacts[]): Html {
  const kinds = new Map<string, { layers: number; coreOps: number; maxima: number }>();
  for (const layer of layers) {
    const kind = kindOf(layer);
    const sum = kinds.get(kind) ?? { layers: 0, coreOps: 0, maxima: 0 };
    kinds.set(kind, { layers: sum.layers + 1, coreOps: sum.coreOps + layer.tiles.length, maxima: sum.maxima + layer.maxima });
  }
  const title = layers.every(({ operators }) => operators === null) ? 'layers' : 'float operators of a layer';
  const number = (n: number): Html => html`<td class="n">${n === 0 ? '-' : count(n)}</td>`;
  const rows = [...kinds].map(([kind, sum]) => html`
<tr><th scope="row">${kind}</th>${number(sum.layers)}${number(sum.coreOps)}${number(sum.maxima)}</tr>`);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Kinds of layers"><table>
<thead><tr><th>${title}</th><th class="n">layers</th><th class="n">core-ops</th><th class="n">native maxima</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

function kindOf({ operators, computes, tiles }: LayerFacts): string {
  if (operators !== null) return [...new Set(operators)].join(', ') || (computes ? 'sums of the compiler' : 'wiring of the compiler');
  if (!computes) return 'wiring';
  return tiles.length > 0 ? 'sums' : 'maxima';
}

export async function layerSection({ artefact, inspection, evaluation }: PageFacts, rows: readonly LayerRow[], drawing: Drawing): Promise<Section> {
  const { samples, seed } = artefact.provenance;
  const calibration = `${plural(samples, 'calibration sample')} (seed ${seed})`;
  const how = inspection === null
    ? html`SQNR and saturation as compile measured them, on ${calibration}. ${SQNR} ${SATURATED} With a data set and the float network the page shows where
errors are made.`
    : html`On ${plural(inspection.samples, 'sample')} taken evenly from the first ${count(inspection.of)} of ${name(evaluation?.data ?? '')}; at compile time
on ${calibration}. ${SQNR} ${ALONE} ${SATURATED} <b>Codes used</b>: legal output codes that occur.`;
  const plot = await sqnrPlot(rows, drawing);
  return { id: 'layers', title: 'Layers', content: html`${layerTable(rows)}<div class="beside"><p class="note">${how}</p>${plot}</div>` };
}

const SQNR = html`<b>SQNR</b>: 10 log10 of the sum of squared float values by the sum of squared differences, over all elements of
the layer's output.`;
const ALONE = html`<b>Alone</b>: the same when the layer's inputs are the float values, put into its input codes. <b>Error made here</b>:
the squared error alone as a share of the squared error on the chip; the rest is inherited from the layers before. Tuned weights make up for errors
of their inputs: then a layer alone can be worse than on the chip, and the share is cut at 100 %.`;
const SATURATED = html`<b>Saturated</b>: codes at an end of their range where the float value lies beyond it.`;

/** All layers; unfolded are the one that adds most error of its own, and the last. */
export async function detailSection(
  rows: readonly LayerRow[], drawing: Drawing, progress: (done: number, total: number) => Promise<void>,
): Promise<Section> {
  const errors = rows.map(addedError);
  const most = Math.max(0, ...errors);
  const worst = most > 0 ? errors.indexOf(most) : -1;
  const parts: Html[] = [];
  for (const [i, row] of rows.entries()) {
    parts.push(await layerDetails(row, drawing, i === worst || i === rows.length - 1));
    await progress(i + 1, rows.length);
  }
  const unfolded = worst < 0 ? 'the last' : 'the one that adds most error of its own, and the last';
  const content = html`<p>Each layer unfolds: its output on the chip beside the float values, its codes, its weights, and its core-ops with
their places. Unfolded already: ${unfolded}.</p>${parts}`;
  return { id: 'details', title: 'Layer by layer', content };
}

/** Squared error that a layer makes itself, as a share of its signal. */
function addedError(row: LayerRow): number {
  const { inspection } = row;
  return inspection === null || inspection.alone === null || madeHere(row) === null ? 0 : inspection.alone.error / inspection.total.signal;
}

export function confusionSection({ confusions: { labels, float }, evaluation }: PageFacts): Section[] {
  if ((labels === null && float === null) || evaluation === null) return [];
  const tables = [
    ...(labels === null ? [] : [confusionTable(labels, 'Chip and label', 'label')]),
    ...(float === null ? [] : [confusionTable(float, 'Chip and float network', 'float')]),
  ];
  const samples = plural(evaluation.scores.samples, 'sample');
  const content = html`<p class="note">${samples} of ${name(evaluation.data)}; the class is the greatest output, of equal ones the first.</p>
<div class="matrices">${tables.map((table) => html`<div>${table}</div>`)}</div>`;
  return [{ id: 'confusion', title: 'Classes taken for each other', content }];
}

export async function sweepSection(sweeps: readonly CsvTable[], drawing: Drawing): Promise<Section[]> {
  if (sweeps.length === 0) return [];
  const parts: Html[] = [];
  for (const [i, table] of sweeps.entries()) parts.push(await sweepPart(table, i, drawing));
  return [{ id: 'sweeps', title: 'Sweeps', content: html`${parts}` }];
}

export function provenanceSection({ artefact, sha256, float, evaluation }: PageFacts, mapping: MappingFacts | null): Section {
  const { model, seed, samples, calibration, options, trestle } = artefact.provenance;
  const { chip, hostOps } = artefact.graph;
  const facts: (readonly [string, Html])[] = [
    ['Artefact', html`SHA-256 <code>${sha256}</code>`],
    ['Network', html`${name(model.file)}, SHA-256 <code>${model.sha256}</code>`],
    ['Chip', html`${name(chip.name)}, SHA-256 of its description <code>${chipHash(chip)}</code>`],
    ['Calibration', html`${plural(samples, 'sample')}, seed ${seed}; ${name(calibration)}`],
    ...Object.entries(options).filter(([key]) => key !== 'macsPerSample').map(([key, value]): [string, Html] => [`Option ${key}`, html`${String(value)}`]),
    ['Computed by the host', html`${hostOps.length === 0 ? 'nothing' : hostOps.map(({ op }) => op).join(', ')}`],
    ['Compiled by', html`trestle ${trestle}`],
  ];
  if (mapping !== null) facts.push(['Mapping', html`${plural(mapping.cores, 'core')}, ${plural(mapping.mats, 'mat')}, ${plural(mapping.chips, 'chip')}`]);
  if (float !== null) facts.push(['Compared with', html`${name(float.file)}, SHA-256 <code>${float.sha256}</code>`]);
  if (evaluation !== null) facts.push(['Evaluated on', html`${name(evaluation.data)}, ${plural(evaluation.scores.samples, 'sample')}`]);
  const items = facts.map(([what, value]) => html`<dt>${what}</dt><dd>${value}</dd>\n`);
  return { id: 'provenance', title: 'Provenance', content: html`<dl class="facts">${items}</dl>` };
}
