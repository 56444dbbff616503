/** Reading samples of a data set for whoever computes with them; those that cannot be read are named, not counted. */
import { TrestleError, type Diagnostic } from '../diagnostics.js';
import { loadDecoder } from './images/decode.js';
import { readImage } from './images/read.js';
import type { ImagePlace, Preprocessing } from './images/types.js';
import { sizeOf, type DataSet } from './types.js';

/** Images that are decoded by whoever runs the task. */
export interface ImageInput {
  readonly images: readonly ImagePlace[];
  readonly preprocessing: Preprocessing;
}

/** A sample that could not be read. `position`: among those that were asked for. */
export interface Unread {
  readonly position: number;
  readonly diagnostics: readonly Required<Diagnostic>[];
}

/** Values of samples, one after the other without gaps. */
export interface ReadSamples {
  readonly values: Float32Array;
  /** Positions, among those asked for, of the samples that `values` holds. */
  readonly positions: readonly number[];
  readonly unread: readonly Unread[];
}

/** Images that are decoded at the same time where nobody else works: as many as Node has threads for it. */
const AT_ONCE = 4;

/** Reads the samples with these numbers, several at once. `pause` comes before each. */
export async function readSamples(data: DataSet, indices: readonly number[], pause?: () => Promise<void>): Promise<ReadSamples> {
  if (data.images !== undefined) await loadDecoder();
  return gather(indices.length, sizeOf(data.sampleShape), data.images === undefined ? 1 : AT_ONCE, async (i, values, offset) => {
    await pause?.();
    await data.read(indices[i], values, offset);
  });
}

/** The values of samples that must all be there: the first that cannot be read is refused. */
export async function readAll(data: DataSet, indices: readonly number[]): Promise<Float32Array> {
  const { values, unread } = await readSamples(data, indices);
  refuseUnread(unread);
  return values;
}

/** Throws the diagnostics of the first sample that could not be read. */
export function refuseUnread(unread: readonly Unread[]): void {
  if (unread.length > 0) throw new TrestleError(unread[0].diagnostics);
}

/** What a task takes of a range of samples: images by place, other samples by value. */
export interface TaskSamples {
  readonly input: Float32Array | ImageInput;
  /** Numbers of the samples that the task gets, in order. */
  readonly samples: readonly number[];
  /** Those that it does not get; `position`: in the range. */
  readonly unread: readonly Unread[];
}

export async function taskSamples(data: DataSet, first: number, count: number): Promise<TaskSamples> {
  const range = Array.from({ length: count }, (_, i) => first + i);
  const { images } = data;
  if (images !== undefined) {
    return { input: { images: range.map((i) => images.of(i)), preprocessing: images.preprocessing }, samples: range, unread: [] };
  }
  const { values, positions, unread } = await readSamples(data, range);
  return { input: values, samples: positions.map((i) => range[i]), unread };
}

/** A worker's images, one after the other: it has one core. The values lie in `into`, if they fit there. */
export async function readImages({ images, preprocessing }: ImageInput, into?: Float32Array): Promise<ReadSamples> {
  await loadDecoder();
  const [width, height] = preprocessing.size;
  const size = width * height * preprocessing.mean.length;
  return gather(images.length, size, 1, (i, values, offset) => readImage(images[i], preprocessing, values, offset), into);
}

async function gather(
  count: number, size: number, lanes: number, read: (index: number, values: Float32Array, offset: number) => Promise<void>,
  into?: Float32Array,
): Promise<ReadSamples> {
  const values = into !== undefined && into.length >= count * size ? into.subarray(0, count * size) : new Float32Array(count * size);
  const failed = new Map<number, Unread>();
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const mine = next++;
      try {
        await read(mine, values, mine * size);
      } catch (error) {
        if (!(error instanceof TrestleError)) throw error;
        failed.set(mine, { position: mine, diagnostics: error.diagnostics });
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const positions = Array.from({ length: count }, (_, i) => i).filter((i) => !failed.has(i));
  if (failed.size === 0) return { values, positions, unread: [] };
  positions.forEach((from, to) => values.copyWithin(to * size, from * size, (from + 1) * size));
  return { values: values.slice(0, positions.length * size), positions, unread: [...failed.values()].sort((a, b) => a.position - b.position) };
}
