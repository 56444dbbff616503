/** Multiplications of a network: weights times positions of convolutions and matrix products, for one sample. */
import type { NodeView } from './operator.js';
import type { Graph, GraphNode } from './types.js';

type Shape = readonly number[];

const product = (sizes: Shape): number => sizes.reduce((a, b) => a * b, 1);

/** Multiply-accumulate operations from the shapes of a node's operands and first output: convolutions, products of matrices, recurrent steps; else 0. */
function macsOf(op: string, inputs: readonly Shape[], output: Shape): number {
  const [x = [], weights = [], recurrent = [], kernel = []] = inputs;
  switch (op) {
    case 'Conv':
    case 'ConvInteger':
      return product(output) * product(weights.slice(1));
    case 'Gemm':
      return product(output) * (x[1] ?? 0);
    case 'MatMul':
    case 'MatMulInteger':
    case 'QLinearMatMul':
      return product(output) * (x.at(-1) ?? 0);
    case 'QLinearConv':
      return product(output) * product(kernel.slice(1));
    case 'ConvTranspose':
      return product(x) * product(weights.slice(1));
    case 'RNN':
    case 'GRU':
    case 'LSTM':
      return product(x.slice(0, 2)) * (product(weights) + product(recurrent));
    default:
      return 0;
  }
}

/** As `macsOf`, of a node of a graph. */
export function nodeMacs(graph: Graph, node: GraphNode): number {
  const output = graph.tensors[node.outputs[0]];
  if (output === undefined || graph.tensors[node.inputs[1]] === undefined) return 0;
  return macsOf(node.op, node.inputs.map((id) => graph.tensors[id]?.shape ?? []), output.shape);
}

export function graphMacs(graph: Graph): number {
  return graph.nodes.reduce((n, node) => n + nodeMacs(graph, node), 0);
}

/** Steps that plain evaluation takes at most, roughly: multiplications, cells of pooling windows, elements. */
export function evaluationSteps(node: Pick<NodeView, 'op' | 'attributes' | 'inputs'>, outputs: readonly { readonly shape: Shape }[]): number {
  const inputs = node.inputs.map((operand) => operand?.shape ?? []);
  const made = outputs.reduce((n, { shape }) => n + product(shape), 0);
  const { kernel_shape: kernel } = node.attributes;
  const cells = Array.isArray(kernel) ? (kernel as number[]).reduce((n, size, d) => n * Math.min(size, inputs[0]?.[d + 2] ?? size), 1) : 1;
  return Math.max(macsOf(node.op, inputs, outputs[0]?.shape ?? []), made * Math.max(cells, 1)) + inputs.reduce((n, shape) => n + product(shape), 0);
}
