/**
 * Kernels of tiles whose weights form diagonals (assembly/simd128/diagonal.ts): merges of partial sums, depthwise convolutions. Such a tile is a few vector
 * operations for eight columns instead of a product.
 */
import { cellsOf } from './cells.js';
import { compositionFields, known } from './composed.js';
import { int16View } from './memory.js';
import { constantSums, primeParts } from './sharing.js';
import { epilogueFields, fits32, placeBias, type Allocate, type Family } from './product.js';
import { variableRows, weightAt, type CoreKernel, type KernelExports, type PackedTile, type TileSpec } from './types.js';

/** Columns that are computed at once. */
export const BLOCK = 8;

/** Cost of a term of eight columns, and of what follows its sums. */
const PRODUCT_COST = { term: 6, epilogue: 16 };
const COMPOSED_COST = { term: 14, epilogue: 52 };

/** Terms of each column if row t * columns + j of the variable rows feeds column j alone; else 0. */
export function terms(spec: TileSpec): number {
  const { columns, weights } = spec;
  const rows = variableRows(spec);
  if (columns < BLOCK || rows < columns || rows % columns !== 0) return 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) if (j !== i % columns && weights[i * columns + j] !== 0) return 0;
  }
  return rows / columns;
}

/** First column of each block of eight; the last may overlap the one before. */
export function blockStarts(columns: number): number[] {
  return Array.from({ length: Math.ceil(columns / BLOCK) }, (_, b) => Math.min(b * BLOCK, columns - BLOCK));
}

function costOf(spec: TileSpec, cost: { term: number; epilogue: number }): number {
  return Math.ceil(spec.columns / BLOCK) * (cost.term * terms(spec) + cost.epilogue);
}

/** int16 values [blocks x vectors x 8] in new memory: `value(vector, column)` is called with the columns of each block. */
function placeVectors(
  memory: WebAssembly.Memory, allocate: Allocate, columns: number, vectors: number, value: (vector: number, column: number) => number,
): number {
  const starts = blockStarts(columns);
  const address = allocate(starts.length * vectors * BLOCK * 2);
  const view = int16View(memory, address, starts.length * vectors * BLOCK);
  starts.forEach((start, b) => {
    for (let v = 0; v < vectors; v++) {
      for (let c = 0; c < BLOCK; c++) view[(b * vectors + v) * BLOCK + c] = value(v, start + c);
    }
  });
  return address;
}

/** Weights of pairs of terms side by side: vector 2 * pair holds those of the first four columns, the next one those of the other four. */
export function placePairs(spec: TileSpec, memory: WebAssembly.Memory, allocate: Allocate): number {
  const { columns } = spec;
  const count = terms(spec);
  const starts = blockStarts(columns);
  const pairs = Math.ceil(count / 2);
  const address = allocate(starts.length * pairs * 2 * BLOCK * 2);
  const view = int16View(memory, address, starts.length * pairs * 2 * BLOCK).fill(0);
  starts.forEach((start, b) => {
    for (let t = 0; t < count; t++) {
      for (let c = 0; c < BLOCK; c++) {
        view[(b * pairs + (t >> 1)) * 2 * BLOCK + 2 * c + (t & 1)] = weightAt(spec, t * columns + start + c, start + c);
      }
    }
  });
  return address;
}

function productKernel(family: Family): CoreKernel {
  const name = `${family}/diagonal`;
  return {
    name,
    supports: (spec) => fits32(family, spec) && (spec.constants?.rows ?? 0) === 0 && terms(spec) > 0,
    cost: (spec) => costOf(spec, PRODUCT_COST),
    pack(spec, memory, allocate): PackedTile {
      const fields = {
        terms: terms(spec), columns: spec.columns, weights: placePairs(spec, memory, allocate), bias: placeBias(spec, memory, allocate),
        ...epilogueFields(spec, memory, allocate),
      };
      return { kernel: name, scratchBytes: 0, fields };
    },
    run(tile, exports: KernelExports, x, xPitch, count, y, yPitch): void {
      const f = tile.fields;
      exports.productDiagonal(
        x, xPitch, count, y, yPitch, f.terms, f.columns, f.weights, f.bias, f.least, f.greatest, f.shift, f.lo, f.hi, f.offset, f.table,
      );
    },
  };
}

export const windowDiagonal = productKernel('window');
export const idealDiagonal = productKernel('ideal');

/** Vectors of a block before its terms: what constant rows add to the four partials. */
const PARTIALS = 4;

export const composedDiagonal: CoreKernel = {
  name: 'composed/diagonal',
  // Weights that were added up can be 0 where their cells are not, and `terms` looks at weights alone.
  supports: (spec) => primeParts(spec) && spec.cells === undefined && terms(spec) > 0,
  cost: (spec) => costOf(spec, COMPOSED_COST),
  pack(spec, memory, allocate): PackedTile {
    const { columns } = spec;
    const { a, shift } = known(spec);
    const count = terms(spec);
    const { low, high } = cellsOf(spec);
    const constants = Array.from({ length: columns }, (_, j) => constantSums(spec, j));
    const weights = placeVectors(memory, allocate, columns, PARTIALS + 2 * count, (v, j) => {
      if (v < PARTIALS) return (constants[j] as readonly number[])[v] as number;
      const term = (v - PARTIALS) >> 1;
      return (v % 2 === 0 ? high : low)[(term * columns + j) * columns + j] as number;
    });
    const capped = (k: number): number => Math.min(k, 15);
    const fields = {
      terms: count, columns, weights, phaseBits: a.phaseBits, shiftHH: capped(shift - a.cellBits - a.phaseBits), shiftHL: capped(shift - a.cellBits),
      shiftLH: capped(shift - a.phaseBits), shiftLL: capped(shift), ...compositionFields(spec, memory, allocate),
    };
    return { kernel: composedDiagonal.name, scratchBytes: 0, fields };
  },
  run(tile, exports: KernelExports, x, xPitch, count, y, yPitch): void {
    const f = tile.fields;
    exports.composedDiagonal(
      x, xPitch, count, y, yPitch, f.terms, f.columns, f.weights, f.phaseBits, f.shiftHH, f.shiftHL, f.shiftLH, f.shiftLL, f.limit, f.lo, f.hi, f.offset,
      f.table,
    );
  },
};
