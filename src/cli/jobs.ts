/** Starts the jobs that submit has written. */
import { spawnSync } from 'node:child_process';
import { relative, sep } from 'node:path';
import { fail } from '../diagnostics.js';
import { SUBMIT } from '../runs/jobs.js';

/** Refuses (T516) files that are not below the folder which all jobs see. */
export function checkBelow(folder: string, files: readonly string[]): void {
  const outside = files.find((file) => relative(folder, file).split(sep)[0] === '..');
  if (outside === undefined) return;
  fail('T516', outside, `the jobs cannot find it: it is not below ${folder}`, {
    limit: 'files of the volume that the jobs have', remedy: 'Put all files below one folder, and give that with --mount',
  });
}

/** Runs submit.sh of a folder to its end; gives what it printed. Refuses (T516) with what was said where it fails. */
export function runScript(folder: string): string {
  const { status, stdout, stderr, error } = spawnSync('sh', [`${folder}/${SUBMIT}`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (status === 0) return stdout;
  return fail('T516', `${folder}/${SUBMIT}`, `it has failed: ${error?.message ?? stderr.trim()}`);
}
