/**
 * window/relaxed-bytes and ideal/relaxed-bytes (assembly/relaxed/bytes.ts): weights of 8 bits, inputs of 256 values, on machines whose relaxed product takes
 * bytes of 0..255.
 */
import type { Interval } from './bounds.js';
import { int32View } from './memory.js';
import { epilogueFields, fits32, type Allocate, type Family } from './product.js';
import { weightAt, type CoreKernel, type PackedTile, type TileSpec } from './types.js';

const WEIGHT: Interval = { lo: -128, hi: 127 };
/** Values that an input may have, from its least code on. */
export const BYTE_INPUTS = 256;
/** The most rows, and scratch. */
const MOST_ROWS = 1088;
const SCRATCH = 26112;

/** Columns of a block, rows that one product takes, bytes of a block's weights of so many rows. */
const BLOCK = 8;
const QUAD = 4;
const QUAD_BYTES = BLOCK * QUAD;

/** Cost of a block's dot products by row, of its epilogue, of narrowing an input, and of a row whatever its size. */
const COST = { dot: 1.2, epilogue: 14, narrow: 1, row: 10 };

/** Blocks of weights in new memory, as `productBytes` describes them. */
function placeBlocks(spec: TileSpec, memory: WebAssembly.Memory, allocate: Allocate): number {
  const { rows, columns } = spec;
  const blockBytes = Math.ceil(rows / QUAD) * QUAD_BYTES;
  const length = Math.ceil(columns / BLOCK) * blockBytes;
  const address = allocate(length);
  const bytes = new Int8Array(memory.buffer, address, length).fill(0);
  for (let i = 0; i < rows; i++) {
    const quad = Math.floor(i / QUAD) * QUAD_BYTES + (i % QUAD);
    for (let j = 0; j < columns; j++) bytes[Math.floor(j / BLOCK) * blockBytes + quad + (j % BLOCK) * QUAD] = weightAt(spec, i, j);
  }
  return address;
}

/** The preload, and the least input code times the sum of the weights: inputs are bytes above that code. */
function placeBias(spec: TileSpec, memory: WebAssembly.Memory, allocate: Allocate): number {
  const { rows, columns, preload, input } = spec;
  const padded = Math.ceil(columns / BLOCK) * BLOCK;
  const address = allocate(padded * 4);
  const view = int32View(memory, address, padded).fill(0);
  for (let j = 0; j < columns; j++) {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += weightAt(spec, i, j);
    view[j] = (preload?.[j] ?? 0) + input.lo * sum;
  }
  return address;
}

function bytesKernel(family: Family): CoreKernel {
  const name = `${family}/relaxed-bytes`;
  return {
    name,
    // Sums may leave 32 bits on their way: they wrap, and come back.
    supports: (spec) => spec.rows <= MOST_ROWS && spec.input.hi - spec.input.lo < BYTE_INPUTS && fits32(family, spec)
      && spec.weights.every((w) => w >= WEIGHT.lo && w <= WEIGHT.hi),
    cost: ({ rows, columns }) => Math.ceil(columns / BLOCK) * (COST.dot * rows + COST.epilogue) + COST.narrow * rows + COST.row,
    pack(spec, memory, allocate): PackedTile {
      const fields = {
        rows: spec.rows, columns: spec.columns, zero: spec.input.lo, blocks: placeBlocks(spec, memory, allocate), bias: placeBias(spec, memory, allocate),
        ...epilogueFields(spec, memory, allocate),
      };
      return { kernel: name, scratchBytes: SCRATCH, fields };
    },
    run(tile, exports, x, xPitch, count, y, yPitch, scratch): void {
      const f = tile.fields;
      exports.productBytes(
        x, xPitch, count, y, yPitch, f.rows, f.columns, f.zero, f.blocks, f.bias, f.least, f.greatest, f.shift, f.lo, f.hi, f.offset, f.table, scratch,
      );
    },
  };
}

export const windowBytes = bytesKernel('window');
export const idealBytes = bytesKernel('ideal');
