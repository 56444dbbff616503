import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeNpy } from '../../src/data/npy.js';
import { modelBytes } from '../read/models.js';
import { digits, scratch, trestle } from './trestle.js';

const folder = scratch();
const model = join(digits, 'digits.onnx');
const artefact = join(folder, 'net.trestle');
const input = join(folder, 'x.npy');
const silent = { status: 0, stdout: '', stderr: '' };
writeFileSync(input, writeNpy([2, 1, 28, 28], new Float32Array(2 * 784).fill(0.5)));
const compile = ['compile', model, '--chip', 'tianji', '--calibrate', 'random:1', '--samples', '4', '-o', artefact];

describe('--quiet', () => {
  it('prints no report, and does the work', () => {
    expect(trestle([...compile, '--quiet'])).toEqual(silent);
    expect(existsSync(artefact)).toBe(true);
    const output = join(folder, 'y.npy');
    for (const args of [
      ['inspect', model], ['run', artefact, '--input', input, '-o', output], ['trace', artefact, '--input', input, '-o', join(folder, 'codes')],
      ['verify', artefact, '--input', input], ['diff', artefact, artefact], ['chips'],
    ]) expect({ args, ...trestle([...args, '-q']) }).toEqual({ args, ...silent });
    expect(existsSync(output)).toBe(true);
  });

  it('prints the document with --json, and what a command exists to print', () => {
    expect(JSON.parse(trestle(['inspect', model, '--json', '--quiet']).stdout)).toMatchObject({ parameters: 59_938 });
    expect(trestle(['chips', 'prime', '--quiet']).stdout).toBe(readFileSync(new URL('../../src/chip/builtin/prime.yaml', import.meta.url), 'utf8'));
  });

  it('prints errors and warnings, with the status as ever', () => {
    const { status, stdout, stderr } = trestle(['inspect', model, '--chip', 'tianji-snn', '--quiet']);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^error T400 /);
    const warned = trestle(['compile', model, '--chip', 'prime-fixed', '--calibrate', 'random:1', '--samples', '4', '-o', join(folder, 'f.trestle'), '-q']);
    expect(warned).toMatchObject({ status: 0, stdout: '' });
    expect(warned.stderr).toMatch(/^warning T405 /m);
  });
});

describe('findings', () => {
  it('are told up to a hundred, and how many more there are', () => {
    const nodes = Array.from({ length: 130 }, (_, i) => ({ op: 'Frobnicate', inputs: [i === 0 ? 'x' : `y${i - 1}`], outputs: [`y${i}`] }));
    const file = join(folder, 'wrong.onnx');
    writeFileSync(file, modelBytes({ nodes, outputs: ['y129'] }));
    const lines = trestle(['inspect', file]).stderr.trimEnd().split('\n');
    expect(lines.slice(0, 100).every((line, i) => line.startsWith(`error T102 y${i} `))).toBe(true);
    expect(lines.slice(100)).toEqual(['and 30 more like these']);
  });
});
