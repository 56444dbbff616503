/**
 * Cores that read the same rows, under the same settings, run as one tile as wide as all of them: rows are collected and packed once, and kernels see which
 * columns differ in sign alone (partial sums that a chip keeps as two ReLUs).
 */
import type { CoreOp, Op } from '../cores/types.js';

/** The ops of a composed chip, each run of cores that can be one as one op in the place of its first, and `null` for its others. */
export function joinCores(ops: readonly (Op | null)[]): (Op | null)[] {
  const joined: (Op | null)[] = [...ops];
  for (let i = 0; i < ops.length; i++) {
    const first = ops[i];
    if (first?.kind !== 'core') continue;
    const cores = [first];
    for (let next = ops[i + 1]; next?.kind === 'core' && continues(cores.at(-1) as CoreOp, next); next = ops[i + cores.length]) cores.push(next);
    if (cores.length === 1) continue;
    joined.fill(null, i, i + cores.length);
    joined[i] = widened(cores);
    i += cores.length - 1;
  }
  return joined;
}

/** Whether an op does for the columns behind another one's what that does, within the same layer. */
function continues(before: CoreOp, op: CoreOp): boolean {
  return op.output.channel === before.output.channel + before.columns && settingsOf(op) === settingsOf(before);
}

function settingsOf({ layer, gathers, constantRows, positions, config, table, output: { signal, origin } }: CoreOp): string {
  return JSON.stringify([layer, gathers, constantRows, positions, config, table === null ? null : [...table], signal, origin]);
}

function widened(cores: readonly CoreOp[]): CoreOp {
  const columns = cores.reduce((n, op) => n + op.columns, 0);
  const rows = cores[0].weights.length / cores[0].columns;
  const weights = new Int16Array(rows * columns);
  let at = 0;
  for (const op of cores) {
    for (let i = 0; i < rows; i++) weights.set(op.weights.subarray(i * op.columns, (i + 1) * op.columns), i * columns + at);
    at += op.columns;
  }
  return { ...cores[0], columns, weights };
}
