/**
 * What an operator of the float network is: one row of `table.ts`. Shape rules see one sample (leading dimension 1 on every tensor that
 * depends on the input); evaluation sees any batch and is told the output shapes, so that it never has to know which dimension is the
 * sample.
 */
import type { DiagnosticCode } from '../diagnostics.js';
import type { AttributeValue, ConstantTensor, DataType, TensorData } from './types.js';

/** What a shape rule knows of an operand. `batched`: it depends on the input, and its first dimension is the sample. */
export interface Operand {
  readonly type: DataType;
  readonly shape: readonly number[];
  readonly data?: TensorData;
  readonly batched: boolean;
}

export interface NodeView<T = Operand> {
  readonly op: string;
  readonly opset: number;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  /** `null`: absent. */
  readonly inputs: readonly (T | null)[];
  /** Number of outputs asked for. */
  readonly outputCount: number;
}

export interface TensorType {
  readonly type: DataType;
  readonly shape: readonly number[];
}

/** An operator's row. All functions throw `Refusal` for what they cannot do. */
export interface Operator {
  readonly name: string;
  /** Legal attributes; any other is refused (T103), for nothing may be ignored silently. */
  readonly attributes: readonly string[];
  /** Attributes that have become operands, and the operator set that made them so: refused from there on. */
  readonly operandsSince?: Readonly<Record<string, number>>;
  /** Least and greatest number of inputs. */
  readonly arity: readonly [number, number];
  /** Inputs that must be constants where the node depends on the graph's input (weights, axes, scales). */
  readonly constantInputs?: readonly number[];
  /** Types and shapes of the outputs; refuses illegal attributes. */
  infer(node: NodeView): TensorType[];
  /** Why the node would mix samples, given that some operand is batched; `null` if it does not. Outputs are those of `infer`. */
  mixesSamples(node: NodeView, outputs: readonly TensorType[]): string | null;
  /** Fills the outputs' data. An output may be `null` where nobody reads it. */
  evaluate(node: NodeView<ConstantTensor>, outputs: readonly (ConstantTensor | null)[]): void;
  /** The output holds the elements of input 0 in the same order: no work is needed. */
  readonly alias?: true;
}

/** A finding about one node; the caller knows the node and makes the diagnostic. */
export class Refusal extends Error {
  constructor(
    readonly code: DiagnosticCode,
    message: string,
    readonly remedy?: string,
    readonly limit?: string,
  ) {
    super(message);
  }
}

export function refuse(code: DiagnosticCode, message: string, remedy?: string, limit?: string): never {
  throw new Refusal(code, message, remedy, limit);
}

/** The operand at `index`, which must be there. */
export function input<T>(node: NodeView<T>, index: number): T {
  return node.inputs[index] ?? refuse('T101', `input ${index} is missing`);
}

/** The operand at `index` if it is there. */
export function optionalInput<T>(node: NodeView<T>, index: number): T | undefined {
  return node.inputs[index] ?? undefined;
}

/** The values of an operand that must be constant, as numbers. */
export function constantNumbers(operand: Operand | ConstantTensor, what: string): number[] {
  if (!operand.data) refuse('T103', `${what} must be a constant`);
  return Array.from(operand.data);
}

/** Elements of a shape. */
export function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** The dimension that `axis` (negative counts from the end) names, for a tensor of `rank` dimensions. */
export function axisIndex(axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    refuse('T103', `axis ${axis} does not exist in a tensor of ${rank} dimensions`, undefined, `${-rank}..${rank - 1}`);
  }
  return axis < 0 ? axis + rank : axis;
}

/** Sorted, distinct dimensions. */
export function axisIndices(axes: readonly number[], rank: number): number[] {
  const found = [...new Set(axes.map((axis) => axisIndex(axis, rank)))].sort((a, b) => a - b);
  if (found.length !== axes.length) refuse('T103', `axes [${axes.join(', ')}] name a dimension twice`);
  return found;
}

/** Row-major strides. */
export function strides(shape: readonly number[]): number[] {
  const result = new Array<number>(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) result[i] = (result[i + 1] as number) * (shape[i + 1] as number);
  return result;
}

/** The reason of operators that work on each sample alone as long as the first dimension stays the sample. */
export function firstDimensionStays(node: NodeView, outputs: readonly TensorType[]): string | null {
  for (const output of outputs) {
    if (output.shape[0] !== 1) return `the result has first dimension ${output.shape[0] ?? '(none)'}, which is not one sample`;
  }
  return node.inputs.some((operand) => operand?.batched && operand.shape.length === 0) ? 'an operand has no sample dimension' : null;
}
