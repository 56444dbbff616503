/** ImageNet networks that are measured: their float models, their images, and the integer forms that others made of them. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readModel } from '../dist/index.js';
import { readAll } from '../dist/data/read.js';
import { root } from '../scripts/files.mjs';
import { cardOf } from '../scripts/measure/networks.mjs';

const folder = join(root, '..', 'shared', 'data', 'imagenet', 'models');
const file = (name) => join(folder, `${name}.onnx`);

/** `card`: beginning of the names of its data cards. `quantised`: a file in QDQ form; the others are quantised here. */
export const imageNetworks = {
  'squeezenet-1.1': { path: () => file('squeezenet-1.1'), card: 'imagenet-squeezenet' },
  mobilenetv2: {
    path: () => file('mobilenetv2-1.0-224-float'), card: 'imagenet-mobilenet224', quantised: [file('mobilenetv2-1.0-224-qdq')],
  },
  /** Random weights, on the pixels that mobilenetv2 gets. */
  resnet18: {
    path: async () => {
      const { modelFile } = await import('./models/table.mjs');
      return modelFile('resnet18');
    },
    card: 'imagenet-mobilenet224',
  },
};

export const hasImages = existsSync(folder);

export async function imageModel(name) {
  return readModel(await imageNetworks[name].path());
}

/** Bytes of the files in integer form that came with the network. */
export function quantisedFiles(name) {
  return (imageNetworks[name].quantised ?? []).map((path) => readFileSync(path));
}

/** Images to calibrate with, of other files than those that are measured. */
export function calibrationCard(name) {
  return cardOf(`${imageNetworks[name].card}-one-per-class`);
}

export function measuredCard(name) {
  return cardOf(`${imageNetworks[name].card}-val227`);
}

/** The first `count` images of a card, one after the other, and the shape of one. */
export async function pixels(card, count) {
  const indices = Array.from({ length: count }, (_, i) => i);
  return { values: await readAll(card, indices), shape: card.sampleShape };
}
