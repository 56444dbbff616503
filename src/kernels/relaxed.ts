/**
 * Kernels of the window and ideal-limits families in relaxed SIMD (assembly/relaxed/product.ts): weights of 8 bits, inputs of 0..127, for
 * which the relaxed dot product has one result on every machine.
 */
import { within, type Interval } from './bounds.js';
import { epilogueFields, fits32, placeBias, type Allocate, type Family } from './product.js';
import { weightAt, type CoreKernel, type PackedTile, type TileSpec } from './types.js';

/** What the operands of the dot product may be. */
export const RELAXED_INPUT: Interval = { lo: 0, hi: 127 };
const WEIGHT: Interval = { lo: -128, hi: 127 };

/** Columns of a block, and rows that one dot product takes. */
export const BLOCK = 8;
const QUAD = 4;

/** Bytes of a block's head and of its weights of four rows; scratch before the rows, and rows that lie in it at a time. */
const HEAD_BYTES = 16;
const QUAD_BYTES = BLOCK * QUAD;
const SUMS_BYTES = 128;
const CHUNK = 32;

/** Quads whose products may be added in 16 bits before they are widened, if not all; fewer would cost more than widening each. */
const GROUPS = [32, 16, 8, 4];
/** Tiles of fewer quads gain nothing by groups: their sums would go through memory for too little work. */
const LEAST_QUADS = 8;

/** Cost of a block's dot products by row, each of them widened, of its epilogue, and of narrowing an input. */
const COST = { dot: 2.55, epilogue: 14, narrow: 0.8 };

/** Most that the sums of one sign may reach in 16 bits. */
const MOST = { plus: 32767, minus: 32768 };

/**
 * Whether the sums of columns `first`..`first + 7` fit 16 bits, for groups of `quads` times four rows. A lane of 16 bits sums every other
 * pair of rows of a column.
 */
function fits16({ rows, columns, weights, input }: TileSpec, first: number, quads: number): boolean {
  for (let j = first; j < Math.min(first + BLOCK, columns); j++) {
    for (let start = 0; start < rows; start += quads * QUAD) {
      const plus = [0, 0];
      const minus = [0, 0];
      for (let i = start; i < Math.min(start + quads * QUAD, rows); i++) {
        const w = weights[i * columns + j] as number;
        const sums = w > 0 ? plus : minus;
        sums[(i >> 1) & 1] = (sums[(i >> 1) & 1] as number) + Math.abs(w);
      }
      if (Math.max(...plus) * input.hi > MOST.plus || Math.max(...minus) * input.hi > MOST.minus) return false;
    }
  }
  return true;
}

/** The greatest group of a block that is proven to fit 16 bits, in quads; 0 if none is. */
function groupOf(spec: TileSpec, first: number): number {
  const all = Math.ceil(spec.rows / QUAD);
  if (all < LEAST_QUADS) return 0;
  return [all, ...GROUPS.filter((group) => group < all)].find((group) => fits16(spec, first, group)) ?? 0;
}

/** Whether weights are bytes, as both products of the relaxed module take them. */
export function byteWeights({ weights }: TileSpec): boolean {
  return weights.every((w) => w >= WEIGHT.lo && w <= WEIGHT.hi);
}

/**
 * Blocks of weights in new memory: for every 8 columns a head of `head` bytes, zeros for `fill` to write (first byte and first column are given), then for
 * every four rows the bytes of the first column, of the second and so on; zeros beyond the matrix.
 */
export function placeQuads(
  spec: TileSpec, memory: WebAssembly.Memory, allocate: Allocate, head = 0, fill?: (address: number, first: number) => void,
): number {
  const { rows, columns } = spec;
  const blocks = Math.ceil(columns / BLOCK);
  const blockBytes = head + Math.ceil(rows / QUAD) * QUAD_BYTES;
  const address = allocate(blocks * blockBytes);
  const bytes = new Int8Array(memory.buffer, address, blocks * blockBytes).fill(0);
  for (let b = 0; b < blocks; b++) {
    fill?.(address + b * blockBytes, b * BLOCK);
    for (let i = 0; i < rows; i++) {
      const quad = b * blockBytes + head + Math.floor(i / QUAD) * QUAD_BYTES + (i % QUAD);
      for (let j = b * BLOCK; j < Math.min((b + 1) * BLOCK, columns); j++) bytes[quad + (j % BLOCK) * QUAD] = weightAt(spec, i, j);
    }
  }
  return address;
}

/** The same as `productRelaxed` describes them: heads with the size of a group. */
function placeBlocks(spec: TileSpec, memory: WebAssembly.Memory, allocate: Allocate): number {
  return placeQuads(spec, memory, allocate, HEAD_BYTES, (address, first) => {
    new Int32Array(memory.buffer, address, 1)[0] = groupOf(spec, first) * QUAD_BYTES;
  });
}

function relaxedKernel(family: Family): CoreKernel {
  const name = `${family}/relaxed`;
  return {
    name,
    supports: (spec) => within(spec.input, RELAXED_INPUT) && fits32(family, spec) && byteWeights(spec),
    cost: ({ rows, columns }) => Math.ceil(columns / BLOCK) * (COST.dot * rows + COST.epilogue) + COST.narrow * rows,
    pack(spec, memory, allocate): PackedTile {
      const fields = {
        rows: spec.rows,
        columns: spec.columns,
        blocks: placeBlocks(spec, memory, allocate),
        bias: placeBias(spec, memory, allocate),
        ...epilogueFields(spec, memory, allocate),
      };
      return { kernel: name, scratchBytes: SUMS_BYTES + CHUNK * Math.ceil(spec.rows / 8) * 8, fields };
    },
    run(tile, exports, x, xPitch, count, y, yPitch, scratch): void {
      const f = tile.fields;
      exports.productRelaxed(
        x, xPitch, count, y, yPitch, f.rows, f.columns, f.blocks, f.bias, f.least, f.greatest, f.shift, f.lo, f.hi, f.offset, f.table,
        scratch,
      );
    },
  };
}

export const windowRelaxed = relaxedKernel('window');
export const idealRelaxed = relaxedKernel('ideal');
