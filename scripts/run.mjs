/**
 * node scripts/run.mjs start|test|bench|lint [arguments...]
 *
 * Installs and builds what is missing, then runs the command. A plain script without packages of its own, because lifecycle scripts
 * (`prestart`, `pretest`) are switched off in .npmrc and nothing may be installed yet.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { root } from './files.mjs';
import { install } from './install.mjs';

const commands = {
  start: { built: true, script: 'dist/cli/main.js', first: ['demo'] },
  test: { built: true, script: 'node_modules/vitest/vitest.mjs', first: ['run'] },
  bench: { built: true, script: 'bench/run.mjs', first: [] },
  lint: { built: false, script: 'node_modules/eslint/bin/eslint.js', first: ['.'] },
};

/** Runs a script of this project with Node; resolves to its exit status. Signals reach it, and its death by a signal is ours. */
function runScript(script, args) {
  if (!existsSync(join(root, script))) throw new Error(`${script} is missing`);
  const child = spawn(process.execPath, [join(root, script), ...args], { cwd: root, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (status, signal) => {
      if (signal === null) return resolve(status);
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    });
  });
}

async function main([name, ...args]) {
  if (!Object.hasOwn(commands, name ?? '')) {
    console.error(`usage: node scripts/run.mjs ${Object.keys(commands).join('|')} [arguments...]`);
    return 2;
  }
  const { built, script, first } = commands[name];
  await install();
  if (built) await build();
  return runScript(script, [...first, ...args]);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`trestle: ${error.message}`);
  process.exitCode = 1;
}
