/** Files and folders that commands write. */
import { mkdirSync, statSync, type Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fail } from '../diagnostics.js';

function isFolder(path: string): boolean {
  return statOf(path)?.isDirectory() === true;
}

/** What is at a path; nothing where the path leads through a file. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
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
  const remedy = 'Choose another name, or make its parent first';
  if (statOf(path) !== undefined) fail('T100', path, 'this is a file, not a folder', { remedy });
  if (!isFolder(dirname(resolve(path)))) fail('T100', path, `there is no folder ${dirname(path)} to make it in`, { remedy });
  try {
    mkdirSync(path);
  } catch (error) {
    fail('T100', path, `the folder cannot be made: ${error instanceof Error ? error.message : String(error)}`, { remedy });
  }
}
