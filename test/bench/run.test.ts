/** The benchmark program on a small core, and what becomes of its results. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withResults } from '../../bench/report.mjs';
import { hasShared } from '../../scripts/measure/networks.mjs';

const program = fileURLToPath(new URL('../../bench/run.mjs', import.meta.url));
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trestle bench '));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function bench(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
}

interface Contender {
  readonly name: string;
  readonly seconds: number;
  readonly perSecond: number;
  readonly raw: number[];
  readonly ratios: Record<string, number>;
}
interface Part {
  readonly command: string;
  readonly date: string;
  readonly machine: Record<string, unknown>;
  readonly groups: { readonly title: string; readonly contenders: Contender[] }[];
}
interface Profile {
  readonly microseconds: number;
  readonly kinds: Record<string, number>;
  readonly steps: { readonly kernel: number; readonly gather: number }[];
}
interface Results {
  readonly format: string;
  readonly parts: Record<string, Part>;
}

describe('bench kernels --quick', () => {
  let results: Results;
  let stdout = '';

  beforeAll(() => {
    const file = join(folder, 'results.json');
    writeFileSync(file, JSON.stringify({ format: 'trestle-bench/1', parts: { scaling: { kept: true } } }));
    const run = bench('kernels', '--quick', '--processes', '2', '--size', '16', '--only', 'gain 7, table', '--json', file);
    expect(run.stderr).toContain('process 2 of 2');
    expect(run.status).toBe(0);
    stdout = run.stdout;
    results = JSON.parse(readFileSync(file, 'utf8')) as Results;
  });

  it('says when, where and how it was measured, and keeps the other parts of the file', () => {
    expect(Object.keys(results.parts)).toEqual(['scaling', 'kernels']);
    const { command, date, machine } = results.parts.kernels!;
    expect(command).toContain('kernels --quick --processes 2 --size 16');
    expect(new Date(date).toISOString()).toBe(date);
    const { cpu, node, cores, load } = machine;
    expect([typeof cpu, node, typeof cores, typeof load]).toEqual(['string', process.version, 'number', 'number']);
  });

  it('has every kernel of the tile, plain JavaScript and the peer, with a time of each process', () => {
    const { groups } = results.parts.kernels!;
    expect(groups.map(({ title }) => title)).toEqual(['composed, gain 7, table of 64']);
    const names = groups[0]!.contenders.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['composed/packed', 'composed/simd', 'composed/scalar', 'plain JavaScript', 'onnxruntime-web']));
    for (const { seconds, perSecond, raw, ratios } of groups[0]!.contenders) {
      expect(raw.length).toBe(2);
      expect(Object.keys(ratios)).toEqual(expect.arrayContaining(['onnxruntime-web', 'composed/scalar', 'plain JavaScript']));
      expect([seconds, ...raw, ...Object.values(ratios)].every((n) => Number.isFinite(n) && n > 0)).toBe(true);
      expect(seconds * perSecond).toBeCloseTo(1);
    }
  });

  it('prints tables that fit into 80 columns', () => {
    expect(stdout).toContain('composed/packed');
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('makes the tables of docs/performance.md, leaving other parts as they are', () => {
    const page = readFileSync(new URL('../../docs/performance.md', import.meta.url), 'utf8');
    const kernels = withResults(page, { parts: { kernels: results.parts.kernels } });
    expect(kernels).toContain('| composed, gain 7, table of 64 | composed/packed |');
    expect(kernels.slice(kernels.indexOf('## Networks'))).toBe(page.slice(page.indexOf('## Networks')));
    const part = results.parts.kernels;
    const all = withResults(page, { parts: { kernels: part, networks: part, scaling: part } });
    expect(all.match(/\| composed, gain 7, table of 64 \| composed\/packed \|/g)?.length).toBe(3);
  });
});

describe('bench choice --quick', () => {
  it('lets kernels for whole maps compete with those for rows', () => {
    const file = join(folder, 'choice.json');
    const run = bench('choice', '--quick', '--only', 'map 2,', '--json', file);
    expect(run.stdout).toContain('window, map 2, 64 to 64');
    const { groups } = (JSON.parse(readFileSync(file, 'utf8')) as Results).parts.choice!;
    expect(groups.map(({ contenders }) => contenders.map(({ name }) => name))).toEqual(
      ['window', 'ideal'].map((family) => expect.arrayContaining([`${family}/winograd`, `${family}/simd`]) as string[]),
    );
  }, 60_000);
});

describe('bench growth --quick', () => {
  it('measures a point of a series, with its multiplications, and makes the page\'s part of it', () => {
    const file = join(folder, 'growth.json');
    const run = bench('growth', '--quick', '--only', 'size 32', '--json', file);
    expect(run.status).toBe(0);
    expect(run.stdout).toContain('ms an image');
    const results = JSON.parse(readFileSync(file, 'utf8')) as Results;
    const [group] = results.parts.growth!.groups;
    // Stem of 7 x 7 on 16 x 16, eight layers of 3 x 3 on 8 x 8, classifier.
    const multiplications = 16 * 16 * 49 * 3 * 64 + 8 * 8 * 8 * 9 * 64 * 64 + 64 * 1000;
    expect(group).toMatchObject({ facts: { series: 'size', at: 32, multiplications }, contenders: [{ name: 'tianji' }, { name: 'onnxruntime-web' }] });
    const page = readFileSync(new URL('../../docs/performance.md', import.meta.url), 'utf8');
    expect(withResults(page, { parts: results.parts })).toMatch(/\| size \| ms an image .*\n.*\n\| 32 \|/);
  }, 120_000);
});

describe.skipIf(!hasShared)('bench profile --quick (needs ../shared)', () => {
  it('finds the parts of the engine, whose times add up to the whole', () => {
    const file = join(folder, 'profile.json');
    const run = bench('profile', '--quick', '--only', 'lenet5-maxpool on tianji', '--json', file);
    expect(run.status, run.stderr).toBe(0);
    const { groups } = (JSON.parse(readFileSync(file, 'utf8')) as { parts: { profile: { groups: Profile[] } } }).parts.profile;
    const [{ kinds, microseconds, steps }] = groups as [Profile];
    expect(kinds['tile kernel']).toBeGreaterThan(0);
    expect(kinds['gather for tiles']).toBeGreaterThan(0);
    expect(Object.values(kinds).reduce((a, b) => a + b)).toBeCloseTo(microseconds);
    expect(steps.some(({ gather, kernel }) => gather > 0 && kernel > 0)).toBe(true);
  }, 120_000);
});

describe('bench', () => {
  it.each([
    [['dance'], /unknown part dance/], [['--processes', '0'], /natural number/], [['--wrong'], /--wrong/],
  ])('refuses %j with status 2', (args, message) => {
    const { status, stderr } = bench(...args);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });
});
