/** Class folders and WebDataset shards: order, labels, positions, and what is refused. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDataSet } from '../../../src/data/card.js';
import { shardNames } from '../../../src/data/images/shards.js';
import { readAll } from '../../../src/data/read.js';
import type { DataSet } from '../../../src/data/types.js';
import { picture, png } from './files.js';

const folder = mkdtempSync(join(tmpdir(), 'trestle-shards-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const PREPROCESS = 'preprocess: {channels: rgb, mean: [0, 0, 0], scale: [1, 1, 1]}\n';
const SHAPE = [3, 5, 6];

const images: Uint8Array[] = [];
beforeAll(async () => {
  for (let i = 0; i < 4; i++) images.push(await png(picture(6, 5, 3, i + 1), 6, 5, 3));
});

function put(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** A header of ustar, with the checksum of its bytes. */
function header(name: string, length: number, kind = '0', prefix = ''): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write(`${length.toString(8).padStart(11, '0')}\0`, 124);
  block.write(`        ${kind}`, 148);
  block.write('ustar\x0000', 257);
  block.write(prefix, 345);
  block.write(`${block.reduce((a, b) => a + b, 0).toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function entry(name: string, content: string | Uint8Array, kind?: string, prefix?: string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([header(name, bytes.length, kind, prefix), bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

const END = Buffer.alloc(1024);
const tar = (...entries: readonly Buffer[]): Buffer => Buffer.concat([...entries, END]);

function shards(files: Readonly<Record<string, Uint8Array>>, pattern: string): DataSet {
  for (const [name, bytes] of Object.entries(files)) put(name, bytes);
  return loadDataSet(put('card.yaml', `format: webdataset\nshards: ${pattern}\n${PREPROCESS}`));
}

/** Which of the images each sample is. */
async function found(set: DataSet): Promise<number[]> {
  const all = await Promise.all(images.map((bytes, i) => {
    put(`each/${i}.png`, bytes);
    put('each.csv', `file\neach/${i}.png\n`);
    return readAll(loadDataSet(put('each.yaml', `format: image-list\nroot: .\nlabels: each.csv\n${PREPROCESS}`)), [0]);
  }));
  const result: number[] = [];
  for (let i = 0; i < set.count; i++) {
    const values = await readAll(set, [i]);
    result.push(all.findIndex((other) => other.every((v, at) => v === values[at])));
  }
  return result;
}

describe('class folders', () => {
  it('are numbered in the order of their names, files that are no images passed over', async () => {
    put('tree/n02/b.PNG', images[2]!);
    put('tree/n02/a.png', images[1]!);
    put('tree/n01/z.jpeg.png', images[0]!);
    put('tree/n10/only.png', images[3]!);
    put('tree/n03/readme.txt', 'no image');
    put('tree/.hidden/x.png', images[0]!);
    put('tree/n01/.x.png', images[0]!);
    const set = loadDataSet(put('tree.yaml', `format: image-folder\nroot: tree\n${PREPROCESS}`));
    expect([[...(set.labels ?? [])], set.sampleShape]).toEqual([[0, 1, 1, 3], SHAPE]);
    expect(await found(set)).toEqual([0, 1, 2, 3]);
    expect(set.images?.of(2).name).toBe('n02/b.PNG');
  });

  it('are refused where there are none, or no images', () => {
    mkdirSync(join(folder, 'bare'));
    expect(() => loadDataSet(put('bare.yaml', `format: image-folder\nroot: bare\n${PREPROCESS}`))).toThrow(/T301 .*bare: 0 folders/);
    expect(() => loadDataSet(put('bare.yaml', `format: image-folder\nroot: lost\n${PREPROCESS}`))).toThrow(/T100 .*lost/);
  });
});

describe('shards', () => {
  it('give samples in order, with their labels', async () => {
    const set = shards({
      's-00.tar': tar(
        entry('dir/', '', '5'), entry('dir/a.cls', '7\n'), entry('dir/a.png', images[0]!), entry('dir/b.seg.png', images[1]!), entry('dir/b.cls', '0'),
      ),
      's-01.tar': tar(entry('a.json', '{}'), entry('a.png', images[2]!), entry('a.cls', '999')),
    }, 's-{00..01}.tar');
    expect([[...(set.labels ?? [])], set.sampleShape]).toEqual([[7, 0, 999], SHAPE]);
    expect(await found(set)).toEqual([0, 1, 2]);
    expect(set.images?.of(2).name).toBe('s-01.tar: a.png');
  });

  it('read long names: of ustar, of pax and of GNU', async () => {
    const long = `${'x'.repeat(120)}.png`;
    const record = (text: string): string => `${text.length + String(text.length + 3).length + 2} ${text}\n`;
    const set = shards({ 'long.tar': tar(
      entry('p.png', images[0]!, '0', 'folder/of'), entry('PaxHeaders/y', record(`path=${long}`), 'x'), entry('short.png', images[1]!),
      entry('././@LongLink', `y${long}\0`, 'L'), entry('short.png', images[2]!), entry('global', record('comment=abc'), 'g'), entry('q.png', images[3]!),
    ) }, 'long.tar');
    expect(set.labels).toBeNull();
    expect([0, 1, 2, 3].map((i) => set.images?.of(i).name)).toEqual([
      'long.tar: folder/of/p.png', `long.tar: ${long}`, `long.tar: y${long}`, 'long.tar: q.png']);
    expect(await found(set)).toEqual([0, 1, 2, 3]);
  });

  it('read what the tar of the system writes', async () => {
    put('made/k1.png', images[1]!);
    put('made/k1.cls', '3');
    execFileSync('tar', ['-cf', join(folder, 'made.tar'), '-C', join(folder, 'made'), 'k1.png', 'k1.cls']);
    const set = shards({}, '[made.tar]');
    expect([...(set.labels ?? [])]).toEqual([3]);
    expect(await found(set)).toEqual([1]);
  });

  it.each([
    ['a compressed file', () => ({ 'x.tar': Buffer.alloc(2048, 31) }), /T301 .*no header of a tar file/],
    ['an empty file', () => ({ 'x.tar': Buffer.alloc(0) }), /T301 .*no end mark/],
    ['no images', () => ({ 'x.tar': tar(entry('a.txt', 'x')) }), /T301 .*the shards hold no images/],
    ['a label without an image', () => ({ 'x.tar': tar(entry('a.png', images[0]!), entry('b.cls', '1')) }), /T301 .*a label without an image/],
    ['labels for some', () => ({ 'x.tar': tar(entry('a.png', images[0]!), entry('b.png', images[0]!), entry('b.cls', '1')) }),
      /T301 x\.tar: a\.png: the image has no label/],
    ['a label that is none', () => ({ 'x.tar': tar(entry('a.cls', 'cat'), entry('a.png', images[0]!)) }), /T301 .*a\.cls: the label is "cat"/],
    ['a shard cut off', () => ({ 'x.tar': tar(entry('a.png', images[0]!)).subarray(0, 600) }), /T301 .*an entry of \d+ bytes at 512 of 600/],
    ['a shard without its end', () => ({ 'x.tar': entry('a.png', images[0]!) }), /T301 .*no end mark/],
  ])('are refused: %s', (_, files, message) => {
    expect(() => shards(files(), 'x.tar')).toThrow(message);
  });

  it('are refused where one is missing', () => {
    expect(() => shards({}, 'none.tar')).toThrow(/T100 .*none\.tar/);
  });
});

describe('patterns', () => {
  it.each([
    ['a.tar', ['a.tar']], ['a-{8..10}.tar', ['a-8.tar', 'a-9.tar', 'a-10.tar']], ['{08..09}.tar', ['08.tar', '09.tar']],
    ['{a,b}/{0..1}.tar', ['a/0.tar', 'a/1.tar', 'b/0.tar', 'b/1.tar']], ['{3..2}.tar', []],
  ])('%s', (pattern, names) => expect(shardNames(pattern)).toEqual(names));

  it('are refused where they name too many', () => {
    expect(() => shardNames('{0..100000}.tar')).toThrow(/T301 .*100001 files/);
    expect(() => shardNames('{0..999}{0..999}.tar')).toThrow(/T301 .*1000000 files/);
  });
});
