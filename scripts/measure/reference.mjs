/**
 * Every signal of a compiled network: the engine's codes against the slow reference's.
 *
 *     node scripts/measure/reference.mjs [--samples 50] [--networks a,b] [--chips tianji,prime]
 *
 * Calibration on 128 samples. Ends with status 1 if any code differs.
 */
import { encodeInput } from '../../dist/emulate/edges.js';
import { EmulatorPool } from '../../dist/emulate/pool.js';
import { referenceRun } from '../../dist/emulate/reference.js';
import { NOTHING } from '../../dist/emulate/tasks.js';
import { compiled, needShared, networks, option, testSamples } from './networks.mjs';

needShared();
const samples = Number(option('samples', '50'));
const names = option('networks', Object.keys(networks).join()).split(',');
const chips = option('chips', 'tianji,prime').split(',');

/** Numbers of codes compared, and of those that differ. */
async function compareAll(graph, inputs, count) {
  const size = inputs.length / count;
  const wanted = graph.signals.map((_, id) => id);
  const pool = EmulatorPool.create({ chip: graph, keep: 'all', workers: 0 });
  let compared = 0;
  let differing = 0;
  for (let n = 0; n < count; n++) {
    const input = inputs.slice(n * size, (n + 1) * size);
    const { codes } = await pool.run({ ...NOTHING, input, count: 1, signals: wanted });
    const reference = referenceRun(graph, encodeInput(input, graph.signals[graph.input], 1), 1);
    for (const [id, expected] of reference) {
      expected.forEach((code, i) => {
        compared++;
        if (codes[id][i] !== code) differing++;
      });
    }
  }
  await pool.close();
  return { compared, differing };
}

let bad = 0;
for (const name of names) {
  for (const chip of chips) {
    const start = performance.now();
    const { cores } = await compiled(name, chip, { samples: 128, workers: 0 }, 'tune');
    const middle = performance.now();
    const { compared, differing } = await compareAll(cores, testSamples(name, samples), samples);
    const seconds = (from, to) => ((to - from) / 1000).toFixed(1);
    console.log(`${name} on ${chip}: ${cores.signals.length} signals, ${cores.ops.length} operations, ${samples} samples: ${compared} codes compared, `
      + `${differing} differ (compiled in ${seconds(start, middle)} s, compared in ${seconds(middle, performance.now())} s)`);
    bad += differing;
  }
}
process.exitCode = bad === 0 ? 0 : 1;
