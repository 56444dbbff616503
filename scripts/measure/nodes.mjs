/**
 * The same artefact and the same codes on Node 20, 22 and 24, with relaxed SIMD and without, in the calling thread and in two workers.
 *
 *     node scripts/measure/nodes.mjs [--samples 32] [--nodes 20,22,24] [--networks digits,lenet5-maxpool,resnet20] [--chips small-ideal]
 *
 * Nodes come from the npm package `node` and stay in out/nodes. Networks of ../shared are left out where it is absent. A line a run: network and
 * chip, Node, choice of kernels, workers, beginnings of the SHA-256 of artefact and codes, and the kernels that ran with their tiles. Ends with status 1
 * if a byte differs, or if kernels in relaxed SIMD ran where they must not or did not where they should.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../files.mjs';
import { runNpm } from '../install.mjs';

const codes = fileURLToPath(new URL('codes.mjs', import.meta.url));
const shared = join(root, '..', 'shared', 'data');
const example = (file) => join(root, 'examples', file);
const ofShared = (model, cards) => ({
  model: join(shared, model), calibration: join(shared, 'cards', `${cards}-train.yaml`), test: join(shared, 'cards', `${cards}-test.yaml`),
});

const networks = {
  digits: { model: example('digits/digits.onnx'), calibration: example('digits/calibration.yaml'), test: example('digits/test.yaml') },
  'lenet5-maxpool': ofShared('mnist/models/lenet5-maxpool.onnx', 'mnist'),
  resnet20: ofShared('cifar10/models/resnet20.onnx', 'cifar10-resnet'),
};
/** Chips, and whether relaxed kernels run on them: never, always, or by the weights or the machine (`null`). */
const chips = { tianji: null, prime: null, 'prime-ideal': null, [example('chips/small-ideal.yaml')]: true };
/** The first Node whose engine is taken for one with relaxed SIMD. */
const FIRST_RELAXED = 22;

function option(name, otherwise) {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1];
}

/** Path of a Node of the major version, installed if it is not there. */
function nodeOf(major) {
  const folder = join(root, 'out', 'nodes', major);
  const path = join(folder, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  // The package fetches the binary of the platform in an install script.
  runNpm(['install', '--ignore-scripts=false', '--no-audit', '--no-fund', `node@${major}`], { cwd: folder, stdio: ['ignore', 2, 2] });
  if (!existsSync(path)) throw new Error(`the npm package node@${major} did not bring ${path}`);
  return path;
}

function runUnder(node, job) {
  const { status, stdout, stderr } = spawnSync(node, [codes, JSON.stringify(job)], { encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`${node} failed on ${JSON.stringify(job)}\n${stderr}`);
  return JSON.parse(stdout);
}

const versionOf = (node) => spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();

const wanted = option('chips', Object.keys(chips).map((chip) => basename(chip, '.yaml')).join(',')).split(',');
const samples = Number(option('samples', '32'));
const nodes = option('nodes', '20,22,24').split(',').map((major) => ({ major: Number(major), path: nodeOf(major) }));
let bad = 0;
let runs = 0;

for (const name of option('networks', Object.keys(networks).join(',')).split(',')) {
  const files = networks[name];
  if (!existsSync(files.model)) {
    console.log(`${name}: left out, its files are not here`);
    continue;
  }
  for (const [chip, expected] of Object.entries(chips)) {
    const short = basename(chip, '.yaml');
    if (!wanted.includes(short)) continue;
    const title = `${name} on ${short}`;
    let first = null;
    for (const { major, path } of nodes) {
      for (const kernel of [undefined, 'simd']) {
        for (const workers of [0, 2]) {
          const found = runUnder(path, { ...files, chip, samples, workers, kernel });
          first ??= found;
          runs++;
          const same = found.artefact === first.artefact && found.codes === first.codes;
          const relaxed = Object.keys(found.kernels).some((k) => k.includes('/relaxed'));
          const allowed = major >= FIRST_RELAXED && kernel === undefined;
          const asExpected = found.notes.length === 0 && (relaxed ? allowed && expected !== false : !(allowed && expected === true));
          if (!same || !asExpected) bad++;
          const ran = Object.entries(found.kernels).map(([k, n]) => `${k} ${n}`).join(', ');
          console.log([
            title.padEnd(36), versionOf(path).padEnd(9), (kernel ?? 'default').padEnd(7), `${workers} workers`,
            found.artefact.slice(0, 12), found.codes.slice(0, 12), same ? 'identical' : 'DIFFERENT',
            `${asExpected ? '' : 'NOT THE KERNELS EXPECTED: '}${ran}`, ...found.notes,
          ].join('  '));
        }
      }
    }
  }
}
console.log(`${runs} runs, ${samples} samples each: ${bad === 0 ? 'all artefacts and all codes identical' : `${bad} WRONG`}`);
process.exitCode = bad === 0 ? 0 : 1;
