/** The package as a user has it: packed, installed into an empty project, used from another folder, with names that are not plain ASCII. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runNpm } from '../../scripts/install.mjs';
import { readNpy, writeNpy } from '../../src/data/npy.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const base = mkdtempSync(join(tmpdir(), 'trestle-packed-'));
const project = join(base, 'prüfung 測試 x', 'project');
const elsewhere = join(base, 'données à part');
const installed = join(project, 'node_modules', 'trestle');
const main = join(project, 'node_modules', '.bin', 'trestle');
afterAll(() => rmSync(base, { recursive: true, force: true }));

function npm(args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = runNpm([...args, '--offline', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm ${args.join(' ')} failed: ${stderr}`);
  return stdout;
}

/** The folders of all packages that the package needs when it runs, relative to the root: npm takes them where they lie, without a network. */
function dependencies(): string[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, { dev?: true; devOptional?: true }> };
  const needed = Object.entries(packages).filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional);
  return needed.map(([path]) => path).filter((path) => existsSync(join(root, path)));
}

interface Pack {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

interface Accuracy {
  readonly top1: number;
}

interface Demo {
  readonly chips: readonly { readonly name: string; readonly chip: Accuracy; readonly float: Accuracy; readonly coreOps: number }[];
  readonly seconds: number;
}

let pack: Pack;

beforeAll(() => {
  for (const folder of [project, elsewhere]) mkdirSync(folder, { recursive: true });
  [pack] = JSON.parse(npm(['pack', '--json', '--pack-destination', dirname(project)], root)) as [Pack];
  writeFileSync(join(project, 'package.json'), '{ "name": "project", "version": "1.0.0", "private": true, "type": "module" }');
  for (const path of dependencies()) cpSync(join(root, path), join(project, path), { recursive: true });
  npm(['install', join('..', pack.filename)], project);
}, 60_000);

describe('the packed files', () => {
  const paths = (): string[] => pack.files.map(({ path }) => path);

  it('are what is needed', () => {
    const sources = (folder: string, ending: string): string[] => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith(ending)).map((file) => posix.join(folder, file));
    expect(paths()).toEqual(expect.arrayContaining([
      'package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'dist/wasm/kernels.wasm', 'dist/index.d.ts',
      ...sources('src', '.ts').map((file) => file.replace(/^src(.*)\.ts$/, 'dist$1.js')),
      ...sources('src', '.yaml').map((file) => file.replace(/^src/, 'dist')),
      ...sources('docs', ''), ...sources('examples', '').filter((file) => /\.\w+$/.test(file)),
    ]));
  });

  it('are nothing else', () => {
    const known = [
      /^dist\/(?:[\w-]+\/)*[\w-]+\.(?:js|d\.ts|yaml|wasm)$/, /^docs\/[\w-]+\.(?:md|svg|png)$/, /^examples\/.+/,
      /^(?:(?:README|CHANGELOG)\.md|LICENSE|package\.json)$/,
    ];
    expect(paths().filter((path) => !known.some((one) => one.test(path)))).toEqual([]);
    expect(pack.size).toBeLessThan(1.5e6);
  });

  it('are the ones that their pages link to', () => {
    const pages = paths().filter((path) => path.endsWith('.md'));
    const links = pages.flatMap((page) => [...readFileSync(join(installed, page), 'utf8').matchAll(/\]\(([^)#\s:]+)(?:#[^)]*)?\)/g)]
      .map(([, link]) => posix.join(posix.dirname(page), link!)));
    expect(links.length).toBeGreaterThan(20);
    expect([...new Set(links)].filter((link) => !existsSync(join(installed, link)))).toEqual([]);
  });
});

describe('the installed command', () => {
  const trestle = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(main, args, { cwd: elsewhere, encoding: 'utf8', shell: process.platform === 'win32', timeout: 60_000 });
    return { status, stdout, stderr };
  };
  const examples = join(installed, 'examples');

  it('works on files whose names have spaces and other letters', () => {
    copyFileSync(join(examples, 'digits/digits.onnx'), join(elsewhere, 'réseau 網路.onnx'));
    copyFileSync(join(examples, 'chips/small-ideal.yaml'), join(elsewhere, 'ma puce ñ.yaml'));
    copyFileSync(join(examples, 'digits/test-images.idx3-ubyte.gz'), join(elsewhere, 'images à lire.gz'));
    copyFileSync(join(examples, 'digits/test-labels.idx1-ubyte.gz'), join(elsewhere, 'étiquettes.gz'));
    const card = readFileSync(join(examples, 'digits/test.yaml'), 'utf8');
    writeFileSync(join(elsewhere, 'carte 卡.yaml'), card.replace(/images: .*/, 'images: images à lire.gz').replace(/labels: .*/, 'labels: étiquettes.gz'));
    writeFileSync(join(elsewhere, 'entrée x.npy'), writeNpy([2, 1, 28, 28], new Float32Array(2 * 784).fill(0.5)));

    const compiled = trestle('compile', 'réseau 網路.onnx', '--chip', 'ma puce ñ.yaml', '--calibrate', 'carte 卡.yaml', '--samples', '20');
    expect(compiled).toMatchObject({ status: 0, stderr: '' });
    const options = ['--against', 'réseau 網路.onnx', '--limit', '50', '--workers', '2', '--json'];
    const evaluated = trestle('evaluate', 'réseau 網路.trestle', '--data', 'carte 卡.yaml', ...options);
    expect(evaluated).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(evaluated.stdout)).toMatchObject({ samples: 50, failed: [], diagnostics: [] });
    expect(trestle('run', 'réseau 網路.trestle', '--input', 'entrée x.npy', '-o', 'sortie é.npy').stdout).toBe('written: sortie é.npy, [2, 10]\n');
    expect(readNpy(readFileSync(join(elsewhere, 'sortie é.npy')), 'y').shape).toEqual([2, 10]);
    expect(trestle('trace', 'réseau 網路.trestle', '--input', 'entrée x.npy', '-o', 'dossier des codes ü')).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(join(elsewhere, 'dossier des codes ü'))).toContain('logits.npy');
  }, 60_000);

  it('finds its chips and its example, and runs it on both chips, near the float network', () => {
    const demo = trestle('demo', '--json', '--quiet');
    expect(demo).toMatchObject({ status: 0, stderr: '' });
    const { chips, seconds } = JSON.parse(demo.stdout) as Demo;
    expect(chips.map(({ name }) => name)).toEqual(['tianji', 'prime']);
    expect(seconds).toBeLessThan(60);
    for (const { chip, float } of chips) expect(float.top1 - chip.top1).toBeLessThan(0.02);
    expect(chips.every(({ coreOps }) => coreOps > 4)).toBe(true);
    expect(trestle('chips', 'tianji').stdout).toBe(readFileSync(join(installed, 'dist/chip/builtin/tianji.yaml'), 'utf8'));
  }, 60_000);
});

describe('the installed interface', () => {
  const program = `import { compile, evaluate, loadChip, loadDataSet, packagePath, readModel, type Compiled } from 'trestle';

const compiled: Compiled = await compile(
  readModel(packagePath('examples/digits/digits.onnx')), loadChip('tianji'), loadDataSet(packagePath('examples/digits/calibration.yaml')), { samples: 10 },
);
const { samples, chip } = await evaluate(compiled.artefact, loadDataSet(packagePath('examples/digits/test.yaml')), { limit: 40, workers: 2 });
const top1: number = chip?.top1 ?? 0;
console.log(samples, top1 > 0.8, compiled.layers.map(({ name }) => name).join(' '));
`;

  it('has types that hold and refuse what is wrong, without those of Node, and runs', () => {
    writeFileSync(join(project, 'use.ts'), program);
    writeFileSync(join(project, 'wrong.ts'), "import { loadChip } from 'trestle';\nloadChip(5);\n");
    const compilerOptions = { strict: true, module: 'nodenext', target: 'es2022', lib: ['es2022', 'dom'], types: [], skipLibCheck: false };
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts', 'wrong.ts'] }));
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [compiler, '--pretty', 'false'], { cwd: project, encoding: 'utf8' });
    expect(stdout).toMatch(/^wrong\.ts\(2,10\): error TS2345: .*\n$/);
    const ran = spawnSync(process.execPath, [join(project, 'use.js')], { cwd: elsewhere, encoding: 'utf8' });
    expect(ran).toMatchObject({ status: 0, stdout: '40 true conv1 pool1 conv2 pool2 dense1 dense2 dense3\n', stderr: '' });
  }, 60_000);
});
