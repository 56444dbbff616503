import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseChip } from '../../src/chip/chip.js';
import { loadChip } from '../../src/data/chips.js';
import { digits, json, scratch, shared, trestle } from './trestle.js';

const folder = scratch();
const model = join(digits, 'digits.onnx');
const golden = (name: string): string => readFileSync(new URL(`golden/${name}.txt`, import.meta.url), 'utf8');

describe('trestle inspect', () => {
  it('shows a network', () => {
    expect(trestle(['inspect', model])).toEqual({ status: 0, stdout: golden('inspect-digits'), stderr: '' });
  });

  it('shows what becomes of it', () => {
    const { stdout } = trestle(['inspect', model, '--chip', 'ideal']);
    expect(stdout.slice(golden('inspect-digits').length)).toBe(golden('inspect-digits-ideal'));
    expect(trestle(['inspect', model, '--chip', 'tianji']).stdout).toMatch(/^pool1 +cores +3 +32 x 32 +196 +588$/m);
  });

  it('prints one document', () => {
    const document = json<{ nodes: { macs: number }[]; chip: object }>(['inspect', model, '--chip', 'ideal']);
    expect(document).toMatchObject({
      model: { file: 'digits.onnx' }, opset: 13, operators: { Conv: 2 }, parameters: 59_938, macsPerSample: 533_120, unsupported: [],
    });
    expect(document.nodes.reduce((n, { macs }) => n + macs, 0)).toBe(533_120);
    expect(document.chip).toMatchObject({ name: 'ideal', coreOps: 5, cores: 5 });
  });

  it('says what a chip cannot do, beside what is in the file, with status 1', () => {
    const { status, stdout, stderr } = trestle(['inspect', model, '--chip', 'tianji-snn', '--json']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error T400 [^\n]*\n$/);
    expect(JSON.parse(stdout)).toMatchObject({ parameters: 59_938, unsupported: [{ code: 'T400' }] });
  });

  const resnet = join(shared, 'data/cifar10/models/resnet20.onnx');
  it.skipIf(!existsSync(resnet))('keeps to 80 columns (needs ../shared)', () => {
    const { status, stdout } = trestle(['inspect', resnet, '--chip', 'prime']);
    expect(status).toBe(0);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});

describe('trestle chips', () => {
  it('lists the built-in chips', () => {
    expect(trestle(['chips'])).toEqual({ status: 0, stdout: golden('chips'), stderr: '' });
    expect(json<{ name: string }[]>(['chips']).map(({ name }) => name)).toContain('prime-fixed');
  });

  it('prints a chip that can be read back', () => {
    const { stdout } = trestle(['chips', 'prime']);
    expect(parseChip(stdout, 'printed')).toEqual(loadChip('prime'));
    const copy = join(folder, 'mine.yaml');
    writeFileSync(copy, stdout.replace('rows: 256', 'rows: 12'));
    expect(json<{ core: { rows: number } }>(['chips', copy]).core.rows).toBe(12);
  });
});

describe('trestle conformance', () => {
  const ideal = { name: 'two by two', arithmetic: 'ideal', windowShift: 1, lo: 0, hi: 63, bias: [1, 0], x: [[3, 4]], w: [[1, -2], [2, 1]], y: [[6, 0]] };
  const file = (name: string, cases: object[]): string => {
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify({ format: 'core-op-vectors/1', cases }));
    return path;
  };

  it('counts the exact cases of every kernel', () => {
    const document = json<{ kernels: { kernel: string }[] }>(['conformance', file('right.json', [ideal])]);
    expect(document).toMatchObject({ cases: 1, mismatches: [] });
    expect(document.kernels).toContainEqual({ kernel: 'ideal/simd', cases: 1, exact: 1 });
  });

  it('names what differs, with status 1', () => {
    const wrong = file('wrong.json', [ideal, { ...ideal, name: 'off by one', y: [[5, 0]] }]);
    const { status, stdout } = trestle(['conformance', wrong]);
    expect(status).toBe(1);
    expect(stdout).toContain('differs: ideal/scalar, case off by one');
    const document = JSON.parse(trestle(['conformance', wrong, '--json']).stdout) as { mismatches: object[] };
    expect(document.mismatches).toContainEqual({ kernel: 'ideal/reference', case: 'off by one' });
  });

  const vectors = join(shared, 'spec/vectors/core-ops.json.gz');
  it.skipIf(!existsSync(vectors))('finds every case of the specification exact (needs ../shared)', () => {
    expect(json(['conformance', vectors])).toMatchObject({ cases: 261, mismatches: [] });
  });
});
