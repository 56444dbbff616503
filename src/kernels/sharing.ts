/**
 * What a tile of PRIME's parts need not multiply: columns that hold the weights of others, with the same sign or the other, and rows of nothing but zeros.
 * Shared by the kernels that multiply it in blocks of eight columns.
 */
import type { Arithmetic } from '../chip/types.js';
import { cellsOf } from './cells.js';
import { compositionFields, known, parameters } from './composed.js';
import { variableRows, type PackedTile, type TileSpec } from './types.js';

/** Columns of a block, and rows of a vector of inputs. */
export const BLOCK = 8;
const VECTOR = 8;
/** Rows that a block could multiply while it takes a vector of inputs of its own. */
const TAKING = 0.65;

/** The most rows whose partials stay within int16, of cells of at most `GREATEST_CELL`. */
export const MOST_ROWS = 312;
export const GREATEST_CELL = 15;

/** Of a vector of results in bytes: lanes, and what constant rows add to four partials; where there are mirrored columns, to theirs too. */
const LANE_BYTES = 80;
const MIRRORED_LANE_BYTES = 144;

/**
 * Which columns share their products: those of the second half with the first, whose weights they hold with the other sign (`mirror`: half the columns, else
 * 0), and of those left every `copies` side by side, which hold the same weights. Constant rows may differ.
 */
interface Shared {
  readonly mirror: number;
  readonly copies: number;
}

/** What a block multiplies: where its vectors of rows start, or `null` for all rows; and the tile's row in each place, -1 where there is none. */
export interface BlockRows {
  readonly starts: readonly number[] | null;
  readonly order: readonly number[];
}

/** Eight columns or fewer that are multiplied together: of copies, the first. */
export interface Block {
  readonly columns: readonly number[];
  readonly rows: BlockRows;
}

/** What the blocks of a tile multiply. */
export interface Layout extends Shared {
  readonly blocks: readonly Block[];
}

/** Whether arithmetic has PRIME's parts: phases of 3 bits, cells of 4, two of each, arrays that are subtracted. */
export function hasPrimeParts(a: Arithmetic): boolean {
  return a.kind === 'composed' && a.phaseBits === 3 && a.inputBits === 6 && a.cellBits === 4 && a.weightBits === 8
    && a.polarity === 'subtract' && a.converterBits <= 12;
}

/** Whether a tile has them, and partials that fit int16. */
export function primeParts(spec: TileSpec): boolean {
  return hasPrimeParts(spec.arithmetic) && parameters(spec) !== null && spec.rows <= MOST_ROWS && variableRows(spec) >= 1 && addedUpFit(spec);
}

/** Whether cells of rows that were added up leave partials in int16. */
function addedUpFit({ cells, columns }: TileSpec): boolean {
  return (cells ?? []).every((values) => {
    const sums = new Int32Array(columns);
    values.forEach((v, k) => (sums[k % columns] += Math.abs(v)));
    return sums.every((s) => s <= MOST_ROWS * GREATEST_CELL);
  });
}

/** A tile is asked about several times: what it costs with each kernel, and to be packed. It must not change between. */
const layouts = new WeakMap<TileSpec, Layout>();

/** What the blocks of a tile are. */
export function layoutOf(spec: TileSpec): Layout {
  const found = layouts.get(spec);
  if (found !== undefined) return found;
  const mirror = mirrorOf(spec);
  const shared = { mirror, copies: copiesIn(spec, mirror || spec.columns) };
  const all = Array.from({ length: variableRows(spec) }, (_, i) => i);
  const layout = { ...shared, blocks: blocksOf(spec, shared).map((columns) => ({ columns, rows: blockRows(spec, columns, all) })) };
  layouts.set(spec, layout);
  return layout;
}

function mirrorOf(spec: TileSpec): number {
  const half = spec.columns / 2;
  if (!Number.isInteger(half)) return 0;
  for (let j = 0; j < half; j++) if (!sameWeights(spec, j, j + half, -1)) return 0;
  return half;
}

/** The greatest number into which all runs of equal columns divide. */
function copiesIn(spec: TileSpec, columns: number): number {
  let [copies, run] = [0, 1];
  for (let j = 1; j <= columns; j++) {
    if (j < columns && sameWeights(spec, j - 1, j, 1)) {
      run++;
      continue;
    }
    copies = greatestDivisor(copies, run);
    if (copies === 1) return 1;
    run = 1;
  }
  return copies;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** Whether column b holds the weights of column a, or with sign -1 their negatives, but for constant rows. */
function sameWeights(spec: TileSpec, a: number, b: number, sign: 1 | -1): boolean {
  const end = variableRows(spec) * spec.columns;
  for (const values of spec.cells ?? [spec.weights]) {
    for (let i = 0; i < end; i += spec.columns) if (values[i + a] !== sign * (values[i + b] as number)) return false;
  }
  return true;
}

/** The columns of each block of those that are multiplied: of copies, the first. */
function blocksOf({ columns }: TileSpec, { mirror, copies }: Shared): number[][] {
  const multiplied = (mirror || columns) / copies;
  return Array.from({ length: Math.ceil(multiplied / BLOCK) }, (_, b) => (
    Array.from({ length: Math.min(BLOCK, multiplied - b * BLOCK) }, (__, c) => (b * BLOCK + c) * copies)));
}

/** The rows of a block of `columns`: vectors without those of nothing but zeros, where that saves work, as in a merge with few more rows. */
function blockRows(spec: TileSpec, columns: readonly number[], all: readonly number[]): BlockRows {
  const last = Math.ceil(all.length / VECTOR) * VECTOR - VECTOR;
  const starts: number[] = [];
  for (let i = 0; i < all.length;) {
    if (!rowSpeaks(spec, i, columns)) {
      i++;
      continue;
    }
    const start = Math.min(i, last);
    starts.push(start);
    i = start + VECTOR;
  }
  const saved = all.length - (VECTOR + TAKING) * starts.length;
  if (starts.length === 0 || saved <= 0) return { starts: null, order: all };
  const order = starts.flatMap((start, n) => {
    const covered = n === 0 ? 0 : (starts[n - 1] as number) + VECTOR;
    return Array.from({ length: VECTOR }, (_, k) => (start + k < covered || start + k >= all.length ? -1 : start + k));
  });
  return { starts, order };
}

function rowSpeaks(spec: TileSpec, row: number, columns: readonly number[]): boolean {
  const planes = spec.cells ?? [spec.weights];
  for (const values of planes) for (const j of columns) if (values[row * spec.columns + j] !== 0) return true;
  return false;
}

/** What the constant rows add to the partials HH, HL, LH and LL of a column: their cells, times a phase of their code. */
export function constantSums(spec: TileSpec, column: number): readonly [hh: number, hl: number, lh: number, ll: number] {
  const code = spec.constants?.code ?? 0;
  const cells = cellsOf(spec);
  let [high, low] = [0, 0];
  for (let i = variableRows(spec); i < spec.rows; i++) {
    high += cells.high[i * spec.columns + column] as number;
    low += cells.low[i * spec.columns + column] as number;
  }
  return [high * (code >> 3), high * (code & 7), low * (code >> 3), low * (code & 7)];
}

/** What constant rows add to a column and its mirrored one together, by partial. */
export function mirrorSums(spec: TileSpec, column: number, mirror: number): readonly number[] {
  const other = constantSums(spec, column + mirror);
  return constantSums(spec, column).map((k, i) => k + (other[i] as number));
}

/** Whether low x low of a block can reach the converter's first step, of any column that shares its products. */
export function blockNeedsLowLow(spec: TileSpec, columns: readonly number[], { mirror, copies }: Shared, shift: number): boolean {
  return columns.some((first) => {
    for (let k = first; k < first + copies; k++) {
      if (needsLowLow(spec, k, shift) || (mirror > 0 && needsLowLow(spec, k + mirror, shift))) return true;
    }
    return false;
  });
}

/** The same of one column: the greatest phase times all low cells of one sign. */
function needsLowLow(spec: TileSpec, column: number, shift: number): boolean {
  const cells = cellsOf(spec);
  let [plus, minus] = [0, 0];
  for (let at = column; at < cells.low.length; at += spec.columns) {
    const low = cells.low[at] as number;
    if (low > 0) plus += low;
    else minus -= low;
  }
  return 7 * Math.max(plus, minus) >= 2 ** shift;
}

/** Vectors of results of a block of so many multiplied columns, and their bytes. */
export function resultVectors(columns: number, { mirror, copies }: Shared): { count: number; bytes: number } {
  const count = Math.ceil((columns * copies) / BLOCK);
  return { count, bytes: count * (mirror === 0 ? LANE_BYTES : MIRRORED_LANE_BYTES) };
}

/** The same where columns have copies; else there are none, and blocks hold what constant rows add. */
export function copyVectors(columns: number, shared: Shared): { count: number; bytes: number } {
  return shared.copies === 1 ? { count: 0, bytes: 0 } : resultVectors(columns, shared);
}

/** The results of a block's columns, as `composeLanes` reads them (assembly/simd128/composition.ts). */
export function packLanes(spec: TileSpec, columns: readonly number[], shared: Shared, codes: Int16Array): void {
  const lanes = new Uint8Array(codes.buffer, codes.byteOffset, codes.byteLength);
  const { mirror, copies } = shared;
  const { count, bytes } = resultVectors(columns.length, shared);
  for (let k = 0; k < columns.length * copies; k++) {
    const at = Math.floor(k / BLOCK) * (bytes / count);
    const lane = k % BLOCK;
    const from = Math.floor(k / copies);
    lanes.set([2 * from, 2 * from + 1], at + 2 * lane);
    const column = (columns[0] as number) + k;
    const constants = [...constantSums(spec, column), ...(mirror === 0 ? [] : constantSums(spec, column + mirror))];
    constants.forEach((sum, i) => (codes[at / 2 + BLOCK * (i + 1) + lane] = sum));
  }
}

/** Fields of a tile whose blocks lie at `blocks`, for `runBlocks`. */
export function blockFields(
  spec: TileSpec, { mirror, copies }: Shared, blocks: number, memory: WebAssembly.Memory, allocate: (bytes: number) => number,
): Readonly<Record<string, number>> {
  return {
    rows: variableRows(spec), columns: spec.columns, mirror, copies, blocks, shift: known(spec).shift, ...compositionFields(spec, memory, allocate),
  };
}

/** Runs a function of the modules that takes blocks (`composedPacked`, `composedRelaxed`); otherwise as CoreKernel.run. */
export function runBlocks(
  run: (...args: number[]) => number, { fields: f }: PackedTile, x: number, xPitch: number, count: number, y: number, yPitch: number, scratch: number,
): void {
  run(x, xPitch, count, y, yPitch, f.rows, f.columns, f.mirror, f.copies, f.blocks, f.shift, f.limit, f.lo, f.hi, f.offset, f.table, scratch);
}
