import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digits, scratch, trestle } from './trestle.js';

const folder = scratch();
const model = join(digits, 'digits.onnx');
const card = join(digits, 'test.yaml');
const COMMANDS = ['demo', 'inspect', 'compile', 'evaluate', 'report', 'run', 'trace', 'verify', 'conformance', 'diff', 'chips'];

describe('help', () => {
  it('lists all commands', () => {
    const { status, stdout } = trestle(['--help']);
    expect(status).toBe(0);
    expect(COMMANDS.filter((name) => !stdout.includes(`\n  ${name} `))).toEqual([]);
  });

  it.each(COMMANDS)('of %s has an example', (name) => {
    const { status, stdout, stderr } = trestle([name, '--help']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/Examples?:\n {2}trestle /);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('states the version of the package', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
    expect(trestle(['--version']).stdout).toBe(`${version}\n`);
  });
});

describe('wrong usage', () => {
  it.each([
    ['nothing', []],
    ['an unknown command', ['frobnicate']],
    ['an unknown option', ['chips', '--frobnicate']],
    ['too many operands', ['chips', 'prime', 'tianji']],
    ['a missing operand', ['inspect']],
    ['a missing option', ['compile', model, '--chip', 'prime']],
    ['a command without its options', ['evaluate', 'x.trestle']],
    ['a number that is none', ['evaluate', 'x.trestle', '--data', card, '--limit', 'many']],
    ['verify without samples', ['verify', 'x.trestle']],
    ['verify with two kinds of samples', ['verify', 'x.trestle', '--data', card, '--input', 'x.npy']],
    ['verify of outside codes on a kernel', ['verify', 'x.trestle', '--data', card, '--codes', folder, '--kernel', 'simd']],
    ['a conformance of nothing', ['conformance']],
    ['a check with options of an export', ['conformance', 'x.json', '--rows', '3']],
    ['an export without an input', ['conformance', '--export', 'x.trestle', '-o', 'x.json']],
    ['an export of a vector file', ['conformance', 'x.json', '--export', 'x.trestle', '--input', 'x.npy', '-o', 'y.json']],
    ['one artefact to compare', ['diff', 'x.trestle']],
    ['a number out of range', ['demo', '--workers', '-1']],
    ['no samples', ['compile', model, '--chip', 'prime', '--calibrate', 'random:0', '--samples', '0']],
  ])('of %s ends with status 2 and words on standard error', (_, args) => {
    const { status, stdout, stderr } = trestle(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(/^error T00[12] \S.*: .+ \(limit: .+\)\. Remedy: See trestle.* --help$/);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

describe('what cannot be done', () => {
  const nir = join(folder, 'net.nir');
  const text = join(folder, 'text.onnx');
  writeFileSync(nir, '');
  writeFileSync(text, 'not a model');
  const compile = ['compile', model, '--chip', 'prime', '--calibrate', 'random:1', '-o', join(folder, 'never.trestle')];

  it.each([
    ['a missing model', ['inspect', join(folder, 'none.onnx')], /^error T100 /],
    ['a folder for a model', ['inspect', folder], /^error T100 .*folder/],
    ['a model that is none', ['inspect', text], /^error T101 /],
    ['a NIR file', ['inspect', nir], /^error T101 .*NIR files are not supported yet/],
    ['an unknown chip', ['chips', 'nochip'], /^error T200 nochip: .*tianji/],
    ['a missing data card', ['evaluate', 'x.trestle', '--data', 'none.yaml'], /^error T100 /],
    ['a data card for a chip', [...compile.slice(0, 3), card, ...compile.slice(4)], /^error T201 /],
    ['a seed that is none', ['compile', model, '--chip', 'prime', '--calibrate', 'random:x', '-o', join(folder, 'never.trestle')], /^error T402 random:x/],
    ['a seed out of range', ['compile', model, '--chip', 'prime', '--calibrate', 'random:9999999999', '-o', join(folder, 'never.trestle')], /^error T402 /],
    ['a missing output folder', [...compile.slice(0, -1), join(folder, 'none', 'x.trestle')], /^error T100 .*no folder/],
    ['a folder as output', [...compile.slice(0, -1), folder], /^error T100 .*this is a folder/],
    ['an unknown kernel', [...compile, '--kernel', 'fast'], /^error T503 kernel fast: /],
    ['vectors that are none', ['conformance', card], /^error T600 /],
  ])('because of %s ends with status 1 and a diagnostic a line', (_, args, message) => {
    const { status, stdout, stderr } = trestle(args);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n').filter((line) => !/^(error|warning|note) T\d{3} /.test(line))).toEqual([]);
  });
});

describe('colour', () => {
  it('is not for files and pipes', () => {
    const environment = { FORCE_COLOR: '1', CI: '1', TERM: 'xterm-256color' };
    expect(trestle(['chips'], environment).stdout).not.toContain('\u001b');
    expect(trestle(['chips', 'nochip'], environment).stderr).not.toContain('\u001b');
  });
});
