/**
 * Wiring that lays several signals into the same channels of one map, and reordering that mixes channels of different signals: on a chip these must
 * have one code. Every such signal gets a code of its own to give up: a sum that copies it, unless it is a sum already that nothing clips.
 */
import { affine, filled, mixesChannels, sharesChannels } from './make.js';
import type { Draft } from './rules.js';
import type { Edge, ReformedNode, SumNode } from './types.js';
import { inputsOf } from './types.js';

/** The same network with copies before the wiring that needs them. */
export function copyShared(draft: Draft): Draft {
  const producer = new Map(draft.nodes.map((n): [Edge, ReformedNode] => [n.output, n]));
  const readers = new Map<Edge, number>();
  for (const node of draft.nodes) for (const edge of new Set(inputsOf(node))) readers.set(edge, (readers.get(edge) ?? 0) + 1);
  const free = (edge: Edge): boolean => {
    const node = producer.get(edge);
    return node?.kind === 'sum' && node.activation === null && readers.get(edge) === 1;
  };
  const nodes = draft.nodes.flatMap((node): ReformedNode[] => {
    if (node.kind === 'permute' && mixesChannels(node) && manySources(node.input, producer)) {
      const copy = { ...node.input };
      return [copyOf(node.input, copy, node.name), { ...node, input: copy }];
    }
    if (node.kind !== 'wire' || !sharesChannels(node)) return [node];
    const copies = new Map<Edge, Edge>();
    for (const edge of new Set(inputsOf(node))) if (!free(edge)) copies.set(edge, { ...edge });
    const sums = [...copies].map(([edge, copy]) => copyOf(edge, copy, node.name));
    return [...sums, { ...node, pieces: node.pieces.map((p) => ({ ...p, input: copies.get(p.input) ?? p.input })) }];
  });
  return { ...draft, nodes };
}

function copyOf(edge: Edge, copy: Edge, name: string): SumNode {
  const channels = edge.shape[0];
  return affine(`${name}/copy of ${edge.name}`, edge, copy, filled(channels, 1), filled(channels, 0));
}

/** Whether an edge carries channels of several signals, which may have several codes. */
function manySources(edge: Edge, producer: ReadonlyMap<Edge, ReformedNode>): boolean {
  const node = producer.get(edge);
  if (node === undefined || node.kind === 'sum' || node.kind === 'function') return false;
  const inputs = new Set(inputsOf(node));
  return inputs.size > 1 || [...inputs].some((e) => manySources(e, producer));
}
