/** Decomposed networks keep the outputs of the float network, and every name that it had. */
import { describe, expect, it } from 'vitest';
import { elements } from '../../src/graph/operator.js';
import type { Graph } from '../../src/graph/types.js';
import { readOnnx } from '../../src/read/onnx.js';
import { decompose } from '../../src/reform/decompose/decompose.js';
import { productsOf } from '../../src/reform/decompose/products.js';
import { makeNetwork } from '../graph/reference.js';
import { generator } from '../kernels/setup.js';
import { modelBytes } from '../read/models.js';
import { COMPOSITES, FUNCTIONS, type Case } from '../suites/lowerings.js';
import { decomposed } from './decomposed.js';

const BATCH = 4;
const graphOf = (parts: Case): Graph => readOnnx(modelBytes(parts), { file: 'test.onnx' });

function outputs(graph: Graph, input: Float32Array, wanted: readonly number[]): Map<number, Float32Array> {
  return makeNetwork(graph, BATCH).run(input, BATCH, wanted);
}

function samples(graph: Graph): Float32Array {
  const next = generator(3);
  return Float32Array.from({ length: BATCH * elements(graph.tensors[graph.inputs[0]!]!.shape) }, () => next(-128, 128) / 128);
}

describe('every output is that of the float network', () => {
  it.each([...FUNCTIONS, ...COMPOSITES])('$name', (parts) => {
    const graph = graphOf(parts);
    const input = samples(graph);
    const made = decomposed(graph, input, BATCH);
    expect(productsOf(made)).toEqual([]);
    const [exact, found] = [graph, made].map((g) => outputs(g, input, g.outputs).get(g.outputs[0]!)!);
    const most = exact!.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
    expect(exact!.findIndex((v, i) => !(Math.abs(v - found![i]!) <= 1e-5 * most))).toBe(-1);
    expect(made.tensors[made.outputs[0]!]!.name).toBe(graph.tensors[graph.outputs[0]!]!.name);
  });
});

describe('products of functions of one value', () => {
  const operators = (name: string): string[] => decompose(graphOf(COMPOSITES.find((c) => c.name === name)!)).nodes.map(({ op }) => op);
  it.each([
    ['x * sigmoid(x)', ['Conv', 'Swish']], ['x / 2 * (1 + erf(x / sqrt 2))', ['Conv', 'Gelu']], ['x * hardsigmoid(x)', ['Conv', 'HardSwish']],
  ])('%s is one function', (name, expected) => expect(operators(name)).toEqual(expected));

  it('other products stay what they are', () => expect(operators('a product of two signals')).toEqual(['Conv', 'Relu', 'Conv', 'Mul']));
});

describe('means over whole maps', () => {
  const mean = (op: string, attributes: Case['nodes'][0]['attributes'], shape: readonly number[], rows: number | null): Graph => decompose(graphOf({
    name: op, input: ['N', ...shape], nodes: [{ op, inputs: ['x'], outputs: ['y'], attributes: attributes ?? {} }],
  }), rows);
  const operators = (graph: Graph): string[] => graph.nodes.map(({ op }) => op);

  it.each([
    ['GlobalAveragePool', {}], ['ReduceMean', { axes: [2, 3], keepdims: 0 }], ['ReduceMean', { axes: [-1, -2], keepdims: 1 }],
  ])('%s %o takes lines first where cores hold few channels at once, and gives the same', (op, attributes) => {
    const graph = mean(op, attributes, [6, 15, 12], 256);
    expect(operators(graph)).toEqual(['AveragePool', op]);
    const whole = mean(op, attributes, [6, 15, 12], null);
    expect(operators(whole)).toEqual([op]);
    const input = samples(whole);
    const [expected, found] = [whole, graph].map((g) => outputs(g, input, g.outputs).get(g.outputs[0]!)!);
    expect(found!.length).toBe(BATCH * 6);
    found!.forEach((v, i) => expect(v).toBeCloseTo(expected![i]!, 6));
  });

  it('stays one step where that takes few core-ops, and over other dimensions', () => {
    expect(operators(mean('GlobalAveragePool', {}, [6, 7, 7], 512))).toEqual(['GlobalAveragePool']);
    expect(operators(mean('ReduceMean', { axes: [3], keepdims: 0 }, [6, 15, 12], 256))).toEqual(['ReduceMean']);
    expect(operators(mean('ReduceMean', { axes: [1, 2, 3], keepdims: 0 }, [6, 15, 12], 256))).toEqual(['ReduceMean']);
  });
});
