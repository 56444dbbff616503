/** Files and folders that commands write. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fail } from '../diagnostics.js';

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Refuses (T100) an output whose folder is not there, before any work is done for it. */
export function checkFolder(path: string): void {
  const folder = dirname(resolve(path));
  if (!isFolder(folder)) fail('T100', path, `there is no folder ${dirname(path)} to write it into`, { remedy: 'Make the folder first' });
  if (isFolder(path)) fail('T100', path, 'this is a folder', { remedy: 'Give the name of a file' });
}

/** Makes a folder unless it is there; its parent must be. */
export function makeFolder(path: string): void {
  if (isFolder(path)) return;
  try {
    mkdirSync(path);
  } catch (error) {
    const exists = statSync(path, { throwIfNoEntry: false }) !== undefined;
    const reason = exists ? 'there is a file of this name' : error instanceof Error ? error.message : String(error);
    fail('T100', path, `the folder cannot be made: ${reason}`, { remedy: 'Choose another name, or make its parent first' });
  }
}
