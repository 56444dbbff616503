/** What ops read and write, and what most gathers share. */
import type { Op } from './types.js';

/** Pairs of gathers of one position, shared: merges of large dense layers have hundreds of thousands of them. */
export const ONE = [1, 1] as const;
export const ZERO = [0, 0] as const;

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
  return op.kind === 'core' || op.kind === 'maximum' ? op.output.signal : op.output;
}
