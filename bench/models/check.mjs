/**
 * node bench/models/check.mjs [NAME...] [--chip CHIP] [--compile]
 *
 * Compares the float path with onnxruntime-web on the networks with random weights, and says whether a chip takes them. `--compile`: compiles them
 * too, without tuning, on two random samples. Status 1 if anything fails.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { build } from '../../scripts/build.mjs';

await build();
const { MODELS, modelFile } = await import('./table.mjs');
const { WEB, sessions } = await import('../peers.mjs');
const { compile, loadChip, outline, randomDataSet, readModel, TrestleError } = await import('../../dist/index.js');
const { EmulatorPool } = await import('../../dist/emulate/pool.js');
const { NOTHING } = await import('../../dist/emulate/tasks.js');
const { randomUnit } = await import('../../dist/prng.js');

const { values, positionals } = parseArgs({ allowPositionals: true, options: { chip: { type: 'string', default: 'tianji' }, compile: { type: 'boolean' } } });

/** Greatest difference as a share of the greatest logit. */
async function difference(path, size, graph) {
  const input = Float32Array.from({ length: 3 * size * size }, (_, i) => 2 * randomUnit(1, i) - 1);
  const pool = EmulatorPool.create({ float: graph, workers: 0 });
  const { values: [float] } = await pool.run({ ...NOTHING, input, count: 1, tensors: graph.outputs });
  const peer = (await sessions(readFileSync(path))).find(({ name }) => name === WEB);
  const expected = await peer.prepare('float32', input, [1, 3, size, size])();
  const greatest = expected.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  return { greatest, share: float.reduce((most, v, i) => Math.max(most, Math.abs(v - expected[i])), 0) / greatest };
}

async function check(name) {
  const path = modelFile(name);
  const model = readModel(path);
  const chip = loadChip(values.chip);
  const { greatest, share } = await difference(path, MODELS[name].size, model.graph);
  console.log(`${name}: logits to ${greatest.toPrecision(3)}, difference ${share.toExponential(1)} of it`);
  if (!(share < 1e-4)) process.exitCode = 1;
  try {
    await outline(model, chip);
    console.log(`${name}: ${values.chip} takes it`);
    if (!values.compile) return;
    const steps = [];
    const data = randomDataSet(0, [3, MODELS[name].size, MODELS[name].size], -1, 1, 2);
    const { layers } = await compile(model, chip, data, { samples: 2, steps });
    console.log(`${name}: compiled, ${layers.length} layers, output ${layers.at(-1).sqnrDb.toFixed(1)} dB`);
  } catch (error) {
    if (!(error instanceof TrestleError)) throw error;
    process.exitCode = 1;
    for (const { code, place, message } of error.diagnostics.slice(0, 8)) console.log(`${name}: ${code} ${place}: ${message}`);
  }
}

for (const name of positionals.length > 0 ? positionals : Object.keys(MODELS)) await check(name);
