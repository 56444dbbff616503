/**
 * Nodes that run on the float32 kernels: how their constants are packed once, and how a batch is computed. What no row takes runs on the
 * operator's plain evaluation.
 */
import type { KernelExports } from '../../kernels/types.js';
import type { ConstantTensor, Graph, GraphNode, Tensor } from '../types.js';

/** A node made ready: plain data, for any thread. `fields` holds sizes and addresses; only the row that made it knows their meaning. */
export interface Step {
  /** Name of the row; `plain`: the operator's own evaluation; `alias`: nothing to do. */
  readonly kernel: string;
  readonly fields: Readonly<Record<string, number>>;
  /** Bytes of scratch, whatever the batch. */
  readonly scratchBytes: number;
}

export interface PrepareContext {
  readonly graph: Graph;
  readonly node: GraphNode;
  readonly memory: WebAssembly.Memory;
  readonly allocate: (bytes: number) => number;
}

/** What a step sees when it runs: addresses of its batched operands and results, its scratch, and the functions of one variant. */
export interface RunContext {
  /** The kernel function of this name in the variant in use; `gatherWindows` and `padPlane` have one form only. */
  readonly call: (name: string, ...args: number[]) => void;
  /** The float32 at an address. */
  readonly load: (address: number) => number;
  readonly batch: number;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly scratch: number;
}

export interface StepRow {
  readonly kernel: string;
  readonly operators: readonly string[];
  /** The step of a node, or `null` if this row does not take it. */
  prepare(context: PrepareContext): Omit<Step, 'kernel'> | null;
  run(fields: Readonly<Record<string, number>>, context: RunContext): void;
}

/** Scratch beyond which a step leaves the kernels to the plain evaluation, which needs none. */
export const GREATEST_SCRATCH = 2 ** 28;

/** The tensor of a node's operand; `undefined` if absent. */
export function operand({ graph, node }: PrepareContext, index: number): Tensor | undefined {
  return graph.tensors[node.inputs[index] ?? -1];
}

export function result({ graph, node }: PrepareContext): Tensor | undefined {
  return graph.tensors[node.outputs[0] ?? -1];
}

/** Whether a tensor is float32 in memory and depends on the input. */
export function isBatchedFloat(tensor: Tensor | undefined): tensor is Tensor {
  return tensor !== undefined && tensor.data === undefined && (tensor.type === 'float32' || tensor.type === 'float16');
}

/** Whether a tensor has at most two spatial dimensions, as the kernels of windows want it. */
export function isMap(tensor: Tensor | undefined): tensor is Tensor {
  return tensor !== undefined && tensor.shape.length <= 4;
}

/** Whether a tensor is a constant. */
export function isConstant(tensor: Tensor | undefined): tensor is Tensor & ConstantTensor {
  return tensor?.data !== undefined;
}

/** Calls into the module, in one variant: `clampFloat` calls `clampFloatSimd` or `clampFloatScalar`. */
export function kernelCaller(exports: KernelExports, variant: 'simd' | 'scalar'): RunContext['call'] {
  const suffix = variant === 'simd' ? 'Simd' : 'Scalar';
  const functions = new Map<string, (...args: number[]) => number>();
  return (name, ...args) => {
    let f = functions.get(name);
    if (!f) {
      f = exports[name + suffix] ?? exports[name];
      if (!f) throw new Error(`the kernel module has no function ${name}`);
      functions.set(name, f);
    }
    f(...args);
  };
}
