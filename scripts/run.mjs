/**
 * node scripts/run.mjs start|test|bench|lint|types [arguments...]
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

/** The script that a command runs and the arguments that go before the command line's own. */
const commands = {
  start: { built: true, run: ['dist/cli/main.js', 'demo'] },
  test: { built: true, run: ['node_modules/vitest/vitest.mjs', 'run'] },
  bench: { built: true, run: ['bench/run.mjs'] },
  lint: { built: false, run: ['node_modules/eslint/bin/eslint.js', '.'] },
  // The build checks the types of src/; the tests, whose types vitest only strips, are checked here. They reach bench/, whose types
  // come from dist/.
  types: { built: true, run: ['node_modules/typescript/bin/tsc', '--project', 'test'] },
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

async function main([name, ...rest]) {
  if (!Object.hasOwn(commands, name ?? '')) {
    console.error(`usage: node scripts/run.mjs ${Object.keys(commands).join('|')} [arguments...]`);
    return 2;
  }
  const { built, run: [script, ...args] } = commands[name];
  await install();
  if (built) await build();
  return runScript(script, [...args, ...rest]);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`trestle: ${error.message}`);
  process.exitCode = 1;
}
