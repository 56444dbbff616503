/** Data cards: small YAML files that say where a data set is and how to preprocess it (spec/cli.md, "Data card"). */
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { canonicalJson } from '../cores/json.js';
import { parseDocumentAs, type Parsed } from '../chip/document.js';
import { TrestleError } from '../diagnostics.js';
import { npyDataSet } from './arrays.js';
import { cifar10DataSet } from './cifar10.js';
import { readText, sha256, sha256File } from './files.js';
import { idxDataSet } from './idx.js';
import { imageFolderDataSet } from './images/folder.js';
import { imageListDataSet, type CardPreprocessing } from './images/set.js';
import { shardDataSet, shardNames } from './images/shards.js';
import type { ImagePlace } from './images/types.js';
import type { DataSet } from './types.js';

const path = z.string().min(1).max(4096);
const side = z.int().min(1).max(65536);
const geometry = z.array(z.union([
  z.strictObject({ resizeShort: side }),
  z.strictObject({ resize: z.tuple([side, side]) }),
  z.strictObject({ crop: z.tuple([side, side]) }),
])).max(8);

/** Pixels times a scale stay far within float32. */
const factor = z.number().min(-1e9).max(1e9);
const factors = z.array(factor).min(1).max(3);

const preprocess = z.strictObject({
  geometry: geometry.optional(),
  channels: z.enum(['rgb', 'bgr', 'gray']),
  mean: factors,
  scale: factors,
});

const cardSchema = z.discriminatedUnion('format', [
  z.strictObject({ format: z.literal('idx'), images: path, labels: path.optional(), preprocess }),
  z.strictObject({ format: z.literal('cifar10'), images: path, preprocess }),
  z.strictObject({ format: z.literal('image-list'), root: path, labels: path, preprocess }),
  z.strictObject({ format: z.literal('image-folder'), root: path, preprocess }),
  z.strictObject({ format: z.literal('webdataset'), shards: z.union([path, z.array(path).min(1)]), preprocess }),
  z.strictObject({ format: z.literal('npy'), images: path, labels: path.optional() }),
]);

type Card = z.output<typeof cardSchema>;

/** Planes of red, green, blue records in the order of the card's channels; `gray` has one. */
const ORDERS = { rgb: [0, 1, 2], bgr: [2, 1, 0], gray: [0] } as const;

const ANY = ['rgb', 'bgr', 'gray'];

/** Channels that the files of a format can give. */
const CHANNELS: Readonly<Record<Exclude<Card['format'], 'npy'>, readonly string[]>> = {
  'idx': ['gray'], 'cifar10': ['rgb', 'bgr'], 'image-list': ANY, 'image-folder': ANY, 'webdataset': ANY,
};

/** The data set of a card; paths in it start from the card's folder. Errors T100, T300 (the card), T301 (its files), T303 (no image says its size). */
export function loadDataSet(cardPath: string): DataSet {
  const parsed = parseDocumentAs(cardSchema, readText(cardPath), cardPath, 'T300');
  checkCard(parsed);
  const card = parsed.value;
  const file = (name: string): string => resolve(dirname(cardPath), name);
  const set = samplesOf(card, cardPath, file);
  return { ...set, identity: () => identityOf(card, set, file) };
}

/** Hash of what the samples are, wherever their files lie: contents of files, or names of images, in the place of paths. */
function identityOf(card: Card, { sampleShape, images, labels, count }: DataSet, file: (name: string) => string): string {
  const files = images === undefined && 'images' in card ? [card.images, ...('labels' in card && card.labels !== undefined ? [card.labels] : [])] : [];
  const what = {
    format: card.format, preprocess: 'preprocess' in card ? card.preprocess : null, sampleShape, files: files.map((name) => sha256File(file(name))),
    images: images === undefined ? null : Array.from({ length: count }, (_, i) => placeIn(images.of(i))), labels: images === undefined ? null : labels,
  };
  return sha256(new TextEncoder().encode(canonicalJson(what)));
}

/** An image without the folder that it lies in. */
function placeIn({ name, at = 0, length = 0 }: ImagePlace): readonly [string, number, number] {
  return [name, at, length];
}

function samplesOf(card: Card, cardPath: string, file: (name: string) => string): DataSet {
  const optional = (name: string | undefined): string | null => (name === undefined ? null : file(name));
  switch (card.format) {
    case 'idx':
      return idxDataSet(cardPath, file(card.images), optional(card.labels), card.preprocess.mean, card.preprocess.scale);
    case 'cifar10':
      return cifar10DataSet(cardPath, file(card.images), ORDERS[card.preprocess.channels], card.preprocess.mean, card.preprocess.scale);
    case 'npy':
      return npyDataSet(cardPath, file(card.images), optional(card.labels));
    case 'image-list':
      return imageListDataSet(cardPath, file(card.root), file(card.labels), ofImages(card.preprocess));
    case 'image-folder':
      return imageFolderDataSet(cardPath, file(card.root), ofImages(card.preprocess));
    case 'webdataset':
      return shardDataSet(cardPath, [card.shards].flat().flatMap(shardNames).map(file), ofImages(card.preprocess));
  }
}

function ofImages({ geometry: steps = [], ...rest }: z.output<typeof preprocess>): CardPreprocessing {
  return { ...rest, geometry: steps };
}

/** What the fields of a card mean together, and what of it is not supported. */
function checkCard({ value: card, problem }: Parsed<Card>): void {
  if (card.format === 'npy') return;
  const { channels, mean, scale, geometry: steps } = card.preprocess;
  const known = CHANNELS[card.format];
  const problems = [];
  if ((card.format === 'idx' || card.format === 'cifar10') && steps !== undefined && steps.length > 0) {
    problems.push(problem('T300', ['preprocess', 'geometry'], `images of format ${card.format} are not resized or cropped`, {
      limit: 'no geometry', remedy: 'Remove it and give images of the right size, or use format: image-list',
    }));
  }
  if (!known.includes(channels)) {
    problems.push(problem('T300', ['preprocess', 'channels'], `images of format ${card.format} are not ${channels}`, { limit: known.join(', ') }));
  }
  const count = ORDERS[channels].length;
  for (const [key, values] of [['mean', mean], ['scale', scale]] as const) {
    if (values.length === count) continue;
    problems.push(problem('T300', ['preprocess', key], `${values.length} values for ${count} channels`, { limit: `${count}, one a channel` }));
  }
  if (problems.length > 0) throw new TrestleError(problems);
}
