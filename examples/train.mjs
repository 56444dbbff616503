/**
 * Trains a small network on the drawn digits of examples/digits, writes it as an ONNX file and compiles it for a chip.
 *
 *     node examples/train.mjs [FILE.onnx]
 */
import { writeFileSync } from 'node:fs';
import { compile, Layers, loadChip, loadDataSet, packagePath, readModel, train, writeOnnx } from 'trestle';

const data = loadDataSet(packagePath('examples/digits/calibration.yaml'));
const network = new Layers('small', [1, 28, 28], 0).conv(8, 5, { stride: 2 }).relu().maxPool(2).flatten().dense(10).graph();

const { graph, losses } = await train(network, data, { epochs: 30, batch: 32, shift: 2, optimiser: { name: 'adam', rate: 0.005 } });
console.log(`loss ${losses[0].toFixed(3)} after the first epoch, ${losses.at(-1).toFixed(3)} after the last`);

const file = process.argv[2] ?? 'small.onnx';
writeFileSync(file, writeOnnx(graph));
const { layers } = await compile(readModel(file), loadChip('tianji'), data, { samples: 100 });
console.log(layers.map(({ name, sqnrDb }) => `${name} ${sqnrDb.toFixed(1)} dB`).join(', '));
