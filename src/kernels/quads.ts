/**
 * composed/relaxed (assembly/relaxed/composed.ts): PRIME's partials in relaxed SIMD, four rows a product.
 */
import { within, type Interval } from './bounds.js';
import { cellsOf } from './cells.js';
import { known } from './composed.js';
import { int16View, int32View } from './memory.js';
import {
  BLOCK, blockFields, blockNeedsLowLow, constantSums, copyVectors, layoutOf, mirrorSums, packLanes, primeParts, runBlocks,
  type BlockRows,
} from './sharing.js';
import { variableRows, type CoreKernel, type PackedTile, type TileSpec } from './types.js';

const SCRATCH = 32256;
/** What a cell may be: more than one of 4 bits where repeated rows were added up. */
const CELL: Interval = { lo: -128, hi: 127 };

/**
 * Cost of a block's dot products by row, of taking its partials and converting them, of converting one vector of copies, of copying a vector of inputs, and
 * of splitting an input.
 */
const COST = { dot: 4, convert: 60, copies: 45, copy: 3, split: 1.2 };

/** Of a block in bytes: its header, in it the constants, the mirror's and the list of vectors, and the cells of four rows. */
const HEADER_BYTES = 224;
const CONSTANTS_AT = 16;
const MIRROR_AT = 80;
const VECTORS_AT = 144;
const QUAD = 4;
const QUAD_BYTES = 64;
const LOW_CELLS_AT = 32;

function quadsOf({ order }: BlockRows): number {
  return Math.ceil(order.length / QUAD);
}

/** Cells of a column, the c-th of a block, in the layout of assembly/relaxed/composed.ts; `bytes` is a view of all cells of the block. */
function packCells(spec: TileSpec, { order }: BlockRows, column: number, c: number, bytes: Int8Array): void {
  const { high, low } = cellsOf(spec);
  order.forEach((row, i) => {
    if (row < 0) return;
    const at = Math.floor(i / QUAD) * QUAD_BYTES + c * QUAD + (i % QUAD);
    bytes[at] = high[row * spec.columns + column] as number;
    bytes[at + LOW_CELLS_AT] = low[row * spec.columns + column] as number;
  });
}

/** Blocks of a tile in new memory. */
function placeBlocks(spec: TileSpec, memory: WebAssembly.Memory, allocate: (bytes: number) => number): number {
  const layout = layoutOf(spec);
  const { mirror, copies } = layout;
  const blocks = layout.blocks.map(({ columns, rows }) => {
    const productBytes = HEADER_BYTES + QUAD_BYTES * quadsOf(rows);
    return { columns, rows, productBytes, bytes: productBytes + copyVectors(columns.length, layout).bytes };
  });
  const address = allocate(blocks.reduce((sum, { bytes }) => sum + bytes, 0));
  let at = address;
  for (const { columns, rows, productBytes, bytes } of blocks) {
    const words = int32View(memory, at, bytes / 4).fill(0);
    const codes = int16View(memory, at, bytes / 2);
    const cells = new Int8Array(memory.buffer, at + HEADER_BYTES, productBytes - HEADER_BYTES);
    words[0] = blockNeedsLowLow(spec, columns, layout, known(spec).shift) ? 1 : 0;
    words[1] = rows.starts?.length ?? 0;
    rows.starts?.forEach((start, k) => (codes[VECTORS_AT / 2 + k] = start));
    columns.forEach((column, c) => {
      packCells(spec, rows, column, c, cells);
      if (copies > 1) return;
      constantSums(spec, column).forEach((sum, i) => (codes[CONSTANTS_AT / 2 + BLOCK * i + c] = sum));
      if (mirror > 0) mirrorSums(spec, column, mirror).forEach((sum, i) => (codes[MIRROR_AT / 2 + BLOCK * i + c] = sum));
    });
    if (copies > 1) packLanes(spec, columns, layout, codes.subarray(productBytes / 2));
    at += bytes;
  }
  return address;
}

export const composedRelaxed: CoreKernel = {
  name: 'composed/relaxed',
  supports: (spec) => primeParts(spec) && (spec.cells ?? []).every((values) => values.every((v) => within({ lo: v, hi: v }, CELL))),
  cost(spec): number {
    const layout = layoutOf(spec);
    return layout.blocks.reduce((cost, { columns, rows: { order, starts } }) => {
      const copies = COST.copies * copyVectors(columns.length, layout).count * (layout.mirror === 0 ? 1 : 2);
      return cost + COST.dot * order.length + COST.convert + COST.copy * (starts?.length ?? 0) + copies;
    }, COST.split * variableRows(spec));
  },
  pack(spec, memory, allocate): PackedTile {
    const fields = blockFields(spec, layoutOf(spec), placeBlocks(spec, memory, allocate), memory, allocate);
    return { kernel: composedRelaxed.name, scratchBytes: SCRATCH, fields };
  },
  run(tile, exports, x, xPitch, count, y, yPitch, scratch): void {
    runBlocks(exports.composedRelaxed, tile, x, xPitch, count, y, yPitch, scratch);
  },
};
