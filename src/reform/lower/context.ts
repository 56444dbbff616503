/** What the lowerings of operators share: edges for tensors, constants, and the nodes made so far. */
import { Refusal, refuse, type NodeView, type Operand } from '../../graph/operator.js';
import type { Graph, GraphNode, Tensor } from '../../graph/types.js';
import type { Activation } from '../../cores/activation.js';
import { mapShape } from '../make.js';
import type { Edge, Golden, HostFunction, Reals, ReformedNode } from '../types.js';

export class LowerContext {
  readonly nodes: ReformedNode[] = [];
  readonly host: HostFunction[] = [];
  private readonly edges = new Map<number, Edge>();
  private readonly names = new Set<string>();

  /** `apart`: functions that the chip cannot compute behind a sum. */
  constructor(readonly graph: Graph, readonly apart: (activation: Activation) => boolean = () => false) {}

  tensor(id: number): Tensor {
    return this.graph.tensors[id];
  }

  /** The edge that carries a tensor. A tensor that depends on nothing has none. */
  edge(id: number): Edge {
    const known = this.edges.get(id);
    if (known) return known;
    const tensor = this.tensor(id);
    if (tensor.data) refuse('T400', `constant ${tensor.name} stands where a signal is expected`);
    const edge = { name: tensor.name, shape: mapShape(tensor.shape.slice(1)) };
    this.edges.set(id, edge);
    return edge;
  }

  /** An edge inside the lowering of one node; `golden` says where its values lie, if they are not a tensor's elements in order. */
  inner(name: string, dims: readonly number[], golden?: Golden): Edge {
    return { name, shape: mapShape(dims), ...(golden === undefined ? {} : { golden }) };
  }

  /** Makes tensor `id` another name of an existing edge. */
  alias(id: number, edge: Edge): void {
    this.edges.set(id, edge);
  }

  add(node: ReformedNode): void {
    this.nodes.push(node);
  }

  /** A name for a layer: the node's, made unique. */
  name(node: GraphNode): string {
    let unique = node.name;
    for (let n = 2; this.names.has(unique); n++) unique = `${node.name}~${n}`;
    this.names.add(unique);
    return unique;
  }

  isConstant(id: number): boolean {
    return id >= 0 && this.tensor(id).data !== undefined;
  }

  /** A constant's values; refuses what is none. */
  constant(id: number, what: string): { shape: readonly number[]; data: Float64Array } {
    const tensor = this.tensor(id);
    if (!tensor.data) return refuse('T400', `${what} is computed by the network`, 'Only constant operands can become weights');
    return { shape: tensor.shape, data: Float64Array.from(tensor.data) };
  }

  /** The same for what may be large: values that are floats already are not copied. */
  weights(id: number, what: string): { shape: readonly number[]; data: Reals } {
    const { shape, data } = this.tensor(id);
    if (data instanceof Float32Array || data instanceof Float64Array) return { shape, data };
    return this.constant(id, what);
  }

  optionalConstant(id: number | undefined, what: string): Float64Array | null {
    return id === undefined || id < 0 ? null : this.constant(id, what).data;
  }

  /** The node as the operator table sees it. */
  view(node: GraphNode): NodeView<Operand> {
    const inputs = node.inputs.map((id): Operand | null => (id < 0 ? null : { ...this.tensor(id), batched: !this.isConstant(id) }));
    return { op: node.op, opset: this.graph.opset, attributes: node.attributes, inputs, outputCount: node.outputs.length };
  }
}

/** One operator's lowering. Throws `Refusal` for what no chip can hold. */
export type Lowering = (context: LowerContext, node: GraphNode) => void;

export { Refusal, refuse };
