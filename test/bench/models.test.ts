/**
 * Networks with random weights, on small images: what onnxruntime makes of them is what the float path makes of them, and `tianji` takes those of
 * the rarest operators. All others are left to bench/models/check.mjs.
 */
import * as ort from 'onnxruntime-web';
import { expect, it } from 'vitest';
import { MODELS, modelGraph } from '../../bench/models/table.mjs';
import { loadChip } from '../../src/data/chips.js';
import { outline } from '../../src/index.js';
import { readOnnx } from '../../src/read/onnx.js';
import { writeOnnx } from '../../src/write/onnx.js';
import { makeNetwork } from '../graph/reference.js';
import { generator } from '../kernels/setup.js';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

const FEW_WEIGHTS = ['googlenet', 'densenet121', 'shufflenet', 'mobilenetv3-small'];
const RARE = ['shufflenet', 'mobilenetv3-small'];

it.each(FEW_WEIGHTS)('%s', async (name) => {
  expect(Object.keys(MODELS)).toContain(name);
  const size = 64;
  const bytes = writeOnnx(modelGraph(name, { size }));
  const graph = readOnnx(bytes, { file: `${name}.onnx` });

  const next = generator(1);
  const input = Float32Array.from({ length: 3 * size * size }, () => next(-128, 128) / 128);
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
  const { logits } = await session.run({ input: new ort.Tensor('float32', input, [1, 3, size, size]) });
  const expected = logits!.data as Float32Array;
  const greatest = expected.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  // Neither dying out nor growing with depth.
  expect(greatest).toBeGreaterThan(0.1);
  expect(greatest).toBeLessThan(100);
  const found = makeNetwork(graph, 1).run(input, 1, graph.outputs).get(graph.outputs[0]!)!;
  expect(found.findIndex((v, i) => !(Math.abs(v - expected[i]!) <= 1e-4 * greatest))).toBe(-1);

  if (!RARE.includes(name)) return;
  const { mapping } = await outline({ file: `${name}.onnx`, sha256: '', graph }, loadChip('tianji'));
  expect(mapping.assignments.length).toBeGreaterThan(10);
}, 240_000);

it('other sizes and depths make networks of the same kind', () => {
  const graph = modelGraph('resnet18', { size: 32, depths: [3] });
  expect(graph.nodes.filter(({ op }) => op === 'Conv').length).toBe(1 + 2 * 3);
  expect(graph.tensors[graph.inputs[0]!]!.shape).toEqual([1, 3, 32, 32]);
});

it('the same seed gives the same bytes, another one others', () => {
  const bytes = (seed: number): Uint8Array => writeOnnx(modelGraph('mobilenetv3-small', { size: 32, seed }));
  expect(Buffer.compare(bytes(3), bytes(3))).toBe(0);
  expect(Buffer.compare(bytes(3), bytes(4))).not.toBe(0);
});
