import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { loadDataSet } from '../../src/data/card.js';
import { writeNpy } from '../../src/data/npy.js';
import { randomDataSet } from '../../src/data/random.js';
import { sizeOf } from '../../src/data/types.js';
import { TrestleError } from '../../src/diagnostics.js';

const cards = '../shared/data/cards';
const withCards = existsSync(cards) ? describe : describe.skip;
if (!existsSync(cards)) console.warn('no ../shared/data/cards: tests on real data are skipped');

const folder = mkdtempSync(join(tmpdir(), 'trestle-card-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function put(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function sample(set: ReturnType<typeof loadDataSet>, index: number): Float32Array {
  const into = new Float32Array(sizeOf(set.sampleShape) + 1).fill(99);
  set.read(index, into, 1);
  expect(into[0]).toBe(99);
  return into.subarray(1);
}

function problem(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof TrestleError) return error.message;
    throw error;
  }
  return 'no problem';
}

function idx(shape: number[], data: number[], type = 8): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length + data.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0, 0, type, shape.length]);
  shape.forEach((d, i) => view.setUint32(4 + 4 * i, d));
  bytes.set(data, 4 + 4 * shape.length);
  return bytes;
}

const grey = 'preprocess: {channels: gray, mean: [10], scale: [0.1]}\n';

describe('the identity of a card', () => {
  const identity = (name: string, card: string): string => loadDataSet(put(name, card)).identity!();
  const card = 'format: idx\nimages: i.idx\nlabels: l.idx\n';

  it('is of what the data are, not of where they lie or how the card is written', () => {
    put('i.idx', idx([2, 1, 2], [1, 2, 3, 4]));
    put('moved.idx', idx([2, 1, 2], [1, 2, 3, 4]));
    put('l.idx', idx([2], [0, 1]));
    const found = identity('i.yaml', `${card}${grey}`);
    expect(found).toMatch(/^[0-9a-f]{64}$/);
    expect(identity('j.yaml', `# a remark\n${grey}${card.replace('i.idx', 'moved.idx')}`)).toBe(found);
    put('other.idx', idx([2, 1, 2], [1, 2, 3, 5]));
    const others = [
      identity('i.yaml', `${card.replace('i.idx', 'other.idx')}${grey}`), identity('i.yaml', `${card}${grey.replace('[10]', '[11]')}`),
      identity('i.yaml', `${card.replace(/labels.*\n/, '')}${grey}`),
    ];
    put('l.idx', idx([2], [1, 1]));
    expect(new Set([...others, identity('i.yaml', `${card}${grey}`), found]).size).toBe(5);
  });
});

withCards('real cards', () => {
  it('give MNIST as numpy computes it', () => {
    const set = loadDataSet(`${cards}/mnist-test.yaml`);
    expect([set.count, set.sampleShape]).toEqual([8000, [1, 28, 28]]);
    expect([...(set.labels ?? []).slice(0, 5)]).toEqual([7, 2, 1, 0, 4]);
    const pixels = (index: number): number => sample(set, index).reduce((sum, v) => sum + Math.round(v * 255), 0);
    expect([pixels(0), pixels(7999)]).toEqual([18454, 43031]);
  });

  it('give CIFAR-10 bit for bit as numpy computes it in float32', () => {
    const set = loadDataSet(`${cards}/cifar10-resnet-test.yaml`);
    expect([set.count, set.sampleShape, set.labels?.[0]]).toEqual([817, [3, 32, 32], 3]);
    const hash = createHash('sha256').update(new Uint8Array(sample(set, 0).slice().buffer)).digest('hex');
    expect(hash).toBe('a14967308d9ed72bd5d671422b3a12755ec567fd7086da385a44a147521028be');
  });

  it('list the images of ImageNet', () => {
    const set = loadDataSet(`${cards}/imagenet-squeezenet-val227.yaml`);
    expect([set.count, set.sampleShape, set.labels?.[0], set.images?.of(0).file]).toEqual([1000, [3, 227, 227], 472, 'val227/ILSVRC2012_val_00000347.jpg']);
  });
});

describe('cards', () => {
  it('read idx, gzipped or not, with and without labels', () => {
    put('a.idx', idx([2, 1, 3], [10, 20, 30, 40, 50, 60]));
    put('a.idx.gz', gzipSync(idx([2, 1, 3], [10, 20, 30, 40, 50, 60])));
    put('l.idx', idx([2], [7, 3]));
    for (const file of ['a.idx', 'a.idx.gz']) {
      const set = loadDataSet(put('c.yaml', `format: idx\nimages: ${file}\nlabels: l.idx\n${grey}`));
      expect([...sample(set, 1)]).toEqual([30, 40, 50].map((v) => Math.fround(v * Math.fround(0.1))));
      expect([...(set.labels ?? [])]).toEqual([7, 3]);
    }
    expect(loadDataSet(put('c.yaml', `format: idx\nimages: a.idx\n${grey}`)).labels).toBeNull();
  });

  it('read cifar10 in the order of the channels', () => {
    const record = Uint8Array.from({ length: 3073 }, (_, i) => (i === 0 ? 9 : Math.floor((i - 1) / 1024) + 1));
    put('r.bin', record);
    const card = (channels: string): string => put('c.yaml', `format: cifar10\nimages: r.bin\n`
      + `preprocess: {channels: ${channels}, mean: [0, 0, 0], scale: [1, 10, 100]}\n`);
    const firsts = (x: Float32Array): number[] => [x[0], x[1024], x[2048]];
    expect(firsts(sample(loadDataSet(card('rgb')), 0))).toEqual([1, 20, 300]);
    expect(firsts(sample(loadDataSet(card('bgr')), 0))).toEqual([3, 20, 100]);
    expect(problem(() => loadDataSet(card('gray')))).toMatch(/T300.*channels.*T300.*mean.*T300.*scale/s);
  });

  it('read arrays', () => {
    put('x.npy.gz', gzipSync(writeNpy([3, 2, 2], Float64Array.from({ length: 12 }, (_, i) => i / 3))));
    put('y.npy', writeNpy([3], Uint8Array.of(4, 5, 6)));
    const set = loadDataSet(put('c.yaml', 'format: npy\nimages: x.npy.gz\nlabels: y.npy\n'));
    expect([set.count, set.sampleShape, [...(set.labels ?? [])]]).toEqual([3, [2, 2], [4, 5, 6]]);
    expect([...sample(set, 2)]).toEqual([8, 9, 10, 11].map((i) => Math.fround(i / 3)));
    put('n.npy', writeNpy([1, 1], Float32Array.of(Number.NaN)));
    const bad = loadDataSet(put('c.yaml', 'format: npy\nimages: n.npy\n'));
    expect(problem(() => sample(bad, 0))).toMatch(/T301 .*sample 0, element 0/);
  });

  it.each([
    ['an unknown key', `format: idx\nimages: a.idx\nlables: l.idx\n${grey}`, /T300 .*:3:1: lables: unknown key/],
    ['no preprocessing', 'format: idx\nimages: a.idx\n', /T300 .*preprocess/],
    ['geometry', 'format: idx\nimages: a.idx\npreprocess: {geometry: [{crop: [2, 2]}], channels: gray, mean: [0], scale: [1]}', /T300 .*not resized/],
    ['preprocessing of arrays', `format: npy\nimages: a.npy\n${grey}`, /T300 .*preprocess: unknown key/],
    ['an unknown format', `format: tfrecord\nimages: a\n`, /T300 .*format/],
    ['a missing file', `format: idx\nimages: none.idx\n${grey}`, /T100 .*none.idx/],
    ['the wrong number of labels', `format: idx\nimages: a.idx\nlabels: three.idx\n${grey}`, /T301 .*3 labels for 2 images/],
    ['labels for images', `format: idx\nimages: three.idx\n${grey}`, /T301 .*1 dimensions/],
    ['a file cut off', `format: idx\nimages: short.idx\n${grey}`, /T301 .*20 bytes .*22 bytes/],
    ['a header that promises too much', `format: idx\nimages: huge.idx\n${grey}`, /T301/],
    ['a bomb', `format: idx\nimages: bomb.gz\n${grey}`, /T301 .*more data than/],
    ['broken gzip', `format: idx\nimages: broken.gz\n${grey}`, /T301 .*gzip/],
    ['a folder', `format: idx\nimages: .\n${grey}`, /T100 .*folder/],
    ['no YAML', '[', /T300/],
  ])('are refused with %s', (_, text, expected) => {
    put('a.idx', idx([2, 1, 3], [1, 2, 3, 4, 5, 6]));
    put('three.idx', idx([3], [1, 2, 3]));
    put('short.idx', idx([2, 1, 3], [1, 2, 3, 4]));
    put('huge.idx', idx([0xffffffff, 0xffffffff, 0xffffffff], []));
    put('bomb.gz', gzipSync(Buffer.concat([idx([2, 1, 3], [1, 2, 3, 4, 5, 6]), Buffer.alloc(50_000_000)])));
    put('broken.gz', gzipSync(idx([2, 1, 3], [1, 2, 3, 4, 5, 6])).subarray(0, 25));
    expect(problem(() => loadDataSet(put('c.yaml', text)))).toMatch(expected);
  });
});

describe('random inputs', () => {
  it('are the same in any order, within the range', () => {
    const set = randomDataSet(5, [2, 3], -1, 2, 100);
    const later = sample(set, 70);
    const again = sample(randomDataSet(5, [2, 3], -1, 2, 100), 70);
    expect(later).toEqual(again);
    expect(sample(randomDataSet(6, [2, 3], -1, 2, 100), 70)).not.toEqual(later);
    const all = Array.from({ length: 100 }, (_, i) => [...sample(set, i)]).flat();
    expect(Math.min(...all)).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...all)).toBeLessThanOrEqual(2);
    expect(all.reduce((a, b) => a + b, 0) / all.length).toBeCloseTo(0.5, 0);
    expect(new Set(all).size).toBe(600);
  });

  it('refuse seeds and ranges that are none', () => {
    expect(problem(() => randomDataSet(-1, [1], 0, 1, 1))).toMatch(/T402/);
    expect(problem(() => randomDataSet(0, [1], 1, 0, 1))).toMatch(/T402/);
  });

  it('keep within float32 rounding of the range', () => {
    fc.assert(fc.property(fc.nat(2 ** 32 - 1), (seed) => {
      const [v] = sample(randomDataSet(seed, [1], 0, 1, 1), 0);
      expect(v).toBeGreaterThanOrEqual(0);
      expect(v).toBeLessThanOrEqual(1);
    }), { seed: 1, numRuns: 50 });
  });
});
