/**
 * Whether the kernel that is picked for a tile is the fastest one: all kernels that take it, over small, odd and large tiles, on about as
 * many rows as the engine gives at once. Windows of 3 x 3 over whole maps also go through the engine: Winograd's kernels against rows that are collected and
 * multiplied.
 */
import { loadChip } from '../dist/index.js';
import { table } from '../dist/report/table.js';
import { expectSame, kernelOver, kernelsFor, kernelsOver, pickedFor, placed, placedOver } from './placed.mjs';
import { SHIFT, TABLES, codes, composedTile, diagonal, idealTile, narrowTile, windowOver, windowTile } from './tiles.mjs';

/** Rows of one call: the engine's chunks have 32 to 256. */
const ROWS = 64;

/** Share by which another kernel must be faster to count. */
const MARGIN = 0.1;

/** Rows and columns: one channel's windows, odd ones, columns of a classifier, full cores. */
const DENSE = [
  [3, 5], [9, 16], [25, 6], [27, 8], [31, 33], [64, 10], [65, 17], [144, 32], [147, 64], [200, 120], [252, 28], [255, 255], [256, 10], [256, 256],
];
/** Partial sums and columns. */
const MERGES = [[2, 120], [4, 64], [18, 14]];

/** Size, channels and columns of windows over maps: as cores of 256 rows cut layers, and as wide ones do. */
const MAPS = [
  [56, 1, 8], [56, 3, 16], [28, 8, 8], [28, 16, 16], [13, 9, 17], [28, 28, 64], [14, 28, 256], [7, 28, 256], [56, 64, 64], [28, 128, 128], [14, 256, 64],
  [8, 256, 256], [5, 32, 32], [4, 64, 64], [2, 64, 64],
].map(([size, channels, columns]) => ({ size, channels, columns, partials: 0, samples: 1 })).concat([
  { size: 14, channels: 28, columns: 64, partials: 1, samples: 1 }, { size: 28, channels: 16, columns: 128, partials: 4, samples: 1 },
  { size: 4, channels: 64, columns: 64, partials: 0, samples: 16 }, { size: 2, channels: 64, columns: 64, partials: 0, samples: 16 },
]);

/** Chips whose sums Winograd's kernels can have, and the range of codes, weights and shifts there. */
const OVER = {
  window: { chip: 'tianji', lo: 0, hi: 255, greatest: 127, shift: SHIFT },
  ideal: { chip: 'prime-ideal', lo: 0, hi: 63, greatest: 220, shift: SHIFT },
};

const FAMILIES = {
  'window, ReLU': (rows, columns, weights) => windowTile(rows, columns, TABLES.relu, weights),
  'window, 7 bits': (rows, columns, weights) => narrowTile(rows, columns, 7, weights),
  'window, 5 bits': (rows, columns, weights) => narrowTile(rows, columns, 5, weights),
  'window, table': (rows, columns, weights) => windowTile(rows, columns, TABLES.arbitrary, weights),
  ideal: (rows, columns, weights) => idealTile(rows, columns, weights),
  'composed, gain 0': (rows, columns, weights) => composedTile(rows, columns, 0, null, weights),
  'composed, gain 7': (rows, columns, weights) => composedTile(rows, columns, 7, null, weights),
};

/** The yardstick of every group is the kernel that is picked. */
export function groups() {
  return [...rowGroups(), ...mapGroups()];
}

function mapGroups() {
  return Object.entries(OVER).flatMap(([family, { chip, ...limits }]) => MAPS.map(({ samples, ...sizes }) => {
    const { size, channels, columns, partials } = sizes;
    const graph = windowOver(loadChip(chip), sizes, limits);
    const maps = samples > 1 ? `${samples} maps` : 'map';
    return {
      title: `${family}, ${maps} ${size}, ${channels} to ${columns}${partials > 0 ? ` + ${partials}` : ''}`, unit: 'products',
      yardsticks: [kernelOver(graph, samples)], prepare: async () => ({ contenders: contendersOver(graph, samples) }),
    };
  }));
}

function contendersOver(graph, samples) {
  const { signals, ops: [{ columns, positions }], output } = graph;
  const [, , channels] = signals[0].shape;
  const maps = signals.slice(0, output).map(({ shape, code: { lo, hi } }, s) => codes(samples * shape.reduce((a, b) => a * b, 1), lo, hi, 3 + s));
  const all = kernelsOver(graph).map((name) => placedOver(graph, name, maps, samples));
  all.forEach(({ run }) => run());
  const expected = all[0].outputs();
  all.slice(1).forEach((each) => expectSame(each.outputs(), expected, `${each.name} and ${all[0].name}`));
  return all.map(({ name, run }) => ({ name, work: samples * positions[0] * positions[1] * 9 * channels * columns, run }));
}

function rowGroups() {
  return Object.entries(FAMILIES).flatMap(([family, make]) => [
    ...DENSE.map(([rows, columns]) => group(`${family}, ${rows} x ${columns}`, make(rows, columns))),
    ...MERGES.map(([partials, columns]) => group(
      `${family}, merge of ${partials} x ${columns}`, make(partials * columns, columns, diagonal(partials, columns, (t) => (t % 2 === 0 ? 1 : -1))),
    )),
  ]);
}

function group(title, spec) {
  const picked = pickedFor(spec).name;
  return { title, unit: 'products', yardsticks: [picked], prepare: async () => ({ contenders: contenders(spec) }) };
}

function contenders(spec) {
  const x = codes(ROWS * spec.rows, spec.input.lo, spec.input.hi, 3);
  const all = kernelsFor(spec).map((kernel) => placed(kernel, spec, x, ROWS));
  all.forEach(({ run }) => run());
  all.forEach((each) => expectSame(each.outputs(), all[0].outputs(), `${each.name} and ${all[0].name}`));
  return all.map(({ name, run }) => ({ name, work: ROWS * spec.rows * spec.columns, run }));
}

/** Of every tile the kernel picked, the fastest one, its speed as a multiple of the picked one's, and whether that is within the margin. */
export function verdicts(groups) {
  return groups.map(({ title, contenders }) => {
    const [picked] = Object.keys(contenders[0].ratios);
    const fastest = contenders.reduce((a, b) => (b.ratios[picked] > a.ratios[picked] ? b : a));
    const ratio = fastest.ratios[picked];
    return { title, picked, fastest: fastest.name, ratio, right: ratio <= 1 + MARGIN };
  });
}

export function choiceText(groups) {
  const rows = verdicts(groups).map(({ title, picked, fastest, ratio, right }) => [title, picked, fastest, ratio.toFixed(2), right ? '' : 'WRONG']);
  return table([{ head: 'tile', name: true }, { head: 'picked' }, { head: 'fastest' }, { head: 'x picked', align: 'right' }, { head: '' }], rows);
}
