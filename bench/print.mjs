/** Results as tables of at most 80 columns. */
import { table } from '../dist/report/table.js';

/** Short names of yardsticks, for heads of columns. */
const SHORT = {
  'onnxruntime-web': 'web', 'onnxruntime-node': 'node', 'onnxruntime-web, float': 'web f32', 'onnxruntime-web, int8': 'web i8',
  'onnxruntime-node, float': 'node f32', 'onnxruntime-node, int8': 'node i8', 'plain JavaScript': 'JS',
};
export const shortName = (name) => SHORT[name] ?? (name.endsWith('/scalar') ? 'scalar' : name);

/** Three significant digits. */
export function speed(n) {
  return n >= 1000 ? n.toFixed(0) : n.toPrecision(3);
}

/** Units a second: products in G, anything else plain. */
export const RATES = { products: ['G products/s', 1e9], outputs: ['G outputs/s', 1e9], images: ['images/s', 1] };

export function fullName({ name, variant }) {
  return variant === null ? name : `${name}, ${variant}`;
}

export function groupsText(groups) {
  return groups.map(groupText).join('\n');
}

function groupText({ title, unit, contenders, goals, notes }) {
  const [head, size] = RATES[unit];
  const yardsticks = Object.keys(contenders[0].ratios);
  const columns = [
    { head: '', name: true }, { head, align: 'right' }, ...yardsticks.map((name) => ({ head: `x ${shortName(name)}`, align: 'right' })),
  ];
  const rows = contenders.map((row) => [
    fullName(row), speed(row.perSecond / size), ...yardsticks.map((name) => row.ratios[name].toFixed(2)),
  ]);
  return [`${title}\n\n`, table(columns, rows), ...goals.map(goalText), ...notes.map((note) => `${note}\n`)].join('');
}

function goalText({ name, yardstick, least, ratio, met }) {
  return `goal: ${name} at ${least.toFixed(2)} x ${yardstick} or more: ${ratio.toFixed(2)}, ${met ? 'met' : 'not met'}\n`;
}
