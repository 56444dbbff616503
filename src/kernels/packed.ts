/**
 * composed/packed (assembly/simd128/packed.ts): two partials from one dot product, and one product for two columns that differ in sign.
 */
import { cellsOf } from './cells.js';
import { compositionFields, known, parameters } from './composed.js';
import { int16View, int32View } from './memory.js';
import { variableRows, type CoreKernel, type KernelExports, type PackedTile, type TileSpec } from './types.js';

/** Scratch, and the most rows whose sums stay within int16. */
const PACKED_SCRATCH = 64128;
export const PACKED_ROWS = 312;
const MOST_GROUPS = 5;
/** The greatest sum of a column's cells in a group: four times it is less than 2^12. */
const GROUP_CELLS = 1023;
/** Where the low field of a group's sums begins, so that it has no sign. */
const FIELD_ZERO = 4096;
const GREATEST_CELL = 15;
const BLOCK = 8;
const NO_CONSTANTS = [0, 0, 0, 0] as const;
/** Rows of a vector of inputs. */
const VECTOR = 8;

/**
 * Cost of a block's dot products by row, of taking a group and the partials apart, of converting one vector of copies, of copying a vector of inputs, and of
 * packing an input.
 */
const COST = { dot: 6.5, group: 26, recover: 90, convert: 45, copy: 4, pack: 1 };

/** Of a block in bytes: its header, the list of vectors in it, a group's first sums or the cells of a pair of rows. */
const HEADER_BYTES = 208;
const VECTORS_AT = 128;
const UNIT_BYTES = 64;
/** Of a vector of copies: lanes, and what constant rows add to four partials; where there are mirrored columns, to theirs too. */
const COPY_BYTES = 80;
const MIRRORED_COPY_BYTES = 144;

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

/**
 * Which columns share their products: those of the second half with the first, whose weights they hold with the other sign (`mirror`: half the columns, else
 * 0), and of those left every `copies` side by side, which hold the same weights. Constant rows may differ.
 */
interface Shared {
  readonly mirror: number;
  readonly copies: number;
}

/** How a tile is multiplied: which columns and rows each block has, and how many rows a group of it. */
interface Layout extends Shared {
  readonly blocks: readonly { readonly columns: readonly number[]; readonly rows: BlockRows; readonly group: number }[];
}

/** A tile is asked about twice: what it costs, and to be packed. It must not change between. */
const layouts = new WeakMap<TileSpec, Layout>();

function layoutOf(spec: TileSpec): Layout {
  const known = layouts.get(spec);
  if (known !== undefined) return known;
  const mirror = mirrorOf(spec);
  const shared = { mirror, copies: copiesIn(spec, mirror || spec.columns) };
  const least = leastGroup(spec);
  const blocks = blocksOf(spec, shared).map((columns) => {
    const rows = blockRows(spec, columns);
    return { columns, rows, group: groupOf(spec, columns, rows, least) };
  });
  const layout = { ...shared, blocks };
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

/** Whether low x low can reach the converter's first step: the greatest phase times all low cells of one sign. */
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

/** What a block multiplies: where its vectors of rows start, or `null` for all rows; and the tile's row in each place, -1 where there is none. */
interface BlockRows {
  readonly starts: readonly number[] | null;
  readonly order: readonly number[];
}

/** The rows of a block of `columns`: vectors without those of nothing but zeros, where that saves work, as in a merge with few more rows. */
function blockRows(spec: TileSpec, columns: readonly number[]): BlockRows {
  const rows = variableRows(spec);
  const starts: number[] = [];
  const order: number[] = [];
  let covered = 0;
  for (let i = 0; i < rows; i++) {
    if (i < covered || !rowSpeaks(spec, i, columns)) continue;
    const start = Math.min(i, Math.ceil(rows / VECTOR) * VECTOR - VECTOR);
    for (let k = start; k < start + VECTOR; k++) order.push(k < covered || k >= rows ? -1 : k);
    starts.push(start);
    covered = start + VECTOR;
  }
  const saved = COST.dot * (rows - order.length) - COST.copy * starts.length;
  return starts.length > 0 && saved > 0 ? { starts, order } : { starts: null, order: Array.from({ length: rows }, (_, i) => i) };
}

function rowSpeaks(spec: TileSpec, row: number, columns: readonly number[]): boolean {
  const planes = spec.cells ?? [spec.weights];
  for (const values of planes) for (const j of columns) if (values[row * spec.columns + j] !== 0) return true;
  return false;
}

/** Rows that any group may have, an even number: 68, and fewer where the cells of repeated rows were added up. */
function leastGroup({ cells }: TileSpec): number {
  let most = GREATEST_CELL;
  for (const values of cells ?? []) for (const v of values) most = Math.max(most, Math.abs(v));
  return 2 * Math.floor(GROUP_CELLS / most / 2);
}

/** Rows a group of a block, an even number, `least` or more: as few groups, all alike, as keep the sums of every column's cells in each of them. */
function groupOf(spec: TileSpec, columns: readonly number[], { order }: BlockRows, least: number): number {
  for (let groups = 1; ; groups++) {
    const group = 2 * Math.ceil(order.length / groups / 2);
    if (group <= least) return least;
    if (groupsFit(spec, columns, order, group)) return group;
  }
}

/** Whether the cells of every column, without their signs, add up to a field in every group. */
function groupsFit(spec: TileSpec, columns: readonly number[], order: readonly number[], group: number): boolean {
  const { low, high } = cellsOf(spec);
  const [lows, highs] = [new Int32Array(BLOCK), new Int32Array(BLOCK)];
  for (let i = 0; i < order.length; i++) {
    if (i % group === 0) {
      lows.fill(0);
      highs.fill(0);
    }
    const row = order[i] as number;
    for (let c = 0; row >= 0 && c < columns.length; c++) {
      const at = row * spec.columns + (columns[c] as number);
      if ((lows[c] += Math.abs(low[at] as number)) > GROUP_CELLS || (highs[c] += Math.abs(high[at] as number)) > GROUP_CELLS) return false;
    }
  }
  return true;
}

/** Bytes of a block of so many rows. */
function blockBytes(rows: number, group: number): number {
  return HEADER_BYTES + UNIT_BYTES * (Math.ceil(rows / group) + Math.ceil(rows / 2));
}

/** `column` as the c-th of a block in the layout of assembly/simd128/packed.ts; `words` and `codes` are views of the block, zero so far. */
function packColumn(
  spec: TileSpec, { order }: BlockRows, group: number, column: number, c: number, constants: readonly number[], words: Int32Array, codes: Int16Array,
): void {
  const cells = cellsOf(spec);
  const sumsAt = HEADER_BYTES / 4 + c;
  let [allHigh, allLow] = [0, 0];
  for (let start = 0; start < order.length; start += group) {
    // The group's first sums, then its cells.
    const unit = start / group + start / 2;
    const at = HEADER_BYTES / 2 + (unit + 1) * (UNIT_BYTES / 2) + c * 2;
    let [high, low] = [0, 0];
    const count = Math.min(group, order.length - start);
    for (let i = 0; i < count; i++) {
      const row = order[start + i] as number;
      if (row < 0) continue;
      const from = row * spec.columns + column;
      const place = at + (i >> 1) * (UNIT_BYTES / 2) + (i & 1);
      high += codes[place] = cells.high[from] as number;
      low += codes[place + 16] = cells.low[from] as number;
    }
    words[sumsAt + unit * (UNIT_BYTES / 4)] = FIELD_ZERO - 4 * high;
    words[sumsAt + unit * (UNIT_BYTES / 4) + 8] = FIELD_ZERO - 4 * low;
    allHigh += high;
    allLow += low;
  }
  const [hh, hl, lh, ll] = constants as [number, number, number, number];
  (words[sumsAt] as number) += 32768 * allHigh + 8192 * hh;
  (words[sumsAt + 8] as number) += 32768 * allLow + 8192 * lh;
  const zeros = FIELD_ZERO * Math.ceil(order.length / group);
  codes[8 + c] = 4 * allHigh + hl - zeros;
  codes[16 + c] = 4 * allLow + ll - zeros;
  codes[24 + c] = 4 * allLow + lh - zeros;
}

/** What constant rows add to a column and its mirrored one together, by partial. */
function packMirror(spec: TileSpec, column: number, mirror: number, c: number, codes: Int16Array): void {
  const other = constantSums(spec, column + mirror);
  constantSums(spec, column).forEach((k, i) => (codes[32 + 8 * i + c] = k + (other[i] as number)));
}

/** The columns of each block of those that are multiplied. */
function blocksOf({ columns }: TileSpec, { mirror, copies }: Shared): number[][] {
  const multiplied = (mirror || columns) / copies;
  return Array.from({ length: Math.ceil(multiplied / BLOCK) }, (_, b) => (
    Array.from({ length: Math.min(BLOCK, multiplied - b * BLOCK) }, (__, c) => (b * BLOCK + c) * copies)));
}

/** Vectors of results of a block of so many multiplied columns, and their bytes, where they have copies. */
function copyVectors(columns: number, { mirror, copies }: Shared): { count: number; bytes: number } {
  const count = copies === 1 ? 0 : Math.ceil((columns * copies) / BLOCK);
  return { count, bytes: count * (mirror === 0 ? COPY_BYTES : MIRRORED_COPY_BYTES) };
}

/** The copies of a block's columns: which lane each result comes from, and what constant rows add to its partials, and to those of its mirrored column. */
function packCopies(spec: TileSpec, columns: readonly number[], shared: Shared, codes: Int16Array): void {
  const lanes = new Uint8Array(codes.buffer, codes.byteOffset, codes.byteLength);
  const { mirror, copies } = shared;
  const { count, bytes } = copyVectors(columns.length, shared);
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

/** Whether a tile has PRIME's parts (phases of 3 bits, cells of 4, two of each, arrays subtracted), and partials that fit int16. */
export function primeParts(spec: TileSpec): boolean {
  const p = parameters(spec);
  if (p === null || spec.rows > PACKED_ROWS || variableRows(spec) < 1 || !addedUpFit(spec)) return false;
  const { a } = p;
  return a.phaseBits === 3 && a.cellBits === 4 && p.phases === 2 && p.cells === 2 && a.polarity === 'subtract' && a.converterBits <= 12;
}

/** Whether cells of rows that were added up leave partials in int16, and groups of rows not too many for the scratch. */
function addedUpFit(spec: TileSpec): boolean {
  const { cells, columns } = spec;
  if (cells === undefined) return true;
  const group = leastGroup(spec);
  if (group < 2 || variableRows(spec) > MOST_GROUPS * group) return false;
  return cells.every((values) => {
    const sums = new Int32Array(columns);
    values.forEach((v, k) => (sums[k % columns] += Math.abs(v)));
    return sums.every((s) => s <= PACKED_ROWS * GREATEST_CELL);
  });
}

export const composedPacked: CoreKernel = {
  name: 'composed/packed',
  supports: primeParts,
  cost(spec): number {
    const { mirror, copies: equal, blocks } = layoutOf(spec);
    return blocks.reduce((cost, { columns, group, rows: { starts, order: { length } } }) => {
      const copies = COST.convert * copyVectors(columns.length, { mirror, copies: equal }).count * (mirror === 0 ? 1 : 2);
      return cost + COST.dot * length + COST.group * Math.ceil(length / group) + COST.recover + COST.copy * (starts?.length ?? 0) + copies;
    }, COST.pack * variableRows(spec));
  },
  pack(spec, memory, allocate): PackedTile {
    const p = known(spec);
    const layout = layoutOf(spec);
    const { mirror, copies } = layout;
    const blocks = layout.blocks.map(({ columns, rows, group }) => {
      const productBytes = blockBytes(rows.order.length, group);
      return { columns, rows, group, productBytes, bytes: productBytes + copyVectors(columns.length, layout).bytes };
    });
    const address = allocate(blocks.reduce((bytes, block) => bytes + block.bytes, 0));
    const first = int32View(memory, address, HEADER_BYTES / 4);
    let [at, withoutLowLow] = [address, 0];
    for (const { columns, rows, group, productBytes, bytes } of blocks) {
      const words = int32View(memory, at, bytes / 4).fill(0);
      const codes = int16View(memory, at, bytes / 2);
      words[1] = rows.starts?.length ?? 0;
      words[3] = group / 2;
      rows.starts?.forEach((start, k) => (codes[VECTORS_AT / 2 + k] = 2 * start));
      columns.forEach((column, c) => {
        packColumn(spec, rows, group, column, c, copies === 1 ? constantSums(spec, column) : NO_CONSTANTS, words, codes);
        if (mirror > 0 && copies === 1) packMirror(spec, column, mirror, c, codes);
        for (let k = column; k < column + copies; k++) {
          if (needsLowLow(spec, k, p.shift) || (mirror > 0 && needsLowLow(spec, k + mirror, p.shift))) words[0] = 1;
        }
      });
      if (copies > 1) packCopies(spec, columns, layout, codes.subarray(productBytes / 2));
      if (words[0] === 0) withoutLowLow = 1;
      at += bytes;
    }
    first[2] = withoutLowLow;
    const fields = {
      rows: variableRows(spec),
      columns: spec.columns,
      mirror,
      copies,
      blocks: address,
      shift: p.shift,
      ...compositionFields(spec, memory, allocate),
    };
    return { kernel: composedPacked.name, scratchBytes: PACKED_SCRATCH, fields };
  },
  run(tile, exports: KernelExports, x, xPitch, count, y, yPitch, scratch): void {
    const f = tile.fields;
    exports.composedPacked(
      x, xPitch, count, y, yPitch, f.rows, f.columns, f.mirror, f.copies, f.blocks, f.shift, f.limit, f.lo, f.hi, f.offset, f.table, scratch,
    );
  },
};
