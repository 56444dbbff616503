/** The networks of the shared data that the measurements take, compiled. Runs on dist/. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../files.mjs';
import { loadChip } from '../../dist/data/chips.js';
import { loadDataSet } from '../../dist/data/card.js';
import { readBytes } from '../../dist/data/files.js';
import { compile } from '../../dist/pipeline.js';
import { readOnnx } from '../../dist/read/onnx.js';

const shared = join(root, '..', 'shared', 'data');
const mnist = (name) => ({ model: `mnist/models/${name}.onnx`, calibration: 'mnist-train', test: 'mnist-test' });

export const networks = {
  'lenet5-maxpool': mnist('lenet5-maxpool'),
  'mlp-784-512-256-10': mnist('mlp-784-512-256-10'),
  'cnn-bn-gap': mnist('cnn-bn-gap'),
  resnet20: { model: 'cifar10/models/resnet20.onnx', calibration: 'cifar10-resnet-train', test: 'cifar10-resnet-test' },
};

/** Whether the shared data is there. */
export const hasShared = existsSync(shared);

/** Exits with a message where the shared data is absent. */
export function needShared() {
  if (hasShared) return;
  console.error('the shared data (../shared/data) is not here: nothing to measure');
  process.exit(2);
}

/** Where the ONNX file of a name is. */
export function modelPath(name) {
  return join(shared, networks[name].model);
}

/** The float network of a name. */
export function graphOf(name) {
  const path = modelPath(name);
  return readOnnx(readBytes(path), { file: path });
}

export const cardOf = (name) => loadDataSet(join(shared, 'cards', `${name}.yaml`));

/** Compiles a network for a chip on `samples` calibration samples, up to and with `until`. */
export function compiled(name, chip, options, until) {
  return compile(graphOf(name), loadChip(chip), cardOf(networks[name].calibration), options, until);
}

/** The test data of a name. */
export function testSet(name) {
  return cardOf(networks[name].test);
}

/** The first `count` test samples. */
export function testSamples(name, count) {
  const data = testSet(name);
  const size = data.sampleShape.reduce((a, b) => a * b, 1);
  const values = new Float32Array(count * size);
  // Sets in memory are read at once.
  for (let i = 0; i < count; i++) data.read(i, values, i * size);
  return values;
}

/** Value of `--name`, or `otherwise`. */
export function option(name, otherwise) {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1];
}
