/** Recurrent operators between transpositions, as exporters write them: the same values as onnxruntime's, with the samples in front. */
import * as ort from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { TrestleError } from '../../src/diagnostics.js';
import { readOnnx } from '../../src/read/onnx.js';
import { makeNetwork } from '../graph/reference.js';
import { generator } from '../kernels/setup.js';
import { floats, integers, modelBytes, type ModelNode, type ModelParts } from './models.js';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

const [TIME, SIZE, HIDDEN, BATCH] = [4, 3, 5, 3];
let seed = 70;

function random(...shape: number[]): ReturnType<typeof floats> {
  const next = generator(seed++);
  return floats(shape, Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => next(-128, 128) / 200));
}

const front: ModelNode = { op: 'Transpose', inputs: ['x'], outputs: ['t'], attributes: { perm: [1, 0, 2] } };
const transposed = (from: string, to: string, perm: number[]): ModelNode => ({ op: 'Transpose', inputs: [from], outputs: [to], attributes: { perm } });
const unary = (op: string, from: string, to: string, attributes: ModelNode['attributes'] = {}, more: string[] = []): ModelNode =>
  ({ op, inputs: [from, ...more], outputs: [to], attributes });

function cell(op: 'RNN' | 'GRU' | 'LSTM', attributes: ModelNode['attributes'] = {}, states: string[] = []): ModelNode {
  const inputs = ['t', 'w', 'r', 'b', ...(states.length > 0 ? ['', ...states] : [])];
  return { op, inputs, outputs: ['y', 'yh'], attributes: { hidden_size: HIDDEN, ...attributes } };
}

function parts(gates: number, directions: number, nodes: ModelNode[], constants: ModelParts['constants'] = {}, opset = 13): ModelParts {
  return {
    opset, input: ['N', TIME, SIZE], nodes,
    constants: {
      w: random(directions, gates * HIDDEN, SIZE), r: random(directions, gates * HIDDEN, HIDDEN), b: random(directions, 2 * gates * HIDDEN),
      zero: integers([0]), one: integers([1]), last: { ...integers([-1]), dims: [] }, m: random(HIDDEN, 4), shift: random(4), ...constants,
    },
  };
}

const both = { direction: 'bidirectional' };
const CASES: Record<string, ModelParts> = {
  'the last state': parts(4, 1, [front, cell('LSTM'), unary('Squeeze', 'yh', 's', {}, ['zero']), unary('MatMul', 's', 'z', {}, ['m'])]),
  'all steps, turned back': parts(3, 1, [
    front, cell('GRU', { linear_before_reset: 1 }), unary('Squeeze', 'y', 's', {}, ['one']), transposed('s', 'z', [1, 0, 2]),
  ]),
  'the last step': parts(1, 1, [
    front, cell('RNN'), unary('Squeeze', 'y', 's', {}, ['one']), unary('Gather', 's', 'z', { axis: 0 }, ['last']),
  ]),
  'a classifier of every step': parts(1, 1, [
    front, cell('RNN'), unary('Squeeze', 'y', 's', {}, ['one']), unary('MatMul', 's', 'p', {}, ['m']), unary('Add', 'p', 'q', {}, ['shift']),
    unary('Relu', 'q', 'u'),
    transposed('u', 'z', [1, 0, 2]),
  ]),
  'both directions, side by side': parts(4, 2, [
    front, cell('LSTM', both), transposed('y', 's', [0, 2, 1, 3]), unary('Reshape', 's', 'u', {}, ['flat']), transposed('u', 'z', [1, 0, 2]),
  ], { flat: integers([0, 0, -1]) }),
  'both directions, states': parts(3, 2, [front, cell('GRU', both), transposed('yh', 's', [1, 0, 2]), unary('Flatten', 's', 'z')]),
  'two layers': parts(1, 1, [
    front, cell('RNN'), unary('Squeeze', 'y', 's', {}, ['one']),
    { op: 'RNN', inputs: ['s', 'r', 'r', 'b'], outputs: ['y2'], attributes: { hidden_size: HIDDEN, direction: 'reverse' } },
    unary('Squeeze', 'y2', 's2', {}, ['one']), { op: 'Add', inputs: ['s', 's2'], outputs: ['sum'] },
    unary('Slice', 'sum', 'cut', {}, ['one', 'three', 'zero']), unary('ReduceMean', 'cut', 'z', { axes: [0], keepdims: 0 }),
  ], { three: integers([3]) }),
  'axes as attributes': parts(1, 1, [front, cell('RNN'), unary('Squeeze', 'y', 's', { axes: [1] }), transposed('s', 'z', [1, 0, 2])], {}, 11),
  'a state that the shape gives': parts(4, 1, [
    front, unary('Shape', 't', 'dims'), unary('Gather', 'dims', 'n', {}, ['one']),
    { op: 'Concat', inputs: ['one', 'n', 'width'], outputs: ['sizes'], attributes: { axis: 0 } },
    unary('ConstantOfShape', 'sizes', 'h'), cell('LSTM', {}, ['h', 'h']), unary('Squeeze', 'yh', 'z', {}, ['zero']),
  ], { width: integers([HIDDEN]) }),
};

describe('gives what onnxruntime gives', () => {
  it.each(Object.entries(CASES))('%s', async (_, model) => {
    const bytes = modelBytes(model);
    const next = generator(5);
    const input = Float32Array.from({ length: BATCH * TIME * SIZE }, () => next(-128, 128) / 64);
    const session = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'], logSeverityLevel: 3 });
    const result = await session.run({ x: new ort.Tensor('float32', input, [BATCH, TIME, SIZE]) });
    const expected = result[session.outputNames[0]!]!;
    const graph = readOnnx(bytes, { file: 'test.onnx' });
    const [output] = graph.outputs;
    expect([BATCH, ...graph.tensors[output!]!.shape.slice(1)]).toEqual([...expected.dims]);
    const found = makeNetwork(graph, BATCH).run(input, BATCH, [output!]).get(output!)!;
    expect(found.findIndex((v, i) => !(Math.abs(v - (expected.data as Float32Array)[i]!) <= 1e-5))).toBe(-1);
  });
});

describe('refuses', () => {
  const refusal = (nodes: ModelNode[]): string => {
    try {
      readOnnx(modelBytes(parts(1, 1, nodes)), { file: 'test.onnx' });
    } catch (error) {
      if (error instanceof TrestleError) return error.diagnostics.map(({ code, message }) => `${code} ${message}`).join('; ');
      throw error;
    }
    return 'nothing';
  };
  it.each([
    ['samples that stay behind', [front, cell('RNN'), unary('Squeeze', 'y', 'z', {}, ['one'])], /T103 output "z" has the samples in dimension 1/],
    ['a sum over samples', [front, cell('RNN'), unary('ReduceSum', 'yh', 'z', {}, ['one'])], /T103 its operand has the samples in dimension 1/],
    ['time for samples', [{ ...cell('RNN'), inputs: ['x', 'w', 'r', 'b'] }, unary('Relu', 'y', 'z')], /T103 mixes samples: time/],
  ])('%s', (_, nodes, message) => expect(refusal(nodes)).toMatch(message));
});
