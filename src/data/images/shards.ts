/** WebDataset: tar files whose entries `KEY.jpg` and `KEY.cls` are a sample, side by side. */
import { basename, dirname } from 'node:path';
import { fail } from '../../diagnostics.js';
import { realFile } from '../files.js';
import type { DataSet } from '../types.js';
import { imageDataSet, type CardPreprocessing } from './set.js';
import { tarIndex } from './tar.js';
import type { ImagePlace } from './types.js';

/** Files that one pattern may name. */
const MOST_SHARDS = 100_000;
/** Bytes of a label. */
const MOST_CLASS = 64;

interface Sample {
  readonly key: string;
  image: ImagePlace | null;
  label: number | null;
}

/** Names of a pattern such as `train-{0000..0146}.tar` or `{a,b}.tar`. Refuses (T301) one that names too many. */
export function shardNames(pattern: string): string[] {
  const match = /^(.*?)\{(?:(\d+)\.\.(\d+)|([^{}]*,[^{}]*))\}(.*)$/s.exec(pattern);
  if (match === null) return [pattern];
  const [, before, from, to, list, after] = match;
  const count = list === undefined ? Number(to) - Number(from) + 1 : 0;
  if (count > MOST_SHARDS) fail('T301', pattern, `${count} files`, { limit: `${MOST_SHARDS} files` });
  const middles = list?.split(',') ?? Array.from({ length: Math.max(0, count) }, (_, i) => String(Number(from) + i).padStart(from.length, '0'));
  const rests = shardNames(after);
  const names = middles.length * rests.length;
  if (names > MOST_SHARDS) fail('T301', pattern, `${names} files`, { limit: `${MOST_SHARDS} files` });
  return middles.flatMap((middle) => rests.map((rest) => before + middle + rest));
}

/** Samples in the order of the shards and of their entries. Refuses (T301) samples without an image, and labels for some only. */
export function shardDataSet(place: string, shards: readonly string[], preprocessing: CardPreprocessing): DataSet {
  const samples = shards.flatMap(samplesOf);
  if (samples.length === 0) fail('T301', place, 'the shards hold no images', { limit: 'entries such as 000001.jpg, and 000001.cls with its class' });
  const labelled = samples.filter(({ label }) => label !== null).length;
  const without = samples.findIndex(({ label }) => label === null);
  if (labelled > 0 && without >= 0) {
    fail('T301', samples[without].image.name, 'the image has no label, and others have', { limit: 'a .cls entry for all images, or for none' });
  }
  const labels = labelled === 0 ? null : Int32Array.from(samples, ({ label }) => label ?? 0);
  return imageDataSet(place, samples.length, (index) => samples[index].image, labels, preprocessing);
}

function samplesOf(shard: string): { readonly image: ImagePlace; readonly label: number | null }[] {
  const path = realFile(shard);
  const [root, file, name] = [dirname(path), basename(path), basename(shard)];
  return tarIndex(path, (entries, read) => {
    const samples: Sample[] = [];
    for (const entry of entries) {
      const { key, ending } = partsOf(entry.name);
      const last = samples.at(-1);
      const sample: Sample = last?.key === key ? last : { key, image: null, label: null };
      if (sample !== last) samples.push(sample);
      if (/^(?:.*\.)?(?:jpe?g|png)$/.test(ending)) sample.image = { name: `${name}: ${entry.name}`, root, file, at: entry.at, length: entry.length };
      if (ending === 'cls') sample.label = classOf(read(entry.at, Math.min(entry.length, MOST_CLASS)), `${shard}: ${entry.name}`);
    }
    return samples.flatMap(({ image, label }) => {
      // Entries of other kinds, such as a list of contents, are no samples; a class without its image is.
      if (image === null && label !== null) fail('T301', shard, 'a label without an image', { limit: 'KEY.jpg beside KEY.cls' });
      return image === null ? [] : [{ image, label }];
    });
  });
}

/** The key is the path up to the first dot of the file name. */
function partsOf(name: string): { key: string; ending: string } {
  const dot = name.indexOf('.', name.lastIndexOf('/') + 1);
  return dot < 0 ? { key: name, ending: '' } : { key: name.slice(0, dot), ending: name.slice(dot + 1).toLowerCase() };
}

function classOf(bytes: Uint8Array, place: string): number {
  const text = new TextDecoder().decode(bytes).trim();
  const label = Number(text);
  if (/^\d{1,10}$/.test(text) && label < 2 ** 31) return label;
  return fail('T301', place, `the label is "${text}"`, { limit: `a class number, 0..${2 ** 31 - 1}` });
}
