/**
 * Merges that add the same partial sums under neighbouring columns become one op, so that each map is passed over once. A chip needs several cores for them
 * because a core has few rows; a kernel does not.
 */
import type { CoreOp, Gather, Op } from '../cores/types.js';
import { columnsOf, joinRuns, standsBehind } from './join-runs.js';

/** Columns of a joined op, enough that a step costs nothing beside them; and its weights, of which all but diagonals are 0. */
const MOST_COLUMNS = 128;
const MOST_WEIGHTS = 2 ** 18;

/** The ops, runs of such merges as one op in the place of their first and `null` for the others. */
export function joinMerges(ops: readonly (Op | null)[]): (Op | null)[] {
  return joinRuns(ops, {
    begins: isMerge,
    joins: (run, op) => fits(columnsOf(run) + op.columns, op) && continues(run[run.length - 1], op),
    joined: joinedOp,
  });
}

function fits(columns: number, { gathers }: CoreOp): boolean {
  return columns <= MOST_COLUMNS && gathers.length * columns ** 2 <= MOST_WEIGHTS;
}

/** Whether an op adds codes of one position, each under its own column, and does nothing that the joined op could not. */
function isMerge(op: Op): op is CoreOp {
  if (op.kind !== 'core' || !(op.weights instanceof Int16Array) || op.constantRows > 0 || op.table !== null || op.function !== null) return false;
  const { columns, weights, gathers, output } = op;
  const points = gathers.every((g) => g.kernel[0] * g.kernel[1] === 1 && g.channels[1] - g.channels[0] === columns && g.signal !== output.signal);
  return points && weights.every((w, k) => w === 0 || Math.floor(k / columns) % columns === k % columns);
}

/** Whether an op is the other in all but that its columns, everywhere, are those behind. */
function continues(a: CoreOp, b: CoreOp): boolean {
  return standsBehind(a, b) && (a.preload === null) === (b.preload === null) && a.gathers.length === b.gathers.length
    && b.gathers.every((g, t) => readsBehind(a.gathers[t], g));
}

/** Whether a gather is the other in all but that its channels are those behind. */
function readsBehind(a: Gather, b: Gather): boolean {
  return a.signal === b.signal && b.channels[0] === a.channels[1] && a.fill === b.fill && same(a.kernel, b.kernel) && same(a.stride, b.stride)
    && same(a.dilation, b.dilation) && same(a.origin, b.origin);
}

type Pair = readonly [number, number];

function same(a: Pair, b: Pair): boolean {
  return a[0] === b[0] && a[1] === b[1];
}

function joinedOp(run: readonly CoreOp[]): CoreOp {
  const [first] = run;
  const last = run[run.length - 1];
  const columns = columnsOf(run);
  const gathers = first.gathers.map((g, t): Gather => ({ ...g, channels: [g.channels[0], last.gathers[t].channels[1]] }));
  const weights = new Int16Array(gathers.length * columns * columns);
  let from = 0;
  for (const op of run) {
    gathers.forEach((_, t) => {
      for (let j = 0; j < op.columns; j++) weights[(t * columns + from + j) * columns + from + j] = op.weights[(t * op.columns + j) * op.columns + j];
    });
    from += op.columns;
  }
  const preload = first.preload === null ? null : Int32Array.from(run.flatMap((op) => [...(op.preload ?? [])]));
  return { ...first, gathers, columns, weights, preload };
}
