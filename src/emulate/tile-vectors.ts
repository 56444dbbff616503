/**
 * Vectors of an artefact's tiles and native maxima (spec/chips.md, section 9), for RTL test benches. Inputs are rows that the tiles really see, outputs
 * come from the slow reference, and each is compared with the engine's code.
 */
import { PRIME } from '../chip/arithmetic/composed.js';
import type { Product } from '../chip/arithmetic/limits.js';
import { maximumReference } from '../chip/arithmetic/maximum.js';
import { CORE, INT16, SIGNED_BYTE, BYTE, WINDOW } from '../conformance.js';
import type { Chip, CodeRange, ComposedArithmetic } from '../chip/types.js';
import { computes } from '../cores/ops.js';
import type { CoreGraph, CoreOp, MaximumOp } from '../cores/types.js';
import { fail, throwIfErrors, type Diagnostic } from '../diagnostics.js';
import type { VectorCase, VectorFile } from '../vectors.js';
import { destination, gatherRow, type CodesOf } from './reference/gather.js';
import { integerPreload, integerRows, productOf, setting } from './reference/tile.js';

/** Rows a tile unless the caller says otherwise. */
export const DEFAULT_ROWS = 32;
/** Places of a tile that are looked at, at least, for rows that differ. */
const PLACES = 4096;
/** Codes of one output in a maximum's case. */
const TAPS = 4;

/** Engine's codes of all signals, for `samples` samples. */
export interface Traced {
  readonly codesOf: CodesOf;
  readonly samples: number;
}

interface TileCase {
  readonly vectorCase: VectorCase;
  /** Outputs that the engine and the reference give differently. */
  readonly problems: readonly Diagnostic[];
}

/** Rows of one op, and where each was gathered. */
interface Rows {
  readonly rows: readonly (readonly number[])[];
  readonly places: readonly (readonly [sample: number, y: number, x: number])[];
}

export interface VectorOptions {
  /** Rows a tile at most; default `DEFAULT_ROWS`. */
  readonly rows?: number;
  /** Names of layers and operations to take; default all. */
  readonly only?: readonly string[];
}

/**
 * A case an op: at most `rows` different rows, taken evenly over samples and positions, the same for the same codes. `diagnostics` (T601) names what
 * the form of vector files cannot hold. Refuses (T506) outputs that the engine and the reference give differently, a name of nothing, and
 * networks of which no case is left (T601), and float chips (T505).
 */
export function graphVectors(
  graph: CoreGraph, traced: Traced, { rows = DEFAULT_ROWS, only }: VectorOptions = {},
): { vectors: VectorFile; diagnostics: readonly Diagnostic[] } {
  const { chip } = graph;
  if (chip.arithmetic.kind === 'float') {
    fail('T505', chip.name, 'vector files hold integers', { remedy: 'Compile for a chip of integers' });
  }
  if (!Number.isInteger(rows) || rows < 1) fail('T601', 'rows', `${rows} rows a tile`, { limit: 'at least 1' });
  const ops = graph.ops.filter(computes);
  for (const name of only ?? []) {
    if (!ops.some((op) => op.name === name || op.layer === name)) fail('T601', name, 'no layer and no operation has this name', { limit: layersOf(ops) });
  }
  const made = ops.filter((op) => only === undefined || only.includes(op.name) || only.includes(op.layer))
    .map((op) => (op.kind === 'core' ? coreCase(graph, op, traced, rows) : maximumCase(graph, op, traced, rows)));
  const diagnostics = made.flatMap((one) => ('vectorCase' in one ? one.problems : [one]));
  throwIfErrors(diagnostics);
  const cases = made.flatMap((one) => ('vectorCase' in one ? [one.vectorCase] : []));
  if (cases.length === 0) {
    fail('T601', chip.name, 'none of its operations fits into a vector file', { limit: diagnostics[0]?.limit ?? 'one core-op at least' });
  }
  return { vectors: { format: 'core-op-vectors/1', cases }, diagnostics };
}

function layersOf(ops: readonly (CoreOp | MaximumOp)[]): string {
  return [...new Set(ops.map(({ layer }) => layer))].join(', ');
}

function coreCase(graph: CoreGraph, op: CoreOp, traced: Traced, most: number): TileCase | Diagnostic {
  const { chip, signals } = graph;
  const picked = pickRows(graph, op, traced, most);
  const gathered = Float64Array.from(picked.rows.flat());
  const product = productOf(op, gathered, chip, signals);
  const problem = misfit(op, product, chip);
  if (problem !== null) return problem;
  const y = integerRows(op, gathered, chip, signals);
  const operands = { x: matrix(product.x, product.rows), w: matrix(product.w, op.columns), y: matrix(y, op.columns) };
  return { vectorCase: caseOf(op, product, chip, operands), problems: compare(graph, op, traced, picked, y, op.columns) };
}

type Operands = Readonly<Record<'x' | 'w' | 'y', number[][]>>;

function caseOf(op: CoreOp, product: Product, chip: Chip, { x, w, y }: Operands): VectorCase {
  const { name, table } = op;
  const { arithmetic } = chip;
  const bias = (): number[] => [...(integerPreload(op) ?? new Int32Array(op.columns))];
  const [lo, hi] = setting(op, 'clamp');
  switch (arithmetic.kind) {
    case 'window':
      return {
        name, arithmetic: 'window', inputSigned: product.limits.input.lo < 0, windowSigned: lo < 0, windowShift: setting(op, 'shift'),
        lut: table === null ? Array.from({ length: hi - lo + 1 }, (_, i) => lo + i) : [...table], x, w, bias: bias(), y,
      };
    case 'composed':
      return {
        name, arithmetic: 'composed', gain: setting(op, 'gain'), ...parametersOf(arithmetic), ...(table === null ? {} : { table: [...table] }), x, w, y,
      };
    case 'ideal-limits':
      return { name, arithmetic: 'ideal', windowShift: setting(op, 'shift'), lo, hi, bias: bias(), x, w, y };
    default:
      throw new RangeError(`no vectors of ${arithmetic.kind} arithmetic`);
  }
}

/** Parameters as section 9 names them, where one is not PRIME's. */
function parametersOf(a: ComposedArithmetic): { parameters?: NonNullable<Extract<VectorCase, { arithmetic: 'composed' }>['parameters']> } {
  const { inputBits, phaseBits, weightBits, cellBits, converterBits, fullScaleShift, outputBits, polarity } = a;
  const keys = ['inputBits', 'phaseBits', 'weightBits', 'cellBits', 'converterBits', 'fullScaleShift', 'outputBits', 'polarity'] as const;
  if (keys.every((key) => a[key] === PRIME[key])) return {};
  return { parameters: { inputBits, phaseBits, weightBits, cellBits, converterBits, shift: fullScaleShift, outputBits, polarity } };
}

/** Why section 9 cannot hold a tile: it fixes the core's size, window arithmetic's bits and ranges, and has no table for ideal limits. */
function misfit(op: CoreOp, product: Product, { arithmetic }: Chip): Diagnostic | null {
  const within = ({ lo, hi }: CodeRange, range: CodeRange): boolean => lo >= range.lo && hi <= range.hi;
  const check = (ok: boolean, message: string, limit: string): Diagnostic | null => (ok ? null : unfit(op.name, message, limit));
  const size = check(product.rows <= CORE.rows && product.columns <= CORE.columns, `a tile of ${product.rows} x ${product.columns}`,
    `${CORE.rows} x ${CORE.columns}`);
  if (size !== null) return size;
  if (arithmetic.kind === 'ideal-limits') return check(op.table === null, 'a table after ideal limits', 'no table');
  if (arithmetic.kind !== 'window') return null;
  const { accumulatorBits, windowBits } = arithmetic;
  const { input, weights } = product.limits;
  const bytes = [BYTE, SIGNED_BYTE];
  const table = { lo: Math.min(...op.table ?? [0]), hi: Math.max(...op.table ?? [0]) };
  return check(accumulatorBits === WINDOW.accumulatorBits && windowBits === WINDOW.windowBits, `${accumulatorBits} accumulator and ${windowBits} window bits`,
    `${WINDOW.accumulatorBits} and ${WINDOW.windowBits}`)
    ?? check(setting(op, 'shift') <= WINDOW.greatestShift, `a shift of ${setting(op, 'shift')}`, `${WINDOW.greatestShift}`)
    ?? check(bytes.some((range) => within(input, range)), `input codes ${input.lo}..${input.hi}`, '8 bits')
    ?? check(within(weights, SIGNED_BYTE), `weights ${weights.lo}..${weights.hi}`, '8 bits')
    ?? check(bytes.some((range) => within(table, range)), `table entries ${table.lo}..${table.hi}`, '8 bits');
}

function unfit(place: string, message: string, limit: string): Diagnostic {
  return { code: 'T601', severity: 'warning', place, message, limit: `${limit} in a vector file`, remedy: 'Compare this operation by its trace instead' };
}

/** Fewer than four codes: the last is there more than once, which changes no maximum. */
function maximumCase(graph: CoreGraph, op: MaximumOp, traced: Traced, most: number): TileCase | Diagnostic {
  const columns = op.gathers[0].channels[1] - op.gathers[0].channels[0];
  const taps = op.gathers.reduce((n, g) => n + g.kernel[0] * g.kernel[1], 0);
  if (taps > TAPS) return unfit(op.name, `a maximum of ${taps} codes`, `${TAPS} codes`);
  const picked = pickRows(graph, op, traced, most);
  const x = picked.rows.map((row) => Array.from({ length: columns * TAPS }, (_, i) => (
    row[Math.min(i % TAPS, taps - 1) * columns + Math.floor(i / TAPS)] as number)));
  const y = maximumReference(op.name, Int32Array.from(x.flat()), x.length, columns, TAPS, INT16);
  const vectorCase: VectorCase = { name: op.name, arithmetic: 'maximum', x, y: matrix(y, columns) };
  return { vectorCase, problems: compare(graph, op, traced, picked, y, columns) };
}

/** Rows that differ, evenly over all samples and positions, in that order: the same for the same codes. */
function pickRows({ signals }: CoreGraph, op: CoreOp | MaximumOp, { codesOf, samples }: Traced, most: number): Rows {
  const [height, width] = op.positions;
  const found = new Map<string, { row: readonly number[]; place: readonly [number, number, number] }>();
  for (const index of evenly(samples * height * width, Math.max(most, PLACES))) {
    const point = index % (height * width);
    const place = [Math.floor(index / (height * width)), Math.floor(point / width), point % width] as const;
    const row = gatherRow(op, signals, codesOf, ...place);
    const key = row.join(',');
    if (!found.has(key)) found.set(key, { row, place });
  }
  const distinct = [...found.values()];
  const chosen = evenly(distinct.length, most).map((i) => distinct[i]);
  return { rows: chosen.map(({ row }) => row), places: chosen.map(({ place }) => place) };
}

/** At most `most` of 0..count-1, evenly. */
function evenly(count: number, most: number): number[] {
  const length = Math.min(count, most);
  return Array.from({ length }, (_, i) => Math.floor((i * count) / length));
}

function matrix(values: Int32Array, columns: number): number[][] {
  return Array.from({ length: values.length / columns }, (_, r) => [...values.subarray(r * columns, (r + 1) * columns)]);
}

/** The first output of the reference, if any, that the engine gives differently. */
function compare({ signals }: CoreGraph, op: CoreOp | MaximumOp, { codesOf }: Traced, { places }: Rows, y: Int32Array, columns: number): Diagnostic[] {
  const codes = codesOf(op.output.signal);
  for (let k = 0; k < y.length; k++) {
    const place = places[Math.floor(k / columns)];
    const found = codes[destination(op, signals, ...place, k % columns)];
    if (found === y[k]) continue;
    const [sample, row, column] = place;
    return [{
      code: 'T506', severity: 'error', place: `${op.name}, sample ${sample}, position (${row}, ${column}), column ${k % columns}`,
      message: `the engine gives ${found}`, limit: `${y[k]}, from the reference`, remedy: 'Report this as a fault of trestle, with the artefact and the input',
    }];
  }
  return [];
}
