/**
 * composed/packed (assembly/simd128/packed.ts): two partials from one dot product, and one product for two columns that differ in sign.
 */
import { cellsOf } from './cells.js';
import { known } from './composed.js';
import { int16View, int32View } from './memory.js';
import {
  BLOCK, GREATEST_CELL, blockFields, blockNeedsLowLow, constantSums, copyVectors, layoutOf, mirrorSums, packLanes, primeParts, runBlocks,
  type Block, type BlockRows, type Layout,
} from './sharing.js';
import { variableRows, type CoreKernel, type KernelExports, type PackedTile, type TileSpec } from './types.js';

export const PACKED_SCRATCH = 64128;
const MOST_GROUPS = 5;
/** The greatest sum of a column's cells in a group: four times it is less than 2^12. */
const GROUP_CELLS = 1023;
/** Where the low field of a group's sums begins, so that it has no sign. */
const FIELD_ZERO = 4096;
const NO_CONSTANTS = [0, 0, 0, 0] as const;

/**
 * Cost of a block's dot products by row, of taking a group and the partials apart, of converting one vector of copies, of copying a vector of inputs, and of
 * packing an input.
 */
const COST = { dot: 6.5, group: 26, recover: 90, convert: 45, copy: 4, pack: 1 };

/** Of a block in bytes: its header, the list of vectors in it, a group's first sums or the cells of a pair of rows. */
const HEADER_BYTES = 208;
const VECTORS_AT = 128;
const UNIT_BYTES = 64;

/** A tile is asked about twice: what it costs, and to be packed. It must not change between. */
const groupings = new WeakMap<Layout, readonly number[]>();

/** Rows a group of each block of a tile. */
function groupsOf(spec: TileSpec, layout: Layout): readonly number[] {
  const found = groupings.get(layout);
  if (found !== undefined) return found;
  const least = leastGroup(spec);
  const groups = layout.blocks.map(({ columns, rows }) => groupOf(spec, columns, rows, least));
  groupings.set(layout, groups);
  return groups;
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

/** Whether cells of rows that were added up leave groups of rows, and not too many for the scratch. */
function groupsAreFew(spec: TileSpec): boolean {
  const group = leastGroup(spec);
  return group >= 2 && variableRows(spec) <= MOST_GROUPS * group;
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

type ConstantSums = (column: number) => readonly number[];

/** A block at `at`, `bytes` long, as codes: its header without mirrored columns, its vectors, its groups and cells. The rest holds zeros. */
function packBlock(
  spec: TileSpec, { columns, rows }: Block, group: number, lowLow: boolean, constants: ConstantSums, memory: WebAssembly.Memory, at: number, bytes: number,
): Int16Array {
  const words = int32View(memory, at, bytes / 4).fill(0);
  const codes = int16View(memory, at, bytes / 2);
  words[0] = lowLow ? 1 : 0;
  words[1] = rows.starts?.length ?? 0;
  words[3] = group / 2;
  rows.starts?.forEach((start, k) => (codes[VECTORS_AT / 2 + k] = 2 * start));
  columns.forEach((column, c) => packColumn(spec, rows, group, column, c, constants(column), words, codes));
  return codes;
}

/** Blocks for `packedPartials`, with low x low and nothing of constant rows; gives their address. */
export function placeBlocks(spec: TileSpec, memory: WebAssembly.Memory, allocate: (bytes: number) => number): number {
  const layout = layoutOf(spec);
  const groups = groupsOf(spec, layout);
  const sizes = layout.blocks.map(({ rows }, b) => blockBytes(rows.order.length, groups[b] as number));
  const address = allocate(sizes.reduce((sum, bytes) => sum + bytes, 0));
  let at = address;
  layout.blocks.forEach((block, b) => {
    packBlock(spec, block, groups[b] as number, true, () => NO_CONSTANTS, memory, at, sizes[b] as number);
    at += sizes[b] as number;
  });
  return address;
}

export const composedPacked: CoreKernel = {
  name: 'composed/packed',
  supports: (spec) => primeParts(spec) && groupsAreFew(spec),
  cost(spec): number {
    const layout = layoutOf(spec);
    const groups = groupsOf(spec, layout);
    return layout.blocks.reduce((cost, { columns, rows: { starts, order: { length } } }, b) => {
      const copies = COST.convert * copyVectors(columns.length, layout).count * (layout.mirror === 0 ? 1 : 2);
      const grouping = COST.group * Math.ceil(length / (groups[b] as number));
      return cost + COST.dot * length + grouping + COST.recover + COST.copy * (starts?.length ?? 0) + copies;
    }, COST.pack * variableRows(spec));
  },
  pack(spec, memory, allocate): PackedTile {
    const p = known(spec);
    const layout = layoutOf(spec);
    const { mirror, copies } = layout;
    const groups = groupsOf(spec, layout);
    const blocks = layout.blocks.map(({ columns, rows }, b) => {
      const group = groups[b] as number;
      const productBytes = blockBytes(rows.order.length, group);
      return { columns, rows, group, productBytes, bytes: productBytes + copyVectors(columns.length, layout).bytes };
    });
    const address = allocate(blocks.reduce((bytes, block) => bytes + block.bytes, 0));
    const first = int32View(memory, address, HEADER_BYTES / 4);
    let [at, withoutLowLow] = [address, 0];
    for (const { columns, rows, group, productBytes, bytes } of blocks) {
      const lowLow = blockNeedsLowLow(spec, columns, layout, p.shift);
      const codes = packBlock(spec, { columns, rows }, group, lowLow, copies === 1 ? (j) => constantSums(spec, j) : () => NO_CONSTANTS, memory, at, bytes);
      columns.forEach((column, c) => {
        if (mirror > 0 && copies === 1) mirrorSums(spec, column, mirror).forEach((k, i) => (codes[32 + 8 * i + c] = k));
      });
      if (copies > 1) packLanes(spec, columns, layout, codes.subarray(productBytes / 2));
      if (!lowLow) withoutLowLow = 1;
      at += bytes;
    }
    first[2] = withoutLowLow;
    return { kernel: composedPacked.name, scratchBytes: PACKED_SCRATCH, fields: blockFields(spec, layout, address, memory, allocate) };
  },
  run(tile, exports: KernelExports, x, xPitch, count, y, yPitch, scratch): void {
    runBlocks(exports.composedPacked, tile, x, xPitch, count, y, yPitch, scratch);
  },
};
