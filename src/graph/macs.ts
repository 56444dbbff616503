/** Multiplications of a network: weights times positions of convolutions and matrix products, for one sample. */
import type { Graph, GraphNode } from './types.js';

/** Multiply-accumulate operations of one node: Conv, Gemm, MatMul; 0 for all others. */
export function nodeMacs(graph: Graph, node: GraphNode): number {
  const output = graph.tensors[node.outputs[0]];
  const weights = graph.tensors[node.inputs[1]];
  if (output === undefined || weights === undefined) return 0;
  const elements = output.shape.reduce((a, b) => a * b, 1);
  switch (node.op) {
    case 'Conv':
      return elements * weights.shape.slice(1).reduce((a, b) => a * b, 1);
    case 'Gemm':
      return elements * (graph.tensors[node.inputs[0]].shape[1] ?? 0);
    case 'MatMul':
      return elements * (graph.tensors[node.inputs[0]].shape.at(-1) ?? 0);
    default:
      return 0;
  }
}

export function graphMacs(graph: Graph): number {
  return graph.nodes.reduce((n, node) => n + nodeMacs(graph, node), 0);
}
