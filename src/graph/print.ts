/**
 * A graph as text, one line a node, for people and for comparing by eye or by diff.
 */
import { isConstantTensor } from './attributes.js';
import type { AttributeValue, Graph, GraphNode, Tensor } from './types.js';

/** `float32[1, 10]`. */
export function printType(tensor: Pick<Tensor, 'type' | 'shape'>): string {
  return `${tensor.type}[${tensor.shape.join(', ')}]`;
}

/**
 * The inputs, the nodes in order and the outputs. Constants are shown by name and type, those of up to 8 elements with their values:
 *
 *     graph mlp (opset 13)
 *     input x: float32[1, 784]
 *     y: float32[1, 10] = Gemm(x, w: float32[784, 10], b: float32[10]) {transB: 1}
 *     output y
 */
export function printGraph(graph: Graph): string {
  const name = (id: number): string => graph.tensors[id]?.name ?? '-';
  const lines = [`graph ${graph.name || '(no name)'} (opset ${graph.opset})`];
  for (const id of graph.inputs) lines.push(`input ${name(id)}: ${typeOf(graph, id)}`);
  for (const node of graph.nodes) lines.push(printNode(graph, node));
  for (const id of graph.outputs) lines.push(`output ${name(id)}`);
  return lines.join('\n') + '\n';
}

function typeOf(graph: Graph, id: number): string {
  const tensor = graph.tensors[id];
  return tensor ? printType(tensor) : '-';
}

/** One node: results with their types, operator, operands, attributes; its name where it differs from the first result's. */
export function printNode(graph: Graph, node: GraphNode): string {
  const outputs = node.outputs.map((id) => (id < 0 ? '-' : `${graph.tensors[id]?.name}: ${typeOf(graph, id)}`));
  const inputs = node.inputs.map((id) => printOperand(graph.tensors[id]));
  const attributes = Object.entries(node.attributes).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}: ${printAttribute(value)}`);
  const label = node.name === graph.tensors[node.outputs[0] ?? -1]?.name ? '' : `  # ${node.name}`;
  return `${outputs.join(', ')} = ${node.op}(${inputs.join(', ')})${attributes.length > 0 ? ` {${attributes.join(', ')}}` : ''}${label}`;
}

function printOperand(tensor: Tensor | undefined): string {
  if (!tensor) return '-';
  if (!tensor.data) return tensor.name;
  const values = tensor.data.length <= 8 ? ` = ${printNumbers(tensor.data)}` : '';
  return `${tensor.name}: ${printType(tensor)}${values}`;
}

function printAttribute(value: AttributeValue): string {
  if (typeof value === 'number') return printNumber(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (isConstantTensor(value)) return printType(value);
  return `[${(value as readonly (number | string)[]).map((v) => (typeof v === 'number' ? printNumber(v) : JSON.stringify(v))).join(', ')}]`;
}

function printNumbers(values: ArrayLike<number>): string {
  return `(${Array.from(values, printNumber).join(', ')})`;
}

/** Seven significant digits tell float32 values of different layers apart and hide nothing of small integers. */
function printNumber(value: number): string {
  return String(Number(value.toPrecision(7)));
}
