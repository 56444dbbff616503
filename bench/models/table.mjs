/**
 * Networks whose trained weights are not at hand, with random ones: for compiling, memory and speed. They say nothing of accuracy.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashOf, root, writeWhole } from '../../scripts/files.mjs';
import { writeOnnx } from '../../dist/write/onnx.js';
import { mobilenetv3Small, shufflenet } from './mobile.mjs';
import { Network } from './network.mjs';
import { alexnet, googlenet, vgg16 } from './plain.mjs';
import { densenet121, resnet18, resnet50 } from './residual.mjs';

/** Size of the square input image, and what builds the network. */
export const MODELS = {
  resnet18: { size: 224, build: resnet18 },
  resnet50: { size: 224, build: resnet50 },
  alexnet: { size: 227, build: alexnet },
  vgg16: { size: 224, build: vgg16 },
  googlenet: { size: 224, build: googlenet },
  densenet121: { size: 224, build: densenet121 },
  shufflenet: { size: 224, build: shufflenet },
  'mobilenetv3-small': { size: 224, build: mobilenetv3Small },
};

/**
 * The network as a graph. `size`: of another image; the networks with a hidden layer behind the map change with it. `shape`: what the builder takes
 * besides, such as resnet18's `depths`.
 * @param {string} name
 * @param {{ seed?: number, size?: number, [shape: string]: unknown }} [options]
 */
export function modelGraph(name, { seed = 0, size = MODELS[name].size, ...shape } = {}) {
  const net = new Network(name, [3, size, size], seed);
  return net.graph(MODELS[name].build(net, shape));
}

const folder = join(root, 'out', 'models');

/** Path of a network's ONNX file, which is written if it is not there or was written by other builders. `options` as for `modelGraph`. */
export function modelFile(name, { seed = 0, ...options } = {}) {
  const special = Object.entries(options).map(([key, value]) => `-${key}-${value}`).join('');
  const path = join(folder, `${name}${special}-${seed}.onnx`);
  const stamp = `${path}.builders`;
  const hash = hashOf('bench/models');
  if (existsSync(path) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return path;
  writeWhole(path, writeOnnx(modelGraph(name, { seed, ...options })));
  writeWhole(stamp, hash);
  return path;
}
