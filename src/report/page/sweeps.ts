/** Plots of a sweep: what was measured against what was varied. */
import type { TopLevelSpec } from 'vega-lite';
import type { CsvTable } from '../csv.js';
import { count } from '../numbers.js';
import { sweepLines } from '../series.js';
import type { Drawing } from './draw.js';
import { html, name, type Html } from './html.js';
import { figure } from './layers.js';
import { PLOT_LOOK } from './theme.js';

/** Results that are plotted, in the order of the plots. */
const RESULTS: readonly (readonly [RegExp, string])[] = [
  [/^(chip\.?)?top-?1$/i, 'top-1 on the chip'], [/^drop(\.?top-?1)?$/i, 'drop in top-1'], [/^agreement$/i, 'same class as float'],
  [/^(logit|output)?sqnr(db)?$/i, 'output SQNR, dB'], [/^(mse|meanSquaredError|error)$/i, 'mean squared error'], [/^cores$/i, 'cores'],
];
const SHARES = /top-?1|drop|agreement/i;

export interface Sweep {
  readonly varied: readonly string[];
  readonly results: readonly { readonly column: string; readonly title: string }[];
}

/** Which columns were varied and which measured: `trestle sweep` writes top-1 as the first result, other tables may begin with another one. */
export function sweepOf({ columns }: CsvTable): Sweep {
  const isResult = (column: string): boolean => RESULTS.some(([pattern]) => pattern.test(column));
  const top1 = columns.indexOf('top1');
  const first = Math.max(1, top1 > 0 ? top1 : columns.findIndex(isResult));
  const results = RESULTS.flatMap(([pattern, title]) => {
    const column = columns.slice(first).find((c) => pattern.test(c));
    return column === undefined ? [] : [{ column, title }];
  });
  return { varied: columns.slice(0, first), results };
}

/** A plot of one result. `null`: no row has it. */
function resultPlot(table: CsvTable, varied: readonly string[], column: string, title: string): TopLevelSpec | null {
  const { along, others, numeric, values } = sweepLines(table, varied, column);
  if (values.length === 0) return null;
  const share = SHARES.test(column);
  return {
    width: 300, height: 200, config: PLOT_LOOK, data: { values }, mark: { type: 'line', strokeWidth: 1.5, point: { size: 36, filled: true } },
    encoding: {
      x: {
        field: 'x', type: numeric ? 'quantitative' : 'nominal', title: along, sort: null,
        ...(numeric ? { scale: { zero: false, nice: true }, axis: { grid: false, tickCount: 8 } } : {}),
      },
      y: { field: 'y', type: 'quantitative', title: title, scale: { zero: false }, axis: share ? { format: '.2~%', tickCount: 5 } : { tickCount: 5 } },
      ...(others.length > 0 ? { color: { field: 'series', type: 'nominal', title: null, sort: null, legend: { columns: 3, labelLimit: 160 } } as const } : {}),
    },
  };
}

export async function sweepPart(table: CsvTable, index: number, drawing: Drawing): Promise<Html> {
  const sweep = sweepOf(table);
  const plots: Html[] = [];
  for (const [i, { column, title }] of sweep.results.entries()) {
    const spec = resultPlot(table, sweep.varied, column, title);
    if (spec !== null) plots.push(figure(await drawing.plot(spec, `sweep${index}x${i}`), `${title} against ${sweep.varied.join(', ')}`, 'wide'));
  }
  const averaged = sweep.varied.includes('seed') ? ', means over seeds' : '';
  return html`<h3>${name(table.place)}</h3><p class="note">${count(table.rows.length)} rows; varied: ${sweep.varied.join(', ')}${averaged}.</p>${
    plots.length > 0 ? html`<div class="plots">${plots}</div>` : html`<p>No column of this file is a result that is plotted.</p>`}`;
}
