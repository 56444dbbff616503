/** Small constructors for reformed nodes. */
import type { Activation } from '../cores/activation.js';
import {
  inputsOf, type Edge, type Golden, type PermuteNode, type Reformed, type Reals, type ReformedNode, type Shape3, type SumNode, type Term, type WireNode,
} from './types.js';

/** The map that a tensor is seen as; `dims` without the sample dimension. */
export function mapShape(dims: readonly number[]): Shape3 {
  if (dims.length === 3) return [dims[0], dims[1], dims[2]];
  if (dims.length === 2) return [dims[0], 1, dims[1]];
  return [dims.reduce((a, b) => a * b, 1), 1, 1];
}

/** An edge's values in the tensor of its name: elements in order, unless it says otherwise. */
export function goldenOf(edge: Edge): Golden {
  const [channels, height, width] = edge.shape;
  return edge.golden ?? { tensor: edge.name, offset: 0, strides: [height * width, width, 1], size: channels * height * width };
}

/** scale[c] * input, one factor a channel. */
export function scaleTerm(input: Edge, scale: Float64Array): Term {
  return { input, weights: scale, kernel: [1, 1], stride: [1, 1], dilation: [1, 1], origin: [0, 0], groups: input.shape[0] };
}

/** activation(scale[c] * input + shift[c]). */
export function affine(name: string, input: Edge, output: Edge, scale: Float64Array, shift: Float64Array, activation: Activation | null = null): SumNode {
  return { kind: 'sum', name, terms: [scaleTerm(input, scale)], bias: shift, activation, output };
}

/** The greatest |weight|; 0 of none. */
export function greatest(weights: Reals): number {
  let most = 0;
  for (let i = 0; i < weights.length; i++) most = Math.max(most, Math.abs(weights[i]));
  return most;
}

export function filled(length: number, value: number): Float64Array {
  return new Float64Array(length).fill(value);
}

/** Whether a term is `scale[c] * input` position by position: one group a channel, one tap, nothing moved. */
export function isScale(term: Term, outputShape: Shape3): boolean {
  const [c, h, w] = term.input.shape;
  return (
    term.groups === c && outputShape[0] === c && outputShape[1] === h && outputShape[2] === w &&
    term.kernel[0] === 1 && term.kernel[1] === 1 && term.stride[0] === 1 && term.stride[1] === 1 && term.origin[0] === 0 && term.origin[1] === 0
  );
}

/** Whether an affine node changes nothing. */
export function isIdentity(node: SumNode): boolean {
  return (
    node.terms.length === 1 && node.activation === null && isScale(node.terms[0], node.output.shape) &&
    node.terms[0].weights.every((w) => w === 1) && node.bias.every((b) => b === 0)
  );
}

/** Whether pieces of different signals meet in a channel of the wired map. */
export function sharesChannels(node: WireNode): boolean {
  return node.pieces.some((a) => node.pieces.some((b) =>
    a.input !== b.input && a.to[0] < b.to[0] + b.size[0] && b.to[0] < a.to[0] + a.size[0]));
}

/** Whether elements of several channels may meet in one: not where each channel is one element, or stays as it is. */
export function mixesChannels({ input, view, axes, output }: PermuteNode): boolean {
  if (output.shape[1] * output.shape[2] === 1) return false;
  const kept = axes.every((a, i) => a === i) && input.shape[0] === output.shape[0];
  return !kept && !(axes[0] === 0 && view[0] === input.shape[0] && output.shape[0] === view[0]);
}

/** Nodes that read an edge. */
export function readersOf(graph: Reformed, edge: Edge): ReformedNode[] {
  return graph.nodes.filter((n) => inputsOf(n).includes(edge));
}
