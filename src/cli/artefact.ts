/** Artefacts from files. */
import { readArtefact, type Artefact } from '../index.js';
import { readBytes } from '../data/files.js';

/** Reads and checks an artefact. Throws T100, T401, T500. */
export function loadArtefact(path: string): Artefact {
  return readArtefact(readBytes(path), path);
}
