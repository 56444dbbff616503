/** What a worker is asked, and what it answers. A task is a range of samples; its result does not depend on how samples are cut into tasks. */
import type { EnginePlan } from './plan.js';
import type { Codes } from '../cores/types.js';
import type { ImageInput, Unread } from '../data/read.js';
import type { Diagnostic } from '../diagnostics.js';
import type { FloatPlan } from '../graph/evaluate.js';
import type { SampledValues, SampleRequest, TensorView } from '../graph/sample.js';

/** Everything that workers share: one module and its companion, one memory with packed weights, plans. */
export interface Shared {
  readonly module: WebAssembly.Module;
  /** Its companion in relaxed SIMD, where kernels of it are used. */
  readonly relaxed: WebAssembly.Module | null;
  readonly memory: WebAssembly.Memory;
  readonly chip: EnginePlan | null;
  readonly float: FloatPlan | null;
  /** Samples that a float network takes at once. */
  readonly floatBatch: number;
  /** First byte of the workers' arenas, and bytes of each. */
  readonly arenaStart: number;
  readonly arenaBytes: number;
}

/** What a worker starts with: `slot` is its arena's number. */
export interface Seated {
  readonly shared: Shared;
  readonly slot: number;
}

export interface Task {
  /** Float input of the network, [count x one sample]; or the images that it is to be made of. */
  readonly input: Float32Array | ImageInput;
  readonly count: number;
  /** Number of the first sample, for messages. */
  readonly first: number;
  /** Signals whose codes are wanted. */
  readonly signals: readonly number[];
  /** Tensors of the float network whose values are wanted. */
  readonly tensors: readonly number[];
  /** Whether the decoded output of the chip is wanted. */
  readonly output: boolean;
  /** Signals to compare with float tensors, or with views of them. */
  readonly compare: readonly (readonly [signal: number, tensor: number, view?: TensorView])[];
  /** Float tensors of which positions are sampled. */
  readonly sample: readonly (readonly [tensor: number, request: SampleRequest])[];
  /** Layers of which each alone gives way to its float function; the pool must hold all signals, and the float network. */
  readonly replace: readonly Replacement[];
}

/** A layer's output, the float tensor whose values it stands for, and the first op after its last. */
export interface Replacement {
  readonly signal: number;
  readonly tensor: number;
  readonly after: number;
}

/** Sums over all values of a signal, decoded value d beside golden value g. */
export interface Comparison {
  /** Sum of g^2, sum of (d - g)^2. */
  readonly signal: number;
  readonly error: number;
  /** Codes at an end of their range where g lies beyond it, and all codes. */
  readonly saturated: number;
  readonly values: number;
}

/** Of a layer: what it gives beside the golden values; beside f, its float function of what it really reads; and f beside the golden values. */
export interface Replaced {
  readonly asIs: Comparison;
  readonly introduced: Comparison;
  readonly inherited: Comparison;
  /** f in its nearest codes beside f, and the part of that error where f lies beyond their ends. */
  readonly rounded: Comparison;
  readonly clippedError: number;
  /** Decoded outputs of the network with the nearest codes of f in the layer's place. */
  readonly output: Float64Array;
}

/** Of the samples that could be read: those in `unread` are in none of the arrays. */
export interface TaskResult {
  /** Images of the task that could not be read. */
  readonly unread: readonly Unread[];
  /** By position in `signals`: [count x height x width x channels]. */
  readonly codes: readonly Codes[];
  /** By position in `tensors`: [count x one sample]. */
  readonly values: readonly Float32Array[];
  readonly output: Float64Array | null;
  readonly comparisons: readonly Comparison[];
  /** By position in `sample`. */
  readonly sampled: readonly SampledValues[];
  /** By position in `replace`. */
  readonly replaced: readonly Replaced[];
}

/** A result, a refusal of the input, or a fault of the program. */
export type Answer = TaskResult | { readonly refused: readonly Diagnostic[] } | { readonly bug: string };

export const NOTHING: Omit<Task, 'input' | 'count'> = { first: 0, signals: [], tensors: [], output: false, compare: [], sample: [], replace: [] };
