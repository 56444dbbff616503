/** How emulation is run, and the checks of what is given to it. */
import type { CoreGraph } from '../cores/types.js';
import type { DataSet } from '../data/types.js';
import type { Tensor } from '../graph/types.js';
import { checkKernelName } from '../kernels/table.js';
import { checkData } from '../pipeline.js';

/** How emulation is run. Results depend on none of these. */
export interface EmulationOptions {
  /** Worker threads; 0: the calling thread; default: one a processor core. */
  readonly workers?: number;
  /** Samples that a worker takes at once, 1..65536. */
  readonly batch?: number;
  /** `simd` (plain SIMD, which every engine has), `scalar` or a kernel's full name. Default: the fastest that is exact. */
  readonly kernel?: string;
  /** Stops the work: `evaluate` gives what is done, everything else throws T507. */
  readonly signal?: AbortSignal;
}

export function poolOptions({ workers, batch, kernel, signal }: EmulationOptions): EmulationOptions {
  if (kernel !== undefined) checkKernelName(kernel);
  return {
    ...(workers === undefined ? {} : { workers }), ...(batch === undefined ? {} : { batch }), ...(kernel === undefined ? {} : { kernel }),
    ...(signal === undefined ? {} : { signal }),
  };
}

/** Refuses (T302) samples that do not have the shape of the network's input. */
export function checkInput({ signals, input, inputShape }: CoreGraph, data: DataSet): void {
  const { name } = signals[input];
  const tensor: Tensor = { id: 0, name, type: 'float32', shape: inputShape };
  checkData({ name, opset: 0, tensors: [tensor], nodes: [], inputs: [0], outputs: [0] }, data);
}
