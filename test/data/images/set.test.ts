/** Lists of images: the CSV, the shape of a sample, and what of it is refused. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNpyFile } from '../../../src/data/arrays.js';
import { loadDataSet } from '../../../src/data/card.js';
import { imagePixels } from '../../../src/data/images/read.js';
import { readAll, readImages, readSamples, type ImageInput } from '../../../src/data/read.js';
import { picture, png } from './files.js';

const folder = mkdtempSync(join(tmpdir(), 'trestle-list-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function put(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const PLAIN = 'preprocess: {channels: rgb, mean: [0, 0, 0], scale: [1, 1, 1]}\n';

function card(csv: string, preprocess = PLAIN): string {
  put('l.csv', csv);
  return put('card.yaml', `format: image-list\nroot: .\nlabels: l.csv\n${preprocess}`);
}

beforeAll(async () => {
  for (const [name, w, h] of [['a', 6, 5], ['b', 6, 5], ['wide', 9, 5]] as const) put(`${name}.png`, await png(picture(w, h, 3, w), w, h, 3));
  put('comma,"name".png', await png(picture(6, 5, 3), 6, 5, 3));
  put('torn.png', (await png(picture(6, 5, 3), 6, 5, 3)).slice(0, 60));
});

describe('a list of images', () => {
  it('gives labels, and the shape of the first image that can be read', () => {
    const set = loadDataSet(card('file,label\r\nnone.png,7\r\na.png,3\r\n"comma,""name"".png",0\r\n'));
    expect([set.count, set.sampleShape, [...(set.labels ?? [])]]).toEqual([3, [3, 5, 6], [7, 3, 0]]);
    expect(set.images?.of(2).file).toBe('comma,"name".png');
  });

  it('has no labels where the header names none', () => {
    const set = loadDataSet(card('file\na.png\nb.png\n'));
    expect([set.count, set.labels]).toEqual([2, null]);
  });

  it('takes its shape from the geometry, without opening an image', () => {
    const set = loadDataSet(card('file\nnone.png\n', 'preprocess: {geometry: [{resizeShort: 8}, {crop: [4, 3]}], channels: gray, mean: [0], scale: [1]}\n'));
    expect(set.sampleShape).toEqual([1, 3, 4]);
  });

  it('names what cannot be read and leaves no gap for it', async () => {
    const set = loadDataSet(card('file\na.png\nwide.png\nnone.png\ntorn.png\nb.png\n'));
    const { values, positions, unread } = await readSamples(set, [0, 1, 2, 3, 4]);
    expect(positions).toEqual([0, 4]);
    expect([...values]).toEqual([...await readAll(set, [0]), ...await readAll(set, [4])]);
    expect(unread.map(({ position, diagnostics }) => `${position} ${diagnostics[0]!.code} ${diagnostics[0]!.message}`)).toEqual([
      '1 T303 the image has 9 x 5 pixels', expect.stringContaining('2 T303 the image cannot be read'),
      expect.stringContaining('3 T303 the image cannot be decoded'),
    ]);
    await expect(readAll(set, [0, 2])).rejects.toThrow(/T303/);
  });

  it('is read into memory that is there, as long as it holds the values', async () => {
    const set = loadDataSet(card('file\na.png\nwide.png\nb.png\n'));
    const { of, preprocessing } = set.images!;
    const input = (...wanted: number[]): ImageInput => ({ images: wanted.map((i) => of(i)), preprocessing });
    const memory = new Float32Array(200).fill(7);
    for (const wanted of [[2, 0], [0], [0, 1, 2]]) {
      const { values, unread } = await readImages(input(...wanted), memory);
      const read = wanted.filter((i) => i !== 1);
      expect([...values]).toEqual([...await readAll(set, read)]);
      expect(values.buffer === memory.buffer).toBe(wanted.length < 3);
      expect(unread.length).toBe(wanted.length - read.length);
    }
  });

  it('is refused where no image says its size', () => {
    expect(() => loadDataSet(card('file\nnone.png\n'))).toThrow(/T303 .*none\.png/);
  });

  it.each([
    ['another header', 'name,class\na.png,1\n', ['l.csv:1: the header line is "name,class"']],
    ['no rows', 'file,label\n', ['l.csv:1: the list is empty']],
    ['no text', '', ['l.csv:1: the header line is ""']],
    ['a label that is none', 'file,label\na.png,x\n', ['l.csv:2: the label is "x"']],
    ['labels out of range', 'file,label\na.png,-1\na.png,2147483648\na.png,1.5\na.png,\n', [
      'l.csv:2: the label is "-1"', 'l.csv:3: the label is "2147483648"', 'l.csv:4: the label is "1.5"', 'l.csv:5: the label is ""']],
    ['a row without a label', 'file,label\na.png,1\na.png\n', ['l.csv:3: the row is "a.png"']],
    ['a row with too much', 'file\na.png,1\n', ['l.csv:2: the row is "a.png,1"']],
    ['three columns', 'file,label\na.png,1,2\n', ['l.csv:2: the row is']],
    ['a quote without end', 'file,label\n"a.png,1\n', ['l.csv:2: the row is']],
    ['files outside the root', 'file\n../a.png\n/etc/passwd\nb/../../a.png\nC:\\a.png\n\\a.png\n', [
      'l.csv:2: the file is "../a.png"', 'l.csv:3: the file is', 'l.csv:4: the file is', 'l.csv:5: the file is', 'l.csv:6: the file is']],
  ])('is refused with %s', (_, csv, messages) => {
    let message = '';
    try {
      loadDataSet(card(csv));
    } catch (error) {
      message = String(error);
    }
    expect(message.split('\n')).toHaveLength(messages.length);
    for (const one of messages) expect(message).toContain(one);
    expect(message).toMatch(/T301/);
  });

  it('is refused with means for another number of channels', () => {
    expect(() => loadDataSet(card('file\na.png\n', 'preprocess: {channels: gray, mean: [0, 1], scale: [1]}\n'))).toThrow(/T300 .*preprocess.mean: 2 values/);
  });
});

const shared = '../shared/data';
const withImages = existsSync(`${shared}/imagenet/reference`) ? describe : describe.skip;
if (!existsSync(`${shared}/imagenet/reference`)) console.warn('no ../shared/data/imagenet: images are not compared with the pixels of PIL');

withImages('images of ImageNet', () => {
  it.each([['squeezenet', 227], ['mobilenet224', 224], ['mobilenet192', 192], ['mobilenet160', 160], ['mobilenet128', 128]])(
    'for %s have the pixels of PIL', async (name, size) => {
      const { images } = loadDataSet(`${shared}/cards/imagenet-${name}-val227.yaml`);
      const { data } = readNpyFile(`${shared}/imagenet/reference/val227-first8-${size}-rgb-u8.npy`);
      const each = size * size * 3;
      for (let i = 0; i < 8; i++) {
        const pixels = await imagePixels(images!.of(i), images!.preprocessing);
        expect(Buffer.compare(pixels.data, data.subarray(i * each, (i + 1) * each) as Uint8Array)).toBe(0);
      }
    });
});
