/**
 * What a kernel of core-ops is: a way to compute rows of input codes times one tile, through the chip's epilogue, in WASM memory.
 */
import type { Arithmetic } from '../chip/types.js';
import type { CoreConfig } from '../cores/types.js';
import type { GatherWindow } from './gather.js';

/** One tile, as the kernels need it. Codes are int16 in memory whatever the chip. */
export interface TileSpec {
  readonly arithmetic: Arithmetic;
  readonly rows: number;
  readonly columns: number;
  /** Row-major [rows x columns]. */
  readonly weights: Int16Array | Float32Array;
  /**
   * Of composed arithmetic whose arrays are subtracted, where rows of one input were added up: what the cells of each weight hold together, with its sign,
   * [rows x columns] for each cell from the lowest up. That may be more than one cell can hold. `weights` are the sums of the whole weights.
   */
  readonly cells?: readonly Int16Array[];
  readonly preload: Int32Array | Float32Array | null;
  readonly config: CoreConfig;
  readonly table: Int16Array | null;
  /** Range of the input codes, for proofs about sums. */
  readonly input: { readonly lo: number; readonly hi: number };
  /** The last rows, if their input is always one code: kernels may take them as constants instead of reading them. */
  readonly constants?: { readonly rows: number; readonly code: number };
}

/**
 * A tile packed into memory: plain data (structured-cloneable), because one thread packs and every worker runs. `fields` holds addresses
 * and parameters as numbers; only the kernel that made it knows their meaning.
 */
export interface PackedTile {
  readonly kernel: string;
  /** Bytes of scratch that `run` may use, whatever `count` (it works in chunks). */
  readonly scratchBytes: number;
  readonly fields: Readonly<Record<string, number>>;
}

/** Functions exported by the WASM module, by name. */
export type KernelExports = Readonly<Record<string, (...args: number[]) => number>>;

/** One row of the kernel table. */
export interface CoreKernel {
  /** `family/variant`, such as `window/simd`. */
  readonly name: string;
  /** Whether this kernel computes this tile exactly. */
  supports(spec: TileSpec): boolean;
  /** About how many instructions one row of a tile that it supports takes: what the choice among kernels goes by. `npm run bench -- choice` checks it. */
  cost(spec: TileSpec): number;
  /** Packs the tile: `allocate(bytes)` gives 16-byte aligned memory that stays and that all workers share. */
  pack(spec: TileSpec, memory: WebAssembly.Memory, allocate: (bytes: number) => number): PackedTile;
  /**
   * Applies the tile to `count` rows. Row r starts at byte `x + r * xPitch * elementBytes`, holds `rows` codes, and is readable (any
   * content) from 14 bytes before it to 14 bytes behind its end. Result j of row r goes to byte `y + (r * yPitch + j) * elementBytes`; nothing else is
   * written but scratch. Pitches in elements; elementBytes is 2 (int16), or 4 (float32) for the float arithmetic. x rows and y may be
   * aligned to elements only.
   */
  run(tile: PackedTile, exports: KernelExports, x: number, xPitch: number, count: number, y: number, yPitch: number, scratch: number): void;
}

/** A window and the shape of its map [height, width, channels]. */
export interface MapWindow extends Omit<GatherWindow, 'fill'> {
  readonly shape: readonly [number, number, number];
}

/** A tile with where its rows come from: the windows' rows in this order, at every position of a grid. */
export interface MapSpec extends TileSpec {
  readonly windows: readonly MapWindow[];
  readonly positions: readonly [number, number];
  /** Samples of one call, as many as there usually are. */
  readonly samples: number;
}

/** A window whose map lies at byte `map`; bytes from sample to sample. `fill` is readable up to a multiple of 8 elements. */
export interface PlacedWindow extends MapWindow {
  readonly map: number;
  readonly sampleStep: number;
  readonly fill: number;
}

/** Where the results of a grid go: byte of the first, and bytes from sample to sample, line to line, position to position. */
export interface PlacedGrid {
  readonly address: number;
  readonly sampleStep: number;
  readonly lineStep: number;
  readonly columnStep: number;
  readonly positions: readonly [number, number];
}

/** A kernel that reads maps itself instead of rows that have been collected. */
export interface MapKernel {
  readonly name: string;
  supports(spec: MapSpec): boolean;
  /** As CoreKernel's, for one position. */
  cost(spec: MapSpec): number;
  /** As CoreKernel's. */
  pack(spec: MapSpec, memory: WebAssembly.Memory, allocate: (bytes: number) => number): PackedTile;
  /** Applies the tile at all positions of `samples` samples. Maps are readable 14 bytes beyond their ends; only the columns of results are written. */
  run(
    tile: PackedTile, exports: KernelExports, memory: WebAssembly.Memory, windows: readonly PlacedWindow[], y: PlacedGrid, samples: number, scratch: number,
  ): void;
}

/** Weight of a tile at a row and a column. */
export function weightAt(spec: TileSpec, row: number, column: number): number {
  return spec.weights[row * spec.columns + column] as number;
}

/** Rows of a tile whose input is not constant. */
export function variableRows(spec: TileSpec): number {
  return spec.rows - (spec.constants?.rows ?? 0);
}
