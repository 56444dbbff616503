/**
 * The ten ImageNet networks of the shared data on the eight reference images, from JPEG: pixels beside those of PIL, logits beside those stored with the
 * networks. Then how many images a second one worker reads, decodes and preprocesses. Ends with status 1 if a bound is missed.
 *
 *     node scripts/measure/imagenet-reference.mjs [--workers N]
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../files.mjs';
import { loadDataSet } from '../../dist/data/card.js';
import { readNpyFile } from '../../dist/data/arrays.js';
import { readBytes } from '../../dist/data/files.js';
import { imagePixels } from '../../dist/data/images/read.js';
import { readImages, taskSamples } from '../../dist/data/read.js';
import { EmulatorPool } from '../../dist/emulate/pool.js';
import { NOTHING } from '../../dist/emulate/tasks.js';
import { readOnnx } from '../../dist/read/onnx.js';
import { needShared, option } from './networks.mjs';

const IMAGES = 8;
const CLASSES = 1000;
/** Images whose preprocessing is timed. */
const TIMED = 200;
const folder = join(root, '..', 'shared', 'data');

/** Network, its card, the reference pixels (none were stored for the network that resizes to 224), and the float form of a QDQ network. */
const NETWORKS = [
  ['mobilenetv1-0.25-128-float', 'mobilenet128', 128],
  ['mobilenetv1-0.25-128-qdq', 'mobilenet128', 128, 'mobilenetv1-0.25-128-float'],
  ['mobilenetv1-0.5-160-float', 'mobilenet160', 160],
  ['mobilenetv1-0.5-160-qdq', 'mobilenet160', 160, 'mobilenetv1-0.5-160-float'],
  ['mobilenetv1-0.75-192-qdq', 'mobilenet192', 192],
  ['mobilenetv2-1.0-224-float', 'mobilenet224', 224],
  ['mobilenetv2-1.0-224-qdq', 'mobilenet224', 224, 'mobilenetv2-1.0-224-float'],
  ['mobilenetv2-1.0-224-ptq-perchannel-qdq', 'mobilenet224resize', null, 'mobilenetv2-1.0-224-float'],
  // Its stored logits are closer to those of the cropped images than to those of the resized ones that its card asks for.
  ['mobilenetv2-1.0-224-ptq-perchannel-qdq', 'mobilenet224', 224, 'mobilenetv2-1.0-224-float'],
  ['squeezenet-1.0-deepcompressed', 'squeezenet', 227],
  ['squeezenet-1.1', 'squeezenet', 227],
];

const cardOf = (card) => loadDataSet(join(folder, 'cards', `imagenet-${card}-val227.yaml`));

async function logitsOf(name, card) {
  const file = join(folder, 'imagenet', 'models', `${name}.onnx`);
  const graph = readOnnx(readBytes(file), { file });
  const workers = Number(option('workers') ?? 1);
  const pool = EmulatorPool.create({ float: graph, workers });
  try {
    const { input, samples } = await taskSamples(cardOf(card), 0, IMAGES);
    const { values } = await pool.run({ ...NOTHING, input, count: samples.length, tensors: [graph.outputs[0]] });
    return values[0];
  } finally {
    await pool.close();
  }
}

async function equalImages(card, size) {
  const { images } = cardOf(card);
  const { data } = readNpyFile(join(folder, 'imagenet', 'reference', `val227-first8-${size}-rgb-u8.npy`));
  const each = size * size * 3;
  let equal = 0;
  for (let i = 0; i < IMAGES; i++) {
    const pixels = await imagePixels(images.of(i), images.preprocessing);
    if (Buffer.compare(pixels.data, data.subarray(i * each, (i + 1) * each)) === 0) equal++;
  }
  return equal;
}

const top = (logits) => Array.from({ length: IMAGES }, (_, n) => {
  const row = logits.subarray(n * CLASSES, (n + 1) * CLASSES);
  return row.indexOf(Math.max(...row));
});
const same = (a, b) => a.filter((v, i) => v === b[i]).length;

async function timed(card) {
  const { images } = cardOf(card);
  const input = (first, count) => ({ images: Array.from({ length: count }, (_, i) => images.of(first + i)), preprocessing: images.preprocessing });
  await readImages(input(0, 20));
  const [start, before] = [performance.now(), process.cpuUsage()];
  await readImages(input(20, TIMED));
  const { user, system } = process.cpuUsage(before);
  return { rate: (1000 * TIMED) / (performance.now() - start), cpu: (user + system) / 1000 / TIMED };
}

needShared();
if (!existsSync(join(folder, 'imagenet', 'reference'))) {
  console.error('there are no reference images in ../shared/data/imagenet');
  process.exit(2);
}
const ours = new Map();
let missed = 0;
console.log('| network, card | pixels as PIL | greatest difference of the largest logit | same top-1 | with the float form |');
console.log('| --- | --- | --- | --- | --- |');
for (const [name, card, size, twin] of NETWORKS) {
  const logits = await logitsOf(name, card);
  ours.set(name, top(logits));
  const reference = readNpyFile(join(folder, 'imagenet', 'reference', `${name}.logits.npy`)).data;
  const largest = reference.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  const difference = logits.reduce((m, v, i) => Math.max(m, Math.abs(v - reference[i])), 0) / largest;
  const agree = same(top(logits), top(reference));
  const pixels = size === null ? null : await equalImages(card, size);
  const quantised = name.endsWith('qdq');
  const good = (pixels ?? IMAGES) === IMAGES && (quantised ? agree >= 7 : agree === IMAGES && difference <= 1e-3);
  if (!good) missed++;
  const of8 = (count) => (count === null ? '-' : `${count} of ${IMAGES}`);
  const withTwin = twin === undefined ? null : same(ours.get(name), ours.get(twin));
  console.log(`| ${[`${name}${good ? '' : ' (missed)'}, ${card}`, of8(pixels), difference.toExponential(1), of8(agree), of8(withTwin)].join(' | ')} |`);
}
console.log('\nRead, decoded and preprocessed one after the other, as a worker does it:\n');
console.log('| card | images/s | ms of processor time an image |\n| --- | --- | --- |');
for (const card of ['squeezenet', 'mobilenet224', 'mobilenet128']) {
  const { rate, cpu } = await timed(card);
  console.log(`| ${card} | ${rate.toFixed(0)} | ${cpu.toFixed(2)} |`);
}
if (missed > 0) process.exitCode = 1;
