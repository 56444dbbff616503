/**
 * All access of the library to files. Whatever goes wrong is a diagnostic T100 with a remedy; external data of models T106.
 */
import { createHash } from 'node:crypto';
import {
  closeSync, constants, fstatSync, fsyncSync, mkdirSync, openSync, readdirSync, readSync, realpathSync, renameSync, rmSync, statSync, writeSync,
} from 'node:fs';
import { basename, dirname, isAbsolute, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail, TrestleError, type DiagnosticCode } from '../diagnostics.js';

/** Limits, in bytes, of what is read whole. */
export const MODEL_LIMIT = 2 ** 31 - 1;
export const DATA_LIMIT = 2 ** 32;
export const TEXT_LIMIT = 2 ** 20;

/** One system call moves at most this much; some systems refuse more. */
const STRETCH = 2 ** 30;

/** The whole file. Refuses (T100) what is missing, no regular file, or longer than `limit` bytes, before allocating. */
export function readBytes(path: string, limit: number = MODEL_LIMIT): Uint8Array {
  return withFile(path, 'T100', (fd, size) => {
    if (size > limit) fail('T100', path, `the file has ${size} bytes`, { limit: `${limit} bytes`, remedy: 'Check that this is the file you mean' });
    return readAt(fd, path, 0, size, 'T100');
  });
}

/** The whole file as UTF-8 text, without a byte order mark. Errors as `readBytes`, and for bytes that are no text. */
export function readText(path: string, limit: number = TEXT_LIMIT): string {
  const bytes = readBytes(path, limit);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return fail('T100', path, 'the file is not UTF-8 text', { limit: 'text in UTF-8', remedy: 'Save it as UTF-8' });
  }
}

/** Names of the files of a folder, folders left out. Refuses (T100) what cannot be listed. */
export function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    return fail('T100', folder, `the folder cannot be read: ${reason(error)}`, {
      limit: 'a folder that can be read', remedy: 'Check the path and its permissions',
    });
  }
}

/** Names of the folders of a folder, links to folders included. Refuses (T100) what cannot be listed. */
export function foldersIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() || (entry.isSymbolicLink() && isFolder(join(folder, entry.name)))).map(({ name }) => name);
  } catch (error) {
    return fail('T100', folder, `the folder cannot be read: ${reason(error)}`, {
      limit: 'a folder that can be read', remedy: 'Check the path and its permissions',
    });
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Path of a file, links resolved. T100 if it is not there. */
export function realFile(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    return fail('T100', path, `the file cannot be read: ${reason(error)}`, {
      limit: 'a regular file that can be read', remedy: 'Check the path and its permissions',
    });
  }
}

/** Parts of a file: `use` gets a function that reads `count` bytes at `at`, and the file's size. */
export function withReader<T>(path: string, code: DiagnosticCode, use: (read: (at: number, count: number) => Uint8Array, size: number) => T): T {
  return withFile(path, code, (fd, size) => use((at, count) => readAt(fd, path, at, count, code), size));
}

let drafts = 0;

/** A name beside `path` that is not in use. */
function draftOf(path: string): string {
  return join(dirname(path), `.${basename(path).slice(0, 200)}.${process.pid}.${drafts++}.new`);
}

/** Refuses (T100) a path that takes no new file, by making one beside it for a moment: permissions alone do not tell. `place`: for the diagnostic. */
export function checkWritable(path: string, place = path): void {
  const draft = draftOf(path);
  try {
    // A name that is too long shows only here.
    statSync(path, { throwIfNoEntry: false });
    closeSync(openSync(draft, 'wx'));
    rmSync(draft);
  } catch (error) {
    refuseWriting(place, error);
  }
}

/**
 * Writes a file so that a reader finds the old one or the new one, never half of it. The folder must exist. `contents` may be pieces, which may be
 * made one by one.
 */
export function writeWhole(path: string, contents: Uint8Array | string | Iterable<string | Uint8Array>): void {
  const draft = draftOf(path);
  try {
    writeNew(draft, encoded(typeof contents === 'string' || contents instanceof Uint8Array ? [contents] : contents));
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    refuseWriting(path, error);
  }
}

/**
 * Writes files into a folder so that all of them are there or, if one cannot be written, none. The folder is made unless it is there; its
 * parent must exist. `files` may make them one by one; a name may lead into a folder of its own.
 */
export function writeFiles(folder: string, files: Iterable<readonly [name: string, bytes: Uint8Array]>): void {
  const there = statSync(folder, { throwIfNoEntry: false }) !== undefined;
  const draft = draftOf(there ? join(folder, 'files') : folder);
  const names: string[] = [];
  try {
    mkdirSync(draft);
    for (const [name, bytes] of files) {
      if (there && statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory()) throw new Error(`${name} is a folder`);
      mkdirSync(dirname(join(draft, name)), { recursive: true });
      writeNew(join(draft, name), [bytes]);
      names.push(name);
    }
    if (!there) return renameSync(draft, folder);
    for (const name of names) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      renameSync(join(draft, name), join(folder, name));
    }
    rmSync(draft, { recursive: true });
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    refuseWriting(folder, error);
  }
}

function* encoded(pieces: Iterable<string | Uint8Array>): Generator<Uint8Array> {
  for (const piece of pieces) yield typeof piece === 'string' ? new TextEncoder().encode(piece) : piece;
}

function writeNew(path: string, pieces: Iterable<Uint8Array>): void {
  const fd = openSync(path, 'wx');
  try {
    for (const data of pieces) {
      for (let at = 0; at < data.length;) at += writeSync(fd, data, at, Math.min(STRETCH, data.length - at));
    }
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Throws T100 for what went wrong while a file was written. */
export function refuseWriting(path: string, error: unknown): never {
  if (error instanceof TrestleError) throw error;
  fail('T100', path, `it cannot be written: ${reason(error)}`, { limit: 'a folder that takes new files', remedy: writeRemedy(error) });
}

/** SHA-256 in lower-case hexadecimal. */
export function sha256(bytes: Uint8Array): string {
  return sha256OfPieces([bytes]);
}

/** The same of pieces that stand for one file. */
export function sha256OfPieces(pieces: Iterable<Uint8Array>): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}

/** The same of a file, a stretch of it in memory at a time. Throws T100. */
export function sha256File(path: string): string {
  return withFile(path, 'T100', (fd, size) => {
    const hash = createHash('sha256');
    for (let at = 0; at < size;) {
      const bytes = readAt(fd, path, at, Math.min(HASH_STRETCH, size - at), 'T100');
      hash.update(bytes);
      at += bytes.length;
    }
    return hash.digest('hex');
  });
}

const HASH_STRETCH = 2 ** 24;

/** The compiled kernels, or those in relaxed SIMD. The modules lie in dist/, both for the sources and for what is built from them. */
export function kernelBytes(module: 'kernels' | 'relaxed' = 'kernels'): Uint8Array {
  const path = fileURLToPath(new URL(`../../dist/wasm/${module}.wasm`, import.meta.url));
  try {
    return readBytes(path, TEXT_LIMIT * 16);
  } catch (error) {
    if (!(error instanceof TrestleError)) throw error;
    return fail('T100', path, 'the kernels are not there', { limit: 'a package that is built', remedy: 'Run npm run build' });
  }
}

/**
 * Reader of a model's external data: `(location, offset, length)` to bytes. Files are taken from the model's folder only; absolute paths, `..`,
 * links that leave the folder, and ranges outside the file are refused (T106). Without a length the range ends where the file ends.
 */
export function externalReader(modelPath: string): (location: string, offset: number, length: number | undefined) => Uint8Array {
  const folder = dirname(modelPath);
  return (location, offset, length) => {
    const path = insideFolder(folder, location, EXTERNAL);
    return withFile(path, 'T106', (fd, size) => {
      const count = length ?? size - offset;
      if (!isCount(offset) || !isCount(count) || offset + count > size) {
        fail('T106', path, `external data of ${count} bytes at ${offset}`, {
          limit: `the file has ${size} bytes`, remedy: 'Get the file that belongs to the model',
        });
      }
      if (count > MODEL_LIMIT) fail('T106', path, `external data of ${count} bytes`, { limit: `${MODEL_LIMIT} bytes` });
      return readAt(fd, path, offset, count, 'T106');
    });
  };
}

function isCount(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0;
}

/** Whether a path is absolute or goes up: it may lie outside the folder that it should start from. */
export function leavesFolder(location: string): boolean {
  const rooted = isAbsolute(location) || /^[A-Za-z]:/.test(location) || location.startsWith('\\');
  return location === '' || location.includes('\0') || rooted || location.split(/[/\\]/).includes('..');
}

/**
 * A file of a folder, or `range` of it. Refuses (T303) what cannot be read, paths and links that leave the folder, more than `limit` bytes, and ranges
 * outside the file.
 */
export function readInside(folder: string, location: string, limit: number, range?: { readonly at: number; readonly length: number }): Uint8Array {
  return withFile(insideFolder(folder, location, IMAGES), 'T303', (fd, size) => {
    const { at, length } = range ?? { at: 0, length: size };
    if (at + length > size) fail('T303', location, `${length} bytes at ${at} of a file of ${size}`, { limit: 'a whole file', remedy: 'Get the file anew' });
    if (length > limit) fail('T303', location, `the file has ${length} bytes`, { limit: `${limit} bytes`, remedy: 'Check that this is an image' });
    return readAt(fd, location, at, length, 'T303');
  });
}

/** How a file is called that has to lie in a folder. */
interface Belonging {
  readonly code: DiagnosticCode;
  readonly what: string;
  readonly folder: string;
  readonly remedy: string;
}

const EXTERNAL: Belonging = { code: 'T106', what: 'external data', folder: "the model's folder", remedy: 'Put the file beside the model' };
const IMAGES: Belonging = { code: 'T303', what: 'the image', folder: 'the root of the data set', remedy: 'Put the file into the root, or name another root' };

/** Path of a location in a folder, links resolved. Refused if it is anywhere else. */
function insideFolder(folder: string, location: string, belonging: Belonging): string {
  if (leavesFolder(location)) refuseLocation(location, belonging);
  let root: string;
  let path: string;
  try {
    root = realpathSync(folder);
    path = realpathSync(join(folder, location));
  } catch (error) {
    return fail(belonging.code, join(folder, location), `${belonging.what} cannot be read: ${reason(error)}`, {
      limit: 'a file that can be read', remedy: belonging.remedy,
    });
  }
  return path.startsWith(root.endsWith(sep) ? root : root + sep) ? path : refuseLocation(location, belonging);
}

function refuseLocation(location: string, { code, what, folder, remedy }: Belonging): never {
  fail(code, JSON.stringify(location), `${what} outside ${folder}`, { limit: `a relative path in ${folder}`, remedy });
}

/** Opens a regular file, gives its descriptor and size to `use`, and closes it. */
function withFile<T>(path: string, code: DiagnosticCode, use: (fd: number, size: number) => T): T {
  const fd = opened(path, code);
  try {
    return use(fd, fstatSync(fd).size);
  } finally {
    closeSync(fd);
  }
}

/** Descriptor of a regular file, to read from. `code`: number of what refuses anything else. */
export function opened(path: string, code: DiagnosticCode): number {
  let fd: number;
  try {
    // O_NONBLOCK: opening a named pipe must not wait for a writer.
    fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    return refuseReading(path, error, code);
  }
  const stat = fstatSync(fd);
  if (stat.isFile()) return fd;
  closeSync(fd);
  return fail(code, path, stat.isDirectory() ? 'this is a folder' : 'this is no regular file', {
    limit: 'a regular file', remedy: 'Give the path of a file',
  });
}

export function refuseReading(path: string, error: unknown, code: DiagnosticCode = 'T100'): never {
  fail(code, path, `the file cannot be read: ${reason(error)}`, { limit: 'a regular file that can be read', remedy: 'Check the path and its permissions' });
}

function readAt(fd: number, path: string, offset: number, count: number, code: DiagnosticCode): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(count);
  } catch {
    return fail(code, path, `no memory for ${count} bytes`, {
      limit: 'the memory of the machine', remedy: 'Check that this is the file you mean',
    });
  }
  try {
    for (let at = 0; at < count;) {
      const got = readSync(fd, bytes, at, Math.min(STRETCH, count - at), offset + at);
      if (got === 0) throw new Error('it ends early');
      at += got;
    }
  } catch (error) {
    fail(code, path, `the file cannot be read: ${reason(error)}`, {
      limit: `${count} bytes`, remedy: 'Try again when nothing writes to it',
    });
  }
  return bytes;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'part of the path is no folder',
  ENOSPC: 'the disk is full',
  EROFS: 'the disk is read-only',
  ELOOP: 'too many links',
  ENAMETOOLONG: 'the name is too long',
};

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return (code === undefined ? undefined : REASONS[code]) ?? error.message;
}

function writeRemedy(error: unknown): string {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR' ? 'Make the folder first' : 'Choose another place, or free this one';
}
