/** Parts put together: the scores and the bytes of one run, or a refusal that names what is wrong. */
import fc from 'fast-check';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { mergeResults } from '../../src/index.js';
import { mergedText, mergeParts, partsOf } from '../../src/runs/merge.js';
import { parquetOf } from '../../src/runs/parquet.js';
import { plainResult, type Header } from '../../src/runs/records.js';
import { headerOf, resultsOf, scoresOf, scratch, write } from './setup.js';

const folder = scratch();
let files = 0;
const fresh = (): string => join(folder, `${files++}.jsonl`);
const results = resultsOf(100);

function shards(of: number, parts: Partial<Header> = {}, which = Array.from({ length: of }, (_, i) => i + 1)): string[] {
  return which.map((index) => write(fresh(), headerOf({ ...parts, shard: `${index}/${of}` }), results));
}

describe('parts', () => {
  it('have the scores and the bytes of one run, in any order, of any number', () => {
    const header = headerOf();
    const one = readFileSync(write(fresh(), header, results), 'utf8');
    fc.assert(fc.property(fc.integer({ min: 1, max: 130 }), fc.integer(), (of, seed) => {
      const paths = shards(of).sort((a, b) => ((a.length * 7919 + seed) % 101) - ((b.length * 104729 + seed) % 97));
      const parts = partsOf(paths);
      expect(mergeParts(parts)).toEqual(scoresOf(header, results));
      expect([...mergedText(parts)].join('')).toBe(one);
    }), { seed: 1, numRuns: 5 });
    const shuffled = [6, 2, 8, 1, 4, 7, 3, 5];
    expect(mergeParts(partsOf(shards(8, {}, shuffled)))).toEqual(scoresOf(header, results));
  });

  it('may be of divisions that join', () => {
    const paths = [...shards(2, {}, [1]), ...shards(4, {}, [4, 3])];
    expect(mergeParts(partsOf(paths))).toEqual(scoresOf(headerOf(), results));
  });

  it('keep their seed, and go without labels and without a float network', () => {
    for (const kind of [{ labelled: false, against: true }, { labelled: true, against: false }]) {
      const bare = resultsOf(100, kind);
      const header = headerOf({ seed: 3, labelled: kind.labelled, ...(kind.against ? {} : { against: null }) });
      expect(mergeParts(partsOf([write(fresh(), header, bare)]))).toEqual(scoresOf(header, bare));
    }
  });

  it('are put together by name from JavaScript, with warnings of their own', async () => {
    const guessing = { model: { file: 'other.onnx', sha256: 'e'.repeat(64) }, sha256: 'a'.repeat(64), chip: 'prime' };
    const output = fresh();
    const [a, b] = shards(2, { artefact: guessing });
    const { run, diagnostics, ...scores } = await mergeResults([b!, a!], output);
    expect(scores).toEqual(scoresOf(headerOf(), results));
    expect(run.shard).toBe('1/2');
    expect(diagnostics).toMatchObject([{ code: 'T501', place: 'net.onnx' }]);
    expect(mergeParts(partsOf([output]))).toEqual(scores);
  });
});

describe('parts are refused', () => {
  const refused = (paths: readonly string[]): string => {
    try {
      mergeParts(partsOf(paths));
    } catch (error) {
      return (error as Error).message.replaceAll(`${folder}/`, '');
    }
    return 'taken';
  };

  it('with every hole', () => {
    expect(refused(shards(5, {}, [2, 4])).split('\n').map((line) => line.split(' (')[0])).toEqual([
      'error T512 samples 0..19: they are in none of the files', 'error T512 samples 40..59: they are in none of the files',
      'error T512 samples 80..99: they are in none of the files',
    ]);
  });

  it('with every sample that stands twice', () => {
    const [a, b, c] = [...shards(2), ...shards(4, {}, [3])] as [string, string, string];
    const name = (path: string): string => path.slice(folder.length + 1);
    expect(refused([a, b, c])).toMatch(new RegExp(`^error T513 ${name(b)}: it holds samples 50\\.\\.74, and so does ${name(c)} [^\\n]*$`));
    expect(refused([a, a, b])).toMatch(new RegExp(`^error T513 ${name(a)}: it holds samples 0\\.\\.49, and so does ${name(a)} [^\\n]*$`));
    expect(refused([a, b, ...shards(1)])).toMatch(/^error T513 .*0\.\.49.*\nerror T513 .*50\.\.99/);
  });

  it('that end too early, all of them', () => {
    const short = write(fresh(), headerOf({ shard: '1/3' }), results, 5);
    const torn = shards(3, {}, [2])[0]!;
    truncateSync(torn, readFileSync(torn).length - 1);
    const said = refused([short, torn, ...shards(3, {}, [3])]);
    expect(said).toMatch(/^error T512 \d+\.jsonl: it ends after 5 of its 33 samples \(limit: samples 0\.\.32, shard 1\/3\)[^\n]*\nerror T512 .*32 of its 33/);
  });

  it.each<[string, Partial<Header>]>([
    ['artefact', { artefact: { sha256: 'd'.repeat(64), chip: 'prime', model: { file: 'net.onnx', sha256: 'b'.repeat(64) } } }],
    ['data', { data: { file: 'test.yaml', sha256: 'd'.repeat(64) } }], ['float network', { against: null }], ['number of samples', { samples: 99 }],
    ['seed', { seed: 1 }], ['version of trestle', { trestle: '9.9.9' }],
  ])('of another %s', (what, change) => {
    const [a, b] = [...shards(2, {}, [1]), ...shards(2, change, [2])];
    expect(refused([a!, b!])).toMatch(new RegExp(`^error T511 ${b!.slice(folder.length + 1)}: its results are of another ${what}: [^\\n]*$`));
  });

  it('that are damaged, with the others that are', () => {
    const [a, b] = shards(2) as [string, string];
    writeFileSync(a, readFileSync(a, 'utf8').replace('"sample":2', '"sample":x'));
    writeFileSync(b, readFileSync(b, 'utf8').replace('"sample":60', '"sample":61'));
    expect(refused([a, b])).toMatch(/^error T510 .*:4: .*\nerror T510 .*:12: /);
    const [none, empty] = [fresh(), fresh()];
    writeFileSync(none, 'hello\n');
    writeFileSync(empty, '');
    expect(refused([none, empty])).toMatch(/^error T510 .*header.*\nerror T510 .*: it is empty/);
  });
});

describe('the table', () => {
  it('has a row a sample, null where nothing is known, and says of what it is', async () => {
    const parts = partsOf(shards(3));
    const bytes = parquetOf(parts);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    const rows = await parquetReadObjects({ file });
    const keys = ['sample', 'file', 'label', 'chip', 'chipTop5', 'float', 'floatTop5', 'signal', 'error', 'failed'];
    const empty = Object.fromEntries(keys.map((key) => [key, null]));
    expect(rows).toEqual(results.map((result) => ({ ...empty, ...plainResult(result) })));
    expect(Object.keys(rows[0]!)).toEqual(keys);
    expect(Buffer.from(bytes).includes(JSON.stringify(parts[0]!.header))).toBe(true);
  });
});
