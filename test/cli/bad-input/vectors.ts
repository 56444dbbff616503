/** Vector files. */
import { gzipSync } from 'node:zlib';
import type { BadCase } from './case.js';

const small = { name: 'small', arithmetic: 'ideal', windowShift: 1, lo: 0, hi: 63, bias: [1, 0], x: [[3, 4]], w: [[1, -2], [2, 1]],
  y: [[6, 0]] };

function json(...cases: object[]): string {
  return JSON.stringify({ format: 'core-op-vectors/1', cases });
}

function bad(name: string, file: string, text: string | Uint8Array | null, ...errors: string[]): BadCase {
  return { name: `vectors: ${name}`, args: ['conformance', file], files: { [file]: text }, errors };
}

/** Gzip whose last bytes, the checksum and the size, are others. */
function zipped(checksum: number, size: number): Uint8Array {
  const bytes = gzipSync(json(small));
  bytes[bytes.length - 8]! ^= checksum;
  bytes.writeUInt32LE(size === 0 ? bytes.readUInt32LE(bytes.length - 4) : size, bytes.length - 4);
  return bytes;
}

export const vectors: readonly BadCase[] = [
  { name: 'vectors: missing', args: ['conformance', 'none.json'], errors: ['T100 none.json: '] },
  bad('a folder', 'folder.json', null, 'T100 folder.json: this is a folder'),
  bad('empty', 'empty.json', '', 'T600 empty.json: not valid JSON'),
  bad('without its end', 'cut.json', json(small).slice(0, -3), 'T600 cut.json: not valid JSON'),
  bad('a list', 'list.json', '[]', 'T600 list.json: '),
  bad('another format', 'format.json', '{"format": "core-op-vectors/2", "cases": []}', 'T600 format.json: format: '),
  bad('no cases', 'none-at-all.json', json(), 'T600 none-at-all.json: there are no cases'),
  bad('an unknown arithmetic', 'arithmetic.json', json({ ...small, arithmetic: 'magic' }), 'T600 arithmetic.json: cases[0].arithmetic: '),
  bad('an unknown key', 'key.json', json({ ...small, colour: 'red' }), 'T600 key.json: cases[0].colour: unknown key'),
  bad('missing operands, all at once', 'operands.json', json({ ...small, w: undefined, y: undefined }),
    'T600 operands.json: cases[0].w: ', 'T600 operands.json: cases[0].y: '),
  bad('a fraction', 'fraction.json', json({ ...small, bias: [1, 0.5] }), 'T600 fraction.json: cases[0].bias: '),
  bad('rows of different lengths', 'ragged.json', json({ ...small, w: [[1, -2], [2]] }), 'T600 ragged.json: cases[0].w: '),
  bad('lists in lists', 'deep.json', json(small).replace('[[3,4]]', `${'['.repeat(100_000)}${']'.repeat(100_000)}`),
    'T600 deep.json: the JSON nests too deeply'),
  bad('sizes that do not go together', 'sizes.json', json({ ...small, bias: [1, 0, 2] }, { ...small, name: 'other', y: [[6]] }),
    'T600 sizes.json, small: length of bias is 3', 'T600 sizes.json, other: number of output columns is 1'),
  bad('two cases of one name', 'names.json', json(small, small), 'T600 names.json, small: two cases have this name'),
  bad('a value beyond the arithmetic', 'limit.json', json({ ...small, windowShift: 99 }), 'T401 small: shift is 99'),
  bad('gzip without its end', 'cut.json.gz', gzipSync(json(small)).subarray(0, 60), 'T600 cut.json.gz: gzip that states '),
  bad('gzip with another checksum', 'checksum.json.gz', zipped(1, 0), 'T600 checksum.json.gz: damaged gzip: the checksum'),
  bad('gzip that states 500 MB', 'bomb.json.gz', zipped(0, 500_000_000), 'T600 bomb.json.gz: gzip that states 500000000 bytes'),
];
