/**
 * Kernels of the window and ideal-limits families: one integer product with bias, saturation, shift, clamp and table
 * (spec/chips.md, sections 3 and 6).
 */
import { INT16, INT32, foldTable, sumBounds, within, type Epilogue } from './bounds.js';
import { int16View, int32View, place16 } from './memory.js';
import { weightAt, type CoreKernel, type KernelExports, type PackedTile, type TileSpec } from './types.js';

export type Family = 'window' | 'ideal';
export type Allocate = (bytes: number) => number;

/** Columns of one panel of packed weights, and of the panel of a narrow rest. */
export const PANEL = 16;
const NARROW = 8;

/** Cost of one output of a scalar twin. */
export function scalarCost(rows: number): number {
  return 6 * rows + 20;
}

/** Cost of a block's dot products by row, wide and narrow, and of its epilogue. */
const COST = { wide: 6.5, narrow: 3.25, epilogue: 14 };

/** Whether the tile is of the family, its shift within the chip's range. */
function belongs(family: Family, spec: TileSpec): boolean {
  const { arithmetic: a, config } = spec;
  if (a.kind !== 'window' && a.kind !== 'ideal-limits') return false;
  const shift = config.shift ?? 0;
  return (a.kind === 'window') === (family === 'window') && Number.isInteger(shift) && shift >= 0 && shift <= a.greatestShift;
}

/** Whether operands have the types and sizes that both variants take. */
function wellFormed(spec: TileSpec): boolean {
  const { rows, columns, weights, preload, table, input, config } = spec;
  if (rows < 1 || columns < 1 || !(weights instanceof Int16Array) || weights.length !== rows * columns) return false;
  if (preload !== null && (!(preload instanceof Int32Array) || preload.length !== columns)) return false;
  if (config.clamp === undefined || !within(input, INT16)) return false;
  const [lo, hi] = config.clamp;
  return table === null ? within({ lo, hi }, INT16) : table.length === hi - lo + 1 && within({ lo, hi }, INT32);
}

function accumulatorBits(spec: TileSpec): number {
  return spec.arithmetic.kind === 'window' ? spec.arithmetic.accumulatorBits : 64;
}

function epilogue(spec: TileSpec): Epilogue {
  const [lo, hi] = spec.config.clamp ?? [0, 0];
  return foldTable(lo, hi, spec.table);
}

/** The preload, zeros up to a multiple of 16 columns. */
export function placeBias(spec: TileSpec, memory: WebAssembly.Memory, allocate: Allocate): number {
  const padded = Math.ceil(spec.columns / PANEL) * PANEL;
  const address = allocate(padded * 4);
  const view = int32View(memory, address, padded).fill(0);
  if (spec.preload !== null) view.set(spec.preload);
  return address;
}

/**
 * Panels of int16 weights in new memory: for every block of `width` columns, for every pair of rows, `width` pairs; zeros beyond the matrix.
 * `weight(i, j)` gives the weight at row i, column j.
 */
export function placePanels(
  memory: WebAssembly.Memory, allocate: Allocate, rows: number, columns: number, weight: (i: number, j: number) => number, width = PANEL,
): number {
  const pairs = Math.ceil(rows / 2);
  const length = Math.ceil(columns / width) * pairs * 2 * width;
  const address = allocate(length * 2);
  const view = int16View(memory, address, length).fill(0);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const block = Math.floor(j / width);
      view[(block * pairs + (i >> 1)) * 2 * width + (j % width) * 2 + (i & 1)] = weight(i, j);
    }
  }
  return address;
}

/** The last columns in a panel of their own, if there are no more than eight; else 0. They are in the wide panels as well, which nobody reads then. */
function narrowPanel(spec: TileSpec, memory: WebAssembly.Memory, allocate: Allocate): number {
  const rest = spec.columns % PANEL;
  if (rest === 0 || rest > NARROW) return 0;
  const weight = weightOf(spec);
  return placePanels(memory, allocate, spec.rows, rest, (i, j) => weight(i, spec.columns - rest + j), NARROW);
}

/** Columns of int16 weights one after the other in new memory. */
export function placeColumns(
  memory: WebAssembly.Memory, allocate: Allocate, rows: number, columns: number, weight: (i: number, j: number) => number,
): number {
  const address = allocate(rows * columns * 2);
  const view = int16View(memory, address, rows * columns);
  for (let j = 0; j < columns; j++) for (let i = 0; i < rows; i++) view[j * rows + i] = weight(i, j);
  return address;
}

/** The tile's weight at row i, column j. */
export function weightOf(spec: TileSpec): (i: number, j: number) => number {
  return (i, j) => weightAt(spec, i, j);
}

/** Exact for every int16 operand: sums are kept in 64 bits. Ideal limits refuse what could leave 32 bits. */
function scalarKernel(family: Family): CoreKernel {
  const name = `${family}/scalar`;
  return {
    name,
    supports: (spec) => belongs(family, spec) && wellFormed(spec) && (family === 'window' || within(sumBounds(spec), INT32)),
    cost: (spec) => scalarCost(spec.rows) * spec.columns,
    pack(spec, memory, allocate): PackedTile {
      const bits = accumulatorBits(spec);
      const { lo, hi, offset, table } = epilogue(spec);
      const fields = {
        rows: spec.rows,
        columns: spec.columns,
        weights: placeColumns(memory, allocate, spec.rows, spec.columns, weightOf(spec)),
        bias: placeBias(spec, memory, allocate),
        bits: Math.min(bits, 64),
        shift: Math.min(spec.config.shift ?? 0, 63),
        lo,
        hi,
        offset,
        table: place16(memory, allocate, table),
      };
      return { kernel: name, scratchBytes: 0, fields };
    },
    run(tile, exports: KernelExports, x, xPitch, count, y, yPitch): void {
      const f = tile.fields;
      exports.productScalar(
        x, xPitch, count, y, yPitch, f.rows, f.columns, f.weights, f.bias, f.bits, f.shift, f.lo, f.hi, f.offset, f.table,
      );
    },
  };
}

/** Whether a tile is of the family and provably fits int16 codes and sums of 32 bits. */
export function fits32(family: Family, spec: TileSpec): boolean {
  if (!belongs(family, spec) || !wellFormed(spec)) return false;
  const [lo, hi] = spec.config.clamp ?? [0, 0];
  return within({ lo, hi }, INT16) && within(sumBounds(spec), INT32);
}

/** What follows a sum of 32 bits: saturation, shift, clamp, offset, table. */
export function epilogueFields(spec: TileSpec, memory: WebAssembly.Memory, allocate: Allocate) {
  const bits = Math.min(accumulatorBits(spec), 32);
  const { lo, hi, offset, table } = epilogue(spec);
  return {
    least: -(2 ** (bits - 1)), greatest: 2 ** (bits - 1) - 1, shift: Math.min(spec.config.shift ?? 0, 31), lo, hi, offset,
    table: place16(memory, allocate, table),
  };
}

/** Sums in 32 bits: supports what provably fits. */
function simdKernel(family: Family): CoreKernel {
  const name = `${family}/simd`;
  return {
    name,
    supports: (spec) => fits32(family, spec),
    cost({ rows, columns }): number {
      const rest = columns % PANEL;
      const wide = rest > NARROW ? Math.ceil(columns / PANEL) : Math.floor(columns / PANEL);
      const narrow = rest > 0 && rest <= NARROW ? 1 : 0;
      return wide * (COST.wide * rows + COST.epilogue) + narrow * (COST.narrow * rows + COST.epilogue);
    },
    pack(spec, memory, allocate): PackedTile {
      const fields = {
        pairs: Math.ceil(spec.rows / 2),
        columns: spec.columns,
        panels: placePanels(memory, allocate, spec.rows, spec.columns, weightOf(spec)),
        narrow: narrowPanel(spec, memory, allocate),
        bias: placeBias(spec, memory, allocate),
        ...epilogueFields(spec, memory, allocate),
      };
      return { kernel: name, scratchBytes: 0, fields };
    },
    run(tile, exports: KernelExports, x, xPitch, count, y, yPitch): void {
      const f = tile.fields;
      exports.productSimd(
        x, xPitch, count, y, yPitch, f.pairs, f.columns, f.panels, f.narrow, f.bias, f.least, f.greatest, f.shift, f.lo, f.hi, f.offset, f.table,
      );
    },
  };
}

export const windowSimd = simdKernel('window');
export const windowScalar = scalarKernel('window');
export const idealSimd = simdKernel('ideal');
export const idealScalar = scalarKernel('ideal');
