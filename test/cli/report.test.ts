import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { digits, json, scratch, trestle } from './trestle.js';

const folder = scratch();
const artefact = join(folder, 'digits.trestle');
const page = join(folder, 'report.html');
const model = join(digits, 'digits.onnx');
const card = join(digits, 'test.yaml');

beforeAll(() => {
  json(['compile', model, '--chip', 'tianji', '--calibrate', join(digits, 'calibration.yaml'), '--samples', '20', '-o', artefact]);
});

describe('trestle report', () => {
  it('writes the page and prints one document', () => {
    const done = json<Record<string, unknown>>(['report', artefact, '--data', card, '--against', model, '--limit', '40', '--inspect', '4', '-o', page]);
    expect(done).toMatchObject({ page, bytes: statSync(page).size, diagnostics: [], evaluation: { samples: 40 } });
    const html = readFileSync(page, 'utf8');
    expect(html).toMatch(/^<!doctype html>/);
    expect(html).toContain('On 4 samples');
  });

  it('says where the page is', () => {
    const { status, stdout, stderr } = trestle(['report', artefact, '-o', page]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^written: .*report\.html, \d+ kB\n$/);
  });

  it.each([
    ['a limit without data', ['--limit', '3']], ['inspected samples without a network', ['--data', card, '--inspect', '3']],
  ])('does not take %s', (_, args) => {
    const { status, stderr } = trestle(['report', artefact, '-o', page, ...args]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error T001 trestle report: --\w+ needs /);
  });

  it('does not write over what it reads, and leaves nothing behind when it fails', () => {
    const table = join(folder, 'bad.csv');
    const none = join(folder, 'none.html');
    writeFileSync(table, 'a\n');
    expect(trestle(['report', artefact, '-o', artefact])).toMatchObject({ status: 1, stderr: expect.stringContaining('T100') });
    expect(trestle(['report', artefact, '--sweep', table, '-o', none])).toMatchObject({ status: 1, stderr: expect.stringContaining('error T301 bad.csv: ') });
    expect(existsSync(none)).toBe(false);
  });

  it('names the packages that draw, where they are not installed', () => {
    const hook = "export async function resolve(name, context, next) { if (name === 'vega-lite') throw Object.assign(new Error('none'), "
      + "{ code: 'ERR_MODULE_NOT_FOUND' }); return next(name, context); }";
    const loader = `import { register } from 'node:module'; register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hook)}`)});`;
    const environment = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(loader)}` };
    const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { peerDependencies: Record<string, string> };
    const { status, stderr } = trestle(['report', artefact, '-o', join(folder, 'none.html')], environment);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error T509 plots: packages that draw are not installed/);
    for (const [name, version] of Object.entries(manifest.peerDependencies)) expect(stderr).toContain(`${name}@${version}`);
  });
});
