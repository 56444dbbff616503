/** What ops read and write, and what most gathers share. */
import type { CoreOp, MaximumOp, Op } from './types.js';

/** Pairs of gathers of one position, shared: merges of large dense layers have hundreds of thousands of them. */
export const ONE = [1, 1] as const;
export const ZERO = [0, 0] as const;

/** Core-ops of a network: distinct tiles of weights. */
export function coreOpsOf({ ops }: { readonly ops: readonly Op[] }): CoreOp[] {
  return ops.filter((op): op is CoreOp => op.kind === 'core');
}

/** Whether an op computes: others move codes. */
export function computes(op: Op): op is CoreOp | MaximumOp {
  return op.kind === 'core' || op.kind === 'maximum';
}

/** Signals that an op reads. */
export function readsOf(op: Op): number[] {
  switch (op.kind) {
    case 'wire':
      return op.pieces.map((p) => p.signal);
    case 'permute':
      return [op.signal];
    default:
      return op.gathers.map((g) => g.signal);
  }
}

/** The signal that an op writes. */
export function writeOf(op: Op): number {
  return computes(op) ? op.output.signal : op.output;
}
