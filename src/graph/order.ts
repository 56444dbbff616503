/**
 * Order and neighbourhood of the nodes of a graph: who makes a tensor, who reads it, in what order nodes can run.
 */
import type { Graph, GraphNode } from './types.js';

/** For every tensor id, the nodes that read it (each node once), in order of execution. */
export function consumers(graph: Graph): readonly (readonly GraphNode[])[] {
  const readers: GraphNode[][] = graph.tensors.map(() => []);
  for (const node of graph.nodes) {
    for (const id of new Set(node.inputs)) readers[id]?.push(node);
  }
  return readers;
}

/** For every tensor id, the node that makes it; `undefined` for inputs of the graph and constants. */
export function producers(graph: Graph): readonly (GraphNode | undefined)[] {
  const makers: (GraphNode | undefined)[] = graph.tensors.map(() => undefined);
  for (const node of graph.nodes) {
    for (const id of node.outputs) if (id >= 0) makers[id] = node;
  }
  return makers;
}

interface Ordered {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/**
 * Topological order (Kahn), stable: of the nodes that could run, the one that stands first runs first. Inputs that no node makes count as
 * present; -1 is an absent input. `cycle` holds the nodes that can never run.
 */
export function topologicalOrder<N extends Ordered>(nodes: readonly N[]): { readonly order: readonly N[]; readonly cycle: readonly N[] } {
  const maker = new Map<number, number>();
  nodes.forEach((node, i) => node.outputs.forEach((id) => id >= 0 && maker.set(id, i)));
  const waiting = nodes.map((node) => new Set(node.inputs.filter((id) => maker.has(id))).size);
  const readers = new Map<number, number[]>();
  nodes.forEach((node, i) => {
    for (const id of new Set(node.inputs)) {
      if (!maker.has(id)) continue;
      const list = readers.get(id);
      if (list) list.push(i);
      else readers.set(id, [i]);
    }
  });
  const ready = new MinimumHeap();
  waiting.forEach((count, i) => count === 0 && ready.push(i));
  const order: N[] = [];
  const done = new Set<number>();
  for (let i = ready.pop(); i !== undefined; i = ready.pop()) {
    const node = nodes[i] as N;
    order.push(node);
    done.add(i);
    for (const id of new Set(node.outputs)) {
      if (maker.get(id) !== i) continue;
      for (const reader of readers.get(id) ?? []) {
        waiting[reader] = (waiting[reader] as number) - 1;
        if (waiting[reader] === 0) ready.push(reader);
      }
    }
  }
  return { order, cycle: nodes.filter((_, i) => !done.has(i)) };
}

/** Binary heap of numbers, least first. */
class MinimumHeap {
  private readonly items: number[] = [];

  push(value: number): void {
    const items = this.items;
    let i = items.push(value) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if ((items[parent] as number) <= value) break;
      items[i] = items[parent] as number;
      i = parent;
    }
    items[i] = value;
  }

  pop(): number | undefined {
    const items = this.items;
    const least = items[0];
    const last = items.pop();
    if (least === undefined || last === undefined || items.length === 0) return least;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && (items[child + 1] as number) < (items[child] as number)) child++;
      if ((items[child] as number) >= last) break;
      items[i] = items[child] as number;
      i = child;
    }
    items[i] = last;
    return least;
  }
}
