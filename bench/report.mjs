/**
 * Rewrites the tables of docs/performance.md from results of bench/run.mjs: node bench/report.mjs [out/bench.json]. Parts that are not
 * among the results stay as they are.
 */
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root, withPart, writeWhole } from '../scripts/files.mjs';
import { growthCells, growthHeads, seriesOf } from './growth-print.mjs';
import { RATES, fullName, shortName, speed } from './print.mjs';

const line = (cells) => `| ${cells.join(' | ')} |`;

/** A table whose columns but the first `left` ones are numbers. */
function markdown(head, rows, left = 1) {
  return [line(head), line(head.map((_, i) => (i < left ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** Where and when a part was measured, and whether the machine was quiet. */
function place({ date, command, machine: { cpu, cores, system, node, load } }) {
  return `${cpu}, ${cores} cores, ${system}, Node ${node.slice(1)}, load average ${load.toFixed(1)} before; ${date.slice(0, 10)}; \`${command}\``;
}

function method({ rounds, seconds, processes }) {
  return `medians of ${rounds} rounds of ${seconds} s${processes > 1 ? `, in ${processes} processes` : ''}`;
}

/** Groups as tables, those with the same unit and yardsticks in one. */
function groupTables(groups) {
  const headOf = ({ unit, contenders }) => [...Object.keys(contenders[0].ratios).map((name) => `x ${shortName(name)}`), RATES[unit][0]];
  const heads = new Set(groups.map((group) => headOf(group).join()));
  return [...heads].map((head) => {
    const same = groups.filter((group) => headOf(group).join() === head);
    const rows = same.flatMap(({ title, unit, contenders }) => contenders.map((row, i) => [
      i === 0 ? title : '', fullName(row), ...Object.values(row.ratios).map((ratio) => ratio.toFixed(2)), speed(row.perSecond / RATES[unit][1]),
    ]));
    return markdown(['', '', ...headOf(same[0])], rows, 2);
  });
}

function goalTable(groups) {
  const rows = groups.flatMap(({ title, goals }) => goals.map(({ name, yardstick, least, ratio, met }) => [
    `${title}: ${name} / ${yardstick}`, least.toFixed(2), `${ratio.toFixed(2)}${met ? '' : ' (not met)'}`,
  ]));
  return rows.length === 0 ? [] : [markdown(['goal', 'at least', 'measured'], rows)];
}

function measuredPart(part) {
  return [`${place(part)}: ${method(part.settings)}.`, ...groupTables(part.groups), ...goalTable(part.groups)].join('\n\n');
}

/** Shares of the kinds of work, a row a network. */
function profilePart({ groups, ...part }) {
  const kinds = Object.keys(groups[0].kinds);
  const rows = groups.map(({ title, microseconds, kinds: of }) => [
    title, microseconds.toFixed(0), ...kinds.map((kind) => `${((100 * of[kind]) / microseconds).toFixed(0)} %`),
  ]);
  return [`${place(part)}.`, markdown(['', 'us an image', ...kinds], rows)].join('\n\n');
}

/** A table a series, and the plot that bench/growth-plot.mjs draws from the same results. */
function growthPart(part) {
  const tables = seriesOf(part.groups).map((each) => markdown(growthHeads(each), each.points.map(growthCells), 0));
  return [`${place(part)}: ${method(part.settings)}.`, '![Time of an image against batch, image size and depth](growth.svg)', ...tables].join('\n\n');
}

const WRITERS = {
  kernels: measuredPart, networks: measuredPart, imagenet: measuredPart, crossbar: measuredPart, scaling: measuredPart, growth: growthPart,
  profile: profilePart,
};

/** The page with the tables of all parts that the results have. */
export function withResults(page, { parts }) {
  return Object.entries(WRITERS).reduce((text, [name, write]) => (
    Object.hasOwn(parts, name) ? withPart(text, name, 'bench/report.mjs', write(parts[name])) : text), page);
}

if (realpathSync(process.argv[1] ?? '.') === fileURLToPath(import.meta.url)) {
  const page = join(root, 'docs', 'performance.md');
  const results = JSON.parse(readFileSync(process.argv[2] ?? join(root, 'out', 'bench.json'), 'utf8'));
  writeWhole(page, withResults(readFileSync(page, 'utf8'), results));
}
