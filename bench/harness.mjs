/**
 * Measuring within one process: contenders take turns, round by round, so that what else the machine does hits all alike. The only file
 * that knows benchmark.js.
 */
import Benchmark from 'benchmark';

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {string} [variant] one of several settings of the same name, of which the best counts
 * @property {number} work how many units (products, images) one operation does
 * @property {() => unknown} run one operation
 * @property {boolean} [waits] whether `run` gives a promise
 */

/**
 * Median seconds per unit of work of every contender, in their order, after a warm-up.
 * @param {Contender[]} contenders
 * @param {{ rounds: number, seconds: number, cpu?: boolean }} options `seconds` is what one contender gets in one round; `cpu`: seconds of the processor,
 * not of the clock
 * @returns {Promise<number[]>}
 */
export async function measure(contenders, { rounds, seconds, cpu = false }) {
  const once = cpu ? onceOfProcessor : onceOfClock;
  for (const contender of contenders) await once(contender, 3 * seconds);
  const times = contenders.map(() => []);
  const order = [...contenders.keys()];
  for (let round = 0; round < rounds; round++) {
    for (const i of order) times[i].push(await once(contenders[i], seconds) / contenders[i].work);
    // Every other round goes backwards, so that nobody always follows the same neighbour.
    order.reverse();
  }
  return times.map(median);
}

/** Seconds per operation, over about `seconds`. */
function onceOfClock({ run, waits = false }, seconds) {
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

/**
 * The same in seconds that the whole process had a processor: what a single thread takes, on a machine that others keep busy. Waiting costs nothing here,
 * and threads add up.
 */
async function onceOfProcessor({ run }, seconds) {
  const now = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };
  const start = now();
  let runs = 0;
  do {
    await run();
    runs++;
  } while (now() - start < seconds);
  return (now() - start) / runs;
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
