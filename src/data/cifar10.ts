/** CIFAR-10 records: one label byte, then the red, green and blue planes of 32 x 32 bytes. */
import { fail } from '../diagnostics.js';
import { DATA_LIMIT, readBytes } from './files.js';
import { pixelTable, writePlane } from './pixels.js';
import { checkRead, type DataSet } from './types.js';

const PLANE = 32 * 32;
const RECORD = 1 + 3 * PLANE;
const CLASSES = 10;

/** Images [3, 32, 32] with their labels; `order` gives the plane of each channel, such as [2, 1, 0] for blue, green, red. */
export function cifar10DataSet(place: string, images: string, order: readonly number[], mean: readonly number[], scale: readonly number[]): DataSet {
  const data = readBytes(images, DATA_LIMIT);
  if (data.length === 0 || data.length % RECORD !== 0) {
    fail('T301', images, `the file has ${data.length} bytes`, { limit: `a multiple of ${RECORD}`, remedy: 'Give a file of the binary version of CIFAR-10' });
  }
  const count = data.length / RECORD;
  const labels = Int32Array.from({ length: count }, (_, i) => data[i * RECORD]);
  const wrong = labels.findIndex((label) => label >= CLASSES);
  if (wrong >= 0) fail('T301', `${images}, record ${wrong}`, `the label is ${labels[wrong]}`, { limit: `0..${CLASSES - 1}` });
  const table = pixelTable(mean, scale);
  const set: DataSet = {
    place, count, sampleShape: [3, 32, 32], labels,
    read(index, into, offset) {
      checkRead(set, index, into, offset);
      order.forEach((plane, c) => {
        const from = index * RECORD + 1 + plane * PLANE;
        writePlane(data.subarray(from, from + PLANE), table, c, into, offset + c * PLANE);
      });
    },
  };
  return set;
}
