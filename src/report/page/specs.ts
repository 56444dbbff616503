/** Plots of one network and one data set, as Vega-Lite specifications. */
import type { TopLevelSpec } from 'vega-lite';
import type { Density } from '../../emulate/inspect-sums.js';
import { COLOURS, PLOT_LOOK } from './theme.js';

const { muted, chip, float } = COLOURS;
const SIDE = 200;

/** One layer's ratios in dB; `null`: not known, or no error at all. */
export interface LayerRatios {
  readonly name: string;
  readonly chip: number | null;
  readonly alone: number | null;
  readonly compiled: number | null;
}

const KINDS = {
  chip: { title: 'on the chip', colour: chip, shape: 'circle' },
  alone: { title: 'the layer alone, on perfect inputs', colour: float, shape: 'diamond' },
  compiled: { title: 'at compile time, calibration samples', colour: muted, shape: 'cross' },
} as const;

/** Signal-to-noise ratio of every layer's output, in the order of execution. */
export function sqnrSpec(rows: readonly LayerRatios[]): TopLevelSpec {
  const measured = rows.some((row) => row.chip !== null);
  const kinds = (['chip', 'alone', 'compiled'] as const).filter((kind) => rows.some((row) => row[kind] !== null));
  const domain = kinds.map((kind) => KINDS[kind].title);
  // What is drawn last lies on top.
  const values = [...kinds].reverse().flatMap((k) => rows.map((row, at) => ({ at, db: row[k], kind: KINDS[k].title })).filter(({ db }) => db !== null));
  const main = (measured ? KINDS.chip : KINDS.compiled).title;
  const x = {
    field: 'at', type: 'ordinal', title: null,
    axis: { labelAngle: -55, labelLimit: 0, labelOverlap: false, labelExpr: `${JSON.stringify(rows.map(({ name }) => shorten(name)))}[datum.value]` },
  } as const;
  const y = { field: 'db', type: 'quantitative', title: 'SQNR, dB', scale: { zero: false, nice: true, padding: 6 } } as const;
  const kind = { field: 'kind', type: 'nominal', title: null, legend: { labelLimit: 0, columns: 1 } } as const;
  const color = { ...kind, scale: { domain, range: kinds.map((k) => KINDS[k].colour) } };
  const shape = { ...kind, scale: { domain, range: kinds.map((k) => KINDS[k].shape) } };
  return {
    width: { step: Math.max(22, Math.min(60, 360 / rows.length)) }, height: 240, data: { values }, config: PLOT_LOOK,
    layer: [
      { transform: [{ filter: { field: 'kind', equal: main } }], mark: { type: 'line', strokeWidth: 1.5 }, encoding: { x, y, color } },
      { mark: { type: 'point', filled: true, size: 38, opacity: 1, strokeWidth: 1.5 }, encoding: { x, y, color, shape } },
    ],
  };
}

function shorten(text: string): string {
  return text.length > 24 ? `${text.slice(0, 12)}…${text.slice(-11)}` : text;
}

/** Steps of darkness: cells of one step become one path. */
const SHADES = 6;

/** Float values against the chip's, counted in bins; the darker, the more, by the logarithm. */
export function densitySpec({ from, width, bins, counts }: Density): TopLevelSpec {
  const most = Math.log1p(Math.max(...counts));
  const cells = counts.flatMap((count, i) => {
    if (count === 0) return [];
    const [x, y] = [from + Math.floor(i / bins) * width, from + (i % bins) * width];
    return [{ x, x2: x + width, y, y2: y + width, shade: Math.max(1, Math.ceil((SHADES * Math.log1p(count)) / most)) }];
  }).sort((a, b) => a.shade - b.shade);
  const ends = [from, from + bins * width];
  const scale = { domain: ends, nice: false, zero: false };
  const axis = (title: string): object => ({ type: 'quantitative', title, scale, axis: { tickCount: 5, grid: false } });
  return {
    width: SIDE, height: SIDE, config: PLOT_LOOK,
    layer: [
      {
        data: { values: cells }, mark: { type: 'rect', color: chip },
        encoding: {
          x: { field: 'x', ...axis('float value') }, x2: { field: 'x2' }, y: { field: 'y', ...axis('chip value') }, y2: { field: 'y2' },
          opacity: { field: 'shade', type: 'quantitative', scale: { domain: [0, SHADES], range: [0, 1] }, legend: null },
        },
      },
      {
        data: { values: ends.map((end) => ({ end })) }, mark: { type: 'line', strokeWidth: 0.8, strokeDash: [3, 3], color: muted },
        encoding: { x: { field: 'end', type: 'quantitative' }, y: { field: 'end', type: 'quantitative' } },
      },
    ],
  };
}

/** Bars of a histogram at most: a screen has no room for more. */
const MOST_BARS = 64;

/** Shares of integers from `lo` up. The scale of shares is that of their square root, so that rare ones are seen beside frequent ones. */
export function histogramSpec(lo: number, counts: readonly number[], title: string, colour: string): TopLevelSpec {
  const width = Math.ceil(counts.length / MOST_BARS);
  // Bars begin at multiples of their width, so that 0 begins one.
  const first = Math.floor(lo / width) * width;
  const bars = Array.from({ length: Math.ceil((lo + counts.length - first) / width) }, (_, i) => {
    const at = first + i * width;
    return { at: at - 0.5, end: at + width - 0.5, n: counts.slice(Math.max(0, at - lo), Math.max(0, at - lo + width)).reduce((a, b) => a + b, 0) };
  });
  const total = Math.max(1, bars.reduce((n, bar) => n + bar.n, 0));
  const values = bars.filter(({ n }) => n > 0).map(({ at, end, n }) => ({ at, end, share: n / total }));
  return {
    width: SIDE, height: SIDE, config: PLOT_LOOK, data: { values }, mark: { type: 'rect', color: colour },
    encoding: {
      x: {
        field: 'at', type: 'quantitative', title, scale: { domain: [lo - 0.5, lo + counts.length - 0.5], nice: false, zero: false },
        axis: { grid: false, tickCount: 5, format: 'd' },
      },
      x2: { field: 'end' },
      y: { field: 'share', type: 'quantitative', title: 'share', scale: { type: 'sqrt' }, axis: { tickCount: 4, format: '.3~%' } },
      y2: { datum: 0 },
    },
  };
}
