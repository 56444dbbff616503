/** Runs the built command line as a user does. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export const digits = fileURLToPath(new URL('../../examples/digits/', import.meta.url));
export const shared = fileURLToPath(new URL('../../../shared/', import.meta.url));

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function trestle(args: readonly string[], environment: Record<string, string> = {}): Outcome {
  const env = { PATH: process.env.PATH, ...environment };
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', env, cwd: tmpdir(), timeout: 60_000 });
  return { status, stdout, stderr };
}

/** What the command prints as JSON; the command must succeed and say nothing else. */
export function json<T>(args: readonly string[]): T {
  const { status, stdout, stderr } = trestle([...args, '--json']);
  if (status !== 0) throw new Error(`status ${status}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

/** A folder for the files of one test file. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'trestle-cli-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  return folder;
}
