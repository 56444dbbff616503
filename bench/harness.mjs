/**
 * Measuring: contenders take turns, round by round, so that what else the machine does hits all alike. The only file that knows benchmark.js.
 */
import Benchmark from 'benchmark';

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {() => void | Promise<unknown>} run one operation
 * @property {boolean} [waits] whether `run` gives a promise
 */

/**
 * Median seconds per operation of every contender, after a warm-up.
 * @param {Contender[]} contenders
 * @param {{ rounds?: number, seconds?: number }} [options] `seconds` is what one contender gets in one round
 * @returns {Promise<Map<string, number>>}
 */
export async function measure(contenders, { rounds = 9, seconds = 0.1 } = {}) {
  const times = new Map(contenders.map(({ name }) => [name, []]));
  for (const contender of contenders) await once(contender, 3 * seconds);
  for (let round = 0; round < rounds; round++) {
    // Every other round goes backwards, so that nobody always follows the same neighbour.
    const order = round % 2 === 0 ? contenders : contenders.toReversed();
    for (const contender of order) times.get(contender.name).push(await once(contender, seconds));
  }
  return new Map([...times].map(([name, values]) => [name, median(values)]));
}

/** Seconds per operation, over about `seconds`. */
function once({ run, waits = false }, seconds) {
  return new Promise((resolve, reject) => {
    const options = { maxTime: seconds, minTime: seconds / 2, minSamples: 1 };
    const finish = {
      onComplete: (event) => resolve(event.target.stats.mean),
      onError: (event) => reject(event.target.error),
    };
    const fn = waits ? (deferred) => { run().then(() => deferred.resolve(), reject); } : () => { run(); };
    new Benchmark('contender', fn, { ...options, ...finish, defer: waits, async: true }).run();
  });
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * One group of contenders as lines of text: seconds, work per second, and the speed as a multiple of the group's yardsticks'.
 * @param {string} title
 * @param {Map<string, number>} medians
 * @param {{ work: number, unit: string, yardsticks: string[] }} what `work` is how many `unit` one operation does
 */
export function summarise(title, medians, { work, unit, yardsticks }) {
  const rows = [...medians].map(([name, seconds]) => ({
    name,
    milliseconds: seconds * 1e3,
    [`${unit}PerSecond`]: work / seconds,
    ratios: Object.fromEntries(yardsticks.filter((y) => medians.has(y)).map((y) => [y, medians.get(y) / seconds])),
  }));
  const text = rows.map((row) => {
    const ratios = Object.entries(row.ratios).map(([y, ratio]) => `${ratio.toFixed(2)} x ${y}`).join('  ');
    const speed = row[`${unit}PerSecond`] / 1e9;
    return `  ${row.name.padEnd(28)}${row.milliseconds.toFixed(3).padStart(10)} ms${speed.toFixed(2).padStart(9)} G ${unit}/s  ${ratios}`;
  });
  return { title, rows, text: [title, ...text].join('\n') };
}
