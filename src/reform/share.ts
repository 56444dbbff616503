/**
 * Wiring that lays several signals into the same channels of one map: on a chip these must have one code. Every such signal gets a code of its
 * own to give up: a sum that copies it, unless it is a sum already that nothing clips.
 */
import { affine, filled, sharesChannels } from './make.js';
import type { Draft } from './rules.js';
import type { Edge, ReformedNode } from './types.js';
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
    if (node.kind !== 'wire' || !sharesChannels(node)) return [node];
    const copies = new Map<Edge, Edge>();
    for (const edge of new Set(inputsOf(node))) if (!free(edge)) copies.set(edge, { ...edge });
    const sums = [...copies].map(([edge, copy]) => {
      const channels = edge.shape[0];
      return affine(`${node.name}/copy of ${edge.name}`, edge, copy, filled(channels, 1), filled(channels, 0));
    });
    return [...sums, { ...node, pieces: node.pieces.map((p) => ({ ...p, input: copies.get(p.input) ?? p.input })) }];
  });
  return { ...draft, nodes };
}
