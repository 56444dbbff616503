/**
 * The same artefact and the same codes, whatever the workers, the batch and the kernels.
 *
 *     node scripts/measure/identity.mjs [--samples 100] [--networks lenet5-maxpool] [--chips tianji,prime]
 *
 * Compiles with 0, 1 and 2 workers and once more, then runs every signal with 0, 1 and 2 workers, batches 1, 7 and 64, both variants and every
 * kernel of the chip's family. Ends with status 1 if anything differs.
 */
import { Buffer } from 'node:buffer';
import { canonicalJson } from '../../dist/cores/json.js';
import { EmulatorPool } from '../../dist/emulate/pool.js';
import { NOTHING } from '../../dist/emulate/tasks.js';
import { CORE_KERNELS, VARIANTS } from '../../dist/kernels/table.js';
import { compiled, needShared, option, testSamples } from './networks.mjs';

needShared();
const samples = Number(option('samples', '100'));
const names = option('networks', 'lenet5-maxpool').split(',');
const chips = option('chips', 'tianji,prime').split(',');
const families = { window: 'window/', composed: 'composed/', 'ideal-limits': 'ideal/' };

/** All that a compilation makes, as bytes: the network as JSON, numbers of tensors included, and the report. */
function bytesOf({ program, layers, logitSqnrDb }) {
  const plain = JSON.parse(JSON.stringify({ graph: program.graph, mapping: program.mapping, layers, logitSqnrDb }, (_, value) =>
    (ArrayBuffer.isView(value) ? Array.from(value) : value)));
  return Buffer.from(canonicalJson(plain));
}

/** Codes of all signals for all samples, in tasks of 64. */
async function codesOf(graph, inputs, options) {
  const pool = EmulatorPool.create({ chip: graph, keep: 'all', workers: 0, ...options });
  const size = inputs.length / samples;
  const signals = graph.signals.map((_, id) => id);
  const parts = [];
  await pool.each((index) => {
    const first = index * 64;
    if (first >= samples) return null;
    const count = Math.min(64, samples - first);
    return { ...NOTHING, input: inputs.slice(first * size, (first + count) * size), count, signals };
  }, ({ codes }, index) => (parts[index] = codes));
  await pool.close();
  return signals.map((id) => Buffer.concat(parts.map((codes) => Buffer.from(codes[id].buffer, codes[id].byteOffset, codes[id].byteLength))));
}

let bad = 0;
const report = (what, same) => {
  if (!same) bad++;
  console.log(`${what}: ${same ? 'identical' : 'DIFFERENT'}`);
};

for (const name of names) {
  for (const chip of chips) {
    const runs = [];
    for (const workers of [0, 0, 1, 2]) runs.push(await compiled(name, chip, { samples: 128, workers }, 'verify'));
    const [first] = runs;
    const bytes = bytesOf(first);
    runs.slice(1).forEach((run, i) => report(`${name} on ${chip}, compiled ${['again', 'with 1 worker', 'with 2 workers'][i]}, ${bytes.length} bytes`,
      bytes.equals(bytesOf(run))));
    const graph = first.cores;
    const inputs = testSamples(name, samples);
    const expected = await codesOf(graph, inputs, { batch: 3 });
    const family = families[graph.chip.arithmetic.kind];
    const kernels = CORE_KERNELS.map((kernel) => kernel.name).filter((kernel) => kernel.startsWith(family));
    const ways = [
      ...[...VARIANTS, ...kernels].map((kernel) => ({ kernel })), ...[1, 7, 64].map((batch) => ({ batch })), ...[1, 2].map((workers) => ({ workers })),
    ];
    for (const way of ways) {
      const codes = await codesOf(graph, inputs, way);
      report(`${name} on ${chip}, ${JSON.stringify(way)}, ${samples} samples`, codes.every((part, id) => part.equals(expected[id])));
    }
  }
}
process.exitCode = bad === 0 ? 0 : 1;
