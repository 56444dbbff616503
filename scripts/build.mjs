/**
 * Builds dist/: src/ with the TypeScript compiler, assembly/ with the AssemblyScript compiler. Each half is rebuilt only if its sources,
 * settings or the packages changed, or if one of its files is gone.
 */
import { chmodSync, existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { filesUnder, hashOf, lockFile, root, writeWhole } from './files.mjs';
import { install } from './install.mjs';
import { withLock } from './lock.mjs';

/** Per half: the hash of what it was built from and the files it consists of. */
const stampFile = join(root, 'dist', '.build');
const command = 'dist/cli/main.js';

const halves = {
  typescript: { inputs: ['src', 'tsconfig.json', 'package-lock.json', 'scripts/build.mjs'], build: buildTypescript },
  wasm: { inputs: ['assembly', 'asconfig.json', 'package-lock.json', 'scripts/build.mjs'], build: buildWasm },
};

/** Builds what is stale. Throws with the compiler's words if it does not compile. */
export async function build() {
  if (staleHalves().length === 0) return;
  await withLock(lockFile, async () => {
    for (const name of staleHalves()) {
      console.error(`trestle: building ${name}`);
      const hash = hashOf(...halves[name].inputs);
      const before = readStamps()[name]?.files ?? [];
      const files = await halves[name].build();
      for (const file of before.filter((old) => !files.includes(old))) rmSync(join(root, file), { force: true });
      writeWhole(stampFile, `${JSON.stringify({ ...readStamps(), [name]: { hash, files } }, null, 1)}\n`);
    }
  });
}

function staleHalves() {
  const stamps = readStamps();
  return Object.keys(halves).filter((name) => {
    const stamp = stamps[name];
    return stamp?.hash !== hashOf(...halves[name].inputs) || !stamp.files.every((file) => existsSync(join(root, file)));
  });
}

function readStamps() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'));
  } catch {
    return {};
  }
}

/** Compiles src/ to dist/ and copies what is not TypeScript (the built-in chips). Writes nothing if there are errors. */
async function buildTypescript() {
  const { default: ts } = await import('typescript');
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options, fileNames, errors } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram(fileNames, options);
  const problems = [...errors, ...ts.getPreEmitDiagnostics(program)];
  if (problems.length > 0) {
    const host = { getCurrentDirectory: () => root, getCanonicalFileName: (name) => name, getNewLine: () => '\n' };
    throw new Error(`the TypeScript sources do not compile\n${ts.formatDiagnostics(problems, host)}`);
  }
  const files = [];
  program.emit(undefined, (file, text) => {
    writeWhole(file, text);
    files.push(fromRoot(file));
  });
  for (const file of filesUnder('src').filter((name) => !name.endsWith('.ts'))) {
    const target = file.replace(/^src/, 'dist');
    writeWhole(join(root, target), readFileSync(join(root, file)));
    files.push(target);
  }
  if (files.includes(command)) chmodSync(join(root, command), 0o755);
  return files;
}

/** Settings of the two modules: the kernels for every engine, and those that need relaxed SIMD. */
const modules = ['asconfig.json', 'assembly/relaxed/asconfig.json'];

/** Compiles assembly/ to the modules that the settings name. */
async function buildWasm() {
  const { default: asc } = await import('assemblyscript/asc');
  const written = [];
  for (const config of modules) {
    const { error, stderr } = await asc.main(['--config', config, '--baseDir', root], {
      writeFile: (name, contents) => written.push({ name, contents }),
    });
    if (error !== null) throw new Error(`the AssemblyScript sources do not compile\n${stderr.toString()}`);
  }
  return written.map(({ name, contents }) => {
    const file = resolve(root, name);
    writeWhole(file, contents);
    return fromRoot(file);
  });
}

function fromRoot(file) {
  return relative(root, file).split(sep).join('/');
}

if (realpathSync(process.argv[1] ?? '.') === fileURLToPath(import.meta.url)) {
  try {
    await install();
    await build();
  } catch (error) {
    console.error(`trestle: ${error.message}`);
    process.exitCode = 1;
  }
}
