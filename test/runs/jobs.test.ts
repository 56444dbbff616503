/** Jobs for clusters: what they run, with paths that a shell would take apart. The programs of the cluster are stood in for by scripts. */
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { jobName } from '../../src/runs/jobs.js';
import { quoted } from '../../src/runs/shell.js';
import { digits, json, trestle } from '../cli/trestle.js';
import { scratch } from './setup.js';

const main = new URL('../../dist/cli/main.js', import.meta.url).pathname;
const folder = join(scratch(), 'it\'s "100%" $(HOME) `x` \\ *');
const bin = join(folder, 'bin');
const artefact = join(folder, 'a net.trestle');
const data = join(folder, 'test data.yaml');
const model = join(digits, 'digits.onnx');
const arguments_ = ['--data', data, '--parts', '3', '--limit', '100', '--workers', '0'];
const whole = ['evaluate', artefact, '--data', data, '--limit', '100', '--workers', '0'];

/** Makes a program that node runs, of this name. */
function program(name: string, text: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\nexec ${quoted(process.execPath)} - "$@" <<'END'\n${text}\nEND\n`);
  chmodSync(join(bin, name), 0o755);
}

const run = (args: readonly string[]): object => {
  const outcome = trestle(args, { PATH: `${bin}${delimiter}${process.env.PATH}` });
  return { ...outcome, stderr: outcome.stderr.slice(0, 500) };
};

/** Scores of a document, without what differs from run to run. */
function scores(document: Readonly<Record<string, unknown>>): object {
  const timed = ['seconds', 'samplesPerSecond', 'macsPerSecond', 'workers', 'memoryBytes', 'resumed', 'results'];
  return Object.fromEntries(Object.entries(document).filter(([key]) => !timed.includes(key)));
}

beforeAll(() => {
  mkdirSync(bin, { recursive: true });
  for (const file of readdirSync(digits).filter((name) => name.endsWith('.gz'))) cpSync(join(digits, file), join(folder, file));
  cpSync(join(digits, 'test.yaml'), data);
  json(['compile', model, '--chip', 'tianji', '--calibrate', join(digits, 'calibration.yaml'), '--samples', '20', '-o', artefact]);
});

describe('words for a shell', () => {
  it('arrive as they are', () => {
    fc.assert(fc.property(fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', '')), { maxLength: 5 }), (words) => {
      const script = `for word in ${words.map(quoted).join(' ')}; do printf '%s\\0' "$word"; done`;
      const { stdout } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
      expect(stdout.split('\0').slice(0, -1)).toEqual(words);
    }), { seed: 1, numRuns: 40 });
  });

  it('are left alone where they can be', () => {
    expect([quoted('a/b-1.jsonl'), quoted(''), quoted('a b'), quoted('~')]).toEqual(['a/b-1.jsonl', "''", "'a b'", "'~'"]);
  });

  it.each([['My Net_2.trestle', 'my-net-2-trestle'], ['---', 'trestle'], ['x'.repeat(80), 'x'.repeat(50)], [`${'x'.repeat(49)}-y`, 'x'.repeat(49)]])(
    'become names: %s', (text, name) => expect(jobName(text)).toBe(name));
});

describe('submit to Slurm', () => {
  const output = join(folder, 'slurm run');

  it('writes jobs, and with --run gives them to sbatch', () => {
    // Runs what it is given at once: an array job for each number.
    program('sbatch', `
      const { spawnSync } = require('node:child_process');
      const { appendFileSync } = require('node:fs');
      const args = process.argv.slice(2);
      const value = (name) => args.find((arg) => arg.startsWith(name + '='))?.slice(name.length + 1);
      appendFileSync(${JSON.stringify(join(folder, 'sbatch.log'))}, JSON.stringify(args) + '\\n');
      const last = Number(value('--array')?.split('-')[1] ?? 1);
      for (let index = 1; index <= last; index++) {
        const { status } = spawnSync('sh', [args.at(-1)], { env: { ...process.env, SLURM_ARRAY_TASK_ID: String(index) }, stdio: ['ignore', 2, 2] });
        if (status !== 0) process.exit(status ?? 1);
      }
      console.log(value('--array') ? '17;cluster' : '18');`);
    expect(run(['submit', artefact, ...arguments_, '--engine', 'slurm', '-o', output, '--sbatch=--mem=2G', '--run'])).toEqual({
      status: 0, stderr: '', stdout: `written: part.sh, merge.sh, submit.sh in ${output}, 3 parts\nparts: job 17, merge: job 18\n`,
    });
    const [array, merge] = readFileSync(join(folder, 'sbatch.log'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as string[]);
    const log = `--output=${output.replaceAll('%', '%%')}`;
    expect(array).toEqual(expect.arrayContaining(['--array=1-3', '--requeue', '--mem=2G', `${log}/part-%a.log`, join(output, 'part.sh')]));
    expect(merge).toEqual(expect.arrayContaining(['--dependency=afterok:17', '--mem=2G', `${log}/merge.log`, join(output, 'merge.sh')]));
    const document = JSON.parse(readFileSync(join(output, 'evaluation.json'), 'utf8')) as Record<string, unknown>;
    expect(scores(document)).toEqual(scores(json<Record<string, unknown>>(whole)));
    expect(readdirSync(output).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('says what sbatch says', () => {
    program('sbatch', 'console.error("sbatch: error: no partition"); process.exit(1);');
    expect(run(['submit', artefact, ...arguments_, '--engine', 'slurm', '-o', join(folder, 'refused'), '--run'])).toMatchObject({
      status: 1, stdout: '', stderr: expect.stringMatching(/^error T516 .*submit\.sh: it has failed: sbatch: error: no partition \(limit/) as string,
    });
  });
});

describe('submit to Kubernetes', () => {
  const output = join(folder, 'kubernetes run');
  const engine = ['--engine', 'kubernetes', '--image', 'trestle:1', '--claim', 'work', '--mount', folder, '-o', output];

  it('writes manifests, and with --run gives them to kubectl and waits', () => {
    program('trestle', `
      const args = [${JSON.stringify(main)}, ...process.argv.slice(2)];
      const { status } = require('node:child_process').spawnSync(process.execPath, args, { stdio: ['ignore', 1, 2] });
      process.exit(status ?? 1);`);
    program('kubectl', `
      const { spawnSync } = require('node:child_process');
      const { readFileSync } = require('node:fs');
      const args = process.argv.slice(2);
      if (args[0] === 'wait') process.exit(args.includes('--for=condition=complete') ? 0 : 1);
      const { parse } = require(${JSON.stringify(new URL('../../node_modules/yaml', import.meta.url).pathname)});
      const { spec } = parse(readFileSync(args[2], 'utf8'));
      const [{ command, args: words }] = spec.template.spec.containers;
      // As Kubernetes does it: $(NAME) of what it knows, $$ for one $.
      const filled = (text) => text.replace(/\\$(\\$|\\(([^)]*)\\))/g, (all, what, name) => (what === '$' ? '$' : name === 'HOME' ? 'filled in' : all));
      for (let index = 0; index < (spec.completions ?? 1); index++) {
        const [program, ...rest] = [...command, ...words].map(filled);
        const { status } = spawnSync(program, rest, { env: { ...process.env, JOB_COMPLETION_INDEX: String(index) }, stdio: ['ignore', 2, 2] });
        if (status !== 0) process.exit(status ?? 1);
      }`);
    expect(run(['submit', artefact, ...arguments_, ...engine, '--run'])).toMatchObject({ status: 0, stderr: '' });
    const document = JSON.parse(readFileSync(join(output, 'evaluation.json'), 'utf8')) as Record<string, unknown>;
    expect(scores(document)).toEqual(scores(json<Record<string, unknown>>(whole)));
    const job = parse(readFileSync(join(output, 'parts.yaml'), 'utf8')) as object;
    expect(job).toMatchObject({
      apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'a-net' },
      spec: {
        completions: 3, parallelism: 3, completionMode: 'Indexed',
        template: { spec: { restartPolicy: 'OnFailure', volumes: [{ name: 'work', persistentVolumeClaim: { claimName: 'work' } }] } },
      },
    });
  });

  it('refuses files that the pods cannot see, and a job without an image', () => {
    const elsewhere = [...engine.slice(0, -4), '--mount', bin, '-o', join(bin, 'run')];
    expect(run(['submit', artefact, ...arguments_, ...elsewhere])).toMatchObject({
      status: 1, stderr: expect.stringMatching(/^error T516 .*a net\.trestle: /) as string,
    });
    expect(existsSync(join(bin, 'run'))).toBe(false);
    expect(run(['submit', artefact, ...arguments_, '--engine', 'kubernetes', '-o', output])).toMatchObject({
      status: 2, stderr: expect.stringMatching(/^error T001 .*needs --image and --claim/) as string,
    });
  });
});
