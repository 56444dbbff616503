/** What draws: Vega-Lite for plots, Graphviz for the places of a graph's nodes. They are optional packages, so they are loaded late. */
import type { TopLevelSpec } from 'vega-lite';
import { fitText } from '../../diagnostics.js';
import { drawSvg, packagesMissing } from '../plot.js';
import { Html } from './html.js';
import { slimSvg } from './slim.js';

export interface Drawing {
  /** A plot as an SVG element. `key`: distinguishes its ids from those of other plots of the page. */
  plot(spec: TopLevelSpec, key: string): Promise<Html>;
  /** Places of nodes and edges, in Graphviz' plain format, of a graph in the DOT language. */
  places(dot: string): string;
}

/** Refuses (T509) if a package is not installed. */
export async function loadDrawing(): Promise<Drawing> {
  const [{ Graphviz }] = await Promise.all([import('@hpcc-js/wasm-graphviz'), import('vega'), import('vega-lite')]).catch(packagesMissing);
  const graphviz = await Graphviz.load();
  return {
    plot: async (spec, key) => new Html(slimSvg(fitText(await drawSvg(spec)), key)),
    places: (dot) => graphviz.layout(dot, 'plain', 'dot'),
  };
}
