/**
 * node bench/run.mjs [kernels|networks ...] [--json FILE] [--quick] [--processes N] [--only TEXT] [--profile]
 *
 * Speed as multiples of the yardsticks' speed, medians over several processes, in each of which all contenders take turns. Needs dist/ (npm
 * run bench builds it) and a quiet machine.
 *
 *   kernels   core-ops against their scalar twins, plain JavaScript and onnxruntime
 *   networks  whole networks in one thread against onnxruntime's float network; needs ../shared
 *   --json    where the results go (out/bench.json); other parts that are in the file stay
 *   --quick   one process, short rounds: for a look only
 *   --only    groups whose title contains TEXT
 *   --profile instead: where the time of the networks goes, microseconds an image by kind of work and by step
 */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { packageVersion } from '../dist/index.js';
import { root, writeWhole } from '../scripts/files.mjs';
import { hasShared, needShared } from '../scripts/measure/networks.mjs';
import { machine } from './machine.mjs';
import { groupText } from './print.mjs';
import { measurePart } from './processes.mjs';
import { profiles, profileText } from './profile.mjs';

const PARTS = {
  kernels: { needsShared: false, full: { rounds: 7, seconds: 0.1 }, quick: { rounds: 3, seconds: 0.03 } },
  networks: { needsShared: true, full: { rounds: 5, seconds: 0.2 }, quick: { rounds: 3, seconds: 0.05 } },
};

/** The command line, or a message of what is wrong with it. */
function options() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'string', default: resolve(root, 'out', 'bench.json') }, quick: { type: 'boolean', default: false },
      processes: { type: 'string' }, only: { type: 'string', default: '' },
      profile: { type: 'boolean', default: false },
    },
  });
  const unknown = positionals.filter((name) => !Object.hasOwn(PARTS, name));
  if (unknown.length > 0) throw new Error(`unknown part ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`);
  const processes = Number(values.processes ?? (values.quick ? 1 : 5));
  if (!Number.isInteger(processes) || processes < 1) throw new Error(`--processes ${values.processes}: a natural number is wanted`);
  return { ...values, processes, parts: positionals.length > 0 ? positionals : Object.keys(PARTS) };
}

async function main() {
  let asked;
  try {
    asked = options();
  } catch (error) {
    console.error(error.message);
    return 2;
  }
  if (asked.profile) {
    needShared();
    const networks = await profiles({ ...PARTS.networks[asked.quick ? 'quick' : 'full'], only: asked.only });
    console.log(networks.map(profileText).join('\n'));
    save(asked.json, 'profile', { networks });
    return 0;
  }
  for (const name of asked.parts) {
    const part = PARTS[name];
    if (part.needsShared && !hasShared) {
      console.error(`${name}: the shared data (../shared/data) is not here: left out`);
      continue;
    }
    const settings = { ...(asked.quick ? part.quick : part.full), processes: asked.processes, only: asked.only };
    const groups = await measurePart(name, settings);
    console.log(groups.map(groupText).join('\n'));
    save(asked.json, name, { ...settings, groups });
  }
  return 0;
}

/** Puts the results of a part into the file; each part says by itself when and where it was measured. */
function save(file, name, results) {
  const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { parts: {} };
  const command = ['npm run bench --', ...process.argv.slice(2)].join(' ');
  const part = { date: new Date().toISOString(), command, trestle: packageVersion(), machine: machine(), ...results };
  writeWhole(file, `${JSON.stringify({ format: 'trestle-bench/1', parts: { ...before.parts, [name]: part } }, null, 1)}\n`);
}

process.exitCode = await main();
