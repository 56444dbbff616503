/**
 * Samples a second of resnet20 on a chip with one worker and with two, interleaved, in steady state: node scripts/measure/scaling.mjs
 * [--chip tianji] [--seconds 10] [--rounds 3]. Needs ../shared and a quiet machine. Run after a build.
 */
import { compiled, needShared, option, testSamples } from './networks.mjs';
import { EmulatorPool } from '../../dist/emulate/pool.js';
import { NOTHING } from '../../dist/emulate/tasks.js';

needShared();
const seconds = Number(option('seconds', '10'));
const count = 512;
const inputs = testSamples('resnet20', count);
const size = inputs.length / count;
const { cores } = await compiled('resnet20', option('chip', 'tianji'), { samples: 128 }, 'tune');

const rates = { 1: [], 2: [] };
for (let round = 0; round < Number(option('rounds', '3')); round++) {
  for (const workers of [1, 2]) {
    const rate = await steadyRate(workers);
    rates[workers].push(rate);
    console.log(`${workers} worker${workers > 1 ? 's' : ''}: ${rate.toFixed(1)} samples/s`);
  }
}
console.log(`two workers against one, medians: ${(median(rates[2]) / median(rates[1])).toFixed(2)} x`);

/** Warm-up of a fifth of the time, then the rate over `seconds`. */
async function steadyRate(workers) {
  const pool = EmulatorPool.create({ chip: cores, workers });
  await pool.ready();
  await samplesIn(pool, seconds / 5);
  const start = performance.now();
  const samples = await samplesIn(pool, seconds);
  const rate = (samples * 1000) / (performance.now() - start);
  await pool.close();
  return rate;
}

/** Samples run until `time` seconds are over. */
async function samplesIn(pool, time) {
  const step = pool.taskSamples(size);
  const end = performance.now() + time * 1000;
  let samples = 0;
  await pool.each((index) => {
    if (performance.now() >= end) return null;
    const first = (index * step) % (count - step);
    samples += step;
    return { ...NOTHING, input: inputs.slice(first * size, (first + step) * size), count: step, output: true };
  }, () => undefined);
  return samples;
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
