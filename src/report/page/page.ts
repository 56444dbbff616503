/** The page: everything that is known of an artefact, in one HTML file that fetches nothing. */
import type { Artefact } from '../../cores/artefact.js';
import type { Diagnostic } from '../../diagnostics.js';
import type { Confusion } from '../../evaluate/confusion.js';
import type { Evaluation } from '../../evaluate/evaluate.js';
import type { Graph } from '../../graph/types.js';
import type { CsvTable } from '../csv.js';
import { count, percent, plural, short } from '../numbers.js';
import type { Drawing } from './draw.js';
import { html, name, type Html } from './html.js';
import type { InspectedLayer, LayerRow } from './layers.js';
import { compiledLayers, layerFacts, mappingFacts, type LayerFacts, type MappingFacts } from './network.js';
import { scoreFigures, type Figure } from './scores.js';
import {
  confusionSection, detailSection, findingSection, layerSection, networkSection, provenanceSection, sweepSection, type Section,
} from './sections.js';
import { STYLE } from './style.js';

export interface PageFacts {
  readonly artefact: Artefact;
  /** Of the artefact's bytes. */
  readonly sha256: string;
  /** The float network, and the layer that gives each of its tensors. */
  readonly float: { readonly graph: Graph; readonly file: string; readonly sha256: string; readonly boundaries: ReadonlyMap<number, string> } | null;
  readonly evaluation: { readonly scores: Evaluation; readonly data: string; readonly seed: number } | null;
  readonly confusions: { readonly labels: Confusion | null; readonly float: Confusion | null };
  readonly inspection: { readonly layers: readonly InspectedLayer[]; readonly samples: number; readonly of: number } | null;
  readonly sweeps: readonly CsvTable[];
  readonly diagnostics: readonly Diagnostic[];
}

/** `progress`: layers drawn so far. */
export async function page(facts: PageFacts, drawing: Drawing, progress: (done: number, total: number) => Promise<void>): Promise<string> {
  const { artefact, float, inspection } = facts;
  const mapping = mappingFacts(artefact);
  const layers = layerFacts(artefact, mapping, float);
  const compiled = compiledLayers(artefact);
  const inspected = new Map(inspection?.layers.map((l) => [l.layer, l]) ?? []);
  const rows = layers.map((layer, index): LayerRow => (
    { facts: layer, index, compiled: compiled.get(layer.name) ?? null, inspection: inspected.get(layer.name) ?? null })).filter((row) => row.facts.computes);
  const sections: Section[] = [
    ...findingSection(facts.diagnostics), networkSection(artefact, layers, mapping, drawing), await layerSection(facts, rows, drawing),
    await detailSection(rows, drawing, progress), ...confusionSection(facts), ...(await sweepSection(facts.sweeps, drawing)), provenanceSection(facts, mapping),
  ];
  const { model } = artefact.provenance;
  const { chip } = artefact.graph;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${model.file} on ${chip.name}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${name(model.file)} <small>on ${name(chip.name)}</small></h1>
<p class="faint">${chip.description}</p>
${figureList([...(facts.evaluation === null ? [] : scoreFigures(facts.evaluation.scores)), ...chipFigures(artefact, layers, mapping)])}
${facts.evaluation === null ? html`<p class="note">Not evaluated: this page was made without a data set.</p>` : measured(facts.evaluation)}
<nav aria-label="Contents"><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
</header>
<main>
${sections.map(({ id, title, content }) => html`
<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
${content}</section>`)}
</main>
<footer>Made by trestle ${artefact.provenance.trestle}. The page holds no scripts and fetches nothing.</footer>
</body>
</html>
`.text;
}

function figureList(figures: readonly Figure[]): Html {
  return html`<dl class="figures">${figures.map(({ value, what, more }) => html`
<div><dt>${what}</dt><dd class="value">${value}</dd><dd class="more">${more}</dd></div>`)}
</dl>`;
}

function chipFigures(artefact: Artefact, layers: readonly LayerFacts[], mapping: MappingFacts | null): Figure[] {
  const coreOps = layers.reduce((n, { tiles }) => n + tiles.length, 0);
  const stated = artefact.provenance.options.macsPerSample;
  const macs = typeof stated === 'number' ? `${short(stated)} multiplications a sample` : '';
  if (mapping === null) return [{ value: count(coreOps), what: 'core-ops', more: macs }];
  const { cores, mats, turns, chips, utilisation } = mapping;
  const where = `${plural(cores, 'core')}, ${plural(mats, 'mat')}, ${plural(chips, 'chip')}${turns > 1 ? `, in ${count(turns)} turns` : ''}`;
  return [{ value: count(coreOps), what: 'core-ops', more: `on ${where}` }, { value: percent(utilisation, 1), what: 'of the cells used', more: macs }];
}

function measured({ scores, data, seed }: NonNullable<PageFacts['evaluation']>): Html {
  const failed = scores.failed.length > 0 ? `; ${plural(scores.failed.length, 'sample')} could not be read and are not counted` : '';
  const interval = scores.drop === undefined ? '' : ` The interval is a paired bootstrap of 1,000 draws, seed ${seed}.`;
  const first = `the first ${plural(scores.samples, 'sample')}`;
  return html`<p class="note">Measured on ${first} of ${name(data)}${failed}. A drop is float minus chip, in percentage points.${interval}</p>`;
}

