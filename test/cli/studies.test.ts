/** explain, ablate, sweep and the steps of compile, as a user calls them. */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readArtefact } from '../../src/cores/artefact.js';
import type { Explanation } from '../../src/evaluate/explain.js';
import type { Ablation } from '../../src/evaluate/study.js';
import { DEFAULT_STEPS } from '../../src/tune/steps.js';
import { digits, json, scratch, trestle } from './trestle.js';

const folder = scratch();
const [model, calibration, test] = ['digits.onnx', 'calibration.yaml', 'test.yaml'].map((file) => join(digits, file)) as [string, string, string];
const few = ['--calibrate', calibration, '--samples', '4', '--workers', '0'];
const chip = join(digits, '../chips/small-ideal.yaml');
const compile = (name: string, ...more: string[]): string => {
  const file = join(folder, name);
  expect(trestle(['compile', model, '--chip', 'tianji', ...few, '-o', file, '--quiet', ...more]).status).toBe(0);
  return file;
};
const stepsIn = (file: string): unknown => readArtefact(readFileSync(file), file).provenance.options.steps;

describe('steps of tuning', () => {
  it('are switched by name, recorded, and told apart by diff', () => {
    const [all, none, one] = [compile('all.trestle', '--without', 'rounding'), compile('none.trestle', '--without', 'all'),
      compile('one.trestle', '--without', 'all', '--with', 'half')];
    expect([all, none, one].map(stepsIn)).toEqual([DEFAULT_STEPS.filter((s) => s !== 'rounding').join(','), 'none', 'half']);
    expect(trestle(['diff', none, one]).stdout).toMatch(/options\.steps +none +half/);
  });

  it('are refused by name, with those that there are', () => {
    const { status, stderr } = trestle(['compile', model, '--chip', 'tianji', ...few, '--without', 'magic']);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error T002 --without: .*magic.*half, range, gain, bias, /);
  });
});

describe('trestle explain', () => {
  it('ranks the layers, and finds the model beside the artefact', () => {
    const artefact = compile('digits.trestle', '--without', 'rounding');
    const missing = trestle(['explain', artefact, '--data', test, '--limit', '20']);
    expect(missing).toMatchObject({ status: 1, stdout: '' });
    expect(missing.stderr).toMatch(/^error T501 .*digits\.onnx is neither beside it/);
    copyFileSync(model, join(folder, 'digits.onnx'));
    const e = json<Explanation>(['explain', artefact, '--data', test, '--limit', '20', '--workers', '0']);
    expect([e.samples, e.layers.length, e.ranking.length]).toEqual([20, 7, 7]);
    expect(trestle(['explain', artefact, '--data', test, '--limit', '20', '--workers', '0', '--against', model]).stdout)
      .toContain(`costliest first: ${e.ranking[0]}, `);
  });
});

describe('trestle ablate', () => {
  it('has a row a step, and writes them with the layers', () => {
    const csv = join(folder, 'steps.csv');
    const { rows, floatTop1 } = json<Ablation>(['ablate', model, '--chip', 'tianji', ...few, '--data', test, '--limit', '20', '-o', csv]);
    expect(rows.map(({ name }) => name).slice(0, DEFAULT_STEPS.length + 1)).toEqual(['none', ...DEFAULT_STEPS.map((s) => `+ ${s}`)]);
    expect(floatTop1).toBeGreaterThan(0.8);
    const lines = readFileSync(csv, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(rows.length + 1);
    expect(lines[0]).toMatch(/^name,steps,top1,drop,agreement,logitSqnrDb,coreOps,seconds,sqnrDb conv1,/);
  });
});

describe('trestle sweep', () => {
  const csv = join(folder, 'sweep.csv');
  const sweep = (...vary: string[]): string[] => ['sweep', model, '--chip', chip, ...few, '--data', test, '--limit', '20', '-o', csv, '--vary', ...vary];
  interface Document {
    readonly points: number;
    readonly computed: number;
    readonly rows: readonly { readonly point: Record<string, string>; readonly status: string }[];
  }

  it('writes a row a point, refusals too, and goes on where it ended', () => {
    const first = json<Document>(sweep('signals.bits=3', 'core.rows=0,64'));
    expect([first.points, first.computed, first.rows.map(({ status }) => status)]).toEqual([2, 2, ['T201', 'done']]);
    const table = readFileSync(csv, 'utf8');
    const plot = join(folder, 'sweep.svg');
    const second = json<Document>([...sweep('signals.bits=3,4', 'core.rows=64'), '--plot', plot]);
    expect([second.points, second.computed, second.rows[0]!.point]).toEqual([2, 1, { 'signals.bits': '4', 'core.rows': '64' }]);
    const longer = readFileSync(csv, 'utf8');
    expect(longer.startsWith(table)).toBe(true);
    expect(longer.trimEnd().split('\n')).toHaveLength(4);
    expect(readFileSync(plot, 'utf8')).toMatch(/^<svg .*signals\.bits/s);
  });

  it('computes again what depends on something else', () => {
    expect(json<Document>([...sweep('signals.bits=3', 'core.rows=64'), '--seed', '1']).computed).toBe(1);
  });

  it('refuses what it cannot vary before anything runs, and a table of something else', () => {
    const other = join(folder, 'other.csv');
    const { status, stderr } = trestle(['sweep', model, '--chip', chip, ...few, '--data', test, '-o', other, '--vary', 'core.rows=64', 'core.colour=1']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error T407 core\.colour: /);
    expect(existsSync(other)).toBe(false);
    writeFileSync(other, 'a,b\n1,2\n');
    expect(trestle(['sweep', model, '--chip', chip, ...few, '--data', test, '-o', other, '--vary', 'seed=0']).stderr).toMatch(/^error T301 /);
  });
});
