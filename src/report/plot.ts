/** Plots as SVG. Vega and Vega-Lite are optional packages, so they are loaded late. */
import type { TopLevelSpec } from 'vega-lite';
import { peerVersion } from '../data/package.js';
import { fail } from '../diagnostics.js';
import type { CsvTable } from './csv.js';

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
  return drawSvg(sweepSpec(table, varied));
}

export function sweepSpec({ columns, rows }: CsvTable, varied: readonly string[]): TopLevelSpec {
  const at = (name: string): number => columns.indexOf(name);
  const several = varied.filter((name) => name !== 'seed' && new Set(rows.map((row) => row[at(name)])).size > 1);
  const [along = varied[0], ...others] = several;
  const points = new Map<string, { x: string; series: string; values: number[] }>();
  for (const row of rows) {
    const db = row[at('logitSqnrDb')];
    if (db === '') continue;
    const x = row[at(along)];
    const series = others.map((name) => `${name} ${row[at(name)]}`).join(', ');
    const point = points.get(`${x} ${series}`) ?? { x, series, values: [] };
    point.values.push(Number(db));
    points.set(`${x} ${series}`, point);
  }
  const numeric = [...points.values()].every(({ x }) => Number.isFinite(Number(x)));
  const mean = (dbs: readonly number[]): number => dbs.reduce((a, b) => a + b, 0) / dbs.length;
  const values = [...points.values()].map(({ x, series, values: dbs }) => ({ x: numeric ? Number(x) : x, series, y: mean(dbs) }));
  return {
    width: 420, height: 260, background: 'white', data: { values }, mark: { type: 'line', point: true },
    encoding: {
      x: { field: 'x', type: numeric ? 'quantitative' : 'nominal', title: along, ...(numeric ? { scale: { zero: false }, axis: { tickMinStep: 1 } } : {}) },
      y: { field: 'y', type: 'quantitative', title: 'SQNR of the output, dB', scale: { zero: false } },
      ...(others.length > 0 ? { color: { field: 'series', type: 'nominal', title: null, sort: null } } : {}),
    },
  };
}
