/**
 * composed/packed (assembly/simd128/packed.ts): two partials from one dot product, and one product for two columns that differ in sign.
 */
import { compositionFields, known, parameters } from './composed.js';
import { int16View, int32View } from './memory.js';
import { variableRows, weightAt, type CoreKernel, type KernelExports, type PackedTile, type TileSpec } from './types.js';

/** Scratch, and the most rows whose sums stay within int16. */
const PACKED_SCRATCH = 33408;
export const PACKED_ROWS = 312;
const GROUP_ROWS = 64;
const BLOCK = 8;

/** Cost of a block's dot products by row, of taking a group and the partials apart, and of packing an input. */
const COST = { dot: 6.5, group: 26, recover: 90, pack: 1 };

/** Of a block in bytes: its header, a group's first sums or the cells of a pair of rows. */
const HEADER_BYTES = 128;
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

/** Column `first + c` of a block in the layout of assembly/simd128/packed.ts; `words` and `codes` are views of the block, zero so far. */
function packColumn(spec: TileSpec, first: number, c: number, words: Int32Array, codes: Int16Array): void {
  const lane = (c & 1) * 4 + (c >> 1);
  const sumsAt = HEADER_BYTES / 4 + lane;
  const rows = variableRows(spec);
  let [allHigh, allLow] = [0, 0];
  for (let start = 0; start < rows; start += GROUP_ROWS) {
    // The group's first sums, then its cells.
    const unit = start / GROUP_ROWS + start / 2;
    const at = HEADER_BYTES / 2 + (unit + 1) * (UNIT_BYTES / 2) + lane * 2;
    let [high, low] = [0, 0];
    for (let i = 0; i < Math.min(GROUP_ROWS, rows - start); i++) {
      const w = weightAt(spec, start + i, first + c);
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
    const rows = variableRows(spec);
    const blocks = Math.ceil((mirrorOf(spec) || spec.columns) / BLOCK);
    return blocks * (COST.dot * rows + COST.group * Math.ceil(rows / GROUP_ROWS) + COST.recover) + COST.pack * rows;
  },
  pack(spec, memory, allocate): PackedTile {
    const p = known(spec);
    const rows = variableRows(spec);
    const mirror = mirrorOf(spec);
    const multiplied = mirror === 0 ? spec.columns : mirror;
    const blocks = Math.ceil(multiplied / BLOCK);
    const blockBytes = HEADER_BYTES + UNIT_BYTES * (Math.ceil(rows / GROUP_ROWS) + Math.ceil(rows / 2));
    const address = allocate(blocks * blockBytes);
    for (let b = 0; b < blocks; b++) {
      const words = int32View(memory, address + b * blockBytes, blockBytes / 4).fill(0);
      const codes = int16View(memory, address + b * blockBytes, blockBytes / 2);
      for (let c = 0; c < Math.min(BLOCK, multiplied - b * BLOCK); c++) {
        const column = b * BLOCK + c;
        packColumn(spec, b * BLOCK, c, words, codes);
        if (mirror > 0) packMirror(spec, column, mirror, c, codes);
        if (needsLowLow(spec, column, p.shift) || (mirror > 0 && needsLowLow(spec, column + mirror, p.shift))) words[0] = 1;
      }
    }
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
