/** The two packages that draw: Vega-Lite for plots, Graphviz for the places of a graph's nodes. They are optional, so they are loaded late. */
import type { TopLevelSpec } from 'vega-lite';
import { peerVersion } from '../../data/package.js';
import { fail, fitText } from '../../diagnostics.js';
import { Html } from './html.js';
import { slimSvg } from './slim.js';

/** Vega's own types leave it out. */
declare module 'vega' {
  const textMetrics: { width: (item: { readonly fontSize?: number }, text: string) => number };
}

export interface Drawing {
  /** A plot as an SVG element. `key`: distinguishes its ids from those of other plots of the page. */
  plot(spec: TopLevelSpec, key: string): Promise<Html>;
  /** Places of nodes and edges, in Graphviz' plain format, of a graph in the DOT language. */
  places(dot: string): string;
}

/** Mean width of a letter, as a share of the size of the font. */
const LETTER = 0.64;

const PACKAGES = ['vega', 'vega-lite', '@hpcc-js/wasm-graphviz'];

/** Refuses (T509) if a package is not installed. */
export async function loadDrawing(): Promise<Drawing> {
  const [vega, vegaLite, { Graphviz }] = await Promise.all([import('vega'), import('vega-lite'), import('@hpcc-js/wasm-graphviz')]).catch(missing);
  // Without a canvas Vega takes letters for wider than they are; with one, places would depend on the fonts of the machine.
  vega.textMetrics.width = (item, text) => LETTER * String(text ?? '').length * (item.fontSize ?? 11);
  const graphviz = await Graphviz.load();
  return {
    async plot(spec, key) {
      vega.resetSVGDefIds();
      const view = new vega.View(vega.parse(vegaLite.compile(spec).spec), { renderer: 'none', logLevel: vega.Error });
      try {
        return new Html(slimSvg(fitText(await view.toSVG()), key));
      } finally {
        view.finalize();
      }
    },
    places: (dot) => graphviz.layout(dot, 'plain', 'dot'),
  };
}

function missing(error: unknown): never {
  if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error;
  const wanted = PACKAGES.map((name) => `${name}@${peerVersion(name)}`).join(' ');
  return fail('T509', 'trestle report', 'packages that draw are not installed', { limit: wanted, remedy: `Run npm install ${wanted}` });
}
