/**
 * A part measured in several processes, one after the other, and their results put together: what a compiler or the memory's layout did
 * in one process does not decide a figure.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median } from './harness.mjs';

/**
 * Groups of a part, each contender with its raw times.
 * @param {string} part module of this folder, without its ending
 * @param {{ processes: number }} options handed to the part
 */
export async function measurePart(part, options) {
  const runs = [];
  for (let i = 0; i < options.processes; i++) {
    console.error(`${part}: process ${i + 1} of ${options.processes}`);
    runs.push(await inProcess(part, options));
  }
  return combine(runs);
}

/** Groups as one process saw them. */
function inProcess(part, options) {
  return new Promise((resolve, reject) => {
    const groups = [];
    const child = fork(fileURLToPath(new URL('child.mjs', import.meta.url)), [part, JSON.stringify(options)]);
    child.on('message', (group) => groups.push(group));
    child.on('error', reject);
    child.on('exit', (status, signal) => {
      if (status === 0) resolve(groups);
      else reject(new Error(`a process of ${part} ended with ${signal ?? `status ${status}`}`));
    });
  });
}

/**
 * The same groups of several processes as one: medians over the processes. Of a contender with several variants the best median counts.
 * A ratio is the median of the processes' ratios, since the two sides took turns within a process.
 */
export function combine(runs) {
  return runs[0].map(({ title, unit, yardsticks, goals, notes, facts, times }, g) => {
    const all = times.map(({ name, variant }, i) => {
      const raw = runs.map((groups) => groups[g].times[i].seconds);
      return { name, variant, seconds: median(raw), raw };
    });
    const names = [...new Set(all.map(({ name }) => name))];
    const best = names.map((name) => all.filter((row) => row.name === name).reduce((a, b) => (b.seconds < a.seconds ? b : a)));
    const known = yardsticks.filter((name) => names.includes(name));
    const contenders = best.map((row) => ({
      ...row, perSecond: 1 / row.seconds, ratios: Object.fromEntries(known.map((name) => [name, ratio(best.find((y) => y.name === name), row)])),
      others: all.filter((other) => other.name === row.name && other !== row),
    }));
    return { title, unit, notes, facts, contenders, goals: goals.flatMap((goal) => reached(goal, contenders)) };
  });
}

/** A goal and what came of it; nothing where one of the two was not measured. */
function reached(goal, contenders) {
  const ratio = contenders.find(({ name }) => name === goal.name)?.ratios[goal.yardstick];
  return ratio === undefined ? [] : [{ ...goal, ratio, met: ratio >= goal.least }];
}

/** Speed of `row` as a multiple of the yardstick's. */
function ratio(yardstick, row) {
  return median(yardstick.raw.map((seconds, i) => seconds / row.raw[i]));
}
