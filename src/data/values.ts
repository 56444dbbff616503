/** Samples whose values are at hand. */
import { checkRead, sizeOf, type DataSet } from './types.js';

/** `values`: [samples x one sample of `sampleShape`], finite numbers. */
export function valuesDataSet(place: string, sampleShape: readonly number[], values: Float32Array): DataSet {
  const size = sizeOf(sampleShape);
  const set: DataSet = {
    place, count: values.length / size, sampleShape, labels: null,
    read(index, into, offset) {
      checkRead(set, index, into, offset);
      into.set(values.subarray(index * size, (index + 1) * size), offset);
    },
  };
  return set;
}
