/** How many copies each edge has, and how many rows share each weight. */
import type { Edge, Reformed, SumNode } from '../reform/types.js';

/** Of one weighted sum. */
export interface LayerCopies {
  /** Copies of its output; those of the network's output are chosen elsewhere. */
  readonly output: number;
  /** Copies of its partial sums, if it has any. */
  readonly partials: number;
  /** Rows that share each weight, at least: a multiple of the copies of what they read. */
  readonly rows: number;
}

export const ONE_EACH: LayerCopies = { output: 1, partials: 1, rows: 1 };

/** By the output of each sum; sums without an entry have one of each. Edges of one group (`copyGroups`) must have equally many copies. */
export type CopyPlan = ReadonlyMap<Edge, LayerCopies>;

/** By edge, the sums and functions (or the network's input) whose values it carries, pooled or moved. */
export function sourcesOf(graph: Reformed): ReadonlyMap<Edge, readonly Edge[]> {
  const sources = new Map<Edge, readonly Edge[]>([[graph.input, [graph.input]]]);
  for (const node of graph.nodes) {
    const makes = node.kind === 'sum' || node.kind === 'function';
    const read = makes ? [] : node.kind === 'wire' ? node.pieces.map((p) => p.input) : [node.input];
    sources.set(node.output, makes ? [node.output] : [...new Set(read.flatMap((edge) => sources.get(edge) ?? []))]);
  }
  return sources;
}

/**
 * Outputs of sums that have equally many copies, because wiring lays them into one map; in order. Without those that meet the network's input, which
 * the host encodes with one code a value, those that functions of codes read and give, and those that give the network's output.
 */
export function copyGroups(graph: Reformed): Edge[][] {
  const sources = sourcesOf(graph);
  const groupOf = new Map<Edge, Set<Edge>>();
  for (const [first, ...others] of sources.values()) {
    const group = groupOf.get(first) ?? new Set([first]);
    for (const other of others) for (const edge of groupOf.get(other) ?? [other]) group.add(edge);
    for (const edge of group) groupOf.set(edge, group);
  }
  const ends = [graph.input, ...(sources.get(graph.output) ?? []), ...functionEdges(graph)];
  return [...new Set(groupOf.values())].filter((group) => !ends.some((edge) => group.has(edge))).map((group) => [...group]);
}

/** What functions of codes read and give: signals of one code, with one step, that nothing changes any more. */
export function functionEdges(graph: Reformed): Edge[] {
  const sources = sourcesOf(graph);
  return graph.nodes.flatMap((node) => (node.kind === 'function' ? [...(sources.get(node.input) ?? []), node.output] : []));
}

/** The sum that alone makes the network's output, where that is a vector and nothing else reads it: it can have copies at will. */
export function outputSum(graph: Reformed): SumNode | null {
  const [edge, ...others] = sourcesOf(graph).get(graph.output) ?? [];
  const node = graph.nodes.find((n): n is SumNode => n.kind === 'sum' && n.output === edge);
  if (node === undefined || others.length > 0 || node.output.shape[1] !== 1 || node.output.shape[2] !== 1) return null;
  const readers = graph.nodes.filter((n) => (n.kind === 'sum' ? n.terms.some((t) => t.input === edge) : n.kind !== 'wire' && n.input === edge));
  return readers.every((n) => n.kind === 'permute') ? node : null;
}

/** `copies` of everything. */
export function evenCopies(graph: Reformed, copies: number): CopyPlan {
  const copied = new Set(copyGroups(graph).flat());
  return new Map(graph.nodes.flatMap((node): [Edge, LayerCopies][] => (
    node.kind === 'sum' ? [[node.output, { output: copied.has(node.output) ? copies : 1, partials: copies, rows: copies }]] : [])));
}
