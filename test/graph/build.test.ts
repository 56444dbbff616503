import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TrestleError } from '../../src/diagnostics.js';
import { consumers, GraphBuilder, producers } from '../../src/graph/build.js';
import { topologicalOrder } from '../../src/graph/order.js';
import { printGraph } from '../../src/graph/print.js';

/** x -> Relu -> a -> Mul(a, c) -> y, and a dead Tanh. */
function sample(): GraphBuilder {
  const builder = new GraphBuilder('sample', 13);
  const [x, y, a, dead] = ['x', 'y', 'a', 'dead'].map((name) => builder.addTensor(name, 'float32', [1, 2])) as [number, number, number, number];
  const c = builder.addConstant('c', 'float32', [2], Float32Array.of(2, 3));
  builder.addNode('Mul', [a, c], [y]);
  builder.addNode('Tanh', [x], [dead]);
  builder.addNode('Relu', [x], [a], {}, 'first');
  builder.setInputs([x]);
  builder.setOutputs([y]);
  return builder;
}

const TEXT = `graph sample (opset 13)
input x: float32[1, 2]
a: float32[1, 2] = Relu(x)  # first
y: float32[1, 2] = Mul(a, c: float32[2] = (2, 3))
output y
`;

describe('GraphBuilder', () => {
  it('orders, renumbers and drops what is dead', () => {
    const { graph, tensors, nodes } = sample().renumber();
    expect(printGraph(graph)).toBe(TEXT);
    expect(graph.tensors.map(({ id }) => id)).toEqual([0, 1, 2, 3]);
    expect(graph.nodes.map(({ id }) => id)).toEqual([0, 1]);
    expect([...tensors]).toEqual([[0, 0], [2, 1], [4, 2], [1, 3]]);
    expect([...nodes]).toEqual([[2, 0], [0, 1]]);
  });

  it('takes a graph, alters it, and leaves the original alone', () => {
    const graph = sample().toGraph();
    const builder = GraphBuilder.from(graph);
    const [relu, mul] = graph.nodes as [typeof graph.nodes[0], typeof graph.nodes[0]];
    expect(builder.producer(relu.outputs[0]!)).toBe(relu);
    expect(builder.readers(relu.outputs[0]!)).toEqual([mul]);
    const b = builder.addTensor('b', 'float32', [1, 2]);
    builder.addNode('Sigmoid', [relu.inputs[0]!], [b], { note: [1, 2], z: 'q' });
    builder.replaceUses(relu.outputs[0]!, b);
    builder.removeNode(relu.id);
    builder.changeNode(mul.id, { op: 'Add' });
    builder.changeTensor(mul.inputs[1]!, { name: 'offset' });
    expect(printGraph(builder.toGraph())).toBe(`graph sample (opset 13)
input x: float32[1, 2]
b: float32[1, 2] = Sigmoid(x) {note: [1, 2], z: "q"}
y: float32[1, 2] = Add(b, offset: float32[2] = (2, 3))
output y
`);
    expect(printGraph(graph)).toBe(TEXT);
    expect(printGraph(GraphBuilder.from(graph).toGraph())).toBe(TEXT);
  });

  it('replaces uses by outputs of the graph too', () => {
    const builder = sample();
    builder.replaceUses(1, 3);
    expect(builder.outputs).toEqual([3]);
    expect(builder.toGraph().nodes.map(({ op }) => op)).toEqual(['Tanh']);
  });

  it('refuses cycles and tensors that nobody makes', () => {
    const cyclic = sample();
    cyclic.changeNode(2, { inputs: [1] });
    expect(() => cyclic.toGraph()).toThrow(TrestleError);
    const unmade = sample();
    unmade.removeNode(2);
    expect(() => unmade.toGraph()).toThrow(/"a"/);
  });

  it('knows who makes and who reads', () => {
    const graph = sample().toGraph();
    expect(consumers(graph).map((nodes) => nodes.map(({ op }) => op))).toEqual([['Relu'], ['Mul'], ['Mul'], []]);
    expect(producers(graph).map((node) => node?.op)).toEqual([undefined, 'Relu', undefined, 'Mul']);
  });
});

describe('topologicalOrder', () => {
  it('puts makers before readers and keeps the given order where it is one', () => {
    const edges = fc.array(fc.tuple(fc.nat(19), fc.nat(19)), { maxLength: 60 });
    fc.assert(fc.property(edges, fc.nat(1000), (pairs, turn) => {
      const nodes = Array.from({ length: 20 }, (_, i) => ({
        inputs: pairs.flatMap(([a, b]) => (Math.max(a, b) === i && a !== b ? [Math.min(a, b)] : [])), outputs: [i],
      }));
      expect(topologicalOrder(nodes)).toEqual({ order: nodes, cycle: [] });
      const shuffled = nodes.map((_, i) => nodes[(i * 7 + turn) % 20]!);
      const { order, cycle } = topologicalOrder(shuffled);
      expect(cycle).toEqual([]);
      const place = new Map(order.map(({ outputs }, i) => [outputs[0]!, i]));
      for (const { inputs, outputs } of order) for (const id of inputs) expect(place.get(id)!).toBeLessThan(place.get(outputs[0]!)!);
    }), { seed: 1, numRuns: 50 });
  });

  it('names the nodes that can never run', () => {
    const nodes = [{ inputs: [1], outputs: [0] }, { inputs: [0], outputs: [1] }, { inputs: [-1, 9], outputs: [2] }];
    expect(topologicalOrder(nodes)).toEqual({ order: [nodes[2]], cycle: [nodes[0], nodes[1]] });
  });
});
