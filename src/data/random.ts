/** Seeded random inputs, to calibrate networks without data. */
import { fail } from '../diagnostics.js';
import { checkSeed, randomUnit } from '../prng.js';
import { checkRead, sizeOf, type DataSet } from './types.js';

/**
 * `count` samples of `shape` (without the batch), even over lo..hi: value i of sample n is `lo + (hi - lo) * randomUnit(seed, n * size + i)`,
 * rounded to float32. Errors: T402.
 */
export function randomDataSet(seed: number, shape: readonly number[], lo: number, hi: number, count: number): DataSet {
  checkSeed(seed);
  if (!(Number.isFinite(lo) && Number.isFinite(hi) && lo <= hi)) {
    fail('T402', `random:${seed}`, `the range of inputs is ${lo}..${hi}`, { limit: 'finite and ascending' });
  }
  const size = sizeOf(shape);
  if (!Number.isSafeInteger(size * count)) fail('T402', `random:${seed}`, `${count} samples of ${size} values`, { limit: '2^53 values' });
  const set: DataSet = {
    place: `random:${seed}`, count, sampleShape: [...shape], labels: null,
    read(index, into, offset) {
      checkRead(set, index, into, offset);
      for (let i = 0; i < size; i++) into[offset + i] = lo + (hi - lo) * randomUnit(seed, index * size + i);
    },
  };
  return set;
}
