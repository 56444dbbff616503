/** Least and greatest values of a float network's tensors over a few images, from onnxruntime. */
import * as web from 'onnxruntime-web';
import { writeOnnx } from '../dist/write/onnx.js';
import { layersOf } from './quantise.mjs';

/** Ranges of the tensors that `layersOf` names. */
export async function ranges(graph, { values, shape }) {
  const { tensors } = layersOf(graph);
  const named = { ...graph, outputs: tensors.slice(1) };
  const session = await web.InferenceSession.create(writeOnnx(named), { executionProviders: ['wasm'] });
  const count = values.length / shape.reduce((a, b) => a * b, 1);
  const results = await session.run({ [session.inputNames[0]]: new web.Tensor('float32', values, [count, ...shape]) });
  await session.release();
  const range = (data) => data.reduce(([lo, hi], v) => [Math.min(lo, v), Math.max(hi, v)], [0, 0]);
  const found = [[tensors[0], range(values)]];
  for (const id of named.outputs) found.push([id, range(results[graph.tensors[id].name].data)]);
  return new Map(found);
}
