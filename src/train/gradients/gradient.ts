/**
 * How a node of the float network hands gradients back: from that of its result to those of its operands. A row belongs to a step of
 * src/graph/steps/ or, where a node has none, to an operator.
 */
import type { RunContext, Step } from '../../graph/steps/step.js';
import type { AttributeValue, ConstantTensor, Graph, GraphNode, Tensor } from '../../graph/types.js';

export type Fields = Readonly<Record<string, number>>;

export interface GradientContext {
  readonly graph: Graph;
  readonly node: GraphNode;
  /** The node's step; its fields are the defaults of what `prepare` gives. */
  readonly step: Step;
  /** Samples that are worked on at once, at most. */
  readonly samples: number;
  readonly memory: WebAssembly.Memory;
  readonly allocate: (bytes: number) => number;
  /** Address of a constant operand in its own order, filled up to a multiple of 8 floats: the parameter itself if it is trained. 0: absent. */
  readonly address: (operand: number) => number;
}

/** A node made ready for both directions: the forward step sees the same fields. */
export interface PreparedGradient {
  readonly fields: Fields;
  /** Bytes of scratch that `backward` needs for `samples` samples. */
  readonly scratchBytes: number;
}

export interface BackwardContext {
  readonly call: RunContext['call'];
  readonly batch: number;
  /** Addresses of the operands' values; 0 for constants. */
  readonly inputs: readonly number[];
  /** Address of the result's values. */
  readonly output: number;
  /** Address of the result's gradient. */
  readonly dy: number;
  /** Where the gradient of each operand goes; 0: it is not wanted. Whatever is there is written over. */
  readonly gradients: readonly number[];
  readonly scratch: number;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  /** View of `length` floats at an address. */
  readonly floats: (address: number, length: number) => Float32Array;
}

export interface GradientRow {
  readonly nodes: readonly string[];
  /** Operands that are parameters where they are constants. */
  readonly parameters: readonly number[];
  /** `null`: this form of the node is not supported. */
  prepare(context: GradientContext): PreparedGradient | null;
  /** Brings what the step has packed up to date after parameters have changed. */
  refresh?(fields: Fields, call: RunContext['call'], floats: BackwardContext['floats']): void;
  backward(fields: Fields, context: BackwardContext): void;
}

export function operandOf({ graph, node }: GradientContext, index: number): Tensor | undefined {
  return graph.tensors[node.inputs[index] ?? -1];
}

export function isConstantTensor(tensor: Tensor | undefined): tensor is Tensor & ConstantTensor {
  return tensor?.data !== undefined;
}

/** Bytes, rounded up to a multiple of 16, of so many floats and what SIMD may read beyond them. */
export function scratchFor(floats: number): number {
  return Math.ceil((floats + 8) / 4) * 16;
}
