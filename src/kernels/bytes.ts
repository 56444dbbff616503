/**
 * window/relaxed-bytes and ideal/relaxed-bytes (assembly/relaxed/bytes.ts): weights of 8 bits, inputs of 256 values, on machines whose relaxed product takes
 * bytes of 0..255.
 */
import { int32View } from './memory.js';
import { epilogueFields, fits32, placeBias, type Allocate, type Family } from './product.js';
import { BLOCK, byteWeights, placeQuads } from './relaxed.js';
import { weightAt, type CoreKernel, type PackedTile, type TileSpec } from './types.js';

/** Values that an input may have, from its least code on. */
export const BYTE_INPUTS = 256;
/** The most rows, and scratch. */
const MOST_ROWS = 1088;
const SCRATCH = 26112;

/** Cost of a block's dot products by row, of its epilogue, of narrowing an input, and of a row whatever its size. */
const COST = { dot: 1.2, epilogue: 14, narrow: 1, row: 10 };

/** The preload, and the least input code times the sum of the weights: inputs are bytes above that code. */
function placeRaised(spec: TileSpec, memory: WebAssembly.Memory, allocate: Allocate): number {
  const { rows, columns, input } = spec;
  const address = placeBias(spec, memory, allocate);
  const view = int32View(memory, address, columns);
  for (let j = 0; j < columns; j++) {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += weightAt(spec, i, j);
    view[j] = (view[j] as number) + input.lo * sum;
  }
  return address;
}

function bytesKernel(family: Family): CoreKernel {
  const name = `${family}/relaxed-bytes`;
  return {
    name,
    // Sums may leave 32 bits on their way: they wrap, and come back.
    supports: (spec) => spec.rows <= MOST_ROWS && spec.input.hi - spec.input.lo < BYTE_INPUTS && fits32(family, spec) && byteWeights(spec),
    cost: ({ rows, columns }) => Math.ceil(columns / BLOCK) * (COST.dot * rows + COST.epilogue) + COST.narrow * rows + COST.row,
    pack(spec, memory, allocate): PackedTile {
      const fields = {
        rows: spec.rows, columns: spec.columns, zero: spec.input.lo, blocks: placeQuads(spec, memory, allocate), bias: placeRaised(spec, memory, allocate),
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
