/** Index of a tar file: what lies where, without reading it (POSIX ustar and pax, and GNU's long names). */
import { fail } from '../../diagnostics.js';
import { withReader } from '../files.js';

export interface TarEntry {
  readonly name: string;
  /** First byte of the contents in the tar file, and how many. */
  readonly at: number;
  readonly length: number;
}

const BLOCK = 512;
/** Bytes of a header that only carries a long name or attributes. */
const MOST_EXTRA = 2 ** 16;

/** Regular files in their order; `read` gives bytes of the tar file. Refuses (T301) what is no tar file, or cut off. */
export function tarIndex<T>(path: string, use: (entries: readonly TarEntry[], read: (at: number, length: number) => Uint8Array) => T): T {
  return withReader(path, 'T100', (read, size) => use(entriesOf(path, read, size), read));
}

function entriesOf(path: string, read: (at: number, length: number) => Uint8Array, size: number): TarEntry[] {
  const entries: TarEntry[] = [];
  let more: Extra = {};
  for (let at = 0; at + BLOCK <= size;) {
    const header = read(at, BLOCK);
    // Two blocks of zeros end the file; one is enough for other readers too.
    if (header.every((b) => b === 0)) return entries;
    checkSum(header, `${path}, byte ${at}`);
    const kind = String.fromCharCode(header[156]);
    const length = more.size ?? numberOf(header.subarray(124, 136), `${path}, byte ${at}`);
    const start = at + BLOCK;
    if (start + length > size) fail('T301', path, `an entry of ${length} bytes at ${start} of ${size}`, { limit: 'a whole tar file' });
    if (kind === 'x' || kind === 'L') {
      if (length > MOST_EXTRA) fail('T301', `${path}, byte ${at}`, `a name of ${length} bytes`, { limit: `${MOST_EXTRA} bytes` });
      more = { ...more, ...(kind === 'x' ? paxOf(read(start, length)) : { path: text(read(start, length)) }) };
    } else {
      if (kind === '0' || kind === '\0' || kind === '7') entries.push({ name: more.path ?? nameOf(header), at: start, length });
      if (kind !== 'g' && kind !== 'K') more = {};
    }
    at = start + Math.ceil(length / BLOCK) * BLOCK;
  }
  return fail('T301', path, 'the file has no end mark', { limit: 'a whole tar file', remedy: 'Get the file anew: it seems cut off, or is no tar file' });
}

/** What comes before an entry and holds for it alone. */
interface Extra {
  readonly path?: string;
  readonly size?: number;
}

/** The sum of all bytes, those of the field itself taken as spaces. */
function checkSum(header: Uint8Array, place: string): void {
  const sum = header.reduce((total, b, i) => total + (i >= 148 && i < 156 ? 32 : b), 0);
  if (sum !== numberOf(header.subarray(148, 156), place)) fail('T301', place, 'no header of a tar file', { limit: 'a tar file, not compressed' });
}

/** Octal digits, or GNU's binary form for large files. */
function numberOf(field: Uint8Array, place: string): number {
  const value = field[0] === 0x80
    ? field.subarray(1).reduce((n, b) => n * 256 + b, 0)
    : Number(`0o${text(field).trim() || '0'}`);
  return Number.isSafeInteger(value) ? value : fail('T301', place, 'no header of a tar file', { limit: 'a tar file, not compressed' });
}

function nameOf(header: Uint8Array): string {
  const prefix = text(header.subarray(257, 262)) === 'ustar' ? text(header.subarray(345, 500)) : '';
  const name = text(header.subarray(0, 100));
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Records `LENGTH KEY=VALUE\n` of a pax header; the length counts the whole record in bytes. */
function paxOf(bytes: Uint8Array): Extra {
  const values = new Map<string, string>();
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(32, at);
    const length = space < 0 ? 0 : Number(text(bytes.subarray(at, space)));
    if (!Number.isSafeInteger(length) || length < 1) break;
    const [key, ...value] = text(bytes.subarray(space + 1, at + length - 1)).split('=');
    values.set(key, value.join('='));
    at += length;
  }
  const [path, size] = [values.get('path'), Number(values.get('size'))];
  return { ...(path === undefined ? {} : { path }), ...(values.has('size') && Number.isSafeInteger(size) && size >= 0 ? { size } : {}) };
}

/** Text up to the first zero. */
function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
