/**
 * The float network: a typed DAG of operators close to ONNX. Every tensor that depends on the input has the sample as its first
 * dimension, and shapes are those of one sample (first dimension 1); evaluation scales that dimension by the batch.
 */

export type DataType =
  | 'float32' | 'float64' | 'float16' | 'int8' | 'uint8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'int64' | 'uint64' | 'bool';

/** float16 and float64 are held as float32 and float64; int64 and uint64 as float64 (exact to 2^53); bool as uint8. */
export type TensorData = Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;

export interface Tensor {
  readonly id: number;
  readonly name: string;
  readonly type: DataType;
  readonly shape: readonly number[];
  /** Present on constants. */
  readonly data?: TensorData;
}

export type AttributeValue = number | string | readonly number[] | readonly string[] | ConstantTensor;

/** A tensor outside a graph: an attribute, an operand of a single evaluation. */
export interface ConstantTensor {
  readonly type: DataType;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export interface GraphNode {
  readonly id: number;
  readonly name: string;
  readonly op: string;
  /** Tensor ids; -1 stands for an absent optional input. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

export interface Graph {
  readonly name: string;
  readonly opset: number;
  /** Indexed by id. */
  readonly tensors: readonly Tensor[];
  /** In topological order. */
  readonly nodes: readonly GraphNode[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}
