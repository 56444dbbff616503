/**
 * Kernels of tiles in which each eight columns need a few diagonals only, wherever these lie (assembly/simd128/bands.ts). Maxima built of sums and ReLUs are
 * such tiles: a column is the difference of two rows, or one row.
 */
import { blockStarts } from './diagonal.js';
import { int16View, int32View } from './memory.js';
import { epilogueFields, fits32, placeBias, type Allocate, type Family } from './product.js';
import type { CoreKernel, KernelExports, PackedTile, TileSpec } from './types.js';

/** Columns that are computed at once. */
const BLOCK = 8;
/** Diagonals of eight columns, at most: beyond that no other kernel is slower. */
const MOST = 32;

/** Cost of a pair of diagonals of eight columns, and of what follows their sums. */
const COST = { pair: 15, epilogue: 18 };

/** int32 values of a block's head, and of a pair. */
const HEAD = 4;
const PAIR = 12;

/** By eight columns: the distances from column to row of all weights that are not 0; `null` where there are too many. */
function diagonals({ rows, columns, weights }: TileSpec): number[][] | null {
  const blocks: number[][] = [];
  for (const start of blockStarts(columns)) {
    const found = new Set<number>();
    for (let i = 0; i < rows; i++) for (let j = start; j < start + BLOCK; j++) if (weights[i * columns + j] !== 0) found.add(i - j);
    if (found.size > MOST) return null;
    blocks.push([...found].sort((a, b) => a - b));
  }
  return blocks;
}

function placeBlocks(spec: TileSpec, blocks: readonly (readonly number[])[], memory: WebAssembly.Memory, allocate: Allocate): number {
  const { rows, columns, weights } = spec;
  const starts = blockStarts(columns);
  const words = blocks.reduce((n, found) => n + HEAD + PAIR * Math.ceil(found.length / 2), 0);
  const address = allocate(words * 4);
  const view = int32View(memory, address, words).fill(0);
  const pairs = int16View(memory, address, words * 2);
  let at = 0;
  blocks.forEach((found, b) => {
    view[at] = Math.ceil(found.length / 2);
    at += HEAD;
    for (let k = 0; k < found.length; k += 2, at += PAIR) {
      // A diagonal without a partner stands beside itself, with weights of 0.
      const [first, second = first] = found.slice(k, k + 2);
      view[at] = (starts[b] + first) * 2;
      view[at + 1] = (starts[b] + second) * 2;
      found.slice(k, k + 2).forEach((distance, side) => {
        for (let c = 0; c < BLOCK; c++) {
          const [i, j] = [starts[b] + c + distance, starts[b] + c];
          if (i >= 0 && i < rows) pairs[at * 2 + BLOCK + 2 * c + side] = weights[i * columns + j];
        }
      });
    }
  });
  return address;
}

function bandsKernel(family: Family): CoreKernel {
  const name = `${family}/bands`;
  return {
    name,
    supports: (spec) => spec.columns >= BLOCK && (spec.constants?.rows ?? 0) === 0 && fits32(family, spec) && diagonals(spec) !== null,
    cost: (spec) => (diagonals(spec) ?? []).reduce((sum, found) => sum + COST.pair * Math.ceil(found.length / 2) + COST.epilogue, 0),
    pack(spec, memory, allocate): PackedTile {
      const fields = {
        columns: spec.columns, blocks: placeBlocks(spec, diagonals(spec) ?? [], memory, allocate), bias: placeBias(spec, memory, allocate),
        ...epilogueFields(spec, memory, allocate),
      };
      return { kernel: name, scratchBytes: 0, fields };
    },
    run(tile, exports: KernelExports, x, xPitch, count, y, yPitch): void {
      const f = tile.fields;
      exports.productBands(
        x, xPitch, count, y, yPitch, f.columns, f.blocks, f.bias, f.least, f.greatest, f.shift, f.lo, f.hi, f.offset, f.table,
      );
    },
  };
}

export const windowBands = bandsKernel('window');
export const idealBands = bandsKernel('ideal');
