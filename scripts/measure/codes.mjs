/**
 * node scripts/measure/codes.mjs '{"model": ..., "chip": ..., "calibration": ..., "test": ..., "samples": 32, "workers": 0, "kernel": "simd"}'
 *
 * Compiles a network and runs it on test samples, under the Node that runs this. Prints as JSON: SHA-256 of the artefact's bytes and of all signals'
 * codes, and how many tiles each kernel took.
 */
import { createHash } from 'node:crypto';
import { EmulatorPool } from '../../dist/emulate/pool.js';
import { NOTHING } from '../../dist/emulate/tasks.js';
import { compile, loadChip, loadDataSet, readModel, writeArtefact } from '../../dist/index.js';
import { readAll } from '../../dist/data/read.js';

const { model, chip, calibration, test, samples, workers, kernel } = JSON.parse(process.argv[2]);
const way = { workers, ...(kernel === undefined ? {} : { kernel }) };
const TASK = 16;

const { artefact, diagnostics } = await compile(readModel(model), loadChip(chip), loadDataSet(calibration), { samples, ...way });
const { graph } = artefact;
const inputs = await readAll(loadDataSet(test), Array.from({ length: samples }, (_, i) => i));
const size = inputs.length / samples;
const signals = [...graph.signals.keys()];
const pool = EmulatorPool.create({ chip: graph, keep: 'all', ...way });
const parts = [];
await pool.each((index) => {
  const first = index * TASK;
  if (first >= samples) return null;
  const count = Math.min(TASK, samples - first);
  return { ...NOTHING, input: inputs.slice(first * size, (first + count) * size), count, signals };
}, ({ codes }, index) => (parts[index] = codes));
await pool.close();

const hash = createHash('sha256');
for (const codes of parts.flat()) hash.update(new Uint8Array(codes.buffer, codes.byteOffset, codes.byteLength));
const kernels = {};
for (const step of pool.shared.chip.steps) {
  if (step.kind === 'tile') kernels[step.tile.kernel] = (kernels[step.tile.kernel] ?? 0) + 1;
}
console.log(JSON.stringify({
  artefact: createHash('sha256').update(writeArtefact(artefact)).digest('hex'), codes: hash.digest('hex'), kernels,
  notes: diagnostics.filter(({ code }) => code === 'T508').map(({ message }) => message),
}));
