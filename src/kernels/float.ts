/**
 * Kernels of the float family: rows of float32 times a tile, start value first and rows in ascending order, every product and sum rounded
 * to float32.
 */
import { float32View } from './memory.js';
import type { CoreKernel, TileSpec } from './types.js';

type Allocate = (bytes: number) => number;

/** Columns of one panel of packed weights. */
const PANEL = 8;

/**
 * Panels of float32 weights in new memory: for every block of 8 columns, all rows, 8 values each; zeros beyond the matrix. `weight(i, j)`
 * gives the weight at row i, column j.
 */
export function placeFloatPanels(
  memory: WebAssembly.Memory, allocate: Allocate, rows: number, columns: number, weight: (i: number, j: number) => number,
): number {
  const length = Math.ceil(columns / PANEL) * rows * PANEL;
  const address = allocate(length * 4);
  const view = float32View(memory, address, length).fill(0);
  for (let j = 0; j < columns; j++) {
    const panel = Math.floor(j / PANEL) * rows * PANEL + (j % PANEL);
    for (let i = 0; i < rows; i++) view[panel + i * PANEL] = weight(i, j);
  }
  return address;
}

/** Float32 values in new memory, filled up with zeros to a multiple of 8. */
export function placeFloats(memory: WebAssembly.Memory, allocate: Allocate, values: ArrayLike<number>): number {
  const length = Math.ceil(Math.max(values.length, 1) / PANEL) * PANEL;
  const address = allocate(length * 4);
  float32View(memory, address, length).fill(0).set(values);
  return address;
}

function floatKernel(name: string, entry: string, product: number): CoreKernel {
  return {
    name,
    cost: ({ rows, columns }) => product * rows * columns,
    supports({ arithmetic, weights, preload, rows, columns }: TileSpec): boolean {
      return arithmetic.kind === 'float' && weights instanceof Float32Array && weights.length === rows * columns && !(preload instanceof Int32Array);
    },
    pack({ rows, columns, weights, preload }, memory, allocate) {
      const panels = placeFloatPanels(memory, allocate, rows, columns, (i, j) => weights[i * columns + j] as number);
      const starts = preload ? placeFloats(memory, allocate, preload) : 0;
      return { kernel: name, scratchBytes: 0, fields: { rows, columns, panels, starts, mode: preload ? 2 : 0 } };
    },
    run({ fields }, exports, x, xPitch, count, y, yPitch) {
      const { rows, columns, panels, starts, mode } = fields as Record<'rows' | 'columns' | 'panels' | 'starts' | 'mode', number>;
      exports[entry]?.(count, columns, rows, x, xPitch, panels, starts, mode, y, yPitch);
    },
  };
}

export const floatSimd = floatKernel('float/simd', 'panelsFloatSimd', 0.6);
export const floatScalar = floatKernel('float/scalar', 'panelsFloatScalar', 6);

/** Best first. */
export const floatKernels: readonly CoreKernel[] = [floatSimd, floatScalar];
