/** What ops read and write. */
import type { Op } from './types.js';

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
