/** Plots as SVG. Vega and Vega-Lite are optional packages, so they are loaded late. */
import type { TopLevelSpec } from 'vega-lite';
import { peerVersion } from '../data/package.js';
import { fail } from '../diagnostics.js';
import type { CsvTable } from './csv.js';
import { sweepLines } from './series.js';

/** Vega's own types leave it out. */
declare module 'vega' {
  const textMetrics: { width: (item: { readonly fontSize?: number }, text: string) => number };
}

/** Mean width of a letter, as a share of the size of the font. */
const LETTER = 0.64;

/** An SVG document of a Vega-Lite specification. Refuses (T509) if the packages are not installed. */
export async function drawSvg(spec: TopLevelSpec): Promise<string> {
  const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]).catch(packagesMissing);
  // Without a canvas Vega takes letters for wider than they are; with one, places would depend on the fonts of the machine.
  vega.textMetrics.width = (item, text) => LETTER * String(text ?? '').length * (item.fontSize ?? 11);
  vega.resetSVGDefIds();
  const view = new vega.View(vega.parse(vegaLite.compile(spec).spec), { renderer: 'none', logLevel: vega.Error });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

const PACKAGES = ['vega', 'vega-lite', '@hpcc-js/wasm-graphviz'];

/** Refuses (T509) with the packages that have to be installed; any other error is thrown on. */
export function packagesMissing(error: unknown): never {
  if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error;
  const wanted = PACKAGES.map((name) => `${name}@${peerVersion(name)}`).join(' ');
  return fail('T509', 'plots', 'packages that draw are not installed', { limit: wanted, remedy: `Run npm install ${wanted}` });
}

/** SQNR of the output over the first parameter that has several values, a line for each combination of the others; means over seeds. */
export function sweepPlot(table: CsvTable, varied: readonly string[]): Promise<string> {
  const { along, others, numeric, values } = sweepLines(table, varied, 'logitSqnrDb');
  return drawSvg({
    width: 420, height: 260, background: 'white', data: { values }, mark: { type: 'line', point: true },
    encoding: {
      x: { field: 'x', type: numeric ? 'quantitative' : 'nominal', title: along, ...(numeric ? { scale: { zero: false }, axis: { tickMinStep: 1 } } : {}) },
      y: { field: 'y', type: 'quantitative', title: 'SQNR of the output, dB', scale: { zero: false } },
      ...(others.length > 0 ? { color: { field: 'series', type: 'nominal', title: null, sort: null } } : {}),
    },
  });
}
