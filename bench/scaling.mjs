/**
 * Samples a second with one worker and with two, in turns, each in a steady state: what the pool costs and whether workers hinder each other. The large
 * network's images are decoded by the workers, from JPEG.
 */
import { EmulatorPool } from '../dist/emulate/pool.js';
import { NOTHING } from '../dist/emulate/tasks.js';
import { taskSamples } from '../dist/data/read.js';
import { testSamples } from '../scripts/measure/networks.mjs';
import { compiledImageNetwork, compiledNetwork } from './compiled.mjs';
import { hasImages, measuredCard } from './image-networks.mjs';
import { combine } from './processes.mjs';

const CHIP = 'tianji';
const nameOf = (workers) => `${workers} worker${workers > 1 ? 's' : ''}`;

/** A network, the samples that are run over and over, and the input of a task of `count` of them. */
const SUBJECTS = [
  { title: `resnet20 on ${CHIP}`, graph: () => compiledNetwork('resnet20', CHIP), images: 512, inputs: () => {
    const values = testSamples('resnet20', 512);
    const size = values.length / 512;
    return (first, count) => values.slice(first * size, (first + count) * size);
  } },
  ...(hasImages ? [{ title: `mobilenetv2 on ${CHIP}, from JPEG`, graph: () => compiledImageNetwork('mobilenetv2', CHIP), images: 200, inputs: () => {
    const card = measuredCard('mobilenetv2');
    return async (first, count) => (await taskSamples(card, first, count)).input;
  } }] : []),
];

/** Each round is taken as a process: a pool's workers are new ones every time. */
export async function measureScaling({ rounds, seconds, only }) {
  const groups = [];
  for (const subject of SUBJECTS.filter(({ title }) => title.includes(only))) groups.push(...await measureSubject(subject, rounds, seconds));
  return groups;
}

async function measureSubject({ title, graph, images, inputs }, rounds, seconds) {
  const group = {
    title, unit: 'images', yardsticks: [nameOf(1)], goals: [{ name: nameOf(2), yardstick: nameOf(1), least: 1.85 }], notes: [],
  };
  const samples = { graph: await graph(), images, input: inputs() };
  const runs = [];
  for (let round = 0; round < rounds; round++) {
    const times = [];
    for (const workers of [1, 2]) times.push({ name: nameOf(workers), variant: null, seconds: 1 / await steadyRate(samples, workers, seconds) });
    runs.push([{ ...group, times }]);
  }
  return combine(runs);
}

/** Samples a second: a warm-up of a fifth of the time, then the rate over `seconds`. */
async function steadyRate(samples, workers, seconds) {
  const pool = EmulatorPool.create({ chip: samples.graph, workers });
  await pool.ready();
  await samplesIn(pool, samples, seconds / 5);
  const start = performance.now();
  const count = await samplesIn(pool, samples, seconds);
  const rate = (count * 1000) / (performance.now() - start);
  await pool.close();
  return rate;
}

/** Samples run until `time` seconds are over. */
async function samplesIn(pool, { graph, images, input }, time) {
  const step = pool.taskSamples(graph.inputShape.reduce((a, b) => a * b, 1));
  const end = performance.now() + time * 1000;
  let samples = 0;
  await pool.each(async (index) => {
    if (performance.now() >= end) return null;
    samples += step;
    return { ...NOTHING, input: await input((index * step) % (images - step + 1), step), count: step, output: true };
  }, () => undefined);
  return samples;
}
