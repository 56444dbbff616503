/** A folder of traces: one NumPy array a signal. */
import { join } from 'node:path';
import { readNpyFile } from './arrays.js';
import { filesIn } from './files.js';
import type { NpyArray } from './npy.js';

/**
 * Arrays of a folder by name of their signal. `names`: of signals, by file name without `.npy`; other files get theirs, so that they can be refused.
 * Folders in it are left alone. Throws T100, T301.
 */
export function readTraces(folder: string, names: ReadonlyMap<string, string>): Map<string, NpyArray & { readonly place: string }> {
  const files = filesIn(folder).filter((file) => file.endsWith('.npy')).sort();
  return new Map(files.map((file) => {
    const stem = file.slice(0, -'.npy'.length);
    const place = join(folder, file);
    return [names.get(stem) ?? stem, { ...readNpyFile(place), place }];
  }));
}
