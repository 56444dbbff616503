/** Files of arrays and images: NumPy, IDX and CIFAR-10, plain and compressed. Small ones, made here, are what cards name too. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'fflate';
import { changeBytes, joined } from '../bytes.js';
import type { Draw } from '../draw.js';
import type { Seed, Target, Trial } from '../target.js';
import { npyDataSet, readNpyFile } from '../../../src/data/arrays.js';
import { cifar10DataSet } from '../../../src/data/cifar10.js';
import { idxDataSet, readIdx } from '../../../src/data/idx.js';
import { writeNpy, type NpyData } from '../../../src/data/npy.js';
import type { DataSet } from '../../../src/data/types.js';

/** Most values of one sample that are read. */
const SAMPLE = 2 ** 24;

function idx(...shape: number[]): Uint8Array {
  const sizes = new Uint8Array(4 * shape.length);
  shape.forEach((n, d) => new DataView(sizes.buffer).setUint32(4 * d, n));
  const data = Uint8Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (i * 37) % 10);
  return joined(Uint8Array.of(0, 0, 8, shape.length), sizes, data);
}

function npy(shape: readonly number[], data: NpyData): Uint8Array {
  return writeNpy(shape, data);
}

/** Small good files, by name. */
export function arrayFiles(): Readonly<Record<string, Uint8Array>> {
  const count = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
  const plain: Record<string, Uint8Array> = {
    'float.npy': npy([3, 1, 2, 4], Float32Array.from(count(24), (i) => i / 7)), 'double.npy': npy([6], Float64Array.from(count(6))),
    'labels.npy': npy([3], Int32Array.of(1, 0, 2)), 'bytes.npy': npy([2, 5], Uint8Array.from(count(10))), 'none.npy': npy([0, 4], new Float32Array(0)),
    'images.idx3': idx(3, 4, 5), 'labels.idx1': idx(3), 'records.bin': joined(...count(2).map((i) => new Uint8Array(3073).fill(i + 3))),
  };
  const packed = Object.fromEntries(['float.npy', 'images.idx3', 'labels.idx1'].map((name) => [`${name}.gz`, gzipSync(plain[name]!, { mtime: 0 })]));
  return { ...plain, ...packed };
}

/** Reads the first and the last sample. */
export async function readSome(set: DataSet, trial: Trial): Promise<void> {
  const size = set.sampleShape.reduce((a, b) => a * b, 1);
  if (set.count === 0 || size > SAMPLE) return;
  const into = new Float32Array(size);
  await trial.step('sampled', async () => {
    for (const index of [0, set.count - 1]) await set.read(index, into, 0);
  });
}

async function readArray(bytes: Uint8Array, trial: Trial, folder: string, ending: string): Promise<void> {
  const path = join(folder, `case${ending}`);
  writeFileSync(path, bytes);
  const mean = [0, 0, 0];
  const open = (): DataSet | null => {
    if (ending.includes('idx3')) return idxDataSet(path, path, null, [0], [1]);
    if (ending.includes('bin')) return cifar10DataSet(path, path, [0, 1, 2], mean, [1, 1, 1]);
    if (ending.includes('idx1')) readIdx(path, 1);
    else if (ending.includes('npy')) return npyDataSet(path, path, null);
    return null;
  };
  const set = await trial.step('read', open);
  if (set !== undefined && set !== null) await readSome(set, trial);
  if (ending.includes('npy')) await trial.step('read as an array', () => readNpyFile(path));
}

/** A compressed file is changed inside half the time, so that more than its checksum is met. */
export function changePacked(draw: Draw, seed: Seed, other: Seed, change: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  if (seed.bytes[0] !== 0x1f || seed.bytes[1] !== 0x8b) return change(seed.bytes);
  return draw.once(2) ? changeBytes(draw, seed.bytes, other.bytes) : gzipSync(change(gunzipSync(seed.bytes)), { mtime: 0 });
}

/** Headers are short beside the data; a third of the changes are made there. */
const HEADER = 96;

export const arrayTarget: Target = {
  name: 'array',
  async seeds(_, real) {
    const made = Object.entries(arrayFiles()).map(([name, bytes]): Seed => ({ name, bytes, ending: `.${name.split('.').slice(1).join('.')}` }));
    const outside = real === undefined ? [] : ['mnist/t10k-first8000-labels-idx1-ubyte.gz'].map((name) => join(real, name)).filter((path) => existsSync(path));
    return [...made, ...outside.map((path): Seed => ({ name: path.split('/').at(-1)!, bytes: readFileSync(path), ending: '.idx1.gz' }))];
  },
  change(draw: Draw, seed: Seed, other: Seed) {
    const once = (bytes: Uint8Array): Uint8Array => {
      const [head, data] = [bytes.subarray(0, HEADER), bytes.subarray(HEADER)];
      if (draw.once(3)) return joined(changeBytes(draw, head, other.bytes), data);
      // Data of the same length: what comes after the header's checks.
      if (draw.once(2)) return joined(head, changeBytes(draw, data, other.bytes), data).subarray(0, bytes.length);
      return changeBytes(draw, bytes, other.bytes);
    };
    let bytes = seed.bytes;
    for (let n = draw.of([1, 1, 2, 3]); n > 0; n--) {
      try {
        bytes = changePacked(draw, { ...seed, bytes }, other, once);
      } catch {
        bytes = once(bytes);
      }
    }
    return bytes;
  },
  attempt: readArray,
};
