/** IDX files (MNIST): two zero bytes, element type, number of dimensions, dimensions as 32-bit big-endian integers, elements. */
import { fail } from '../diagnostics.js';
import { pixelTable, writePlane } from './pixels.js';
import { checkRead, sizeOf, type DataSet } from './types.js';
import { readUnpacked } from './unpack.js';

const UNSIGNED_BYTE = 8;

interface Idx {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** Elements of an IDX file of bytes with `dimensions` dimensions, gzipped or not. T301 if it is anything else. */
export function readIdx(path: string, dimensions: number): Idx {
  const bytes = readUnpacked(path, (head, place) => 4 + 4 * dimensions + sizeOf(idxShape(head, dimensions, place)));
  return { shape: idxShape(bytes, dimensions, path), data: bytes.subarray(4 + 4 * dimensions) };
}

function idxShape(head: Uint8Array, dimensions: number, place: string): number[] {
  if (head.length < 4 || head[0] !== 0 || head[1] !== 0) fail('T301', place, 'not an IDX file', {
    limit: 'a file that begins with two zero bytes', remedy: 'Give an IDX file, or the right format in the data card',
  });
  if (head[2] !== UNSIGNED_BYTE) fail('T301', place, `IDX element type 0x${head[2].toString(16)}`, { limit: '0x8, unsigned bytes' });
  if (head[3] !== dimensions) fail('T301', place, `an IDX file of ${head[3]} dimensions`, { limit: `${dimensions} dimensions` });
  if (head.length < 4 + 4 * dimensions) fail('T301', place, 'the file ends in its header', {
    limit: `${4 + 4 * dimensions} bytes of header`,
  });
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const shape = Array.from({ length: dimensions }, (_, d) => view.getUint32(4 + 4 * d));
  if (!Number.isSafeInteger(sizeOf(shape))) fail('T301', place, `shape ${shape.join(' x ')}`, { limit: '2^53 bytes' });
  return shape;
}

/** Grey images [1, height, width] with their labels. */
export function idxDataSet(place: string, images: string, labels: string | null, mean: readonly number[], scale: readonly number[]): DataSet {
  const { shape: [count, height, width], data } = readIdx(images, 3);
  const classes = labels === null ? null : readIdx(labels, 1);
  if (classes !== null && classes.shape[0] !== count) {
    fail('T301', labels ?? place, `${classes.shape[0]} labels for ${count} images`, {
      limit: `${count}, one an image`, remedy: 'Give the labels that belong to the images',
    });
  }
  const table = pixelTable(mean, scale);
  const size = height * width;
  const set: DataSet = {
    place, count, sampleShape: [1, height, width],
    labels: classes === null ? null : Int32Array.from(classes.data),
    read(index, into, offset) {
      checkRead(set, index, into, offset);
      writePlane(data.subarray(index * size, (index + 1) * size), table, 0, into, offset);
    },
  };
  return set;
}
