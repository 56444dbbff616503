/** Data sets of image files. */
import { fail, TrestleError } from '../../diagnostics.js';
import { checkRead, type DataSet } from '../types.js';
import { sizeAfter } from './geometry.js';
import { readImageList } from './list.js';
import { channelCount, readHeader, readImage } from './read.js';
import type { ImagePlace, Preprocessing } from './types.js';

/** A preprocessing as a card states it: the size follows from its geometry, or else from the images. */
export type CardPreprocessing = Omit<Preprocessing, 'size'>;

/** Images that a CSV lists, with their labels; `root`: the folder that its paths start from. */
export function imageListDataSet(place: string, root: string, csv: string, preprocessing: CardPreprocessing): DataSet {
  const { files, labels } = readImageList(csv);
  return imageDataSet(place, files.length, (index) => ({ name: files[index], root, file: files[index] }), labels, preprocessing);
}

/** `of` names the images, 0..count - 1. Where the geometry leaves their size open, all must have that of the first one that can be read (T303). */
export function imageDataSet(
  place: string, count: number, of: (index: number) => ImagePlace, labels: Int32Array | null, { geometry, channels, mean, scale }: CardPreprocessing,
): DataSet {
  const size = sizeAfter(geometry, null) ?? sizeAfter(geometry, firstSize(place, count, of));
  if (size === null) throw new Error('a size is left open');
  const [width, height] = size;
  const preprocessing: Preprocessing = { geometry, channels, mean, scale, size };
  const set: DataSet = {
    place, count, labels, sampleShape: [channelCount(channels), height, width], images: { preprocessing, of },
    read(index, into, offset) {
      checkRead(set, index, into, offset);
      return readImage(of(index), preprocessing, into, offset);
    },
  };
  return set;
}

function firstSize(place: string, count: number, of: (index: number) => ImagePlace): readonly [number, number] {
  let first: TrestleError | null = null;
  for (let i = 0; i < count; i++) {
    try {
      const { width, height } = readHeader(of(i));
      return [width, height];
    } catch (error) {
      if (!(error instanceof TrestleError)) throw error;
      first ??= error;
    }
  }
  if (first !== null) throw first;
  return fail('T302', place, 'the data set is empty', { limit: 'at least one image' });
}
