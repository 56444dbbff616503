/** The table of layers, and what can be unfolded of each. */
import type { LayerInspection } from '../../emulate/inspect.js';
import { count, decibels, percent } from '../numbers.js';
import { operatorText, sizeText, tileText } from './diagram.js';
import type { Drawing } from './draw.js';
import { html, name, type Html } from './html.js';
import { anchorOf } from './layer-name.js';
import type { CompiledLayer, LayerFacts, TileFacts } from './network.js';
import { densitySpec, histogramSpec, sqnrSpec } from './specs.js';
import { COLOURS } from './theme.js';

/** A layer's inspection with its ratios in dB; 999 where there is no error. */
export interface InspectedLayer extends LayerInspection {
  readonly sqnrDb: number;
  readonly aloneDb: number | null;
}

/** A layer with all that was measured of it. */
export interface LayerRow {
  readonly facts: LayerFacts;
  readonly compiled: CompiledLayer | null;
  readonly inspection: InspectedLayer | null;
  /** The anchor's number. */
  readonly index: number;
}

const NO_ERROR_DB = 999;

/** Share of the error of a layer's output that the layer makes itself, 0..1; the rest came with its inputs. `null`: not measured, or no error. */
export function madeHere({ inspection }: LayerRow): number | null {
  if (inspection === null || inspection.alone === null || inspection.total.error === 0) return null;
  return Math.min(1, inspection.alone.error / inspection.total.error);
}

/** Legal codes that occur, and all of them. */
function codesUsed({ inspection }: LayerRow): string {
  if (inspection === null || inspection.codes === null) return '-';
  return `${inspection.codes.filter((n) => n > 0).length} of ${inspection.codes.length}`;
}

interface Column {
  readonly head: Html;
  readonly cell: (row: LayerRow) => Html;
}

const number = (text: string): Html => html`<td class="n">${text}</td>`;

const SIZES: readonly Column[] = [
  { head: html`<th class="n">core-<br>ops</th>`, cell: ({ facts }) => number(count(facts.tiles.length)) },
  { head: html`<th class="n">positions</th>`, cell: ({ facts }) => number(count(facts.positions)) },
  { head: html`<th class="n">output</th>`, cell: ({ facts }) => number(sizeText(facts)) },
];

const SATURATED: Column = {
  head: html`<th class="n">saturated</th>`,
  cell: ({ inspection, compiled }) => {
    const share = inspection?.saturated ?? compiled?.saturated ?? null;
    return number(share === null ? '-' : percent(share));
  },
};

const COMPILED: readonly Column[] = [
  { head: html`<th class="n">SQNR at<br>compile, dB</th>`, cell: ({ compiled }) => number(decibels(compiled?.sqnrDb)) },
];

const INSPECTED: readonly Column[] = [
  { head: html`<th class="n">SQNR,<br>dB</th>`, cell: ({ inspection }) => html`<td class="n"><b>${decibels(inspection?.sqnrDb)}</b></td>` },
  { head: html`<th class="n">alone,<br>dB</th>`, cell: ({ inspection }) => number(decibels(inspection?.aloneDb)) },
  { head: html`<th>error made here<br>and inherited</th>`, cell: (row) => html`<td class="share">${shareBar(madeHere(row))}</td>` },
  { head: html`<th class="n">codes<br>used</th>`, cell: (row) => number(codesUsed(row)) },
];

function shareBar(share: number | null): Html {
  if (share === null) return html`-`;
  const text = percent(share, 0);
  return html`<span class="bar" aria-hidden="true"><i style="width:${(100 * share).toFixed(1)}%"></i></span> <span class="n">${text}</span>`;
}

export function layerTable(rows: readonly LayerRow[]): Html {
  const extra = rows.some((row) => row.inspection !== null) ? INSPECTED : [];
  const compiled = rows.some((row) => row.compiled !== null) ? COMPILED : [];
  const columns = [...extra, ...compiled, SATURATED, ...SIZES];
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Table of layers"><table>
<thead><tr><th>layer, and the float operators<br>that it computes</th>${columns.map(({ head }) => head)}</tr></thead>
<tbody>${rows.map((row) => html`
<tr><th scope="row"><a href="#${anchorOf(row.index)}">${name(row.facts.name)}</a><small>${operatorText(row.facts)}</small></th>${
  columns.map(({ cell }) => cell(row))}</tr>`)}
</tbody></table></div>`;
}

export async function sqnrPlot(rows: readonly LayerRow[], drawing: Drawing): Promise<Html> {
  const finite = (db: number | null | undefined): number | null => (db === null || db === undefined || db >= NO_ERROR_DB ? null : db);
  const ratios = rows.map(({ facts, inspection, compiled }) => ({
    name: facts.name, chip: finite(inspection?.sqnrDb), alone: finite(inspection?.aloneDb), compiled: finite(compiled?.sqnrDb),
  }));
  if (ratios.every((r) => r.chip === null && r.alone === null && r.compiled === null)) return html``;
  return figure(await drawing.plot(sqnrSpec(ratios), 'sqnr'), 'Signal-to-noise ratio of every layer; the table above has the numbers', 'wide');
}

/** A plot with a text for those who do not see it. */
export function figure(svg: Html, label: string, look = ''): Html {
  return html`<figure class="plot ${look}" role="img" aria-label="${label}">${svg}</figure>`;
}

export async function layerDetails(row: LayerRow, drawing: Drawing, open: boolean): Promise<Html> {
  const { facts, inspection, index } = row;
  const ratio = inspection?.sqnrDb ?? row.compiled?.sqnrDb;
  const plots = await layerPlots(row, drawing);
  const quality = ratio === null || ratio === undefined ? '' : `, ${ratio >= NO_ERROR_DB ? 'no error' : `${decibels(ratio)} dB`}`;
  return html`<details class="layer"${open ? html` open` : ''}><summary><span class="name">${name(facts.name)}</span>
<span class="faint">${tileText(facts)}${quality}</span></summary>
<div id="${anchorOf(index)}" class="inside">${plots.length > 0 ? html`<div class="plots">${plots}</div>` : ''}${tileTable(facts.tiles)}</div></details>`;
}

async function layerPlots({ facts, inspection, index }: LayerRow, drawing: Drawing): Promise<Html[]> {
  const plots: Html[] = [];
  const add = async (what: string, spec: Parameters<Drawing['plot']>[0], caption: Html): Promise<void> => {
    const svg = await drawing.plot(spec, `${what}${index}`);
    plots.push(html`<div class="captioned">${figure(svg, `${facts.name}: ${CAPTIONS[what]}`)}<p class="faint">${caption}</p></div>`);
  };
  if (inspection !== null) {
    const { correlation } = inspection.density;
    await add('density', densitySpec(inspection.density), html`Float against chip, ${count(inspection.values)} values, darker the more${
      correlation === null ? '' : `; correlation ${correlation.toFixed(4)}`}`);
    if (inspection.codes !== null) {
      const ends = [inspection.codes[0], inspection.codes[inspection.codes.length - 1]];
      const total = inspection.codes.reduce((a, b) => a + b, 0);
      await add('codes', histogramSpec(0, inspection.codes, 'code, from the lowest legal one', COLOURS.chip),
        html`Output codes: ${codesUsed({ facts, inspection, index, compiled: null })} occur; ${percent(ends[0] / total)} are the lowest, ${
          percent(ends[1] / total)} the highest`);
    }
  }
  if (facts.weights !== null) {
    const { lo, counts } = facts.weights;
    const zeros = counts[-lo];
    const total = counts.reduce((a, b) => a + b, 0);
    await add('weights', histogramSpec(lo, counts.map((n, i) => (i === -lo ? 0 : n)), 'integer weight', COLOURS.float),
      html`Weights in the cores, ${lo} to ${lo + counts.length - 1}; zeros, ${percent(zeros / total, 1)} of ${count(total)}, left out`);
  }
  return plots;
}

const CAPTIONS: Readonly<Record<string, string>> = {
  density: 'float values against chip values', codes: 'histogram of codes', weights: 'histogram of weights',
};

/** Core-ops of one layer that are listed. */
const MOST_TILES = 400;

function tileTable(tiles: readonly TileFacts[]): Html {
  if (tiles.length === 0) return html`<p class="faint">No core-ops: computed by the chip's own maximum.</p>`;
  const shown = tiles.slice(0, MOST_TILES);
  const rows = shown.map((tile) => {
    const { rows: down, columns, used: [share, across], positions, setting, core, turn } = tile;
    const cells = [count(down), count(columns), percent(share * across, 1), count(positions), setting || '-', core ?? '-', core === null ? '-' : turn];
    return html`\n<tr><th scope="row">${name(tile.name)}</th>${cells.map((cell) => html`<td class="n">${cell}</td>`)}</tr>`;
  });
  const heads = ['rows', 'columns', 'cells used', 'positions', 'setting', 'core', 'turn'].map((head) => html`<th class="n">${head}</th>`);
  return html`<div class="scroll tiles" tabindex="0" role="region" aria-label="Core-ops of the layer"><table>
<thead><tr><th>core-op</th>${heads}</tr></thead><tbody>${rows}</tbody></table></div>${
    tiles.length > shown.length ? html`<p class="faint">and ${count(tiles.length - shown.length)} more</p>` : ''}`;
}
