/** What differs between two artefacts. Signals and operations are matched by name, so that numbers of signals do not matter. */
import { chipTextOf } from '../chip/schema.js';
import type { Artefact } from './artefact.js';
import { canonicalJson } from './json.js';
import type { Code, CoreGraph, CoreOp, Op, Signal } from './types.js';

/** A value that differs, by its key path; `null` where it is absent. */
export interface Change {
  readonly path: string;
  readonly a: unknown;
  readonly b: unknown;
}

export interface NamedChanges {
  readonly name: string;
  readonly changes: readonly Change[];
}

export interface NamesDiff {
  /** Only in B, only in A. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** In both, but not the same. */
  readonly changed: readonly NamedChanges[];
}

/** Numbers of one tile of which some differ. */
export interface NumbersDiff {
  readonly name: string;
  readonly values: number;
  readonly differing: number;
  /** Greatest difference in magnitude; `null` where the numbers are not equally many, or one artefact has none. */
  readonly greatest: number | null;
}

export interface ArtefactDiff {
  readonly same: boolean;
  /** The chip's description, key by key. */
  readonly chip: readonly Change[];
  /** Model, options, seed, calibration, version. */
  readonly options: readonly Change[];
  readonly structure: {
    /** Shapes and signals of the input and output, host functions. */
    readonly interface: readonly Change[];
    readonly signals: NamesDiff;
    readonly ops: NamesDiff;
    /** The operations that both have run in another order. */
    readonly reordered: boolean;
  };
  readonly weights: readonly NumbersDiff[];
  /** Biases that are preloads. Those in constant rows are weights. */
  readonly preloads: readonly NumbersDiff[];
  readonly codes: {
    /** Range, steps and zeros of signals. */
    readonly signals: readonly NamedChanges[];
    /** Shift, gain and clamp of tiles. */
    readonly config: readonly NamedChanges[];
    readonly tables: readonly NumbersDiff[];
  };
  readonly mapping: readonly Change[];
  /** Rows of the report that the compiler made. */
  readonly layers: readonly Change[];
}

type Numbers = Int16Array | Int32Array | Float32Array;

/** Compares all that two artefacts hold; `same` is true exactly if their files have the same bytes. */
export function diffArtefacts(a: Artefact, b: Artefact): ArtefactDiff {
  const ops = [named(a.graph.ops), named(b.graph.ops)] as const;
  const signals = [named(a.graph.signals), named(b.graph.signals)] as const;
  const tiles = [tilesOf(ops[0]), tilesOf(ops[1])] as const;
  const parts: Omit<ArtefactDiff, 'same'> = {
    chip: changesOf(chipTextOf(a.graph.chip), chipTextOf(b.graph.chip)),
    options: changesOf(a.provenance, b.provenance),
    structure: {
      interface: changesOf(interfaceOf(a.graph), interfaceOf(b.graph)),
      signals: namesDiff(...signals, ({ shape, golden, copies, segments = 1, digits = 1, code }) => (
        { shape, golden, copies, segments, digits, hasCode: code !== null })),
      ops: namesDiff(...ops, (op, side) => structureOf(op, [a, b][side].graph)),
      reordered: isReordered(signals, ops),
    },
    weights: numbersDiff(...tiles, (op) => op.weights),
    preloads: numbersDiff(...tiles, (op) => op.preload),
    codes: {
      signals: common(...signals).map(([name, x, y]) => ({ name, changes: codeChanges(x, y) })).filter(isChanged),
      config: common(...tiles).map(([name, x, y]) => ({ name, changes: changesOf(x.config, y.config) })).filter(isChanged),
      tables: numbersDiff(...tiles, (op) => op.table),
    },
    mapping: changesOf(a.mapping, b.mapping),
    layers: rowChanges(a.layers, b.layers),
  };
  return { same: isEmpty(parts), ...parts };
}

/** No list has an entry, and nothing is true. */
function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && value !== null ? Object.values(value).every(isEmpty) : value === false;
}

function isChanged({ changes }: NamedChanges): boolean {
  return changes.length > 0;
}

/** By name; a name that is there again gets `#2`, `#3` and so on. */
function named<T extends { readonly name: string }>(items: readonly T[]): ReadonlyMap<string, T> {
  const result = new Map<string, T>();
  for (const item of items) {
    let key = item.name;
    for (let n = 2; result.has(key); n++) key = `${item.name}#${n}`;
    result.set(key, item);
  }
  return result;
}

function tilesOf(ops: ReadonlyMap<string, Op>): ReadonlyMap<string, CoreOp> {
  return new Map([...ops].filter((entry): entry is [string, CoreOp] => entry[1].kind === 'core'));
}

function common<T>(a: ReadonlyMap<string, T>, b: ReadonlyMap<string, T>): [name: string, x: T, y: T][] {
  return [...a].flatMap(([name, x]): [string, T, T][] => {
    const y = b.get(name);
    return y === undefined ? [] : [[name, x, y]];
  });
}

function namesDiff<T>(a: ReadonlyMap<string, T>, b: ReadonlyMap<string, T>, formOf: (item: T, side: 0 | 1) => unknown): NamesDiff {
  return {
    added: [...b.keys()].filter((name) => !a.has(name)),
    removed: [...a.keys()].filter((name) => !b.has(name)),
    changed: common(a, b).map(([name, x, y]) => ({ name, changes: changesOf(formOf(x, 0), formOf(y, 1)) })).filter(isChanged),
  };
}

type Pair<T> = readonly [ReadonlyMap<string, T>, ReadonlyMap<string, T>];

function isReordered(signals: Pair<Signal>, ops: Pair<Op>): boolean {
  return [signals, ops].some(([a, b]) => {
    const [x, y] = [[...a.keys()].filter((name) => b.has(name)), [...b.keys()].filter((name) => a.has(name))];
    return x.some((name, i) => name !== y[i]);
  });
}

/** Changes of report rows by the name of their layer; by their number where names do not tell them apart. */
function rowChanges(a: readonly unknown[], b: readonly unknown[]): Change[] {
  const byName = (rows: readonly unknown[]): unknown => Object.fromEntries(rows.map((row) => [(row as { name?: unknown } | null)?.name, row]));
  const changes = changesOf(byName(a), byName(b));
  return changes.length > 0 ? changes : changesOf(a, b);
}

/** What an op is and does, without its numbers; signals by name. */
function structureOf(op: Op, { signals }: CoreGraph): unknown {
  const nameOf = (id: number): string => signals[id].name;
  switch (op.kind) {
    case 'wire':
      return { ...op, name: null, pieces: op.pieces.map((p) => ({ ...p, signal: nameOf(p.signal) })), output: nameOf(op.output) };
    case 'permute':
      return { ...op, name: null, signal: nameOf(op.signal), output: nameOf(op.output) };
    default: {
      const numbers = op.kind === 'core' ? { weights: null, preload: null, table: null, config: null } : {};
      const gathers = op.gathers.map((g) => ({ ...g, signal: nameOf(g.signal) }));
      return { ...op, name: null, ...numbers, gathers, output: { ...op.output, signal: nameOf(op.output.signal) } };
    }
  }
}

function interfaceOf({ signals, input, output, inputShape, outputShape, hostOps }: CoreGraph): unknown {
  return { inputShape, outputShape, input: signals[input].name, output: signals[output].name, hostOps };
}

/** Fields of a code; steps and zeros channel by channel, so that one for all equals the same one for each. */
function codeChanges(x: Signal, y: Signal): Change[] {
  if (x.code === null || y.code === null) return [];
  const channels = Math.max(x.shape[2], y.shape[2]);
  const spread = ({ lo, hi, step, zero }: Code): unknown => ({ lo, hi, step: compact(step, channels), zero: compact(zero, channels) });
  const changes = changesOf(spread(x.code), spread(y.code));
  return changes.length > 0 ? changes : changesOf(x.code, y.code);
}

/** One value where all channels agree, else one a channel. */
function compact(values: readonly number[], channels: number): number | readonly number[] {
  return values.every((v) => v === values[0]) ? values[0] : Array.from({ length: channels }, (_, c) => values[c]);
}

function numbersDiff(
  a: ReadonlyMap<string, CoreOp>, b: ReadonlyMap<string, CoreOp>, of: (op: CoreOp) => Numbers | null,
): NumbersDiff[] {
  return common(a, b).flatMap(([name, x, y]) => compareNumbers(name, of(x), of(y)) ?? []);
}

function compareNumbers(name: string, x: Numbers | null, y: Numbers | null): NumbersDiff | null {
  if (x === null && y === null) return null;
  const values = Math.max(x?.length ?? 0, y?.length ?? 0);
  if (x === null || y === null || x.length !== y.length) return { name, values, differing: values, greatest: null };
  let differing = 0;
  let greatest = 0;
  for (let i = 0; i < values; i++) {
    // The sign of zero is a difference of bytes, of no size.
    if (Object.is(x[i], y[i])) continue;
    differing++;
    greatest = Math.max(greatest, Math.abs(x[i] - y[i]));
  }
  return differing === 0 ? null : { name, values, differing, greatest };
}

/** All values that differ between two JSON values, by key path; lists of plain values count as one value. */
export function changesOf(a: unknown, b: unknown, path = ''): Change[] {
  if ((a === undefined) === (b === undefined) && canonicalJson(a, true) === canonicalJson(b, true)) return [];
  if (isParent(a) && isParent(b) && Array.isArray(a) === Array.isArray(b)) {
    const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>];
    const keys = [...new Set([...Object.keys(x), ...Object.keys(y)])];
    return keys.flatMap((key) => changesOf(x[key], y[key], path === '' ? key : `${path}.${key}`));
  }
  return [{ path, a: a ?? null, b: b ?? null }];
}

/** A value that is looked into: an object, or a list of such. */
function isParent(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false;
  return !Array.isArray(value) || value.some((v) => typeof v === 'object' && v !== null);
}
