/** Where the channels of edges come from: through maxima and wiring, which move codes as they are. */
import { permutation } from '../cores/derive.js';
import type { Edge, PermuteNode, Reformed, ReformedNode, Term, WireNode } from './types.js';

/** Channel of an edge that a sum, a function or the input makes; `null` where several meet. */
export type Origin = { readonly edge: Edge; readonly channel: number } | null;

export class Origins {
  private readonly producer: ReadonlyMap<Edge, ReformedNode>;
  private readonly known = new Map<Edge, readonly Origin[]>();

  constructor(graph: Reformed) {
    this.producer = new Map(graph.nodes.map((n) => [n.output, n]));
  }

  /** One a channel. */
  of(edge: Edge): readonly Origin[] {
    const known = this.known.get(edge);
    if (known !== undefined) return known;
    const node = this.producer.get(edge);
    const own = (): Origin[] => Array.from({ length: edge.shape[0] }, (_, channel) => ({ edge, channel }));
    const origins = node === undefined || node.kind === 'sum' || node.kind === 'function' ? own()
      : node.kind === 'maxpool' ? this.of(node.input)
      : node.kind === 'wire' ? this.wired(node)
      : this.permuted(node);
    this.known.set(edge, origins);
    return origins;
  }

  private wired(node: WireNode): Origin[] {
    const origins = new Array<Origin>(node.output.shape[0]).fill(null);
    for (const { input, from, step, size, to } of node.pieces) {
      const source = this.of(input);
      for (let i = 0; i < size[0]; i++) origins[to[0] + i] = source[from[0] + i * step[0]];
    }
    return origins;
  }

  private permuted({ input, output, view, axes }: PermuteNode): Origin[] {
    const source = this.of(input);
    const area = input.shape[1] * input.shape[2];
    const outputArea = output.shape[1] * output.shape[2];
    const order = permutation(view, axes);
    return Array.from({ length: output.shape[0] }, (_, c) => source[Math.floor(order[c * outputArea] / area)]);
  }
}

/** Output channels of a term. */
export function outputsOf({ weights, input, groups, kernel }: Term): number {
  return weights.length / ((input.shape[0] / groups) * kernel[0] * kernel[1]);
}

/** Channel of a term's input that its weight `index` multiplies. */
export function inputChannel(term: Term, index: number): number {
  const perGroup = term.input.shape[0] / term.groups;
  const taps = term.kernel[0] * term.kernel[1];
  const group = Math.floor(Math.floor(index / (perGroup * taps)) / (outputsOf(term) / term.groups));
  return group * perGroup + (Math.floor(index / taps) % perGroup);
}
