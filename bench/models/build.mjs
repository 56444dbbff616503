/**
 * node bench/models/build.mjs [NAME...] [--seed N]
 *
 * Writes the ONNX files of networks with random weights to out/models/, all of them or those named, and prints their paths.
 */
import { parseArgs } from 'node:util';
import { build } from '../../scripts/build.mjs';

await build();
const { MODELS, modelFile } = await import('./table.mjs');
const { values, positionals } = parseArgs({ allowPositionals: true, options: { seed: { type: 'string', default: '0' } } });
const unknown = positionals.filter((name) => !Object.hasOwn(MODELS, name));
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(', ')}; known: ${Object.keys(MODELS).join(', ')}`);
  process.exit(2);
}
for (const name of positionals.length > 0 ? positionals : Object.keys(MODELS)) console.log(modelFile(name, { seed: Number(values.seed) }));
