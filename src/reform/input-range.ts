/** The range of a quantiser right at the input, for chips whose input codes have a range of their own. */
import { isIdentity } from './make.js';
import { redirect } from './rules.js';
import { inputsOf, type Reformed } from './types.js';

/**
 * Takes the clip of a quantisation pair off the input: the input's code saturates at the same values, which costs no core. The network stays as it
 * is where something else reads the input too.
 */
export function absorbInputRange(graph: Reformed): Reformed {
  const readers = graph.nodes.filter((n) => inputsOf(n).includes(graph.input));
  const [clip] = readers;
  if (readers.length !== 1 || clip.kind !== 'sum' || clip.advisory !== true || clip.activation?.op !== 'Clip') return graph;
  if (!isIdentity({ ...clip, activation: null }) || clip.output === graph.output) return graph;
  const { lo, hi } = clip.activation;
  const { nodes } = redirect({ nodes: graph.nodes.filter((n) => n !== clip), input: graph.input, output: graph.output }, clip.output, graph.input);
  return { ...graph, nodes, inputRange: [lo, hi] };
}
