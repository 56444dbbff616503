/**
 * Kernels of the radix-coded arithmetic (spec/chips.md, section 7).
 */
import { INT32, within } from './bounds.js';
import { int32View } from './memory.js';
import { placeColumns, placePanels } from './product.js';
import type { KernelExports, PackedTile } from './types.js';

/** One core. */
export interface RadixSpec {
  readonly rows: number;
  readonly columns: number;
  /** Row-major [rows x columns]. */
  readonly weights: Int16Array;
  /** One a column; `null` = zeros. */
  readonly preload: Int32Array | null;
  /** Planes of an activation, 1..15. */
  readonly bits: number;
  /** 0..31. */
  readonly shift: number;
}

/** One row of the table of radix kernels. */
export interface RadixKernel {
  readonly name: string;
  /** Whether this kernel computes this core exactly. */
  supports(spec: RadixSpec): boolean;
  /** Packs the core: `allocate(bytes)` gives 16-byte aligned memory that stays and that all workers share. */
  pack(spec: RadixSpec, memory: WebAssembly.Memory, allocate: (bytes: number) => number): PackedTile;
  /**
   * Applies the core to `count` samples. Sample s is `bits` rows of `x` from row s * bits on (int16, 0 or 1), most significant plane
   * first, readable up to the next multiple of 8 elements; row s of `y` receives exactly `columns` codes (int16). Pitches in elements,
   * addresses in bytes.
   */
  run(tile: PackedTile, exports: KernelExports, x: number, xPitch: number, count: number, y: number, yPitch: number, scratch: number): void;
}

function supports(spec: RadixSpec): boolean {
  const { rows, columns, weights, preload, bits, shift } = spec;
  if (rows < 1 || columns < 1 || weights.length !== rows * columns) return false;
  if (preload !== null && preload.length !== columns) return false;
  if (!Number.isInteger(bits) || bits < 1 || bits > 15 || !Number.isInteger(shift) || shift < 0 || shift > 31) return false;
  return fits32(spec);
}

/** Whether no column's potential plus bias can leave 32 bits. */
function fits32(spec: RadixSpec): boolean {
  const greatest = 2 ** spec.bits - 1;
  for (let j = 0; j < spec.columns; j++) {
    let lo = spec.preload === null ? 0 : (spec.preload[j] as number);
    let hi = lo;
    for (let i = 0; i < spec.rows; i++) {
      const w = spec.weights[i * spec.columns + j] as number;
      if (w < 0) lo += w * greatest;
      else hi += w * greatest;
    }
    if (!within({ lo, hi }, INT32)) return false;
  }
  return true;
}

function placeBias(spec: RadixSpec, memory: WebAssembly.Memory, allocate: (bytes: number) => number): number {
  const padded = Math.ceil(spec.columns / 16) * 16;
  const address = allocate(padded * 4);
  const view = int32View(memory, address, padded).fill(0);
  if (spec.preload !== null) view.set(spec.preload);
  return address;
}

function kernel(
  name: string, place: typeof placeColumns, scratchBytes: (rows: number) => number,
  entry: (exports: KernelExports) => KernelExports[string],
): RadixKernel {
  return {
    name,
    supports,
    pack(spec, memory, allocate): PackedTile {
      const weights = place(memory, allocate, spec.rows, spec.columns, (i, j) => spec.weights[i * spec.columns + j] as number);
      const { rows, columns, bits, shift } = spec;
      const fields = { rows, columns, bits, shift, weights, bias: placeBias(spec, memory, allocate) };
      return { kernel: name, scratchBytes: scratchBytes(rows), fields };
    },
    run(tile, exports, x, xPitch, count, y, yPitch, scratch): void {
      const f = tile.fields;
      entry(exports)(x, xPitch, count, y, yPitch, f.rows, f.columns, f.weights, f.bias, f.bits, f.shift, scratch);
    },
  };
}

/** Plane by plane, as the section says. */
export const radixScalar = kernel('radix/scalar', placeColumns, () => 0, (exports) => exports.radixScalar);

/** Joins the planes and multiplies once. */
export const radixSimd = kernel('radix/simd', placePanels, (rows) => 64 * Math.ceil(rows / 8) * 8, (exports) => exports.radixSimd);
