/** Half of the rows of crossbar.mjs: runs as many batches as it is told, and meets the other half after each. */
import { parentPort, workerData } from 'node:worker_threads';
import { pickedFor, placed } from './placed.mjs';
import { codes, composedTile } from './tiles.mjs';

const { meeting, half, size, rows, gain } = workerData;
const spec = composedTile(size, size, gain);
const x = codes(2 * rows * size, spec.input.lo, spec.input.hi, 3).subarray(half * rows * size, (half + 1) * rows * size);
const kernel = placed(pickedFor(spec), spec, x, rows);

/** Waits until both have come. The first to come stays awake for a moment, as OpenBLAS does. */
function meet() {
  const turn = Atomics.load(meeting, 1);
  if (Atomics.add(meeting, 0, 1) % 2 === 1) {
    Atomics.add(meeting, 1, 1);
    Atomics.notify(meeting, 1);
    return;
  }
  for (let i = 0; i < 1000; i++) if (Atomics.load(meeting, 1) !== turn) return;
  Atomics.wait(meeting, 1, turn);
}

parentPort.on('message', (batches) => {
  meet();
  const start = performance.now();
  for (let i = 0; i < batches; i++) {
    kernel.run();
    meet();
  }
  parentPort.postMessage((performance.now() - start) / 1000 / batches);
});
