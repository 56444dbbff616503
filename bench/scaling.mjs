/**
 * Samples a second of resnet20 on tianji with one worker and with two, in turns, each in a steady state: what the pool costs and whether
 * workers hinder each other.
 */
import { EmulatorPool } from '../dist/emulate/pool.js';
import { NOTHING } from '../dist/emulate/tasks.js';
import { testSamples } from '../scripts/measure/networks.mjs';
import { compiledNetwork } from './compiled.mjs';
import { combine } from './processes.mjs';

const NETWORK = 'resnet20';
const CHIP = 'tianji';
const IMAGES = 512;
const nameOf = (workers) => `${workers} worker${workers > 1 ? 's' : ''}`;
const GROUP = {
  title: `${NETWORK} on ${CHIP}, workers`, unit: 'images', yardsticks: [nameOf(1)], goals: [{ name: nameOf(2), yardstick: nameOf(1), least: 1.85 }], notes: [],
};

/** Each round is taken as a process: a pool's workers are new ones every time. */
export async function measureScaling({ rounds, seconds }) {
  const graph = await compiledNetwork(NETWORK, CHIP);
  const inputs = testSamples(NETWORK, IMAGES);
  const runs = [];
  for (let round = 0; round < rounds; round++) {
    const times = [];
    for (const workers of [1, 2]) times.push({ name: nameOf(workers), variant: null, seconds: 1 / await steadyRate(graph, inputs, workers, seconds) });
    runs.push([{ ...GROUP, times }]);
  }
  return combine(runs);
}

/** Samples a second: a warm-up of a fifth of the time, then the rate over `seconds`. */
async function steadyRate(chip, inputs, workers, seconds) {
  const pool = EmulatorPool.create({ chip, workers });
  await pool.ready();
  await samplesIn(pool, inputs, seconds / 5);
  const start = performance.now();
  const samples = await samplesIn(pool, inputs, seconds);
  const rate = (samples * 1000) / (performance.now() - start);
  await pool.close();
  return rate;
}

/** Samples run until `time` seconds are over. */
async function samplesIn(pool, inputs, time) {
  const size = inputs.length / IMAGES;
  const step = pool.taskSamples(size);
  const end = performance.now() + time * 1000;
  let samples = 0;
  await pool.each((index) => {
    if (performance.now() >= end) return null;
    const first = (index * step) % (IMAGES - step);
    samples += step;
    return { ...NOTHING, input: inputs.slice(first * size, (first + step) * size), count: step, output: true };
  }, () => undefined);
  return samples;
}
