/** Weights of channels that calibration has never seen speak do not set the scale of the others. */
import { describe, expect, it } from 'vitest';
import { limitSilent } from '../../src/encode/silent.js';
import type { Calibration } from '../../src/encode/types.js';
import type { Edge, Reformed, SumNode, Term } from '../../src/reform/types.js';

const x: Edge = { name: 'x', shape: [3, 1, 1] };
const laid: Edge = { name: 'laid', shape: [3, 1, 1] };
const y: Edge = { name: 'y', shape: [2, 1, 1] };

const term = (input: Edge, weights: number[], groups = 1): Term => ({
  input, weights: Float64Array.from(weights), kernel: [1, 1], stride: [1, 1], dilation: [1, 1], origin: [0, 0], groups,
});
const sum = (terms: Term[]): SumNode => ({ kind: 'sum', name: 's', terms, bias: new Float64Array(2), activation: null, output: y });
/** The three channels in reverse order before the sum. */
const reversed: Reformed['nodes'][0] = {
  kind: 'wire', name: 'w', output: laid, pieces: [0, 1, 2].map((c) => ({ input: x, from: [c, 0, 0], step: [1, 1, 1], size: [1, 1, 1], to: [2 - c, 0, 0] })),
};
const network = (nodes: Reformed['nodes']): Reformed => (
  { name: 'g', nodes, input: x, output: y, host: [], inputRange: null, inputShape: [], outputShape: [] });

/** Rows of the input's channels. */
function calibrated(rows: number[][]): Calibration {
  const values = Float32Array.from(rows.flat());
  const positions = new Int32Array(rows.length);
  const range = { min: Math.min(...values), max: Math.max(...values), least: values, most: values, side: 1 };
  return new Map([[x, { edge: x, samples: positions.map((_, i) => i), positions, values, ...range }]]);
}

const weightsOf = (graph: Reformed): number[][] => graph.nodes.flatMap((n) => (n.kind === 'sum' ? n.terms.map((t) => Array.from(t.weights)) : []));

describe('weights of silent channels', () => {
  const quiet = calibrated([[1, 0, -2], [-4, 0.001, 3]]);

  it('are limited to the greatest of the others, with their sign', () => {
    const [made] = weightsOf(limitSilent(network([sum([term(x, [0.5, -20, 1, -2, 18, 0.1])])]), quiet));
    expect(made).toEqual([0.5, -2, 1, -2, 2, 0.1]);
  });

  it('are found through wiring, and in groups', () => {
    const [made] = weightsOf(limitSilent(network([reversed, sum([term(laid, [9, 7, 5, 1, -8, 2])])]), quiet));
    expect(made).toEqual([9, 7, 5, 1, -8, 2]);
    const [limited] = weightsOf(limitSilent(network([reversed, sum([term(laid, [9, 17, 5, 1, -18, 2])])]), quiet));
    expect(limited).toEqual([9, 9, 5, 1, -9, 2]);
    const [grouped] = weightsOf(limitSilent(network([sum([term(x, [3, 30, 2], 3)])]), quiet));
    expect(grouped).toEqual([3, 3, 2]);
  });

  it('stay where a channel speaks once, and where all are silent', () => {
    const spoken = calibrated([[1, 0, -2], [-4, 0.02, 3]]);
    const graph = network([sum([term(x, [0.5, -20, 1, -2, 18, 0.1])])]);
    expect(weightsOf(limitSilent(graph, spoken))).toEqual(weightsOf(graph));
    expect(weightsOf(limitSilent(graph, calibrated([[0, 0, 0]])))).toEqual(weightsOf(graph));
  });
});
