/**
 * One PRIME crossbar of 256 x 256 on 1,024 rows, in two threads: our kernel against the best numpy that we could write (crossbar.py). Both
 * sides take turns; results are compared first.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { combine } from './processes.mjs';
import { expectSame, pickedFor, placed } from './placed.mjs';
import { codes, composedTile } from './tiles.mjs';

const SIZE = 256;
const BATCH = 1024;
const GAIN = 7;
const NUMPY = 'numpy';
const OWN = 'composed/packed';
const GROUP = {
  title: `one PRIME crossbar, gain ${GAIN}, two threads`, unit: 'products', yardsticks: [NUMPY], goals: [{ name: OWN, yardstick: NUMPY, least: 3 }], notes: [],
};
const script = fileURLToPath(new URL('crossbar.py', import.meta.url));

/** Each round is taken as a process. */
export async function measureCrossbar({ rounds, seconds, only, cpu }) {
  if (!GROUP.title.includes(only)) return [];
  if (spawnSync('python3', ['-c', 'import numpy']).status !== 0) {
    console.error('crossbar: python3 has no numpy: left out');
    return [];
  }
  const folder = mkdtempSync(join(tmpdir(), 'trestle-crossbar-'));
  const spec = composedTile(SIZE, SIZE, GAIN);
  const x = codes(BATCH * SIZE, spec.input.lo, spec.input.hi, 3);
  const own = ownThreads();
  const peer = await numpy(folder, x, spec.weights);
  try {
    const kernel = placed(pickedFor(spec), spec, x, BATCH);
    kernel.run();
    expectSame(kernel.outputs(), int16(readFileSync(peer.outputs)), `${kernel.name} and numpy`);
    const runs = [];
    for (let round = 0; round <= rounds; round++) {
      const times = [];
      for (const [name, variant, run] of [[kernel.name, null, (s) => own.run(s, cpu)], ...peer.variants.map((v) => [NUMPY, v, (s) => peer.run(v, s, cpu)])]) {
        times.push({ name, variant, seconds: await run(seconds) / (BATCH * SIZE * SIZE) });
      }
      // The first one warms up.
      if (round > 0) runs.push([{ ...GROUP, times }]);
    }
    return combine(runs);
  } finally {
    peer.close();
    await own.close();
    rmSync(folder, { recursive: true });
  }
}

function int16(bytes) {
  return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
}

/** Two threads that each have half of the rows, and meet after every batch. `run` gives the seconds of a batch. */
function ownThreads() {
  const meeting = new Int32Array(new SharedArrayBuffer(8));
  const program = new URL('crossbar-worker.mjs', import.meta.url);
  const workers = [0, 1].map((half) => new Worker(program, { workerData: { meeting, half, size: SIZE, rows: BATCH / 2, gain: GAIN } }));
  const batches = async (count, cpu) => {
    const before = process.cpuUsage();
    const answers = Promise.all(workers.map((worker) => once(worker, 'message')));
    workers.forEach((worker) => worker.postMessage(count));
    const seconds = Math.max(...(await answers).flat());
    const { user, system } = process.cpuUsage(before);
    return cpu ? (user + system) / 1e6 / count : seconds;
  };
  let last = 0;
  return {
    run: async (seconds, cpu) => {
      if (last === 0) last = await batches(1, cpu);
      last = await batches(Math.max(1, Math.round(seconds / last)), cpu);
      return last;
    },
    close: () => Promise.all(workers.map((worker) => worker.terminate())),
  };
}

/** The script as a process: a line in asks for a variant and seconds, a line out gives the seconds of a batch. */
async function numpy(folder, x, weights) {
  const files = { x: join(folder, 'x'), w: join(folder, 'w'), outputs: join(folder, 'y') };
  writeFileSync(files.x, Buffer.from(x.buffer));
  writeFileSync(files.w, Buffer.from(Int16Array.from(weights).buffer));
  const child = spawn('python3', [script, files.x, files.w, files.outputs, String(SIZE), String(GAIN)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error('crossbar.py ended early');
    return value;
  };
  const variants = JSON.parse(await line());
  return {
    variants, outputs: files.outputs, close: () => child.stdin.end(),
    run: async (variant, seconds, cpu) => {
      child.stdin.write(`${JSON.stringify([variant, seconds, cpu])}\n`);
      return Number(await line());
    },
  };
}
