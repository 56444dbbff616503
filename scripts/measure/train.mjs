/**
 * Trains three networks on MNIST from the start: their accuracy after each epoch, and the time that it took. Runs on dist/.
 *
 *     node scripts/measure/train.mjs --output FOLDER [--networks lenet5-maxpool,tanh-lenet,lrn-net] [--workers 2] [--seed 0] [--epochs N]
 *
 * lenet5-maxpool has the structure of the network of that name, and stops at its accuracy. Writes FOLDER/NAME.onnx and compares each file's outputs
 * with those of onnxruntime. Seconds are those of training; evaluation after each epoch is counted apart.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import * as ort from 'onnxruntime-web';
import { writeWhole } from '../../dist/data/files.js';
import { EmulatorPool } from '../../dist/emulate/pool.js';
import { NOTHING } from '../../dist/emulate/tasks.js';
import { readOnnx } from '../../dist/read/onnx.js';
import { classOf } from '../../dist/train/loss.js';
import { Layers } from '../../dist/train/layers.js';
import { train } from '../../dist/train/train.js';
import { writeOnnx } from '../../dist/write/onnx.js';
import { cardOf, graphOf, needShared, option, testSamples } from './networks.mjs';

/** A network, the options of its training, and the accuracy at which it ends (0: at the last epoch). */
const recipes = {
  'lenet5-maxpool': {
    layers: (net) => net.conv(6, 5, { pad: 2 }).relu().maxPool(2).conv(16, 5).relu().maxPool(2).flatten()
      .dense(120).relu().dense(84).relu().dense(10),
    options: { epochs: 12, batch: 64, shift: 1, optimiser: { name: 'adam', rate: 0.002 } },
    like: 'lenet5-maxpool',
  },
  'tanh-lenet': {
    layers: (net) => net.conv(6, 5, { pad: 2 }).tanh().averagePool(2).conv(16, 5).tanh().averagePool(2).flatten()
      .dense(120).tanh().dense(84).tanh().dense(10),
    options: { epochs: 4, batch: 64, shift: 1, optimiser: { name: 'adam', rate: 0.002 } },
  },
  'lrn-net': {
    layers: (net) => net.conv(8, 5).relu().lrn(5, { alpha: 0.5, beta: 0.75, bias: 1 }).maxPool(2).conv(24, 5).relu().maxPool(2).flatten().dense(10),
    options: { epochs: 6, batch: 64, shift: 1, optimiser: { name: 'adam', rate: 0.003 } },
  },
};

/** Part of the test samples that a network puts into the right class. */
async function accuracy(graph, data) {
  const pool = EmulatorPool.create({ float: graph, workers });
  const [size, output] = [data.sampleShape.reduce((a, b) => a * b, 1), graph.outputs[0]];
  const step = pool.taskSamples(size);
  let right = 0;
  await pool.each((index) => {
    const first = index * step;
    if (first >= data.count) return null;
    const count = Math.min(step, data.count - first);
    const input = new Float32Array(count * size);
    for (let i = 0; i < count; i++) data.read(first + i, input, i * size);
    return { ...NOTHING, input, count, first, tensors: [output] };
  }, ({ values }, index) => {
    const classes = graph.tensors[output].shape[1];
    for (let i = 0; i < values[0].length / classes; i++) if (classOf(values[0], i, classes) === data.labels[index * step + i]) right++;
  });
  await pool.close();
  return right / data.count;
}

/** The greatest difference of the outputs from those of onnxruntime, as a part of the greatest output. */
async function differenceFromOrt(bytes, graph, samples) {
  ort.env.logLevel = 'error';
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
  const n = samples.length / 784;
  const { logits } = await session.run({ input: new ort.Tensor('float32', samples, [n, 1, 28, 28]) });
  const pool = EmulatorPool.create({ float: graph, workers: 0 });
  const { values: [own] } = await pool.run({ ...NOTHING, input: samples, count: n, tensors: graph.outputs });
  await pool.close();
  const greatest = own.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  return own.reduce((most, v, i) => Math.max(most, Math.abs(v - logits.data[i])), 0) / greatest;
}

needShared();
const workers = Number(option('workers', '2'));
const seed = Number(option('seed', '0'));
const folder = option('output', undefined);
if (folder === undefined) throw new Error('--output FOLDER is missing');
mkdirSync(folder, { recursive: true });
const data = cardOf('mnist-train');
const test = cardOf('mnist-test');

for (const name of option('networks', Object.keys(recipes).join()).split(',')) {
  const { layers, options, like } = recipes[name];
  const target = like === undefined ? 1 : await accuracy(graphOf(like), test);
  const network = layers(new Layers(name, [1, 28, 28], seed)).graph();
  const epochs = Number(option('epochs', String(options.epochs)));
  console.log(`${name}: ${epochs} epochs at most, seed ${seed}, ${workers} workers${like === undefined ? '' : `, to ${(100 * target).toFixed(2)} %`}`);
  let [wall, user, evaluating] = [0, 0, 0];
  let [start, before] = [performance.now(), process.cpuUsage()];
  const { graph } = await train(network, data, {
    ...options, epochs, seed, workers,
    afterEpoch: async ({ epoch, loss, graph: trained }) => {
      const used = process.cpuUsage(before);
      wall += (performance.now() - start) / 1000;
      user += used.user / 1e6;
      const began = performance.now();
      const reached = await accuracy(trained(), test);
      evaluating += (performance.now() - began) / 1000;
      console.log(`  epoch ${epoch}: loss ${loss.toFixed(4)}, top-1 ${(100 * reached).toFixed(2)} %, trained ${wall.toFixed(1)} s, `
        + `${user.toFixed(1)} s of CPU (evaluated ${evaluating.toFixed(1)} s)`);
      [start, before] = [performance.now(), process.cpuUsage()];
      return reached < target;
    },
  });
  const bytes = writeOnnx(graph);
  writeWhole(join(folder, `${name}.onnx`), bytes);
  const difference = await differenceFromOrt(bytes, readOnnx(bytes, { file: `${name}.onnx` }), testSamples('lenet5-maxpool', 100));
  console.log(`  written: ${name}.onnx; outputs differ from onnxruntime's by ${difference.toExponential(1)} of the greatest`);
}
