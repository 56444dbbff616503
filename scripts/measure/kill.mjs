/**
 * Kills random workers while a data set is evaluated: the result must be that of an undisturbed run.
 *
 *     node scripts/measure/kill.mjs [--networks lenet5-maxpool,resnet20] [--chip tianji] [--kills 20] [--repeat 4] [--workers 2] [--seed 1]
 *
 * The data is taken `repeat` times, one after the other, so that there is time for all the deaths.
 * Ends with status 1 if anything but times differs, or if fewer were killed.
 */
import { EmulatorPool } from '../../dist/emulate/pool.js';
import { evaluate } from '../../dist/evaluate/evaluate.js';
import { random32 } from '../../dist/prng.js';
import { compiled, graphOf, needShared, option, testSet } from './networks.mjs';

needShared();
const names = option('networks', 'lenet5-maxpool,resnet20').split(',');
const chip = option('chip', 'tianji');
const kills = Number(option('kills', '20'));
const repeat = Number(option('repeat', '4'));
const workers = Number(option('workers', '2'));
const seed = Number(option('seed', '1'));

const living = new Set();
process.on('worker', (worker) => {
  living.add(worker);
  worker.once('exit', () => living.delete(worker));
});

function repeated(data) {
  const labels = Int32Array.from({ length: data.count * repeat }, (_, i) => data.labels[i % data.count]);
  return { ...data, count: labels.length, labels, read: (index, into, offset) => data.read(index % data.count, into, offset) };
}

/** Scores without what depends on time, and the time. */
async function scores(cores, graph, data, progress) {
  const pool = EmulatorPool.create({ chip: cores, float: graph, workers });
  try {
    const options = { seed, floatOutput: graph.outputs[0], macsPerSample: 1, clock: () => performance.now() / 1000, progress };
    const score = await evaluate(pool, data, options);
    return { seconds: score.seconds, rest: JSON.stringify({ ...score, seconds: 0, samplesPerSecond: 0, macsPerSecond: 0 }) };
  } finally {
    await pool.close();
  }
}

let bad = 0;
for (const name of names) {
  const { cores } = await compiled(name, chip, { samples: 128 }, 'tune');
  const graph = graphOf(name);
  const data = repeated(testSet(name));
  const quiet = await scores(cores, graph, data, () => undefined);
  const apart = JSON.parse(quiet.rest).samples / (2 * kills);
  let [done, last, killed] = [0, 0, 0];
  // Only once what was done has grown, so that no range meets one death after the other, and only where all are alive.
  const killer = setInterval(() => {
    const victims = [...living];
    if (killed >= kills || done < last + apart || victims.length < workers) return;
    last = done;
    void victims[random32(seed, killed++) % victims.length].terminate();
  }, 1);
  const disturbed = await scores(cores, graph, data, (samples) => (done = samples));
  clearInterval(killer);
  const same = quiet.rest === disturbed.rest;
  if (!same || killed < kills) bad++;
  console.log(`${name} on ${chip}, ${JSON.parse(quiet.rest).samples} samples: ${killed} workers killed, result ${same ? 'identical' : 'DIFFERENT'}; `
    + `${quiet.seconds.toFixed(1)} s undisturbed, ${disturbed.seconds.toFixed(1)} s disturbed`);
}
process.exitCode = bad === 0 ? 0 : 1;
