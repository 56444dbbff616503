/**
 * Making and altering graphs. A `Graph` is immutable; a pass takes a builder from it, alters, and gives a new graph:
 *
 *     const builder = GraphBuilder.from(graph);
 *     const w = builder.addConstant('w', 'float32', [10, 20], data);
 *     const y = builder.addTensor('y', 'float32', [1, 10]);
 *     builder.addNode('Gemm', [x, w], [y], { transB: 1 });
 *     builder.replaceUses(oldTensor, y);       // nodes and graph outputs that read oldTensor now read y
 *     const next = builder.toGraph();          // dead nodes and tensors are gone, ids are new
 *
 * Ids are stable while one builder lives (those of `from`'s graph stay valid in it); `toGraph` renumbers, `renumber` also says how.
 */
import { fail } from '../diagnostics.js';
import { topologicalOrder } from './order.js';
import type { AttributeValue, DataType, Graph, GraphNode, Tensor, TensorData } from './types.js';

export { consumers, producers } from './order.js';

export class GraphBuilder {
  private readonly tensorList: Tensor[] = [];
  private readonly nodeList: (GraphNode | undefined)[] = [];
  private inputIds: readonly number[] = [];
  private outputIds: readonly number[] = [];

  constructor(
    readonly name: string,
    readonly opset: number,
  ) {}

  /** A builder that holds the whole of `graph` under the same ids. */
  static from(graph: Graph): GraphBuilder {
    const builder = new GraphBuilder(graph.name, graph.opset);
    for (const tensor of graph.tensors) builder.tensorList.push(tensor);
    for (const node of graph.nodes) builder.nodeList[node.id] = node;
    builder.inputIds = graph.inputs;
    builder.outputIds = graph.outputs;
    return builder;
  }

  /** A tensor that a node or the user makes. Shape for one sample, first dimension 1. Gives its id. */
  addTensor(name: string, type: DataType, shape: readonly number[]): number {
    return this.tensorList.push({ id: this.tensorList.length, name, type, shape: [...shape] }) - 1;
  }

  /** A constant; `data` has as many elements as `shape` says. Gives its id. */
  addConstant(name: string, type: DataType, shape: readonly number[], data: TensorData): number {
    return this.tensorList.push({ id: this.tensorList.length, name, type, shape: [...shape], data }) - 1;
  }

  /** A node that reads `inputs` and makes `outputs` (-1: absent). Its name is that of its first output unless given. Gives its id. */
  addNode(
    op: string,
    inputs: readonly number[],
    outputs: readonly number[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    name?: string,
  ): number {
    const id = this.nodeList.length;
    const label = name ?? this.tensorList[outputs[0] ?? -1]?.name ?? `${op}_${id}`;
    this.nodeList.push({ id, name: label, op, inputs: [...inputs], outputs: [...outputs], attributes });
    return id;
  }

  tensor(id: number): Tensor {
    const tensor = this.tensorList[id];
    if (!tensor) throw new RangeError(`no tensor ${id}`);
    return tensor;
  }

  node(id: number): GraphNode {
    const node = this.nodeList[id];
    if (!node) throw new RangeError(`no node ${id}`);
    return node;
  }

  /** The nodes present now, by id; after additions this is not an order of execution. */
  nodes(): readonly GraphNode[] {
    return this.nodeList.filter((node) => node !== undefined);
  }

  get inputs(): readonly number[] {
    return this.inputIds;
  }

  get outputs(): readonly number[] {
    return this.outputIds;
  }

  setInputs(ids: readonly number[]): void {
    this.inputIds = [...ids];
  }

  setOutputs(ids: readonly number[]): void {
    this.outputIds = [...ids];
  }

  /** The node that makes a tensor now. */
  producer(tensor: number): GraphNode | undefined {
    return this.nodeList.find((node) => node?.outputs.includes(tensor));
  }

  /** The nodes that read a tensor now. */
  readers(tensor: number): readonly GraphNode[] {
    return this.nodes().filter((node) => node.inputs.includes(tensor));
  }

  removeNode(id: number): void {
    this.nodeList[id] = undefined;
  }

  /** Changes parts of a node in place; its id stays. */
  changeNode(id: number, change: Partial<Omit<GraphNode, 'id'>>): void {
    this.nodeList[id] = { ...this.node(id), ...change };
  }

  /** Changes parts of a tensor in place (name, shape, type, data); its id stays. */
  changeTensor(id: number, change: Partial<Omit<Tensor, 'id'>>): void {
    this.tensorList[id] = { ...this.tensor(id), ...change };
  }

  /** Every node, and every output of the graph, that reads `from` reads `to` instead. */
  replaceUses(from: number, to: number): void {
    const swap = (ids: readonly number[]): readonly number[] => ids.map((id) => (id === from ? to : id));
    this.nodeList.forEach((node, i) => {
      if (node?.inputs.includes(from)) this.nodeList[i] = { ...node, inputs: swap(node.inputs) };
    });
    this.outputIds = swap(this.outputIds);
  }

  toGraph(): Graph {
    return this.renumber().graph;
  }

  /**
   * The graph without what no output needs, nodes in topological order, ids dense; tensors in the order: inputs, then as the nodes first
   * name them. `tensors` and `nodes` map old ids to new. Errors: T101 for a cycle or a tensor that is read but never made.
   */
  renumber(): { readonly graph: Graph; readonly tensors: ReadonlyMap<number, number>; readonly nodes: ReadonlyMap<number, number> } {
    const ordered = this.liveInOrder();
    const tensors = new Map<number, number>();
    const nodes = new Map<number, number>();
    const kept: Tensor[] = [];
    const keep = (id: number): number => {
      if (id < 0) return -1;
      const known = tensors.get(id);
      if (known !== undefined) return known;
      tensors.set(id, kept.length);
      return kept.push({ ...this.tensor(id), id: kept.length }) - 1;
    };
    const inputs = this.inputIds.map(keep);
    const made = new Set<number>(this.inputIds);
    const graphNodes = ordered.map((node, id): GraphNode => {
      for (const input of node.inputs) this.requirePresent(input, made, node.name);
      for (const output of node.outputs) made.add(output);
      nodes.set(node.id, id);
      return { ...node, id, inputs: node.inputs.map(keep), outputs: node.outputs.map(keep) };
    });
    for (const output of this.outputIds) this.requirePresent(output, made, 'output of the graph');
    const outputs = this.outputIds.map(keep);
    return { graph: { name: this.name, opset: this.opset, tensors: kept, nodes: graphNodes, inputs, outputs }, tensors, nodes };
  }

  private requirePresent(id: number, made: ReadonlySet<number>, place: string): void {
    if (id < 0 || made.has(id) || this.tensor(id).data) return;
    fail('T101', place, `tensor "${this.tensor(id).name}" is read but nothing makes it`);
  }

  /** Nodes that an output needs, in topological order. */
  private liveInOrder(): readonly GraphNode[] {
    const maker = new Map<number, GraphNode>();
    for (const node of this.nodes()) for (const id of node.outputs) if (id >= 0) maker.set(id, node);
    const live = new Set<number>();
    const open = this.outputIds.map((id) => maker.get(id));
    while (open.length > 0) {
      const node = open.pop();
      if (!node || live.has(node.id)) continue;
      live.add(node.id);
      for (const id of node.inputs) open.push(maker.get(id));
    }
    const { order, cycle } = topologicalOrder(this.nodes().filter((node) => live.has(node.id)));
    if (cycle.length > 0) fail('T101', cycle[0]?.name ?? this.name, `nodes form a cycle: ${cycle.slice(0, 5).map((n) => n.name).join(', ')}`);
    return order;
  }
}
