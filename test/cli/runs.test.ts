/** Long runs on the command line: killed, gone on with, in shards; what comes out is what one run gives. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parquetReadObjects } from 'hyparquet';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadDataSet } from '../../src/data/card.js';
import { writeNpy } from '../../src/data/npy.js';
import { readAll } from '../../src/data/read.js';
import { digits, json, scratch, trestle } from './trestle.js';

type Document = Readonly<Record<string, unknown>>;

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const folder = scratch();
const file = (name: string): string => join(folder, name);
const artefact = file('net.trestle');
const model = join(digits, 'digits.onnx');
const card = file('some.yaml');
const SAMPLES = 240;
/** Samples whose values are no numbers. */
const BAD = [0, 59, 60, 150, 239];
const what = ['evaluate', artefact, '--data', card, '--against', model];
let whole: Document;

/** A document without times, and without the name of the file. */
function untimed(document: Document): Document {
  const timed = ['seconds', 'samplesPerSecond', 'macsPerSecond', 'workers', 'memoryBytes', 'resumed', 'results'];
  return Object.fromEntries(Object.entries(document).filter(([key]) => !timed.includes(key)));
}

beforeAll(async () => {
  json(['compile', model, '--chip', 'prime', '--calibrate', join(digits, 'calibration.yaml'), '--samples', '20', '-o', artefact]);
  const data = loadDataSet(join(digits, 'test.yaml'));
  const values = await readAll(data, [...Array(SAMPLES).keys()]);
  for (const sample of BAD) values[sample * 784 + 5] = NaN;
  writeFileSync(file('some.npy'), writeNpy([SAMPLES, ...data.sampleShape], values));
  writeFileSync(file('labels.npy'), writeNpy([SAMPLES], (data.labels ?? new Int32Array()).slice(0, SAMPLES)));
  writeFileSync(card, 'format: npy\nimages: some.npy\nlabels: labels.npy\n');
  whole = json<Document>([...what, '--results', file('whole.jsonl')]);
});

describe('evaluate --results', () => {
  it('gives what it gives without, lists what cannot be read, and is not begun anew', () => {
    expect(untimed(whole)).toEqual(untimed(json<Document>(what)));
    expect(whole).toMatchObject({ samples: SAMPLES - BAD.length, resumed: 0, results: file('whole.jsonl') });
    expect((whole.failed as { sample: number }[]).map(({ sample }) => sample)).toEqual(BAD);
    const again = json<Document>([...what, '--results', file('whole.jsonl'), '--workers', '0', '--batch', '7']);
    expect(untimed(again)).toEqual(untimed(whole));
    expect(again).toMatchObject({ resumed: SAMPLES, samplesPerSecond: 0 });
  });

  it('says in its text how many samples were there', () => {
    const path = file('half.jsonl');
    const lines = readFileSync(file('whole.jsonl'), 'utf8').split('\n');
    writeFileSync(path, lines.slice(0, 101).join('\n'));
    const { stdout } = trestle([...what, '--results', path]);
    expect(stdout).toContain(`${SAMPLES - BAD.length} samples, 99 of them before in `);
    expect(readFileSync(path, 'utf8')).toBe(lines.join('\n'));
  });

  it('goes on after kill -9 at any moment', async () => {
    const path = file('killed.jsonl');
    const sizeOf = (): number => (existsSync(path) ? statSync(path).size : 0);
    const end = statSync(file('whole.jsonl')).size;
    for (let life = 1; life <= 4; life++) {
      const slow = ['--workers', '2', '--batch', '1', '--kernel', 'scalar', '-q'];
      const child = spawn(process.execPath, [main, ...what, '--results', path, ...slow], { stdio: 'ignore' });
      const ended = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
      const goal = (life * end) / 6;
      const watch = setInterval(() => (sizeOf() >= goal ? child.kill('SIGKILL') : undefined), 1);
      await ended;
      clearInterval(watch);
    }
    const last = json<Document>([...what, '--results', path]);
    expect(untimed(last)).toEqual(untimed(whole));
    expect(last.resumed).toBeGreaterThan(0);
    expect(readFileSync(path).equals(readFileSync(file('whole.jsonl')))).toBe(true);
  });

  it('refuses results of another run before it works', () => {
    const path = file('whole.jsonl');
    const before = readFileSync(path);
    const { status, stdout, stderr } = trestle([...what.slice(0, -2), '--limit', '10', '--results', path]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^error T511 .*another float network: .*\nerror T511 .*another number of samples: 240 \(limit: number of samples 10\)/);
    const moved = file('moved.yaml');
    writeFileSync(moved, 'format: npy\nimages: some.npy\n');
    expect(trestle(['evaluate', artefact, '--data', moved, '--against', model, '--results', path]).stderr).toMatch(/^error T511 .*another data/);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('makes a table of the lines beside it', async () => {
    const table = file('table.parquet');
    json([...what, '--results', table]);
    expect(readFileSync(file('table.jsonl')).equals(readFileSync(file('whole.jsonl')))).toBe(true);
    const bytes = readFileSync(table);
    const rows = await parquetReadObjects({ file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) });
    expect(rows.filter(({ failed }) => failed !== null).map(({ sample }) => sample as number)).toEqual(BAD);
    expect(rows).toHaveLength(SAMPLES);
    json(['merge', file('table.jsonl'), '-o', file('merged.parquet')]);
    expect(readFileSync(file('merged.parquet')).equals(bytes)).toBe(true);
  });

  it('never writes over what it reads', () => {
    expect(trestle([...what, '--results', card]).stderr).toMatch(/^error T100 .*this is the input/);
    expect(trestle(['merge', file('whole.jsonl'), '-o', file('whole.jsonl')]).stderr).toMatch(/^error T100 .*this is the input/);
  });
});

describe('shards', () => {
  it('merged in any order are one run, in scores and bytes', () => {
    const part = (i: number): string => file(`part-${i}.jsonl`);
    for (const i of [3, 1, 2]) {
      const document = json<Document>([...what, '--shard', `${i}/3`, '--results', part(i)]);
      expect(document).toMatchObject({ shard: `${i}/3`, samples: 80 - BAD.filter((sample) => Math.floor(sample / 80) === i - 1).length });
    }
    const merged = json<Document>(['merge', part(2), part(3), part(1), '-o', file('merged.jsonl')]);
    expect(untimed(merged)).toEqual(untimed(whole));
    expect(readFileSync(file('merged.jsonl')).equals(readFileSync(file('whole.jsonl')))).toBe(true);
    const { stdout } = trestle(['merge', part(1), part(2), part(3)]);
    expect(stdout).toMatch(/^float .*\nprime .*/m);
    expect(stdout).toContain('5 samples could not be read (not counted): 0 (');
    expect(stdout).toMatch(/\n235 samples, from 3 files\n$/);
  });

  it('may be evaluated without a file', () => {
    expect(json<Document>([...what, '--shard', '2/4'])).toMatchObject({ samples: 59, shard: '2/4' });
  });

  it('are refused by name where they are none', () => {
    const { status, stderr } = trestle([...what, '--shard', '4/3']);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error T002 --shard: the value is "4\/3" \(limit: i\/n/);
  });
});
