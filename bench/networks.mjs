/**
 * Whole networks: images a second in one thread, float images in, float outputs out. Ours encodes, emulates and decodes as the product
 * does, in the calling thread; the peers run the float network on the same images, at the best of several batches.
 */
import { readFileSync } from 'node:fs';
import { EmulatorPool } from '../dist/emulate/pool.js';
import { NOTHING } from '../dist/emulate/tasks.js';
import { modelPath, networks, testSamples } from '../scripts/measure/networks.mjs';
import { compiledNetwork } from './compiled.mjs';
import { NATIVE, NATIVE_MISSING, WEB, hasNative, sessions } from './peers.mjs';

export const CHIPS = ['tianji', 'prime', 'prime-ideal'];
const BATCHES = [1, 8, 32, 64];
const IMAGES = Math.max(...BATCHES);
/** Share of images on which chip and float network must agree, lest they run different things. */
const SAME = 0.75;

export function groups() {
  const goals = [{ name: 'prime', yardstick: 'tianji', least: 0.38 }];
  const beatsFloat = { name: 'tianji', yardstick: WEB, least: 1 };
  return Object.keys(networks).map((name) => ({
    title: name, unit: 'images', yardsticks: [WEB, NATIVE, 'tianji'], goals: name === 'cnn-bn-gap' ? goals : [beatsFloat, ...goals],
    prepare: () => prepare(name),
  }));
}

async function prepare(name) {
  const images = testSamples(name, IMAGES);
  const peers = await sessions(readFileSync(modelPath(name)));
  const float = peers.flatMap((peer) => BATCHES.map((batch) => peerOn(peer, images, batch, inputShape(name))));
  const expected = await float.find(({ work }) => work === IMAGES).run();
  const chips = [];
  for (const chip of CHIPS) {
    const { contender, outputs } = await emulated(name, chip, images);
    expectAgreement(outputs, expected, `${name} on ${chip}`);
    chips.push(contender);
  }
  return { contenders: [...chips, ...float], notes: hasNative ? [] : [NATIVE_MISSING] };
}

function inputShape(name) {
  return name === 'resnet20' ? [3, 32, 32] : [1, 28, 28];
}

function peerOn({ name, prepare: place }, images, batch, shape) {
  const input = images.slice(0, (images.length / IMAGES) * batch);
  return { name, variant: `batch ${batch}`, work: batch, run: place('float32', input, [batch, ...shape]), waits: true };
}

/** A network on a chip, in tasks of the size that the product uses, and its outputs of all images. */
async function emulated(name, chip, images) {
  const pool = EmulatorPool.create({ chip: await compiledNetwork(name, chip), workers: 0 });
  const size = images.length / IMAGES;
  const work = pool.taskSamples(size);
  const input = Float32Array.from({ length: work * size }, (_, i) => images[i % images.length]);
  const run = (values) => pool.run({ ...NOTHING, input: values, count: values.length / size, output: true });
  const { output } = await run(images);
  return { outputs: output, contender: { name: chip, variant: `tasks of ${work}`, work, run: () => run(input), waits: true } };
}

/** Compares the greatest of ten outputs, image by image. */
function expectAgreement(a, b, what) {
  const classes = a.length / IMAGES;
  const best = (values, n) => {
    const own = values.slice(n * classes, (n + 1) * classes);
    return own.indexOf(Math.max(...own));
  };
  const same = Array.from({ length: IMAGES }, (_, n) => best(a, n) === best(b, n)).filter(Boolean).length / IMAGES;
  if (same < SAME) throw new Error(`${what}: the same class as the float network on ${(100 * same).toFixed(0)} % of the images only`);
}
