/**
 * composed/packed (assembly/simd128/packed.ts): two partials from one dot product, and one product for two columns that differ in sign.
 */
import { compositionFields, known, parameters } from './composed.js';
import { int16View, int32View } from './memory.js';
import { variableRows, weightAt, type CoreKernel, type KernelExports, type PackedTile, type TileSpec } from './types.js';

/** Scratch, and the most rows whose sums stay within int16. */
const PACKED_SCRATCH = 64128;
export const PACKED_ROWS = 312;
const GROUP_ROWS = 64;
const BLOCK = 8;
/** Rows of a vector of inputs. */
const VECTOR = 8;

/** Cost of a block's dot products by row, of taking a group and the partials apart, of copying a vector of inputs, and of packing an input. */
const COST = { dot: 6.5, group: 26, recover: 90, copy: 4, pack: 1 };

/** Of a block in bytes: its header, the list of vectors in it, a group's first sums or the cells of a pair of rows. */
const HEADER_BYTES = 208;
const VECTORS_AT = 128;
const UNIT_BYTES = 64;

/** Low cell of a weight, with its sign, and high cell. */
export function lowCell(w: number): number {
  return w < 0 ? -(-w & 15) : w & 15;
}
export function highCell(w: number): number {
  return w < 0 ? -(-w >> 4) : w >> 4;
}

/** What the constant rows add to the partials HH, HL, LH and LL of a column: their cells, times a phase of their code. */
export function constantSums(spec: TileSpec, column: number): readonly [hh: number, hl: number, lh: number, ll: number] {
  const code = spec.constants?.code ?? 0;
  let [high, low] = [0, 0];
  for (let i = variableRows(spec); i < spec.rows; i++) {
    const w = weightAt(spec, i, column);
    high += highCell(w);
    low += lowCell(w);
  }
  return [high * (code >> 3), high * (code & 7), low * (code >> 3), low * (code & 7)];
}

/** Half the columns, where the second half holds the weights of the first with the other sign, but for constant rows; else 0. */
function mirrorOf(spec: TileSpec): number {
  const half = spec.columns / 2;
  if (!Number.isInteger(half)) return 0;
  for (let i = 0; i < variableRows(spec); i++) {
    for (let j = 0; j < half; j++) if (weightAt(spec, i, j) !== -weightAt(spec, i, j + half)) return 0;
  }
  return half;
}

/** Whether low x low can reach the converter's first step: the greatest phase times all low cells of one sign. */
function needsLowLow(spec: TileSpec, column: number, shift: number): boolean {
  let [plus, minus] = [0, 0];
  for (let i = 0; i < spec.rows; i++) {
    const low = lowCell(weightAt(spec, i, column));
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

/** The rows of a block of columns: vectors without those of nothing but zeros, where that saves work, as in a merge with few more rows. */
function blockRows(spec: TileSpec, first: number, columns: number): BlockRows {
  const rows = variableRows(spec);
  const starts: number[] = [];
  const order: number[] = [];
  let covered = 0;
  for (let i = 0; i < rows; i++) {
    if (i < covered || !rowSpeaks(spec, i, first, columns)) continue;
    const start = Math.min(i, Math.ceil(rows / VECTOR) * VECTOR - VECTOR);
    for (let k = start; k < start + VECTOR; k++) order.push(k < covered || k >= rows ? -1 : k);
    starts.push(start);
    covered = start + VECTOR;
  }
  const saved = COST.dot * (rows - order.length) - COST.copy * starts.length;
  return starts.length > 0 && saved > 0 ? { starts, order } : { starts: null, order: Array.from({ length: rows }, (_, i) => i) };
}

function rowSpeaks(spec: TileSpec, row: number, first: number, columns: number): boolean {
  for (let c = 0; c < columns; c++) if (weightAt(spec, row, first + c) !== 0) return true;
  return false;
}

/** Bytes of a block of so many rows. */
function blockBytes(rows: number): number {
  return HEADER_BYTES + UNIT_BYTES * (Math.ceil(rows / GROUP_ROWS) + Math.ceil(rows / 2));
}

/** Column `first + c` of a block in the layout of assembly/simd128/packed.ts; `words` and `codes` are views of the block, zero so far. */
function packColumn(spec: TileSpec, { order }: BlockRows, first: number, c: number, words: Int32Array, codes: Int16Array): void {
  const lane = (c & 1) * 4 + (c >> 1);
  const sumsAt = HEADER_BYTES / 4 + lane;
  let [allHigh, allLow] = [0, 0];
  for (let start = 0; start < order.length; start += GROUP_ROWS) {
    // The group's first sums, then its cells.
    const unit = start / GROUP_ROWS + start / 2;
    const at = HEADER_BYTES / 2 + (unit + 1) * (UNIT_BYTES / 2) + lane * 2;
    let [high, low] = [0, 0];
    for (const [i, row] of order.slice(start, start + GROUP_ROWS).entries()) {
      if (row < 0) continue;
      const w = weightAt(spec, row, first + c);
      const place = at + (i >> 1) * (UNIT_BYTES / 2) + (i & 1);
      high += codes[place] = highCell(w);
      low += codes[place + 16] = lowCell(w);
    }
    words[sumsAt + unit * (UNIT_BYTES / 4)] = -4 * high;
    words[sumsAt + unit * (UNIT_BYTES / 4) + 8] = -4 * low;
    allHigh += high;
    allLow += low;
  }
  const [hh, hl, lh, ll] = constantSums(spec, first + c);
  (words[sumsAt] as number) += 32768 * allHigh + 8192 * hh;
  (words[sumsAt + 8] as number) += 32768 * allLow + 8192 * lh;
  codes[8 + c] = 4 * allHigh + hl;
  codes[16 + c] = 4 * allLow + ll;
  codes[24 + c] = 4 * allLow + lh;
}

/** What constant rows add to a column and its mirrored one together, by partial. */
function packMirror(spec: TileSpec, column: number, mirror: number, c: number, codes: Int16Array): void {
  const other = constantSums(spec, column + mirror);
  constantSums(spec, column).forEach((k, i) => (codes[32 + 8 * i + c] = k + (other[i] as number)));
}

/** The blocks that are multiplied: of all columns, or of the first half if the second mirrors it. */
function blocksOf(spec: TileSpec): BlockRows[] {
  const columns = mirrorOf(spec) || spec.columns;
  return Array.from({ length: Math.ceil(columns / BLOCK) }, (_, b) => blockRows(spec, b * BLOCK, Math.min(BLOCK, columns - b * BLOCK)));
}

/** Whether a tile has PRIME's parts (phases of 3 bits, cells of 4, two of each, arrays subtracted), and partials that fit int16. */
export function primeParts(spec: TileSpec): boolean {
  const p = parameters(spec);
  if (p === null || spec.rows > PACKED_ROWS || variableRows(spec) < 1) return false;
  const { a } = p;
  return a.phaseBits === 3 && a.cellBits === 4 && p.phases === 2 && p.cells === 2 && a.polarity === 'subtract' && a.converterBits <= 12;
}

export const composedPacked: CoreKernel = {
  name: 'composed/packed',
  supports: primeParts,
  cost(spec): number {
    return blocksOf(spec).reduce((cost, { starts, order: { length } }) => (
      cost + COST.dot * length + COST.group * Math.ceil(length / GROUP_ROWS) + COST.recover + COST.copy * (starts?.length ?? 0)
    ), COST.pack * variableRows(spec));
  },
  pack(spec, memory, allocate): PackedTile {
    const p = known(spec);
    const rows = variableRows(spec);
    const mirror = mirrorOf(spec);
    const multiplied = mirror === 0 ? spec.columns : mirror;
    const blocks = blocksOf(spec);
    const address = allocate(blocks.reduce((bytes, { order }) => bytes + blockBytes(order.length), 0));
    const first = int32View(memory, address, HEADER_BYTES / 4);
    let [at, withoutLowLow] = [address, 0];
    blocks.forEach((block, b) => {
      const bytes = blockBytes(block.order.length);
      const words = int32View(memory, at, bytes / 4).fill(0);
      const codes = int16View(memory, at, bytes / 2);
      words[1] = block.starts?.length ?? 0;
      block.starts?.forEach((start, k) => (codes[VECTORS_AT / 2 + k] = 2 * start));
      for (let c = 0; c < Math.min(BLOCK, multiplied - b * BLOCK); c++) {
        const column = b * BLOCK + c;
        packColumn(spec, block, b * BLOCK, c, words, codes);
        if (mirror > 0) packMirror(spec, column, mirror, c, codes);
        if (needsLowLow(spec, column, p.shift) || (mirror > 0 && needsLowLow(spec, column + mirror, p.shift))) words[0] = 1;
      }
      if (words[0] === 0) withoutLowLow = 1;
      at += bytes;
    });
    first[2] = withoutLowLow;
    const fields = {
      rows,
      columns: spec.columns,
      mirror,
      blocks: address,
      shift: p.shift,
      ...compositionFields(spec, memory, allocate),
    };
    return { kernel: composedPacked.name, scratchBytes: PACKED_SCRATCH, fields };
  },
  run(tile, exports: KernelExports, x, xPitch, count, y, yPitch, scratch): void {
    const f = tile.fields;
    exports.composedPacked(
      x, xPitch, count, y, yPitch, f.rows, f.columns, f.mirror, f.blocks, f.shift, f.limit, f.lo, f.hi, f.offset, f.table, scratch,
    );
  },
};
