/** reform keeps the values of the float network: every edge, for every lowering. */
import { describe, expect, it } from 'vitest';
import { elements } from '../../src/graph/operator.js';
import { viewValues } from '../../src/graph/sample.js';
import type { Graph } from '../../src/graph/types.js';
import { readOnnx } from '../../src/read/onnx.js';
import { goldenOf } from '../../src/reform/make.js';
import { absorbInputRange } from '../../src/reform/input-range.js';
import { reform } from '../../src/reform/reform.js';
import { inputsOf } from '../../src/reform/types.js';
import { makeNetwork } from '../graph/reference.js';
import { generator } from '../kernels/setup.js';
import { modelBytes } from '../read/models.js';
import { CASES, QUANTISED, type Case } from '../suites/lowerings.js';
import { toGraph } from './to-graph.js';

const BATCH = 2;

function run(graph: Graph, input: Float32Array, wanted: readonly number[]): Map<number, Float32Array> {
  return makeNetwork(graph, BATCH).run(input, BATCH, wanted);
}

/** By edge that carries a tensor of the network: greatest difference, and greatest value. */
function differences(parts: Case): Record<string, string> {
  const graph = readOnnx(modelBytes(parts), { file: 'test.onnx' });
  const reformed = reform(graph);
  const { graph: back, tensorOf } = toGraph(reformed);
  const next = generator(5);
  const input = Float32Array.from({ length: BATCH * elements(graph.tensors[graph.inputs[0]!]!.shape) }, () => next(-128, 128) / 128);
  const pairs = [...tensorOf].flatMap(([edge, id]) => {
    const golden = goldenOf(edge);
    const tensor = graph.tensors.find((t) => t.name === golden.tensor && t.data === undefined);
    return tensor === undefined ? [] : [{ name: edge.name, shape: edge.shape, golden, from: tensor.id, to: id }];
  });
  // What is calibrated must have a golden reference.
  for (const node of reformed.nodes) if (node.kind === 'sum') expect(pairs.map((p) => p.name)).toContain(node.output.name);
  expect(pairs.map((p) => p.name)).toContain(reformed.output.name);
  const before = run(graph, input, pairs.map((p) => p.from));
  const after = run(back, input, pairs.map((p) => p.to));
  const wrong: Record<string, string> = {};
  for (const { name, shape, golden, from, to } of pairs) {
    const [a, b] = [viewValues(before.get(from)!, golden, shape), after.get(to)!];
    let most = 0;
    let largest = 0;
    a.forEach((v, i) => {
      most = Math.max(most, Math.abs(v - b[i]!));
      largest = Math.max(largest, Math.abs(v));
    });
    if (a.length !== b.length || !(most <= 1e-5 * (1 + largest))) wrong[name] = `${a.length} and ${b.length} values, up to ${largest}, off by ${most}`;
  }
  return wrong;
}

describe('reform keeps the values of', () => {
  it.each(CASES)('$name', (parts) => {
    expect(differences(parts)).toEqual({});
  });
});

describe('reform of quantised networks', () => {
  it('gives back what stands between the pairs', () => {
    const reformed = reform(readOnnx(modelBytes(QUANTISED[0]!), { file: 'test.onnx' }));
    expect(reformed.nodes.map((n) => n.kind)).toEqual(['sum', 'sum', 'maxpool', 'sum']);
    const [clip] = reformed.nodes;
    expect(clip).toMatchObject({ kind: 'sum', advisory: true, activation: { op: 'Clip' } });
    expect(reformed.inputRange).toBeNull();
  });

  it('lets the codes of the input take over the range of its quantiser', () => {
    const reformed = reform(readOnnx(modelBytes(QUANTISED[0]!), { file: 'test.onnx' }));
    const absorbed = absorbInputRange(reformed);
    const [clip] = reformed.nodes;
    if (clip?.kind !== 'sum' || clip.activation?.op !== 'Clip') throw new Error('no clip at the input');
    expect(absorbed.inputRange).toEqual([clip.activation.lo, clip.activation.hi]);
    expect(absorbed.nodes.map((n) => n.kind)).toEqual(['sum', 'maxpool', 'sum']);
    expect(absorbed.nodes.flatMap(inputsOf)).toContain(absorbed.input);
    expect(absorbed.nodes.flatMap(inputsOf)).not.toContain(clip.output);
  });
});
