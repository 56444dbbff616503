/** Runs of neighbouring core-ops that a chip needs because its cores are small, as one op each: a kernel has no such limit. */
import type { CoreOp, Op } from '../cores/types.js';

export interface Joining {
  /** Whether a run may begin with an op. */
  readonly begins: (op: Op) => op is CoreOp;
  /** Whether an op may join a run that it stands behind. */
  readonly joins: (run: readonly CoreOp[], op: CoreOp) => boolean;
  readonly joined: (run: readonly CoreOp[]) => CoreOp;
}

/** The ops, each run as one op in the place of its first, and `null` for its others. */
export function joinRuns(ops: readonly (Op | null)[], { begins, joins, joined }: Joining): (Op | null)[] {
  const result = [...ops];
  for (let i = 0; i < ops.length;) {
    const run: CoreOp[] = [];
    for (let op = ops[i]; op && begins(op) && (run.length === 0 || joins(run, op)); op = ops[i + run.length]) run.push(op);
    if (run.length > 1) {
      result.fill(null, i, i + run.length);
      result[i] = joined(run);
    }
    i += Math.max(1, run.length);
  }
  return result;
}

/** Whether an op gives the columns behind those of another one, at the same positions of the same signal and under the same settings of the core. */
export function standsBehind(a: CoreOp, b: CoreOp): boolean {
  return b.output.channel === a.output.channel + a.columns && placeOf(a) === placeOf(b);
}

function placeOf({ positions, config, output: { signal, origin } }: CoreOp): string {
  return JSON.stringify([positions, config, signal, origin]);
}

export function columnsOf(run: readonly CoreOp[]): number {
  return run.reduce((n, op) => n + op.columns, 0);
}
