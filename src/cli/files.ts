/** Files and folders that commands write: refused (T100) before any work is done for them. */
import { statSync, type Stats } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { checkWritable } from '../data/files.js';
import { fail } from '../diagnostics.js';

/** What is at a path; nothing where nothing is, or where the path leads through a file. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function isFolder(path: string): boolean {
  return statOf(path)?.isDirectory() === true;
}

/** Refuses an output whose folder is not there or takes no file, that is no regular file, or that is one of the `inputs` of the command. */
export function checkFolder(path: string, inputs: readonly string[] = []): void {
  const here = statOf(path);
  if (here?.isDirectory() === true) fail('T100', path, 'this is a folder', {
    limit: 'the name of a file', remedy: 'Give the name of a file',
  });
  if (here !== undefined && !here.isFile()) {
    fail('T100', path, 'this is no regular file', { limit: 'a new file, or a regular one', remedy: 'Give the name of a file' });
  }
  const same = inputs.find((input) => here !== undefined && isSame(here, statOf(input)));
  if (same !== undefined) fail('T100', path, `this is the input ${same}`, {
    limit: 'a file that the command does not read', remedy: 'Give another name',
  });
  checkParent(path);
  checkWritable(path);
}

function isSame(a: Stats, b: Stats | undefined): boolean {
  return b !== undefined && a.dev === b.dev && a.ino === b.ino;
}

/** The same for a folder of outputs, which may be there or not. */
export function checkOutputFolder(path: string): void {
  const here = statOf(path);
  if (here !== undefined && !here.isDirectory()) {
    fail('T100', path, 'this is a file, not a folder', { limit: 'a folder, or a new name', remedy: 'Choose another name' });
  }
  if (here === undefined) checkParent(path);
  checkWritable(here === undefined ? path : join(path, 'files'), path);
}

function checkParent(path: string): void {
  if (path !== '' && isFolder(dirname(resolve(path)))) return;
  fail('T100', path, `there is no folder ${dirname(path)} to write it into`, {
    limit: 'a folder that is there', remedy: 'Make the folder first',
  });
}
