/** The commands of verification, end to end on the bundled example; and that forced kernels and batches change nothing. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readArtefact } from '../../src/cores/artefact.js';
import { loadDataSet } from '../../src/data/card.js';
import { readNpy, writeNpy } from '../../src/data/npy.js';
import { firstSamples } from '../flow/setup.js';
import { digits, json, scratch, trestle } from './trestle.js';

const folder = scratch();
const model = join(digits, 'digits.onnx');
const card = join(digits, 'test.yaml');
const calibration = join(digits, 'calibration.yaml');
const at = (name: string): string => join(folder, name);
const [prime, tianji, ideal, input] = ['prime.trestle', 'tianji.trestle', 'ideal.trestle', 'x.npy'].map(at) as [string, string, string, string];
const array = (path: string) => readNpy(readFileSync(path), path);
const compile = (chip: string, output: string, ...more: string[]): { sha256: string } => (
  json(['compile', model, '--chip', chip, '--calibrate', calibration, '--samples', '8', '-o', output, ...more]));


beforeAll(() => {
  compile('prime', prime);
  compile('tianji', tianji);
  compile('ideal', ideal);
  const data = loadDataSet(card);
  writeFileSync(input, writeNpy([3, ...data.sampleShape], firstSamples(data, 3)));
}, 60_000);

describe('trestle trace --accumulators', () => {
  it('writes the sums of every tile in their shape', () => {
    const document = json<{ accumulators: { name: string; file: string; axes: string[]; shape: number[] }[] }>(
      ['trace', prime, '--input', input, '-o', at('prime'), '--accumulators']);
    const { graph } = readArtefact(readFileSync(prime), prime);
    const tiles = graph.ops.flatMap((op) => (op.kind === 'core' ? [op] : []));
    expect(document.accumulators.map(({ name, shape }) => [name, shape])).toEqual(tiles.map((t) => [t.name, [3, ...t.positions, t.columns, 2, 2]]));
    expect(document.accumulators[0]).toMatchObject({ file: 'accumulators/conv1_c0.npy', axes: ['sample', 'y', 'x', 'column', 'cell', 'phase'] });
    expect(readdirSync(at('prime/accumulators')).length).toBe(tiles.length);
    const first = array(at('prime/accumulators/conv1_c0.npy'));
    expect([first.dtype, first.shape]).toEqual(['<i4', document.accumulators[0]!.shape]);
    expect(trestle(['trace', tianji, '--input', input, '-o', at('tianji'), '--accumulators']).stdout)
      .toMatch(/^written: 13 signals and the sums of 13 tiles of 3 samples to /);
    expect(array(at('tianji/accumulators/conv1_c0.npy')).shape.length).toBe(4);
  });

  it('is refused on chips of floats, before anything is written', () => {
    const { status, stderr } = trestle(['trace', ideal, '--input', input, '-o', at('ideal'), '--accumulators']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error T505 conv1/);
    expect(existsSync(at('ideal'))).toBe(false);
  });
});

describe('trestle conformance --export', () => {
  const exported = ['conformance', '--export', prime, '--input', input];

  it('writes vectors that every kernel reproduces', () => {
    const document = json<{ cases: number; tiles: { rows: number }[] }>([...exported, '-o', at('prime.json.gz')]);
    expect(document).toMatchObject({ output: at('prime.json.gz'), cases: 10, diagnostics: [] });
    expect(document.tiles.every(({ rows }) => rows >= 1 && rows <= 32)).toBe(true);
    expect(json(['conformance', at('prime.json.gz')])).toMatchObject({ cases: 10, mismatches: [] });
  });

  it('is the same file each time, packed or not, with other kernels', () => {
    expect(trestle([...exported, '-o', at('again.json.gz'), '--workers', '0', '--kernel', 'scalar', '--batch', '2']).status).toBe(0);
    expect(readFileSync(at('again.json.gz')).equals(readFileSync(at('prime.json.gz')))).toBe(true);
    const { stdout } = trestle([...exported, '-o', at('few.json'), '--rows', '2', '--only', 'conv1', 'dense3/c0']);
    expect(stdout).toContain('2 cases (2 composed) of 4 rows\n');
    const { cases } = JSON.parse(readFileSync(at('few.json'), 'utf8')) as { cases: { name: string }[] };
    expect(cases.map(({ name }) => name)).toEqual(['conv1/c0', 'dense3/c0']);
  });

  it('a check can be of one kernel', () => {
    const names = (...more: string[]): string[] => json<{ kernels: { kernel: string; cases: number }[] }>(['conformance', at('few.json'), ...more])
      .kernels.filter(({ cases }) => cases > 0).map(({ kernel }) => kernel);
    expect(names()).toEqual(['composed/packed', 'composed/reference', 'composed/scalar', 'composed/simd']);
    expect(names('--kernel', 'scalar')).toEqual(['composed/reference', 'composed/scalar']);
    expect(names('--kernel', 'composed/packed')).toEqual(['composed/packed', 'composed/reference']);
    expect(trestle(['conformance', at('few.json'), '--kernel', 'fast']).stderr).toMatch(/^error T503 /);
  });

  it('says what cannot be', () => {
    expect(trestle(['conformance', '--export', ideal, '--input', input, '-o', at('never.json')]).stderr).toMatch(/^error T505 /);
    expect(trestle([...exported, '-o', at('never.json'), '--only', 'conv7']).stderr).toMatch(/^error T601 conv7: no layer .*dense3/);
    expect(trestle([...exported, '-o', at('none/x.json')]).stderr).toMatch(/^error T100 /);
    expect(readdirSync(folder).filter((file) => file.startsWith('never'))).toEqual([]);
  });
});

describe('trestle verify', () => {
  interface Document {
    readonly ok: boolean;
    readonly samples: number;
    readonly codes: number;
    readonly first: object | null;
  }

  it('finds the engine right on every chip of integers', () => {
    expect(json<Document>(['verify', tianji, '--data', card, '--samples', '2'])).toMatchObject({ ok: true, source: 'engine', samples: 2, differing: 0 });
    const { status, stdout } = trestle(['verify', prime, '--input', input]);
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^engine: [\d,]+ codes of 9 signals on 3 samples: all as the reference has them\n$/)]);
    expect(trestle(['verify', ideal, '--input', input]).stderr).toMatch(/^error T505 ideal: /);
  });

  it('finds the codes of a trace right, and locates what is wrong in them, with status 1', () => {
    expect(json<Document>(['verify', prime, '--input', input, '--codes', at('prime')])).toMatchObject({ ok: true, source: at('prime'), samples: 3 });
    mkdirSync(at('rtl'));
    const { shape, data } = array(at('prime/pool1.npy'));
    const wrong = Int32Array.from(data);
    const [, , width, channels] = shape as [number, number, number, number];
    const element = (wrong.length / 3) * 1 + (4 * width + 5) * channels + 6;
    const expected = wrong[element]!;
    wrong[element] = 77;
    writeFileSync(at('rtl/pool1.npy'), writeNpy(shape, wrong));
    const { status, stdout } = trestle(['verify', prime, '--input', input, '--codes', at('rtl'), '--json']);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false, codes: wrong.length, differing: 1,
      first: { sample: 1, signal: 'pool1', op: 'pool1/max', kind: 'maximum', position: [4, 5], channel: 6, expected, found: 77 },
    });
    writeFileSync(at('rtl/pool9.npy'), writeNpy(shape, wrong));
    expect(trestle(['verify', prime, '--input', input, '--codes', at('rtl')]).stderr).toMatch(/^error T302 pool9: no signal/);
    expect(trestle(['verify', prime, '--input', input, '--codes', at('none')]).stderr).toMatch(/^error T100 /);
  });
});

describe('trestle diff', () => {
  it('finds an artefact the same as itself', () => {
    const stdout = `A  ${prime}\nB  ${prime}\n\nthe artefacts are the same\n`;
    expect(trestle(['diff', prime, prime, '--exit-code'])).toEqual({ status: 0, stdout, stderr: '' });
  });

  it('says what differs, in 80 columns, with the status that was asked for', () => {
    const other = at('seed.trestle');
    compile('prime', other, '--seed', '5');
    const document = json<{ same: boolean; options: object[]; chip: object[]; weights: object[] }>(['diff', prime, other]);
    expect(document).toMatchObject({ a: prime, b: other, same: false, chip: [], options: [{ path: 'seed', a: 0, b: 5 }] });
    expect(document.weights.length).toBeGreaterThan(0);
    expect(trestle(['diff', prime, other, '--exit-code']).status).toBe(1);
    const { status, stdout } = trestle(['diff', prime, tianji]);
    expect(status).toBe(0);
    expect(stdout.split('\n').slice(2).filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).toMatch(/^arithmetic\.kind +composed +window$/m);
  });
});

describe('a forced kernel and batch', () => {
  const way = ['--kernel', 'scalar', '--batch', '1', '--workers', '0'];
  const untimed = (document: object): object => ({ ...document, seconds: 0, samplesPerSecond: 0, macsPerSecond: 0, workers: 0, memoryBytes: 0 });

  it.each([way, ['--kernel', 'composed/simd', '--batch', '5', '--workers', '1']])('change no artefact: %s %s %s %s %s %s', (...forced) => {
    // Training takes most of a compilation, and its products are those of the search.
    const untrained = ['--without', 'rounding,shift,spacing'];
    expect(compile('prime', at('way.trestle'), ...untrained, ...forced).sha256).toBe(compile('prime', at('plain.trestle'), ...untrained).sha256);
  }, 180_000);

  it.each([
    ['evaluate', ['evaluate', prime, '--data', card, '--limit', '30', '--against', model]], ['verify', ['verify', prime, '--input', input, '--samples', '1']],
  ])('change nothing that %s finds', (_, args) => {
    expect(untimed(json<object>([...args, ...way]))).toEqual(untimed(json<object>(args)));
  });

  it('change no output of run', () => {
    json(['run', prime, '--input', input, '--output', at('y.npy')]);
    json(['run', prime, '--input', input, '--output', at('y2.npy'), ...way]);
    expect(readFileSync(at('y.npy')).equals(readFileSync(at('y2.npy')))).toBe(true);
  });

  it('change no file of trace', () => {
    json(['trace', prime, '--input', input, '-o', at('way'), '--accumulators', ...way]);
    for (const part of ['', 'accumulators']) {
      const files = readdirSync(at(join('way', part))).filter((file) => file.endsWith('.npy'));
      expect(files.length).toBeGreaterThan(7);
      for (const file of files) expect(readFileSync(at(join('way', part, file))).equals(readFileSync(at(join('prime', part, file))))).toBe(true);
    }
  });

  it('are options of every command that emulates', () => {
    for (const name of ['demo', 'compile', 'evaluate', 'run', 'trace', 'verify', 'conformance']) {
      const { stdout } = trestle([name, '--help']);
      expect([name, stdout.includes('--kernel <name>'), stdout.includes('--batch <n>')]).toEqual([name, true, true]);
    }
  });

  it('are refused where there is no such kernel', () => {
    for (const args of [['trace', prime, '--input', input, '-o', at('way')], ['verify', prime, '--input', input], ['evaluate', prime, '--data', card]]) {
      expect(trestle([...args, '--kernel', 'fast']).stderr).toMatch(/^error T503 kernel fast: /);
    }
  });
});
