/**
 * node bench/run.mjs [kernels|networks|imagenet|crossbar|scaling|growth|choice|profile ...] [--json FILE] [--quick] [--processes N] [--only TEXT]
 *
 * Speed as multiples of the yardsticks' speed, medians over several processes, in each of which all contenders take turns. Needs dist/ (npm
 * run bench builds it) and a quiet machine. Without a part: kernels, networks, imagenet, crossbar, scaling, growth.
 *
 *   kernels   core-ops and layers against their scalar twins, plain JavaScript and onnxruntime
 *   networks  whole networks in one thread against onnxruntime's float network; needs ../shared
 *   imagenet  ImageNet networks in one thread against onnxruntime's float and integer ones; needs ../shared
 *   crossbar  one PRIME crossbar against numpy, two threads each; needs python3 with numpy
 *   scaling   two workers against one; needs ../shared
 *   growth    time of an image with batch, image size and depth, in one thread against onnxruntime's float network
 *   choice    whether the kernel picked for a tile is the fastest; status 1 where another one is faster by more than 10 %
 *   profile   where the networks' time goes, by kind of work and by step (the same as networks --profile); needs ../shared
 *
 *   --json    where the results go (out/bench.json); other parts that are in the file stay
 *   --quick   one process, short rounds: for a look only
 *   --processes  number of processes (5)
 *   --cpu     seconds of the processor, not of the clock: for a machine that others keep busy, and parts that run in one thread
 *   --only    groups whose title contains TEXT
 *   --size    rows and columns of the core (256): for tests of this program
 */
import { existsSync, readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageVersion } from '../dist/index.js';
import { root, writeWhole } from '../scripts/files.mjs';
import { hasShared } from '../scripts/measure/networks.mjs';
import { choiceText, verdicts } from './choice.mjs';
import { measureCrossbar } from './crossbar.mjs';
import { growthText } from './growth-print.mjs';
import { machine } from './machine.mjs';
import { groupsText } from './print.mjs';
import { measurePart } from './processes.mjs';
import { profiles, profilesText } from './profile.mjs';
import { measureScaling } from './scaling.mjs';

/** `measure` gives groups of results, `failed` whether the status is 1. What is `alone` is measured in this process only. */
const PARTS = {
  kernels: { measure: (o) => measurePart('kernels', o), text: groupsText, full: { rounds: 7, seconds: 0.1 }, quick: { rounds: 3, seconds: 0.03 } },
  networks: {
    needsShared: true, measure: (o) => measurePart('networks', o), text: groupsText, full: { rounds: 5, seconds: 0.2 }, quick: { rounds: 3, seconds: 0.05 },
  },
  imagenet: {
    needsShared: true, measure: (o) => measurePart('imagenet', o), text: groupsText, full: { rounds: 5, seconds: 0.5 }, quick: { rounds: 3, seconds: 0.2 },
  },
  crossbar: { alone: true, measure: measureCrossbar, text: groupsText, full: { rounds: 15, seconds: 0.5 }, quick: { rounds: 3, seconds: 0.1 } },
  scaling: { needsShared: true, alone: true, measure: measureScaling, text: groupsText, full: { rounds: 5, seconds: 10 }, quick: { rounds: 1, seconds: 2 } },
  growth: { measure: (o) => measurePart('growth', o), text: growthText, full: { rounds: 5, seconds: 0.3 }, quick: { rounds: 3, seconds: 0.05 } },
  choice: {
    measure: (o) => measurePart('choice', o), text: choiceText, failed: (groups) => verdicts(groups).some(({ right }) => !right),
    full: { rounds: 7, seconds: 0.02 }, quick: { rounds: 3, seconds: 0.01 },
  },
  profile: { needsShared: true, alone: true, measure: profiles, text: profilesText, full: { rounds: 1, seconds: 1 }, quick: { rounds: 1, seconds: 0.2 } },
};
const USUAL = ['kernels', 'networks', 'imagenet', 'crossbar', 'scaling', 'growth'];

/** The command line; throws with what is wrong with it. */
function readOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'string', default: join(root, 'out', 'bench.json') }, quick: { type: 'boolean', default: false }, processes: { type: 'string' },
      only: { type: 'string', default: '' }, profile: { type: 'boolean', default: false }, size: { type: 'string', default: '256' },
      cpu: { type: 'boolean', default: false },
    },
  });
  const unknown = positionals.filter((name) => !Object.hasOwn(PARTS, name));
  if (unknown.length > 0) throw new Error(`unknown part ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`);
  const natural = (name, text) => {
    const n = Number(text);
    if (!Number.isInteger(n) || n < 1) throw new Error(`--${name} ${text}: a natural number is wanted`);
    return n;
  };
  const parts = values.profile ? ['profile'] : positionals.length > 0 ? positionals : USUAL;
  const processes = natural('processes', values.processes ?? (values.quick ? 1 : 5));
  return { ...values, parts, processes, size: natural('size', values.size) };
}

async function main() {
  let options;
  try {
    options = readOptions();
  } catch (error) {
    console.error(error.message);
    return 2;
  }
  let status = 0;
  for (const name of options.parts) {
    const part = PARTS[name];
    if (part.needsShared && !hasShared) {
      console.error(`${name}: the shared data (../shared/data) is not here: left out`);
      continue;
    }
    const processes = part.alone ? 1 : options.processes;
    const settings = { ...(options.quick ? part.quick : part.full), processes, only: options.only, size: options.size, cpu: options.cpu };
    const where = { ...machine(), load: loadavg()[0] };
    const groups = await part.measure(settings);
    console.log(part.text(groups));
    save(options.json, name, { machine: where, settings, groups });
    if (part.failed?.(groups)) status = 1;
  }
  return status;
}

/** Puts the results of a part into the file; each part says by itself when, where and how it was measured. */
function save(file, name, results) {
  const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { parts: {} };
  const command = ['npm run bench --', ...process.argv.slice(2)].join(' ');
  const part = { date: new Date().toISOString(), command, trestle: packageVersion(), ...results };
  writeWhole(file, `${JSON.stringify({ format: 'trestle-bench/1', parts: { ...before.parts, [name]: part } }, null, 1)}\n`);
}

process.exitCode = await main();
