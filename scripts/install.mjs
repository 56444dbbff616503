import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashOf, lockFile, root } from './files.mjs';
import { withLock } from './lock.mjs';

/** Which package-lock.json the installed packages come from; npm ci removes it together with them. */
const stamp = join(root, 'node_modules', '.trestle-lock');

function isInstalled() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === hashOf('package-lock.json');
}

/** Installs what package-lock.json lists, unless it is installed. Throws if that fails. */
export async function install() {
  if (isInstalled()) return;
  await withLock(lockFile, () => {
    if (isInstalled()) return;
    console.error('trestle: installing the packages of package-lock.json (npm ci)');
    // NODE_ENV=production would leave out the compilers, hence --include=dev. Standard output stays the command's own.
    const options = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
    const { status, error } = runNpm(options, { cwd: root, stdio: ['ignore', 2, 2] });
    if (status !== 0) throw new Error(`npm ci failed${error === undefined ? '' : `: ${error.message}`}`);
    writeFileSync(stamp, hashOf('package-lock.json'));
  });
}

/** npm is itself a script: under `npm start` its path is in the environment, elsewhere it is found by name. */
export function runNpm(args, options) {
  const script = process.env.npm_execpath;
  if (script !== undefined && /npm-cli\.c?js$/.test(script)) return spawnSync(process.execPath, [script, ...args], options);
  return spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
}
