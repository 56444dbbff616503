import type { ImagePlace, Preprocessing } from './images/types.js';

/** Samples to calibrate with or to measure on, ready for a network. */
export interface DataSet {
  /** Name in diagnostics. */
  readonly place: string;
  /** Number of samples. */
  readonly count: number;
  /** Shape of one sample: [channels, height, width] of images, the trailing shape of arrays. */
  readonly sampleShape: readonly number[];
  /** Class of every sample; `null` if unknown. */
  readonly labels: Int32Array | null;
  /**
   * Says, as a hash, which samples these are, in which order, with which labels and preprocessing, wherever the files lie: results that are kept in a
   * file belong to it. Takes as long as reading the files that the card names; images in files of their own are told by their names.
   */
  readonly identity?: () => string;
  /**
   * Writes sample `index`, preprocessed, as float32 in the order of `sampleShape` (last dimension fastest) from `into[offset]` on: at once where values
   * lie in memory, else when the promise is fulfilled. A sample that cannot be read throws, or rejects with, a `TrestleError`.
   */
  read(index: number, into: Float32Array, offset: number): void | Promise<void>;
  /** Where the samples lie as images, so that workers read them for themselves; absent where values are sent to workers. */
  readonly images?: ImageSamples;
}

/** The images of a data set: plain data that crosses threads. */
export interface ImageSamples {
  readonly preprocessing: Preprocessing;
  of(index: number): ImagePlace;
}

/** Number of values of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((n, d) => n * d, 1);
}

/** Programming errors, not data errors: a sample that is not there, a target that is too small. */
export function checkRead(set: DataSet, index: number, into: Float32Array, offset: number): void {
  const room = into.length - offset;
  if (!Number.isInteger(index) || index < 0 || index >= set.count) throw new RangeError(`sample ${index} of ${set.count} in ${set.place}`);
  if (offset < 0 || room < sizeOf(set.sampleShape)) throw new RangeError(`no room for a sample of ${set.place}`);
}
