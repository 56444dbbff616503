/** A copy of the project to break: its sources, a build of its own, its tests. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { root } from '../../files.mjs';

/** Milliseconds after which a build or a run of tests is stopped: a fault may make a loop endless. */
const PATIENCE = 1_200_000;

/** Copies the files that git does not ignore into a new folder, with the packages and the shared data linked at the places where they are looked for. */
export function copyProject() {
  const outer = mkdtempSync(join(tmpdir(), 'trestle-mutants-'));
  const folder = join(outer, 'project');
  const { stdout, status } = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error('git does not list the files of the project');
  for (const file of stdout.split('\0').filter((name) => !['', 'node_modules'].includes(name) && existsSync(join(root, name)))) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(root, file), join(folder, file));
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const shared = join(root, '..', 'shared');
  if (existsSync(shared)) symlinkSync(shared, join(outer, 'shared'));
  return folder;
}

export function removeCopy(folder) {
  rmSync(dirname(folder), { recursive: true });
}

/** Half of the build that a source belongs to. */
export function halfOf(file) {
  return file.startsWith('assembly/') ? 'wasm' : 'typescript';
}

const BUILDS = {
  whole: ['scripts/build.mjs'],
  wasm: ['node_modules/assemblyscript/bin/asc.js', '--config', 'asconfig.json'],
  // Compiles again only what a change reaches.
  typescript: ['node_modules/typescript/bin/tsc', '--incremental', '--tsBuildInfoFile', 'dist/.incremental'],
};

function node(folder, args) {
  return spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', timeout: PATIENCE, killSignal: 'SIGKILL', maxBuffer: 2 ** 28 });
}

/** Builds `whole` or a half; `false` if it does not compile. */
export function build(folder, half) {
  const { status, stdout, stderr } = node(folder, BUILDS[half]);
  if (status !== 0) console.error(`${stdout}${stderr}`.trim());
  return status === 0;
}

/** Runs test files (`kernels/product` is test/kernels/product.test.ts; none: all) up to the first test that fails, and names it. */
export function runTests(folder, names) {
  const report = join(folder, 'dist', '.report.json');
  rmSync(report, { force: true });
  const files = names.map((name) => `test/${name}.test.ts`);
  const missing = files.find((file) => !existsSync(join(folder, file)));
  if (missing !== undefined) throw new Error(`${missing} is not there`);
  const { status } = node(folder, ['node_modules/vitest/vitest.mjs', 'run', ...files, '--bail', '1', '--reporter=json', '--outputFile', report]);
  if (status === 0) return { status: 'passed', by: '' };
  return { status: 'failed', by: existsSync(report) ? firstFailure(folder, JSON.parse(readFileSync(report, 'utf8'))) : 'no test ends' };
}

function firstFailure(folder, { testResults }) {
  for (const { name, assertionResults } of testResults) {
    const failed = assertionResults.find((test) => test.status === 'failed');
    if (failed !== undefined) return `${relative(folder, name)}: ${failed.fullName}`;
  }
  const broken = testResults.find((file) => file.status === 'failed');
  return broken === undefined ? 'no test, but vitest itself' : `${relative(folder, broken.name)} as a whole: ${broken.message.split('\n')[0]}`;
}
