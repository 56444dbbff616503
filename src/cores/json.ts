/** JSON that is the same for the same value, and strict reading of it. */
import { fail, type DiagnosticCode } from '../diagnostics.js';

/** Deeper nesting than any document of this project has; bounds the recursion of what walks the value. */
const NESTING_LIMIT = 64;

/**
 * Canonical JSON: keys sorted by code unit, no white space, numbers as ECMAScript writes them (the shortest that reads back the same), -0 as `-0`.
 * Absent and `undefined` fields are the same. Numbers that JSON cannot hold become `null` where `lossy`, else they are a RangeError.
 */
export function canonicalJson(value: unknown, lossy = false): string {
  return write(value, lossy, 0);
}

function write(value: unknown, lossy: boolean, depth: number): string {
  if (depth > NESTING_LIMIT) throw new RangeError('a value nests too deeply for JSON');
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : JSON.stringify(value);
    if (lossy) return 'null';
    throw new RangeError(`${value} has no JSON form`);
  }
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value);
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    return `[${Array.from(value as ArrayLike<unknown>, (v) => write(v, lossy, depth + 1)).join(',')}]`;
  }
  if (typeof value !== 'object') throw new TypeError(`a ${typeof value} has no JSON form`);
  const entries = Object.entries(value).filter(([, v]) => v !== undefined).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([key, v]) => `${JSON.stringify(key)}:${write(v, lossy, depth + 1)}`).join(',')}}`;
}

/** The value of a JSON text; refused with `code` if it is none, nests too deeply, or has a key twice in one object. */
export function parseJson(text: string, place: string, code: DiagnosticCode): unknown {
  checkKeys(text, place, code);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    return fail(code, place, `not valid JSON: ${error instanceof Error ? error.message : String(error)}`, { limit: 'valid JSON' });
  }
}

/** Walks over the text as far as strings, brackets and colons go: `JSON.parse` would take the last of equal keys in silence. */
function checkKeys(text: string, place: string, code: DiagnosticCode): void {
  const open: (Set<string> | null)[] = [];
  let last = '';
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '"') {
      const end = stringEnd(text, i);
      last = text.slice(i, end);
      i = end - 1;
    } else if (c === '{' || c === '[') {
      open.push(c === '{' ? new Set() : null);
      if (open.length > NESTING_LIMIT) fail(code, place, 'the JSON nests too deeply', { limit: `${NESTING_LIMIT} levels` });
    } else if (c === '}' || c === ']') {
      open.pop();
    } else if (c === ':') {
      checkKey(open.at(-1), last, place, code);
    }
  }
}

function checkKey(keys: Set<string> | null | undefined, token: string, place: string, code: DiagnosticCode): void {
  let key = token;
  try {
    key = JSON.parse(token) as string;
  } catch {
    fail(code, place, 'not valid JSON: a key is no string', { limit: 'valid JSON' });
  }
  if (keys?.has(key) === true || key === '__proto__') {
    fail(code, place, `the key ${token.slice(0, 100)} is there twice, or is not allowed`, { limit: 'each key once' });
  }
  keys?.add(key);
}

/** Index after the closing quote of the string that opens at `from`, or the end of the text. */
function stringEnd(text: string, from: number): number {
  for (let i = from + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') return i + 1;
  }
  return text.length;
}
