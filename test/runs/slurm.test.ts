/** An array of four parts and its merge on a Slurm of this machine alone, against one run. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { jobsEnded, slurmMissing, startSlurm } from '../../scripts/measure/slurm.mjs';
import { digits, json } from '../cli/trestle.js';

const main = new URL('../../dist/cli/main.js', import.meta.url).pathname;
const missing = slurmMissing();
/** Slurm's own files want names without spaces; those of the jobs need not be so. */
const own = mkdtempSync(join(tmpdir(), 'trestle-slurm-'));
const folder = join(own, 'it\'s a "folder" of 100%');
let slurm: Awaited<ReturnType<typeof startSlurm>> | undefined;
let refusal = '';

beforeAll(async () => {
  if (missing.length > 0) return;
  const daemons = join(own, 'daemons');
  mkdirSync(daemons);
  slurm = await startSlurm(daemons).catch((error: Error) => {
    refusal = error.message;
    return undefined;
  });
}, 120_000);
afterAll(async () => {
  await slurm?.stop();
  rmSync(own, { recursive: true, force: true });
}, 60_000);

it.skipIf(missing.length > 0)(`an array of four gives what one run gives (skipped without ${missing.join(', ') || 'Slurm'})`, async (context) => {
  if (slurm === undefined) return context.skip(`Slurm does not start here: ${refusal}`);
  mkdirSync(folder);
  const artefact = join(folder, 'net.trestle');
  const model = join(folder, 'digits.onnx');
  for (const file of readdirSync(digits)) cpSync(join(digits, file), join(folder, file));
  json(['compile', model, '--chip', 'prime', '--calibrate', join(folder, 'calibration.yaml'), '--samples', '40', '-o', artefact]);
  const what = [artefact, '--data', join(folder, 'test.yaml'), '--against', model, '--workers', '1'];
  const whole = json<Record<string, unknown>>(['evaluate', ...what, '--results', join(folder, 'whole.jsonl')]);

  const output = join(folder, 'run');
  const submit = ['submit', ...what, '--engine', 'slurm', '--parts', '4', '-o', output, '--run', '--json'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...submit], { encoding: 'utf8', env: slurm.env });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({
    engine: 'slurm', parts: 4, folder: output, said: expect.stringMatching(/^parts: job \d+, merge: job \d+\n$/) as string,
  });
  await jobsEnded(slurm.env, 100_000);

  const parts = [1, 2, 3, 4].flatMap((i) => [`part-${i}.jsonl`, `part-${i}.log`]);
  expect(readdirSync(output).sort()).toEqual([
    'evaluation.json', 'merge.log', 'merge.sh', ...parts, 'part.sh', 'results.jsonl', 'submit.sh',
  ].sort());
  const merged = JSON.parse(readFileSync(join(output, 'evaluation.json'), 'utf8')) as Record<string, unknown>;
  for (const key of ['samples', 'chip', 'float', 'drop', 'agreement', 'logitSqnrDb', 'meanSquaredError', 'failed', 'diagnostics']) {
    expect(merged[key]).toEqual(whole[key]);
    expect(merged[key]).toBeDefined();
  }
  expect(readFileSync(join(output, 'results.jsonl')).equals(readFileSync(join(folder, 'whole.jsonl')))).toBe(true);
}, 180_000);
