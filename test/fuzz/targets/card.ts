/** Data cards: loaded; if accepted, samples are read. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Seed, Target, Trial } from '../target.js';
import { loadDataSet, packagePath } from '../../../src/index.js';
import { arrayFiles, readSome } from './array.js';
import { changeDocument } from './chip.js';

const OWN: Readonly<Record<string, string>> = {
  idx: 'format: idx\nimages: images.idx3\nlabels: labels.idx1\npreprocess: {channels: gray, mean: [0], scale: [0.00392156862745098]}\n',
  packed: 'format: idx\nimages: images.idx3.gz\nlabels: labels.idx1.gz\npreprocess:\n  channels: gray\n  mean: [1]\n  scale: [2]\n',
  cifar10: 'format: cifar10\nimages: records.bin\npreprocess:\n  channels: bgr\n  mean: [1, 2, 3]\n  scale: [1.5, 1, 0.5]\n',
  npy: 'format: npy\nimages: float.npy\nlabels: labels.npy\n',
  folder: 'format: image-folder\nroot: classes\npreprocess: {geometry: [{resize: [4, 4]}], channels: gray, mean: [0], scale: [1]}\n',
  list: 'format: image-list\nroot: .\nlabels: labels.csv\npreprocess:\n  geometry: [{resizeShort: 256}, {crop: [224, 224]}]\n  channels: rgb\n'
    + '  mean: [123.675, 116.28, 103.53]\n  scale: [0.017124754, 0.017507003, 0.017429194]\n',
};

/** A PNG of one pixel. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** Cards with their files named in full, so that they can lie anywhere. */
function cardsOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const texts = readdirSync(folder).filter((name) => name.endsWith('.yaml')).map((name) => readFileSync(join(folder, name), 'utf8'));
  return texts.map((text) => (
    text.replace(/^(images|labels|root): (\S+)/gm, (_, key: string, file: string) => `${key}: ${resolve(folder, file)}`)));
}

async function load(bytes: Uint8Array, trial: Trial, folder: string): Promise<void> {
  const path = join(folder, 'case.yaml');
  writeFileSync(path, bytes);
  const set = await trial.step('read', () => loadDataSet(path));
  if (set !== undefined) await readSome(set, trial);
}

export const cardTarget: Target = {
  name: 'card',
  async seeds(folder, real) {
    for (const [name, bytes] of Object.entries(arrayFiles())) writeFileSync(join(folder, name), bytes);
    mkdirSync(join(folder, 'classes', 'first'), { recursive: true });
    writeFileSync(join(folder, 'classes', 'first', 'pixel.png'), Buffer.from(PIXEL, 'base64'));
    writeFileSync(join(folder, 'labels.csv'), 'file,label\na.png,0\nb.png,1\n');
    const more = [...cardsOf(packagePath('examples/digits')), ...(real === undefined ? [] : cardsOf(join(real, 'cards')))];
    const texts = [...Object.entries(OWN), ...more.map((text, i) => [`card ${i}`, text] as const)];
    return texts.map(([name, text]): Seed => ({ name, bytes: new TextEncoder().encode(text), ending: '.yaml' }));
  },
  change: changeDocument,
  attempt: load,
};
