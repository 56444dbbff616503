import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from '../../scripts/lock.mjs';

const lockScript = new URL('../../scripts/lock.mjs', import.meta.url).href;
const runScript = new URL('../../scripts/run.mjs', import.meta.url).pathname;
let folder = '';
let lock = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trestle scripts '));
  lock = join(folder, '.lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Reads a counter, waits and writes it back plus one: two of these at once lose a count. */
function countInProcess(file: string): Promise<number | null> {
  const code = `
    import { withLock } from ${JSON.stringify(lockScript)};
    import { readFileSync, writeFileSync } from 'node:fs';
    const [lock, file] = process.argv.slice(1);
    await withLock(lock, async () => {
      const count = Number(readFileSync(file, 'utf8'));
      await new Promise((done) => setTimeout(done, 100));
      writeFileSync(file, String(count + 1));
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, lock, file], { stdio: 'ignore' });
  return new Promise((done) => child.on('exit', done));
}

describe('the lock of install and build', () => {
  it('lets one process at a time work', async () => {
    const file = join(folder, 'count');
    writeFileSync(file, '0');
    expect(await Promise.all([1, 2, 3].map(() => countInProcess(file)))).toEqual([0, 0, 0]);
    expect(readFileSync(file, 'utf8')).toBe('3');
    expect(existsSync(lock)).toBe(false);
  });

  it('is taken over from a process that died', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    writeFileSync(lock, String(pid));
    expect(await withLock(lock, () => 'done')).toBe('done');
    expect(existsSync(lock)).toBe(false);
  });

  it('is given back when the work fails', async () => {
    await expect(withLock(lock, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(existsSync(lock)).toBe(false);
  });
});

describe('run.mjs', () => {
  it.each([[[]], [['dance']], [['toString']]])('refuses the command %j with status 2', (args) => {
    const { status, stderr } = spawnSync(process.execPath, [decodeURI(runScript), ...args], { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toMatch(/^usage:/);
  });
});
