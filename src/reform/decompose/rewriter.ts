/** Building what takes the place of a node: tensors of the network's own names stay, so that golden values are found by them. */
import { GraphBuilder } from '../../graph/build.js';
import { broadcastShape } from '../../graph/ops/broadcast.js';
import type { AttributeValue, Graph, GraphNode, Tensor } from '../../graph/types.js';

export class Rewriter {
  private readonly builder: GraphBuilder;
  private readonly names: Set<string>;
  /** Nodes from this number on are new. */
  private readonly first: number;

  /** `rows`: those of the chip's cores, `null` without limit. */
  constructor(private readonly source: Graph, readonly rows: number | null = null) {
    this.builder = GraphBuilder.from(source);
    this.first = source.nodes.length;
    this.names = new Set(source.tensors.map((t) => t.name));
  }

  get opset(): number {
    return this.source.opset;
  }

  graph(): Graph {
    return this.builder.toGraph();
  }

  nodes(): readonly GraphNode[] {
    return this.builder.nodes();
  }

  tensor(id: number): Tensor {
    return this.builder.tensor(id);
  }

  isConstant(id: number): boolean {
    return this.tensor(id).data !== undefined;
  }

  producer(id: number): GraphNode | undefined {
    return this.builder.producer(id);
  }

  /** A float constant: of no dimensions, unless it has a shape. */
  constant(values: ArrayLike<number>, shape: readonly number[] = []): number {
    return this.builder.addConstant(this.name('constant'), 'float32', shape, Float32Array.from(values));
  }

  integers(values: readonly number[]): number {
    return this.builder.addConstant(this.name('constant'), 'int64', [values.length], Float64Array.from(values));
  }

  /** A node of one output, of the operands' common shape unless another is given. Gives its tensor. */
  node(near: string, op: string, inputs: readonly number[], attributes: Readonly<Record<string, AttributeValue>> = {}, shape?: readonly number[]): number {
    const common = inputs.map((id) => this.tensor(id).shape).reduce((a, b) => (shape === undefined ? broadcastShape(a, b) : a));
    const output = this.builder.addTensor(this.name(`${near}/${op}`), 'float32', shape ?? common);
    this.builder.addNode(op, inputs, [output], attributes);
    return output;
  }

  /** x * factor, one for all elements. */
  scaled(near: string, x: number, factor: number): number {
    return factor === 1 ? x : this.node(near, 'Mul', [x, this.constant([factor])]);
  }

  shifted(near: string, x: number, shift: number): number {
    return shift === 0 ? x : this.node(near, 'Add', [x, this.constant([shift])]);
  }

  power(near: string, x: number, exponent: number): number {
    return this.node(near, 'Pow', [x, this.constant([exponent])]);
  }

  clip(near: string, x: number, lo: number, hi: number): number {
    if (this.opset < 11) return this.node(near, 'Clip', [x], { min: lo, max: hi });
    return this.node(near, 'Clip', [x, this.constant([lo]), this.constant([hi])], {}, this.tensor(x).shape);
  }

  /** `result` takes the place of a node's output, under the name that it had. */
  replace(node: GraphNode, result: number): void {
    const [output] = node.outputs;
    this.builder.removeNode(node.id);
    const maker = this.builder.producer(result);
    // What was there before keeps its own name.
    if (maker === undefined || maker.id < this.first) this.builder.addNode('Identity', [result], [output]);
    else this.builder.changeNode(maker.id, { outputs: [output], name: node.name });
  }

  /** The same for a node of several outputs; -1: nobody reads it. Results may be read by others too. */
  replaceAll(node: GraphNode, results: readonly number[]): void {
    this.builder.removeNode(node.id);
    results.forEach((result, i) => result >= 0 && this.builder.addNode('Identity', [result], [node.outputs[i]]));
  }

  private name(base: string): string {
    let unique = base;
    for (let n = 2; this.names.has(unique); n++) unique = `${base}~${n}`;
    this.names.add(unique);
    return unique;
  }
}

/** What takes the place of a node: its tensor, or `null` where the node stays. */
export type Decomposition = (r: Rewriter, node: GraphNode) => number | null;
