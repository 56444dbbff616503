/** Results of growth, as tables of each series and as a plot. */
import { table } from '../dist/report/table.js';
import { shortName, speed } from './print.mjs';

/** Titles of the plot's panels and of its axes, by series. */
const TITLES = { batch: 'images in a batch', size: 'height and width of the image', blocks: 'residual blocks' };

/** Points of each series, in their order: ours and the yardstick's time of an image, its multiplications, and our speed as a multiple of the yardstick's. */
export function seriesOf(groups) {
  const names = [...new Set(groups.map(({ facts }) => facts.series))];
  return names.map((series) => ({ series, points: groups.filter(({ facts }) => facts.series === series).map(pointOf) }));
}

/** The yardstick is the one whose speed ratios are multiples of. */
function pointOf({ facts: { at, multiplications }, contenders }) {
  const [yardstick] = Object.keys(contenders[0].ratios);
  const own = contenders.find(({ name }) => name !== yardstick);
  const peer = contenders.find(({ name }) => name === yardstick);
  return { at, own: own.name, yardstick, seconds: own.seconds, peerSeconds: peer.seconds, multiplications, ratio: own.ratios[yardstick] };
}

/** Heads of a series' table and the cells of a point. */
export function growthHeads({ series, points: [{ yardstick }] }) {
  const web = shortName(yardstick);
  return [series, 'ms an image', 'images/s', 'G products/s', `${web}: ms an image`, `x ${web}`];
}
export function growthCells({ at, seconds, peerSeconds, multiplications, ratio }) {
  return [String(at), speed(1000 * seconds), speed(1 / seconds), speed(multiplications / seconds / 1e9), speed(1000 * peerSeconds), ratio.toFixed(2)];
}

export function growthText(groups) {
  return seriesOf(groups).map((each) => table(growthHeads(each).map((head) => ({ head, align: 'right' })), each.points.map(growthCells))).join('\n');
}

/**
 * Vega-Lite's specification of milliseconds an image: a panel a series, both axes logarithmic, that of time the same
 * everywhere, on a ground of its own for light and dark pages alike.
 * @returns {import('vega-lite').TopLevelSpec}
 */
export function growthSpec(groups) {
  return {
    background: 'white', spacing: 30, hconcat: seriesOf(groups).map(({ series, points }, i) => panel(series, points, i === 0)),
    resolve: { scale: { y: 'shared' } }, config: { legend: { orient: 'top' }, view: { stroke: '#ddd' } },
  };
}

function panel(series, points, first) {
  const values = points.flatMap(({ at, own, yardstick, seconds, peerSeconds }) => [
    { at, ms: 1000 * seconds, who: `trestle on ${own}` }, { at, ms: 1000 * peerSeconds, who: `${yardstick}, float` },
  ]);
  const log = { type: 'quantitative', scale: { type: 'log', nice: false } };
  return {
    width: 200, height: 220, data: { values }, mark: { type: 'line', point: true },
    encoding: {
      x: { field: 'at', ...log, title: TITLES[series], axis: { values: points.map(({ at }) => at), grid: false } },
      y: { field: 'ms', ...log, title: first ? 'ms an image' : null },
      color: { field: 'who', type: 'nominal', sort: null, title: null },
    },
  };
}
