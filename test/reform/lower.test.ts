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
import { floats, integers, modelBytes, type ModelNode } from '../read/models.js';
import { CASES, QUANTISED, type Case } from '../suites/lowerings.js';
import { decomposed } from './decomposed.js';
import { toGraph } from './to-graph.js';

const BATCH = 2;

function run(graph: Graph, input: Float32Array, wanted: readonly number[]): Map<number, Float32Array> {
  return makeNetwork(graph, BATCH).run(input, BATCH, wanted);
}

/** By edge that carries a tensor of the network: greatest difference, and greatest value. */
function differences(parts: Case): Record<string, string> {
  const read = readOnnx(modelBytes(parts), { file: 'test.onnx' });
  const next = generator(5);
  const input = Float32Array.from({ length: BATCH * elements(read.tensors[read.inputs[0]!]!.shape) }, () => next(-128, 128) / 128);
  const graph = decomposed(read, input, BATCH);
  const reformed = reform(graph);
  const { graph: back, tensorOf } = toGraph(reformed);
  const pairs = [...tensorOf].flatMap(([edge, id]) => {
    const golden = goldenOf(edge);
    const tensor = graph.tensors.find((t) => t.name === golden.tensor && t.data === undefined);
    return tensor === undefined ? [] : [{ name: edge.name, shape: edge.shape, golden, from: tensor.id, to: id }];
  });
  // The output has the values of the network's output, whatever tensor its edge is named after.
  if (reformed.host.length === 0) {
    const [wanted, made] = [graph.outputs[0]!, tensorOf.get(reformed.output)!];
    const { name } = graph.tensors[wanted]!;
    const { output: { shape } } = reformed;
    pairs.push({ name: `output ${name}`, shape, golden: goldenOf({ name, shape }), from: wanted, to: made });
  }
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

describe('reform of clips whose ranges are apart', () => {
  const clips = (first: readonly number[], second: readonly number[]): Case => ({
    name: 'clips', input: ['N', 4],
    nodes: [
      { op: 'Clip', inputs: ['x', 'a', 'b'], outputs: ['c'] }, { op: 'Clip', inputs: ['c', 'd', 'e'], outputs: ['y'] },
    ],
    constants: Object.fromEntries([...first, ...second].map((v, i) => ['abde'[i]!, floats([], [v])])),
  });
  it.each([[[0, 1], [-3, -1]], [[-3, -1], [0, 1]], [[-1, 1], [0, 3]]])('%j, then %j', (first, second) => {
    expect(differences(clips(first, second))).toEqual({});
  });
});

describe('reform of clips around padding', () => {
  const clip = (from: string, to: string, ends: readonly [string, string]): ModelNode => ({ op: 'Clip', inputs: [from, ...ends], outputs: [to] });
  const pad: ModelNode = { op: 'Pad', inputs: ['c', 'around'], outputs: ['p'] };
  const constants = {
    w: floats([2, 2, 1, 1], [1, -0.5, 0.25, 2]), low: floats([], [-1]), high: floats([], [-0.25]), around: integers([0, 0, 1, 0, 0, 0, 0, 1]),
  };
  const conv = (to: string): ModelNode => ({ op: 'Conv', inputs: ['x', 'w'], outputs: [to] });
  it.each([
    ['below 0 after it', [conv('c'), pad, clip('p', 'y', ['low', 'high'])]],
    ['below 0 before and after it', [conv('a'), clip('a', 'c', ['low', 'high']), pad, clip('p', 'y', ['low', 'high'])]],
  ])('%s', (name, nodes) => {
    expect(differences({ name, input: ['N', 2, 3, 3], nodes, constants })).toEqual({});
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
    // Codes 0..255 about the zero point 128, in steps of 1/64.
    expect([clip.activation.lo, clip.activation.hi]).toEqual([-2, 127 / 64]);
    expect(absorbed.inputRange).toEqual([clip.activation.lo, clip.activation.hi]);
    expect(absorbed.nodes.map((n) => n.kind)).toEqual(['sum', 'maxpool', 'sum']);
    expect(absorbed.nodes.flatMap(inputsOf)).toContain(absorbed.input);
    expect(absorbed.nodes.flatMap(inputsOf)).not.toContain(clip.output);
  });

  it('leaves the quantiser where something else reads the input too', () => {
    const parts = QUANTISED[0]!;
    const own = parts.nodes.filter((n) => !n.outputs.some((name) => name.startsWith('y')));
    const more: Case = { ...parts, nodes: [
      ...own, { op: 'MaxPool', inputs: ['x'], outputs: ['p'], attributes: { kernel_shape: [3, 3] } },
      { op: 'Concat', inputs: ['c', 'p'], outputs: ['y'], attributes: { axis: 1 } },
    ] };
    const reformed = reform(readOnnx(modelBytes(more), { file: 'test.onnx' }));
    expect(reformed.nodes.filter((n) => inputsOf(n).includes(reformed.input)).map((n) => n.kind)).toEqual(['sum', 'maxpool']);
    expect(absorbInputRange(reformed)).toBe(reformed);
  });
});
