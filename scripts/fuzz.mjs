/**
 * The long run of the fuzzer (docs/fuzzing.md): changed models, artefacts, texts and data files, each of which must be done or refused with
 * diagnostics. Cases run in processes of their own, with a limit on time and memory.
 *
 *     node scripts/fuzz.mjs [--models 5000] [--artefacts 5000] [--texts 2000] [--arrays 1000] [--seed 0] [--jobs 2] [--real ../shared/data]
 *     node scripts/fuzz.mjs --case model:123 [--seed 0] [--real ../shared/data]      runs one case alone and saves its input
 *
 * Inputs that fail are saved to out/fuzz/. Exit status 1 if there is any fault, 2 for wrong usage.
 */
import { fork } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { root } from './files.mjs';
import { transpile } from './transpile.mjs';

/** A case may take this much processor time, and this much time by the clock; a process may hold this much memory. */
const SECONDS = 10;
const CLOCK_SECONDS = 120;
const MEMORY = 2 ** 30;
/** Cases that a process is asked for at once. */
const CHUNK = 100;
/** Seeds are made, compiled among them, before the first case: that may take longer. */
const START_SECONDS = 120;
const TARGETS = ['model', 'artefact', 'card', 'chip', 'array', 'vectors'];
const out = join(root, 'out', 'fuzz');

function options() {
  const { values } = parseArgs({
    options: Object.fromEntries(['models', 'artefacts', 'texts', 'arrays', 'seed', 'jobs', 'real', 'case'].map((name) => [name, { type: 'string' }])),
  });
  const whole = (name, fallback) => {
    const value = Number(values[name] ?? fallback);
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** 32) throw new TypeError(`--${name} ${values[name]}`);
    return value;
  };
  const [texts, arrays] = [whole('texts', 2000), whole('arrays', 1000)];
  const counts = {
    model: whole('models', 5000), artefact: whole('artefacts', 5000), card: Math.ceil(texts / 2), chip: Math.floor(texts / 2), array: Math.ceil(arrays / 2),
    vectors: Math.floor(arrays / 2),
  };
  const real = values.real === undefined ? undefined : resolve(values.real);
  if (real !== undefined && !existsSync(real)) throw new TypeError(`--real ${values.real}: there is no such folder`);
  const one = values.case === undefined ? undefined : /^([a-z]+):(\d+)$/.exec(values.case);
  if (one === null || (one !== undefined && !TARGETS.includes(one[1]))) {
    throw new TypeError(`--case ${values.case}: give one of ${TARGETS.join(', ')}, and a number, such as model:7`);
  }
  const seed = whole('seed', 0);
  return { counts, seed, jobs: Math.max(1, whole('jobs', 2)), real, one: one && { target: one[1], index: Number(one[2]) } };
}

/** One process and what it is asked; a new process takes the place of one that died or was killed. */
class Lane {
  child = null;
  constructor(program, common) {
    Object.assign(this, { program, common });
  }

  async start() {
    this.child = fork(this.program, [], { cwd: root, execArgv: ['--max-old-space-size=512'], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.words = '';
    this.child.stderr.on('data', (text) => (this.words = (this.words + text).slice(-4000)));
    await new Promise((done) => this.child.once('message', done));
  }

  /** Runs cases `from`..`to - 1`; `see` gets every case with what came of it, whatever becomes of the process. */
  async run(target, from, to, see) {
    for (let next = from; next < to;) {
      if (this.child === null) await this.start();
      next = await this.ask({ target, from: next, to, ...this.common }, see);
    }
  }

  /** Gives the number of the first case that is still to be run. */
  ask(request, see) {
    const { child } = this;
    return new Promise((done) => {
      let current = request.from;
      let timer;
      const finish = (next) => {
        clearTimeout(timer);
        child.removeAllListeners('message').removeAllListeners('exit');
        done(next);
      };
      const end = (kind, fault, seconds) => {
        this.child = null;
        see({ target: request.target, index: current, outcome: { from: '?', done: [], codes: [], fault }, seconds, kind });
        finish(current + 1);
      };
      const watch = (allowed, clock, at) => {
        const started = performance.now();
        const look = (seconds) => {
          clearTimeout(timer);
          timer = setTimeout(() => {
            const passed = (performance.now() - started) / 1000;
            const used = Math.min(passed, processorTime(child.pid) - at);
            if (used < allowed && passed < clock) return look(Math.max(1, allowed - used));
            child.removeAllListeners('exit');
            child.kill('SIGKILL');
            end('hang', `no end after ${used.toFixed(1)} s of work, ${passed.toFixed(1)} s by the clock`, used);
          }, seconds * 1000);
        };
        look(allowed);
      };
      child.on('message', (message) => {
        if (message.begins !== undefined) {
          current = message.begins;
          watch(SECONDS, CLOCK_SECONDS, message.at);
        } else if (message.input !== undefined) {
          save(request.target, this.common.seed, current, message);
        } else if (message.ends !== undefined) {
          const { outcome, seconds, peak } = message;
          const kind = outcome.fault !== undefined ? 'crash' : peak > MEMORY ? 'memory' : 'fine';
          see({ target: request.target, index: current, outcome, seconds, peak, kind });
          // A process that once grew is never small again: a new one tells who else grows.
          if (kind === 'memory') {
            child.removeAllListeners('exit');
            child.kill('SIGKILL');
            this.child = null;
            finish(current + 1);
          }
        } else if (message.done) {
          finish(request.to);
        }
      });
      child.once('exit', (status, signal) => end('crash', `the process ended: ${signal ?? `status ${status}`}\n${this.words}`));
      watch(START_SECONDS, 5 * START_SECONDS, 0);
      child.send(request);
    });
  }

  close() {
    this.child?.disconnect();
  }
}

function save(target, seed, index, { input, name, ending }) {
  mkdirSync(out, { recursive: true });
  const file = join(out, `${target}-${seed}-${index}${ending}`);
  writeFileSync(file, Buffer.from(input, 'base64'));
  console.log(`${target}:${index} from ${name}: ${file}`);
}

class Totals {
  rows = new Map();
  slowest = { seconds: 0, name: '' };
  peak = 0;
  faults = [];

  add({ target, index, outcome, seconds = 0, peak = 0, kind }) {
    const row = this.rows.get(target) ?? { cases: 0, accepted: 0, used: 0, refused: 0, crash: 0, hang: 0, memory: 0, codes: new Map() };
    this.rows.set(target, row);
    row.cases++;
    if (outcome.done.length > 0) row.accepted++;
    if (outcome.done.length > 1) row.used++;
    if (outcome.codes.length > 0) row.refused++;
    for (const code of outcome.codes) row.codes.set(code, (row.codes.get(code) ?? 0) + 1);
    if (seconds > this.slowest.seconds) this.slowest = { seconds, name: `${target}:${index}` };
    this.peak = Math.max(this.peak, peak);
    if (kind === 'fine') return;
    row[kind]++;
    this.faults.push({ target, index, kind, ...outcome });
    console.log(`${kind} ${target}:${index} from ${outcome.from}: ${(outcome.fault ?? `${mebibytes(peak)} MiB`).slice(0, 1500)}`);
  }

  print(clock) {
    const head = ['target', 'cases', 'accepted', 'and used', 'told', 'crashes', 'hangs', 'too large'];
    const body = [...this.rows].map(([name, r]) => [name, r.cases, r.accepted, r.used, r.refused, r.crash, r.hang, r.memory]);
    for (const row of [head, ...body]) console.log(row.map((cell, i) => (i === 0 ? String(cell).padEnd(9) : String(cell).padStart(10))).join(''));
    console.log('told, by number:');
    for (const [name, { codes }] of this.rows) console.log(`${name.padEnd(9)} ${[...codes].sort().map(([code, n]) => `${code} ${n}`).join(', ')}`);
    const { seconds, name } = this.slowest;
    console.log(`slowest case ${seconds.toFixed(2)} s of work (${name}); peak memory of a process ${mebibytes(this.peak)} MiB; ${clock.toFixed(0)} s in all`);
  }
}

/** Seconds that a process has worked; without /proc, any number, so that the clock alone counts. */
function processorTime(pid) {
  try {
    // After the name in brackets: fields 14 and 15 of proc(5), in hundredths of a second.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function mebibytes(bytes) {
  return Math.ceil(bytes / 2 ** 20);
}

async function main() {
  const { counts, seed, jobs, real, one } = options();
  await build();
  const program = await transpile('test/fuzz/process.ts', join(root, 'out', 'fuzz', 'code'));
  const common = { seed, ...(real === undefined ? {} : { real }) };
  const totals = new Totals();
  const start = performance.now();
  if (one) {
    await saveInput(program, common, one);
    const lane = new Lane(program, common);
    await lane.run(one.target, one.index, one.index + 1, (result) => {
      console.log(JSON.stringify(result.outcome, null, 1));
      totals.add(result);
    });
    lane.close();
  } else {
    const chunks = TARGETS.flatMap((target) => Array.from({ length: Math.ceil(counts[target] / CHUNK) }, (_, i) => (
      [target, i * CHUNK, Math.min(counts[target], (i + 1) * CHUNK)])));
    await Promise.all(Array.from({ length: jobs }, async () => {
      const lane = new Lane(program, common);
      for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift()) await lane.run(...chunk, (result) => totals.add(result));
      lane.close();
    }));
    for (const fault of totals.faults.slice(0, 50)) await saveInput(program, common, fault);
    const again = `--seed ${seed}${real === undefined ? '' : ` --real ${real}`}`;
    for (const { target, index } of totals.faults.slice(0, 50)) console.log(`again: node scripts/fuzz.mjs --case ${target}:${index} ${again}`);
  }
  totals.print((performance.now() - start) / 1000);
  return totals.faults.length === 0 ? 0 : 1;
}

/** Writes the input of a case to out/fuzz/, from a process that makes it and does nothing with it. */
async function saveInput(program, common, { target, index }) {
  const lane = new Lane(program, { ...common, input: true });
  await lane.run(target, index, index + 1, () => undefined);
  lane.close();
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`fuzz: ${error.message}`);
  process.exitCode = error instanceof TypeError ? 2 : 1;
}
