/** Ctrl-C at several moments: what is done is said, nothing is half written, and the end is clean. */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { writeNpy } from '../../src/data/npy.js';
import { digits, json, scratch, type Outcome } from './trestle.js';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const model = join(digits, 'digits.onnx');
const folder = scratch();
const artefact = join(folder, 'digits.trestle');
const many = join(folder, 'many.yaml');
const input = join(folder, 'x.npy');
const SAMPLES = 60_000;
/** Writes a line once the command listens, so that moments count from there, however slow the machine is. */
const ANNOUNCE = 'data:text/javascript,process.on("newListener",(e)=>e==="SIGTERM"&&process.stderr.write("listening\\n"))';

interface Ended extends Outcome {
  readonly signal: NodeJS.Signals | null;
  /** Milliseconds from the last signal to the end. */
  readonly took: number;
}

/** Runs a command in a folder and sends it a signal at moments counted in ms from when it listens. */
function interrupted(args: readonly string[], cwd: string, moments: readonly number[], signal: NodeJS.Signals = 'SIGINT'): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', ANNOUNCE, main, ...args], { cwd, env: { PATH: process.env.PATH } });
  // A test that runs out of time leaves nothing behind that works on.
  onTestFinished(() => void child.kill('SIGKILL'));
  let [stdout, stderr, sent, listens] = ['', '', 0, false];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    if (listens || !stderr.includes('listening\n')) return;
    listens = true;
    stderr = stderr.replace('listening\n', '');
    for (const moment of moments) {
      setTimeout(() => {
        sent = performance.now();
        child.kill(signal);
      }, moment);
    }
  });
  return new Promise((resolve) => {
    child.on('close', (status, by) => resolve({ status, signal: by, stdout, stderr, took: performance.now() - sent }));
  });
}

let folders = 0;
function empty(): string {
  const path = join(folder, `empty${folders++}`);
  mkdirSync(path);
  return path;
}

beforeAll(() => {
  json(['compile', model, '--chip', 'tianji', '--calibrate', join(digits, 'calibration.yaml'), '--samples', '40', '-o', artefact]);
  // IDX: a magic number, three sizes, pixels.
  const images = Buffer.alloc(16 + SAMPLES * 784);
  [0x803, SAMPLES, 28, 28].forEach((n, i) => images.writeUInt32BE(n, 4 * i));
  const labels = Buffer.alloc(8 + SAMPLES);
  [0x801, SAMPLES].forEach((n, i) => labels.writeUInt32BE(n, 4 * i));
  writeFileSync(join(folder, 'many.idx3'), images);
  writeFileSync(join(folder, 'many.idx1'), labels);
  writeFileSync(many, 'format: idx\nimages: many.idx3\nlabels: many.idx1\npreprocess:\n  channels: gray\n  mean: [0]\n  scale: [0.00392]\n');
  writeFileSync(input, writeNpy([20_000, 1, 28, 28], new Float32Array(20_000 * 784)));
});

const slow = ['--kernel', 'scalar', '--batch', '1'];

describe('evaluate', () => {
  it.each([
    [0, '1', 'SIGINT'], [60, '2', 'SIGINT'], [200, '1', 'SIGTERM'], [450, '2', 'SIGINT'], [900, '0', 'SIGINT'], [1500, '2', 'SIGINT'],
  ] as const)('%i ms after it began, with %s workers, at %s: gives what is done', async (moment, workers, name) => {
    const cwd = empty();
    const { status, signal, stdout, stderr, took } = await interrupted(
      ['evaluate', artefact, '--data', many, '--workers', workers, ...slow, '--json'], cwd, [moment], name);
    expect({ status, signal }).toEqual({ status: 1, signal: null });
    const result = JSON.parse(stdout) as { samples: number; interrupted: boolean; requested: number; diagnostics: { code: string }[] };
    expect(result).toMatchObject({ interrupted: true, requested: SAMPLES });
    expect(result.diagnostics).toContainEqual(expect.objectContaining({ code: 'T507' }));
    expect(result.samples).toBeLessThan(SAMPLES);
    expect(stderr.split('\n').filter((line) => line.startsWith('error'))).toEqual([
      `error T507 ${many}: interrupted after ${result.samples} of ${SAMPLES} samples (limit: work that is left to its end). `
      + 'Remedy: Run it again for the whole result',
    ]);
    expect(stderr).not.toMatch(/\n {4}at |internal/);
    expect(readdirSync(cwd)).toEqual([]);
    expect(took).toBeLessThan(20_000);
  });

  it('says in its text how much is done', async () => {
    const { status, stdout } = await interrupted(['evaluate', artefact, '--data', many, ...slow], empty(), [400]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^interrupted: the first [\d,]+ of 60,000 samples only\n/);
  });

  it('ends at once at the second signal, and not at one that a launcher passes on', async () => {
    // Three ranges in flight, of several seconds each; a machine that takes seconds to start has begun none of them.
    const args = ['evaluate', artefact, '--data', many, '--workers', '1', '--kernel', 'scalar', '--batch', '8000'];
    const { status, signal, stderr } = await interrupted(args, empty(), [3000, 3050, 4500]);
    expect({ status, signal }).toEqual({ status: 1, signal: null });
    expect(stderr).toMatch(/^error T507 (trestle: interrupted twice, ended at once|.*: interrupted after 0 of 60000 samples) \(limit: [^\n]*\n$/);
  });
});

describe('compile', () => {
  it.each([[0, '2', 'SIGINT'], [150, '1', 'SIGINT'], [600, '2', 'SIGTERM'], [1500, '0', 'SIGINT'], [3000, '2', 'SIGINT']] as const)(
    '%i ms after it began, with %s workers, at %s: writes nothing and says in which stage it was', async (moment, workers, name) => {
      const cwd = empty();
      const args = ['compile', model, '--chip', 'prime', '--calibrate', 'random:1', '--samples', '6000', '--workers', workers];
      const { status, signal, stdout, stderr } = await interrupted(args, cwd, [moment], name);
      expect({ status, signal, stdout }).toEqual({ status: 1, signal: null, stdout: '' });
      expect(stderr).toMatch(
        /^error T507 compile: interrupted in the stage (reform|calibrate|encode|expand|tune|map|verify), before there was an artefact \(limit: [^\n]*\n$/);
      expect(readdirSync(cwd)).toEqual([]);
    });
});

describe('every other command that works for long', () => {
  it.each([
    ['run', ['run', artefact, '--input', input, '--output', 'y.npy', ...slow]],
    ['run --codes', ['run', artefact, '--input', input, '--output', 'y.npy', '--codes', ...slow]],
    ['trace', ['trace', artefact, '--input', input, '-o', 'signals', ...slow]],
    ['demo', ['demo']],
    ['verify', ['verify', artefact, '--input', input, '--samples', '2000']],
  ])('%s: writes nothing', async (_, args) => {
    const cwd = empty();
    const { status, signal, stdout, stderr } = await interrupted(args, cwd, [100]);
    expect({ status, signal, stdout }).toEqual({ status: 1, signal: null, stdout: '' });
    expect(stderr).toMatch(/^error T507 [^\n]*: interrupted [^\n]*\n$/);
    expect(readdirSync(cwd)).toEqual([]);
  });
});
