/** Recurrent operators unrolled give what the operators themselves give, with one set of weights for all steps. */
import { describe, expect, it } from 'vitest';
import { elements } from '../../src/graph/operator.js';
import type { Graph } from '../../src/graph/types.js';
import { readOnnx } from '../../src/read/onnx.js';
import { unroll } from '../../src/reform/decompose/unroll.js';
import { makeNetwork } from '../graph/reference.js';
import { generator } from '../kernels/setup.js';
import { modelBytes } from '../read/models.js';
import { CLASSIFIERS, FORMS } from '../suites/recurrent.js';

const BATCH = 3;

function run(graph: Graph, input: Float32Array): Float32Array {
  return makeNetwork(graph, BATCH).run(input, BATCH, graph.outputs).get(graph.outputs[0]!)!;
}

describe('every output is that of the operator', () => {
  it.each([...CLASSIFIERS, ...FORMS])('$name', (parts) => {
    const graph = readOnnx(modelBytes(parts), { file: 'test.onnx' });
    const next = generator(7);
    const input = Float32Array.from({ length: BATCH * elements(graph.tensors[graph.inputs[0]!]!.shape) }, () => next(-128, 128) / 64);
    const made = unroll(graph);
    expect(made.nodes.filter(({ op }) => ['RNN', 'GRU', 'LSTM'].includes(op))).toEqual([]);
    const [exact, found] = [run(graph, input), run(made, input)];
    expect(found.findIndex((v, i) => !(Math.abs(v - exact[i]!) <= 1e-5))).toBe(-1);
  });
});

it('all steps share their weights', () => {
  const [, , lstm] = CLASSIFIERS;
  const made = unroll(readOnnx(modelBytes(lstm!), { file: 'test.onnx' }));
  const matrices = made.nodes.filter(({ op }) => op === 'MatMul').map(({ inputs }) => inputs[1]);
  // W of four gates in four steps, R of four gates in all but the first, whose state is 0: there nothing is forgotten.
  expect(matrices).toHaveLength(4 * 4 + 4 * 3 - 1);
  expect(new Set(matrices).size).toBe(8);
});
