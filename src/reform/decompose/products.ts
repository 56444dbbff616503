/**
 * Products and quotients of two signals. ab = ((a + b)^2 - (a - b)^2) / 4, with a and b moved to the middle of their ranges and scaled to -1..1 first: both
 * then lose equally little, and what is left is a sum of squares and of a and b themselves.
 */
import type { Graph, GraphNode } from '../../graph/types.js';
import { Rewriter, type Decomposition } from './rewriter.js';

/** Least and greatest value of a tensor on calibration data. */
export type Range = readonly [lo: number, hi: number];

/** a / b = a * (1 / b); a root below the line becomes a power. */
export const quotient: Decomposition = (r, node) => {
  const [a, b] = node.inputs;
  if (r.isConstant(b) || r.tensor(b).type !== 'float32') return null;
  const near = r.tensor(node.outputs[0]).name;
  const below = r.producer(b);
  const inverse = below?.op === 'Sqrt' ? r.power(near, below.inputs[0], -0.5) : r.node(near, 'Reciprocal', [b]);
  return r.node(near, 'Mul', [a, inverse]);
};

/** x * x is a square. */
export const square: Decomposition = (r, node) => {
  const [a, b] = node.inputs;
  return a === b ? r.power(r.tensor(node.outputs[0]).name, a, 2) : null;
};

/** No operand is scaled as if its range were less than this part of its greatest value. */
const NARROWEST = 16;

/** Nodes that multiply two signals. */
export function productsOf(graph: Graph): GraphNode[] {
  return graph.nodes.filter((n) => n.op === 'Mul' && n.inputs.every((id) => graph.tensors[id].data === undefined));
}

/** The graph without such nodes. `rangeOf`: of a tensor's values. */
export function expandProducts(graph: Graph, rangeOf: (tensor: number) => Range): Graph {
  const r = new Rewriter(graph);
  for (const node of productsOf(graph)) {
    const near = r.tensor(node.outputs[0]).name;
    const [a, b] = node.inputs.map((id) => {
      const [lo, hi] = rangeOf(id);
      // float32 constants: what one puts in, another takes out. A range of few samples may be far too narrow.
      const [middle, half] = [Math.fround((lo + hi) / 2), Math.fround(Math.max((hi - lo) / 2, Math.max(hi, -lo) / NARROWEST, 1e-30))];
      return { id, middle, half };
    });
    const [factorA, factorB] = [1 / a.half, 1 / b.half];
    const joined = (op: 'Add' | 'Sub'): number => {
      const sum = r.node(near, op, [r.scaled(near, a.id, factorA), r.scaled(near, b.id, factorB)]);
      const middle = a.middle * factorA + (op === 'Add' ? 1 : -1) * b.middle * factorB;
      return r.power(near, r.shifted(near, sum, -middle), 2);
    };
    const quarter = (a.half * b.half) / 4;
    const centred = r.node(near, 'Sub', [r.scaled(near, joined('Add'), quarter), r.scaled(near, joined('Sub'), quarter)]);
    const lines = r.node(near, 'Add', [r.node(near, 'Mul', [a.id, r.constant([b.middle])]), r.node(near, 'Mul', [b.id, r.constant([a.middle])])]);
    r.replace(node, r.node(near, 'Add', [centred, r.shifted(near, lines, -a.middle * b.middle)]));
  }
  return r.graph();
}
