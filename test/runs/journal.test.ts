/** Results in a file: what is written is read again, and what a killed process leaves is gone on with, wherever it stopped. */
import { appendFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SampleResult } from '../../src/evaluate/evaluate.js';
import { readHeader, readResults, ResultsFile } from '../../src/runs/journal.js';
import { headerLine, type Header } from '../../src/runs/records.js';
import { headerOf, resultsOf, scratch, write } from './setup.js';

const folder = scratch();
let files = 0;
const fresh = (): string => join(folder, `${files++}.jsonl`);

/** Goes on with a file until it has all results; gives those that it had. */
function resume(path: string, header: Header, results: readonly SampleResult[]): SampleResult[] {
  const file = ResultsFile.open(path, header);
  const known = [...file.known];
  expect(file.resumed).toBe(known.length);
  file.add(results.slice(known.length));
  file.close();
  return known;
}

describe('results', () => {
  it.each([
    [{ labelled: true, against: true }], [{ labelled: true, against: false }], [{ labelled: false, against: true }], [{ labelled: false, against: false }],
  ])('are read as they were written: %j', (kind) => {
    const results = resultsOf(100, kind);
    const header = headerOf({ labelled: kind.labelled, ...(kind.against ? {} : { against: null }) });
    const path = write(fresh(), header, results);
    expect(readHeader(path)).toEqual(header);
    expect([...readResults(path, header)].map(({ result }) => result)).toEqual(results);
  });

  it('keep numbers that are not finite as such', () => {
    const header = headerOf({ samples: 1 });
    const odd: SampleResult = { sample: 0, measured: { label: 0, chip: 1, chipTop5: true, golden: { class: 1, top5: false, signal: NaN, error: NaN } } };
    expect([...readResults(write(fresh(), header, [odd]), header)][0]!.result).toEqual(odd);
  });
});

describe('a file that a killed process has left', () => {
  const header = headerOf({ samples: 12 });
  const results = resultsOf(12);
  const whole = readFileSync(write(fresh(), header, results));

  it('is gone on with after any of its bytes, to the same bytes', () => {
    // Around the ends of lines all of them; elsewhere some.
    const near = (bytes: number): boolean => whole.subarray(Math.max(0, bytes - 2), bytes + 2).includes(10);
    for (const bytes of Array.from({ length: whole.length + 1 }, (_, n) => n).filter((n) => n % 23 === 0 || near(n))) {
      const path = fresh();
      writeFileSync(path, whole.subarray(0, bytes));
      const known = resume(path, header, results);
      const lines = whole.subarray(0, bytes).toString('latin1').split('\n').length - 1;
      expect(known).toEqual(results.slice(0, Math.max(0, lines - 1)));
      expect(readFileSync(path).equals(whole)).toBe(true);
    }
  });

  it('is gone on with after zeros that a disk has left', () => {
    const path = fresh();
    writeFileSync(path, Buffer.concat([whole.subarray(0, -30), Buffer.alloc(500)]));
    resume(path, header, results);
    expect(readFileSync(path).equals(whole)).toBe(true);
  });

  it('is of a shard, whose samples begin elsewhere', () => {
    const part = headerOf({ samples: 12, shard: '3/4' });
    const path = write(fresh(), part, results, 1);
    const file = ResultsFile.open(path, part);
    expect([...file.known]).toEqual(results.slice(6, 7));
    file.close();
  });
});

describe('a file is refused', () => {
  const header = headerOf({ samples: 20 });
  const results = resultsOf(20);
  const other = 'd'.repeat(64);
  const open = (path: string, wanted = header): void => {
    const file = ResultsFile.open(path, wanted);
    try {
      expect([...file.known].length).toBe(file.resumed);
    } finally {
      file.close();
    }
  };

  it.each<[string, Partial<Header>, RegExp]>([
    ['artefact', { artefact: { ...header.artefact, sha256: other } }, /T511 .*another artefact: a{64} \(limit: artefact d{64}\)/],
    ['data', { data: { ...header.data, sha256: other } }, /T511 .*another data: c{64}/],
    ['float network', { against: { file: 'net.onnx', sha256: other } }, /T511 .*another float network: b{64}/],
    ['float network, none', { against: null }, /T511 .*another float network: b{64} \(limit: float network none\)/],
    ['number of samples', { samples: 19 }, /T511 .*another number of samples: 20 \(limit: number of samples 19\)/],
    ['seed', { seed: 1 }, /T511 .*another seed: 0/],
    ['version', { trestle: '0.2.0' }, /T511 .*another version of trestle: 0\.1\.0/],
    ['shard', { shard: '1/2' }, /T511 .*another shard: 1\/1/],
  ])('for another %s, and left as it is', (_, change, message) => {
    const path = write(fresh(), header, results, 7);
    const before = readFileSync(path);
    expect(() => open(path, { ...header, ...change })).toThrow(message);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('not for other names of the same files', () => {
    const path = write(fresh(), header, results, 7);
    open(path, { ...header, data: { ...header.data, file: 'moved.yaml' }, against: { ...header.against!, file: 'moved.onnx' } });
  });

  it('with all that differs', () => {
    const path = write(fresh(), header, results, 7);
    expect(() => open(path, { ...header, samples: 19, seed: 3 })).toThrow(/number of samples[^]*\n[^]*seed/);
  });

  it.each<[string, (text: string) => string, RegExp]>([
    ['a line that is none', (text) => text.replace('"sample":3', '"sample":'), /T510 .*:5: the line is no result/],
    ['a sample that is left out', (text) => text.replace(/\{"sample":3.*\n/, ''), /T510 .*:5: the result of sample 4 \(limit: the result of sample 3\)/],
    ['a sample that stands twice', (text) => text.replace(/(\{"sample":3.*\n)/, '$1$1'), /T510 .*:6: the result of sample 3/],
    ['an unknown field', (text) => text.replace('"sample":3', '"colour":1,"sample":3'), /T510 .*:5: /],
    ['too many lines', (text) => `${text}{"sample":20,"chip":1}\n`, /T510 .*:22: there are more results than samples/],
    ['another format', (text) => text.replace('results/1', 'results/9'), /T510 .*header.*limit: format trestle-results\/1/],
    ['a shard that is none', (text) => text.replace('"1/1"', '"2/1"'), /T510 .*header/],
    ['no results at all', () => 'a,b\n1,2\n', /T510 .*header/],
    ['a text without line ends', () => 'remember the milk', /T510 .*ends in its header/],
  ])('for %s, and left as it is', (_, change, message) => {
    const path = write(fresh(), header, results);
    const text = change(readFileSync(path, 'utf8'));
    writeFileSync(path, text);
    expect(() => open(path)).toThrow(message);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('where another process writes to it', () => {
    const path = fresh();
    const file = ResultsFile.open(path, header);
    expect([...file.known]).toEqual([]);
    appendFileSync(path, 'x');
    expect(() => file.add(results)).toThrow(/T514/);
    file.close();
    truncateSync(path, headerLine(header).length);
    open(path);
  });

  it('where its folder is not there, and nothing is made', () => {
    expect(() => open(join(folder, 'none', 'x.jsonl'))).toThrow(/T100/);
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });
});
