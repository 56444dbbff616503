/** reform: a float network becomes weighted sums with activations, maxima and wiring; same outputs up to rounding. */
import { integerAttribute, flagAttribute } from '../graph/attributes.js';
import type { Activation } from '../cores/activation.js';
import { consumers } from '../graph/order.js';
import type { Graph, GraphNode } from '../graph/types.js';
import { fail, throwIfErrors, type Diagnostic } from '../diagnostics.js';
import { LowerContext, Refusal } from './lower/context.js';
import { HOST_FUNCTIONS, LOWERINGS } from './lower/table.js';
import { applyRules } from './rules.js';
import { copyShared } from './share.js';
import type { HostFunction, Reformed } from './types.js';

/** Refuses with T400 all operations that no core can hold, at once. `apart`: functions that the chip cannot compute behind a sum become nodes. */
export function reform(graph: Graph, apart: (activation: Activation) => boolean = () => false): Reformed {
  if (graph.inputs.length !== 1 || graph.outputs.length !== 1) {
    fail('T400', graph.name, `${graph.inputs.length} inputs and ${graph.outputs.length} outputs`, { limit: 'one of each' });
  }
  const { host, output } = hostTail(graph);
  const hostNodes = new Set(host.map((n) => n.id));
  const context = new LowerContext(graph, apart);
  const diagnostics: Diagnostic[] = [];
  for (const node of graph.nodes) {
    if (hostNodes.has(node.id)) continue;
    lowerNode(context, node, diagnostics);
  }
  throwIfErrors(diagnostics);
  const input = context.edge(graph.inputs[0]);
  const draft = copyShared(applyRules({ nodes: context.nodes, input, output: context.edge(output) }));
  if (draft.nodes.length === 0) {
    fail('T400', graph.name, 'the network does nothing that a chip could do', { limit: 'at least one sum, maximum or function' });
  };
  return {
    name: graph.name, nodes: draft.nodes, input: draft.input, output: draft.output, host: host.map((n) => hostFunction(graph, n)),
    inputRange: null,
    inputShape: graph.tensors[graph.inputs[0]].shape, outputShape: graph.tensors[output].shape,
  };
}

function lowerNode(context: LowerContext, node: GraphNode, diagnostics: Diagnostic[]): void {
  const lowering = LOWERINGS[node.op];
  const refused = (code: Diagnostic['code'], message: string, remedy?: string, limit?: string): void => {
    const place = `${node.name} (${node.op})`;
    const extra = { ...(remedy === undefined ? {} : { remedy }), ...(limit === undefined ? {} : { limit }) };
    diagnostics.push({ code, severity: 'error', place, message, ...extra });
    // Later nodes may be refused for reasons of their own; give them their operands all the same.
    node.outputs.forEach((id) => id >= 0 && context.edge(id));
  };
  if (lowering === undefined) {
    refused('T400', 'no chip has a form of this operator', 'Softmax and ArgMax are left to the host at the end of the network only');
    return;
  }
  try {
    lowering(context, node);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    refused(error.code, error.message, error.remedy, error.limit);
  }
}

/** The chain of host functions that ends in the output, first one first, and the tensor that the chip must deliver. */
function hostTail(graph: Graph): { host: GraphNode[]; output: number } {
  const readers = consumers(graph);
  const producer = new Map(graph.nodes.flatMap((n) => n.outputs.map((t): [number, GraphNode] => [t, n])));
  const host: GraphNode[] = [];
  let output = graph.outputs[0];
  for (;;) {
    const node = producer.get(output);
    if (node === undefined || !HOST_FUNCTIONS.includes(node.op) || (readers[output]?.length ?? 0) > (host.length === 0 ? 0 : 1)) break;
    host.unshift(node);
    output = node.inputs[0];
  }
  return { host, output };
}

function hostFunction(graph: Graph, node: GraphNode): HostFunction {
  const softmax = node.op === 'Softmax';
  const attributes: Record<string, number> = { axis: integerAttribute(node, 'axis', softmax ? (graph.opset < 13 ? 1 : -1) : 0) };
  if (softmax) attributes.flatten = graph.opset < 13 ? 1 : 0;
  else {
    attributes.keepdims = flagAttribute(node, 'keepdims', true) ? 1 : 0;
    attributes.lastIndex = flagAttribute(node, 'select_last_index', false) ? 1 : 0;
  }
  return { name: node.name, op: softmax ? 'Softmax' : 'ArgMax', attributes };
}
