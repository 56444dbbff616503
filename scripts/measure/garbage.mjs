/**
 * Memory that one thread allocates and drops for each sample that it reads and runs: it is the collector's work, which has threads of its own.
 *
 *     node scripts/measure/garbage.mjs net.trestle --data card.yaml [--samples 100] [--top 10]
 *
 * Found by sampling what is allocated on the heap (one in 2 KB), after 60 samples that warm the engine up.
 */
import { Session } from 'node:inspector/promises';
import { readFileSync } from 'node:fs';
import { taskSamples } from '../../dist/data/read.js';
import { EmulatorPool } from '../../dist/emulate/pool.js';
import { NOTHING } from '../../dist/emulate/tasks.js';
import { loadDataSet, readArtefact } from '../../dist/index.js';
import { option } from './networks.mjs';

const INTERVAL = 2048;
const WARM_UP = 60;

const file = process.argv[2];
const count = Number(option('samples', '100'));
const top = Number(option('top', '10'));
const data = loadDataSet(option('data', ''));
const pool = EmulatorPool.create({ chip: readArtefact(readFileSync(file), file).graph, workers: 0 });

async function runSamples(n) {
  for (let i = 0; i < n; i++) {
    const { input } = await taskSamples(data, i % data.count, 1);
    await pool.run({ ...NOTHING, input, count: 1, output: true });
  }
}

/** Bytes by the function that allocates them. */
function byFunction({ head }) {
  const bytes = new Map();
  const visit = ({ callFrame: { functionName, url, lineNumber }, selfSize, children }) => {
    const name = `${functionName || '(no name)'} ${url.split('/').slice(-2).join('/')}:${lineNumber + 1}`;
    bytes.set(name, (bytes.get(name) ?? 0) + selfSize);
    children.forEach(visit);
  };
  visit(head);
  return [...bytes].sort(([, a], [, b]) => b - a);
}

await runSamples(WARM_UP);
const session = new Session();
session.connect();
const dropped = { includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true };
await session.post('HeapProfiler.startSampling', { samplingInterval: INTERVAL, ...dropped });
await runSamples(count);
const { profile } = await session.post('HeapProfiler.stopSampling');
session.disconnect();
await pool.close();

const found = byFunction(profile);
const kilobytes = (bytes) => (bytes / 1024 / count).toFixed(1);
console.log(`${kilobytes(found.reduce((sum, [, bytes]) => sum + bytes, 0))} KB a sample`);
for (const [name, bytes] of found.slice(0, top)) console.log(`${kilobytes(bytes).padStart(8)}  ${name}`);
