/** Artefacts and inputs from files. */
import type { Values } from '../api/values.js';
import { readArtefact, type Artefact } from '../cores/artefact.js';
import { readNpyFile } from '../data/arrays.js';
import { readBytes } from '../data/files.js';

/** Reads and checks an artefact. Throws T100, T401, T500. */
export function loadArtefact(path: string): Artefact {
  return readArtefact(readBytes(path), path);
}

/** Inputs of a model from a NumPy array of numbers, rounded to float32. Throws T100, T301. */
export function loadInput(path: string): Values {
  const { shape, data } = readNpyFile(path);
  return { place: path, shape, data: data instanceof Float32Array ? data : Float32Array.from(data) };
}
