/**
 * Maxima that a chip builds of sums and ReLUs (expand/maximum.ts) run as maxima, where it is proved that the whole tree of core-ops gives just that and
 * nobody looks at the codes between its levels. The proof knows one rule, ReLU(a - b) + b = max(a, b), and follows each column through the levels.
 */
import type { CoreGraph, CoreOp, Gather, MaximumOp, Op } from '../cores/types.js';
import { gatheredRows } from '../cores/scales.js';

/** What a column gives: the greatest of some rows of the first op; with `over`, by how much it exceeds the greatest of those, or 0. */
interface Value {
  readonly of: readonly number[];
  readonly over: string | null;
}

/** The ops, each tree that is a maximum as one op in the place of its first and `null` for its others. `kept`: signals whose codes are asked for. */
export function foldMaxima(graph: CoreGraph, kept: (signal: number) => boolean): (Op | null)[] {
  const ops: (Op | null)[] = [...graph.ops];
  for (const [i, op] of graph.ops.entries()) {
    if (ops[i] !== op || op.kind !== 'core') continue;
    const tree = maximumTree(graph, i, op, kept);
    if (tree === null) continue;
    const { kind, name, layer, gathers, positions }: MaximumOp = { ...op, kind: 'maximum' };
    for (const j of tree.places) ops[j] = null;
    ops[i] = { kind, name, layer, gathers, positions, output: tree.last.output };
  }
  return ops;
}

/** The tree that begins with an op, as places of all its ops, if it is a maximum. */
function maximumTree(graph: CoreGraph, start: number, first: CoreOp, kept: (signal: number) => boolean): { places: number[]; last: CoreOp } | null {
  const most = greatestCode(graph, first);
  if (most === null) return null;
  let values: Value[] | null = Array.from({ length: gatheredRows(first.gathers) }, (_, row) => ({ of: [row], over: null }));
  const places: number[] = [];
  for (let [i, op] = [start, first]; ;) {
    values = sums(graph, op, values, most);
    if (values === null) return null;
    places.push(i);
    if (places.length > 1 && isWhole(values, first.gathers)) return { places, last: op };
    const next = kept(op.output.signal) || op.output.signal === graph.output ? null : onlyReader(graph, i, op);
    if (next === null) return null;
    [i, op] = next;
  }
}

/** The greatest code that the op can see; `null` where codes below 0 occur. */
function greatestCode({ signals }: CoreGraph, { gathers }: CoreOp): number | null {
  const codes = gathers.map((g) => signals[g.signal].code);
  if (codes.length === 0 || codes.some((code) => code === null || code.lo < 0)) return null;
  return Math.max(...codes.map((code) => code?.hi ?? 0));
}

/** What the columns of an op give of rows with these values; `null` if that is more than the rule covers. */
function sums({ chip: { arithmetic } }: CoreGraph, op: CoreOp, rows: readonly Value[], most: number): Value[] | null {
  const { columns, weights, config, preload } = op;
  const integer = arithmetic.kind === 'window' || arithmetic.kind === 'ideal-limits';
  const [lo, hi] = config.clamp ?? [1, 0];
  if (!integer || config.shift !== 0 || lo !== 0 || hi < most) return null;
  if (op.constantRows > 0 || op.table !== null || op.function !== null || preload?.some((b) => b !== 0) === true) return null;
  if (arithmetic.kind === 'window' && rows.length * most >= 2 ** (arithmetic.accumulatorBits - 1)) return null;
  const results: Value[] = [];
  for (let j = 0; j < columns; j++) {
    const [plus, minus]: [Value[], Value[]] = [[], []];
    for (let i = 0; i < rows.length; i++) {
      const w = weights[i * columns + j];
      if (w === 1) plus.push(rows[i]);
      else if (w === -1) minus.push(rows[i]);
      else if (w !== 0) return null;
    }
    const a = added(plus);
    const b = minus.length === 0 ? undefined : added(minus);
    if (a === null || b === null) return null;
    results.push({ of: a, over: b === undefined ? null : keyOf(b) });
  }
  return results;
}

/** Rows of which the sum of the values is the maximum, by the rule; `null` if it is none. */
function added(values: readonly Value[]): readonly number[] | null {
  const wholes = values.filter(({ over }) => over === null);
  if (wholes.length !== 1) return null;
  let [{ of }] = wholes;
  const rest = values.filter(({ over }) => over !== null);
  while (rest.length > 0) {
    const at = rest.findIndex(({ over }) => over === keyOf(of));
    if (at < 0) return null;
    of = [...of, ...rest.splice(at, 1)[0].of];
  }
  return of;
}

function keyOf(rows: readonly number[]): string {
  return [...new Set(rows)].sort((a, b) => a - b).join();
}

/** Whether column c is the greatest of all rows of channel c. */
function isWhole(values: readonly Value[], gathers: readonly Gather[]): boolean {
  const channels = values.length;
  if (gathers.some((g) => g.channels[1] - g.channels[0] !== channels)) return false;
  const taps = gatheredRows(gathers) / channels;
  return values.every(({ of, over }, c) => over === null && keyOf(of) === Array.from({ length: taps }, (_, t) => t * channels + c).join());
}

/** The op that reads all columns of another one, position by position, if no other op reads any of them. */
function onlyReader({ ops, signals }: CoreGraph, at: number, { output, columns, positions }: CoreOp): [number, CoreOp] | null {
  const [from, to] = [output.channel, output.channel + columns];
  const [height, width] = signals[output.signal].shape;
  if (positions[0] !== height || positions[1] !== width) return null;
  const readers = [...ops.entries()].filter(([, op]) => reads(op, output.signal, from, to));
  if (readers.length !== 1) return null;
  const [[i, op]] = readers;
  if (op.kind !== 'core' || i < at || op.gathers.length !== 1 || op.positions[0] !== height || op.positions[1] !== width) return null;
  const [{ channels, kernel, stride, origin }] = op.gathers;
  const same = channels[0] === from && channels[1] === to && [...kernel, ...stride].every((n) => n === 1) && origin.every((n) => n === 0);
  return same ? [i, op] : null;
}

/** Whether an op reads any of these channels; wires count as reading all. */
function reads(op: Op, signal: number, from: number, to: number): boolean {
  if (op.kind === 'wire') return op.pieces.some((p) => p.signal === signal);
  if (op.kind === 'permute') return op.signal === signal;
  return op.gathers.some((g) => g.signal === signal && g.channels[0] < to && g.channels[1] > from);
}
