/** Data sets of NumPy arrays: values as they are, one sample along the first dimension. */
import { fail } from '../diagnostics.js';
import { npyLayout, readNpy, type NpyArray } from './npy.js';
import { checkRead, sizeOf, type DataSet } from './types.js';
import { readUnpacked } from './unpack.js';

/** The array of a file, gzipped or not. T301 if it is malformed. */
export function readNpyFile(path: string): NpyArray {
  return readNpy(readUnpacked(path, (head, place) => npyLayout(head, place).fileBytes), path);
}

/** Samples of the shape that follows the first dimension; values are rounded to float32. T301 for values that are not finite. */
export function npyDataSet(place: string, images: string, labels: string | null): DataSet {
  const { shape, data } = readNpyFile(images);
  if (shape.length < 1) fail('T301', images, 'an array without dimensions', { limit: 'at least one, the samples' });
  const [count, ...sampleShape] = shape;
  const size = sizeOf(sampleShape);
  const set: DataSet = {
    place, count, sampleShape,
    labels: labels === null ? null : readLabels(labels, count),
    read(index, into, offset) {
      checkRead(set, index, into, offset);
      for (let i = 0; i < size; i++) {
        const value = Math.fround(data[index * size + i]);
        if (!Number.isFinite(value)) fail('T301', `${images}, sample ${index}, element ${i}`, `the value is ${value}`, { limit: 'finite numbers' });
        into[offset + i] = value;
      }
    },
  };
  return set;
}

function readLabels(path: string, count: number): Int32Array {
  const { shape, data } = readNpyFile(path);
  if (data.length !== count || shape[0] !== count) {
    fail('T301', path, `labels of shape (${shape.join(', ')}) for ${count} samples`, { limit: `(${count},)` });
  }
  return Int32Array.from(data, (label, i) => {
    if (Number.isInteger(label) && label >= 0 && label < 2 ** 31) return label;
    return fail('T301', `${path}, element ${i}`, `the label is ${label}`, { limit: 'class numbers from 0' });
  });
}
