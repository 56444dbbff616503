/** What a report needs to know of a network or a score. */
import type { Graph, GraphNode, Tensor } from '../graph/types.js';

const LIMITS: Readonly<Record<string, readonly [number, number]>> = { int8: [-128, 127], uint8: [0, 255], int16: [-32768, 32767], uint16: [0, 65535] };

/** Range of the input's values as the quantiser that reads it states it; 0..1 if there is none, or one of another kind. */
export function inputRange(graph: Graph): [lo: number, hi: number] {
  const reader = graph.nodes.find((node) => node.op === 'QuantizeLinear' && node.inputs[0] === graph.inputs[0]);
  if (reader === undefined) return [0, 1];
  const limits = LIMITS[graph.tensors[reader.outputs[0]].type];
  const scale = graph.tensors[reader.inputs[1]]?.data;
  const zero = graph.tensors[reader.inputs[2] ?? -1]?.data?.[0] ?? 0;
  if (limits === undefined || scale === undefined || scale.length !== 1) return [0, 1];
  return [(limits[0] - zero) * scale[0], (limits[1] - zero) * scale[0]];
}

/** Functions that leave the order of the outputs, and that the host computes. */
const HOST = ['Softmax', 'ArgMax'];

/** The tensor that a chip's output stands for: the one of that name, else what the functions at the network's end are computed from. */
export function scoredTensor(graph: Graph, name: string | null): Tensor {
  const named = graph.tensors.find((t) => t.name === name && t.data === undefined);
  if (named !== undefined) return named;
  let id = graph.outputs[0];
  for (;;) {
    const producer: GraphNode | undefined = graph.nodes.find((node) => node.outputs.includes(id));
    if (producer === undefined || !HOST.includes(producer.op)) return graph.tensors[id];
    id = producer.inputs[0];
  }
}

/** Samples below which no share tells chance from skill. */
const LEAST_SAMPLES = 30;

/** Whether a share of right answers is what guessing gives: at most two standard deviations above 1 / classes. */
export function atChance(top1: number, classes: number, samples: number): boolean {
  if (classes < 2 || samples < LEAST_SAMPLES) return false;
  const chance = 1 / classes;
  return top1 <= chance + 2 * Math.sqrt((chance * (1 - chance)) / samples);
}

/** Constants of the network that a chip would hold or fold: float weights and biases, each once. */
export function parametersOf(graph: Graph): number {
  return [...new Set(graph.nodes.flatMap((node) => node.inputs))].reduce((n, id) => n + weightsOf(graph.tensors[id]), 0);
}

/** Float values of a constant with at least one dimension; 0 of anything else. */
export function weightsOf(tensor: Tensor | undefined): number {
  return tensor?.data !== undefined && tensor.type.startsWith('float') && tensor.shape.length > 0 ? tensor.data.length : 0;
}
