/**
 * One evaluation on images that is killed and gone on with, against an undisturbed one: kill -9 of the process at random moments, deaths of random workers,
 * and three images that cannot be read: one is cut off, one is missing, one is a text. Then the same samples in shards, merged in a random order.
 *
 *     node scripts/measure/long-run.mjs [--samples 1000] [--kills 20] [--worker-kills 20] [--shards 8] [--chip tianji] [--workers 2] [--seed 1]
 *         [--model mobilenetv1-0.25-128-float] [--cards imagenet-mobilenet128]
 *
 * Needs the shared data; `--cards`: the first words of the names of its cards. The network is compiled without tuning. Ends with status 1 if anything but
 * times differs, or if fewer were killed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { random32 } from '../../dist/prng.js';
import { root } from '../files.mjs';
import { needShared, option } from './networks.mjs';

needShared();
const shared = join(root, '..', 'shared', 'data');
const main = join(root, 'dist/cli/main.js');
const samples = Number(option('samples', '1000'));
const kills = Number(option('kills', '20'));
const workerKills = Number(option('worker-kills', '20'));
const shards = Number(option('shards', '8'));
const seed = Number(option('seed', '1'));
const workers = option('workers', '2');
const model = join(shared, 'imagenet', 'models', `${option('model', 'mobilenetv1-0.25-128-float')}.onnx`);
const cards = join(shared, 'cards', option('cards', 'imagenet-mobilenet128'));
const folder = mkdtempSync(join(tmpdir(), 'trestle-long-run-'));
const inside = (name) => join(folder, name);

let draws = 0;
const random = () => random32(seed, draws++) / 2 ** 32;
let bad = 0;
function check(right, what) {
  if (!right) bad++;
  console.log(`${right ? 'ok   ' : 'WRONG'} ${what}`);
}

/** A card of the first samples of a list, three of them spoilt; gives the numbers of those. */
function spoiltCard() {
  const path = `${cards}-val227.yaml`;
  const card = parse(readFileSync(path, 'utf8'));
  const from = resolve(dirname(path), card.root);
  const [head, ...lines] = readFileSync(resolve(dirname(path), card.labels), 'utf8').trim().split(/\r?\n/);
  const rows = Array.from({ length: samples }, (_, i) => lines[i % lines.length].split(','));
  for (const [name] of rows) {
    mkdirSync(dirname(inside(`images/${name}`)), { recursive: true });
    copyFileSync(join(from, name), inside(`images/${name}`));
  }
  const spoilt = [0.11, 0.52, 0.93].map((part) => Math.floor(part * samples));
  const whole = readFileSync(join(from, rows[spoilt[0]][0]));
  writeFileSync(inside('images/cut.jpg'), whole.subarray(0, whole.length >> 1));
  writeFileSync(inside('images/text.jpg'), 'this is no image\n');
  ['cut.jpg', 'missing.jpg', 'text.jpg'].forEach((name, i) => (rows[spoilt[i]] = [name, ...rows[spoilt[i]].slice(1)]));
  writeFileSync(inside('list.csv'), `${[head, ...rows.map((row) => row.join(','))].join('\n')}\n`);
  writeFileSync(inside('card.yaml'), stringify({ ...card, root: 'images', labels: 'list.csv' }));
  return spoilt;
}

function trestle(args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args, '--json'], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
  return JSON.parse(stdout);
}

/** What must be the same: all but times, and what names the run. */
function scores(document) {
  const other = ['seconds', 'samplesPerSecond', 'macsPerSecond', 'workers', 'memoryBytes', 'resumed', 'results', 'shard'];
  return JSON.stringify(Object.entries(document).filter(([key]) => !other.includes(key)));
}

/**
 * Loaded into the process: ends a random worker when results have grown, and tells. Not sooner, so that no range meets one death after the other, and only
 * where all are alive.
 */
const KILLER = `
  import { statSync } from 'node:fs';
  const { KILLER_SEED, KILLER_FILE, KILLER_APART } = process.env;
  const living = new Set();
  process.on('worker', (worker) => { living.add(worker); worker.once('exit', () => living.delete(worker)); });
  let state = Number(KILLER_SEED);
  let last = -1;
  setInterval(() => {
    const { size } = statSync(KILLER_FILE, { throwIfNoEntry: false }) ?? { size: 0 };
    if (last < 0 && size > 0) last = size;
    if (last < 0 || size < last + Number(KILLER_APART) || living.size < ${workers}) return;
    last = size;
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    process.stderr.write('killed a worker\\n');
    void [...living][state % living.size].terminate();
  }, 10).unref();`;

const sizeOf = (path) => (existsSync(path) ? statSync(path).size : 0);
const linesOf = (path) => (existsSync(path) ? readFileSync(path, 'latin1').split('\n').length - 2 : 0);

/** One life of the process: it is killed `ms` after it began, or after its file has `most` bytes. Gives its end and how many of its workers died. */
function life(args, path, ms, most, apart) {
  const env = { ...process.env, KILLER_SEED: String(random32(seed, draws++)), KILLER_FILE: path, KILLER_APART: String(apart) };
  const killer = workerKills > 0 ? ['--import', `data:text/javascript,${encodeURIComponent(KILLER)}`] : [];
  const child = spawn(process.execPath, [...killer, main, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (said += text));
  let timer;
  const killSoon = () => (timer ??= setTimeout(() => child.kill('SIGKILL'), ms));
  if (most === 0) killSoon();
  const watch = setInterval(() => (sizeOf(path) >= most ? killSoon() : undefined), 2);
  return new Promise((done) => {
    child.once('close', (status, signal) => {
      clearTimeout(timer);
      clearInterval(watch);
      done({ status, signal, dead: said.split('killed a worker\n').length - 1, said: said.replaceAll('killed a worker\n', '') });
    });
  });
}

try {
  const spoilt = spoiltCard();
  trestle(['compile', model, '--chip', option('chip', 'tianji'), '--calibrate', `${cards}-one-per-class.yaml`, '--samples', '16', '--without', 'all',
    '-o', inside('net.trestle')]);
  const what = ['evaluate', inside('net.trestle'), '--data', inside('card.yaml'), '--against', model, '--workers', workers];
  const quiet = trestle([...what, '--results', inside('whole.jsonl')]);
  const whole = readFileSync(inside('whole.jsonl'));
  console.log(`${samples} samples, undisturbed: ${quiet.seconds.toFixed(1)} s; top-1 ${quiet.chip.top1}, not read: ${quiet.failed.map((f) => (
    `${f.sample} ${f.file} (${f.reason})`)).join(', ')}`);
  check(JSON.stringify(quiet.failed.map((f) => f.sample)) === JSON.stringify(spoilt), 'the spoilt images are listed');
  check(quiet.samples === samples - spoilt.length, 'and never counted');

  // Lives do a twentieth of the work or so, but every fourth, which ends somewhere in its beginning.
  const path = inside('killed.jsonl');
  const apart = whole.length / (3 * workerKills + 1);
  const lives = [];
  let [killed, dead, torn] = [0, 0, 0];
  let end;
  do {
    const early = killed % 4 === 3;
    const most = killed >= kills ? Infinity : early ? 0 : Math.min(0.97 * whole.length, sizeOf(path) + (random() * 2 * whole.length) / kills);
    end = await life([...what, '--results', path, '--quiet'], path, random() * (early ? 2000 : 50), most, apart);
    if (end.signal === 'SIGKILL') killed++;
    dead += end.dead;
    lives.push(linesOf(path));
    if (sizeOf(path) > 0 && readFileSync(path).at(-1) !== 10) torn++;
  } while (end.signal === 'SIGKILL');
  if (end.status !== 0) throw new Error(end.said);
  console.log(`killed ${killed} times, ${dead} workers ended, ${torn} torn lines; results after each life: ${lives.join(' ')}`);
  check(killed >= kills, `${kills} kills of the process`);
  check(dead >= workerKills, `${workerKills} deaths of workers`);
  const last = trestle([...what, '--results', path]);
  check(scores(last) === scores(quiet), 'scores as undisturbed');
  check(readFileSync(path).equals(whole), 'results as undisturbed, to the byte');

  const order = Array.from({ length: shards }, (_, i) => i + 1).map((i) => [random(), i]).sort(([a], [b]) => a - b).map(([, i]) => i);
  for (const i of order) trestle([...what, '--shard', `${i}/${shards}`, '--results', inside(`${i}.jsonl`)]);
  const merged = trestle(['merge', ...order.map((i) => inside(`${i}.jsonl`)), '-o', inside('merged.jsonl')]);
  check(scores(merged) === scores(quiet), `${shards} shards, merged in the order ${order.join(' ')}: scores as in one run`);
  check(readFileSync(inside('merged.jsonl')).equals(whole), 'and results, to the byte');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = bad === 0 ? 0 : 1;
