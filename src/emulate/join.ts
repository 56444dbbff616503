/**
 * Cores that read the same rows, under the same settings, run as one tile as wide as all of them: rows are collected and packed once, and kernels see which
 * columns differ in sign alone (partial sums that a chip keeps as two ReLUs).
 */
import type { CoreOp, Op } from '../cores/types.js';
import { columnsOf, joinRuns, standsBehind } from './join-runs.js';

/** The ops of a composed chip, each run of cores that can be one as one op in the place of its first, and `null` for its others. */
export function joinCores(ops: readonly (Op | null)[]): (Op | null)[] {
  return joinRuns(ops, { begins: (op) => op.kind === 'core', joins: (run, op) => continues(run[run.length - 1], op), joined: widened });
}

/** Whether an op does for the columns behind another one's what that does, within the same layer. */
function continues(before: CoreOp, op: CoreOp): boolean {
  return standsBehind(before, op) && rowsOf(op) === rowsOf(before);
}

function rowsOf({ layer, gathers, constantRows, table }: CoreOp): string {
  return JSON.stringify([layer, gathers, constantRows, table === null ? null : [...table]]);
}

function widened(cores: readonly CoreOp[]): CoreOp {
  const columns = columnsOf(cores);
  const rows = cores[0].weights.length / cores[0].columns;
  const weights = new Int16Array(rows * columns);
  let at = 0;
  for (const op of cores) {
    for (let i = 0; i < rows; i++) weights.set(op.weights.subarray(i * op.columns, (i + 1) * op.columns), i * columns + at);
    at += op.columns;
  }
  return { ...cores[0], columns, weights };
}
