/**
 * Kernels of the spiking arithmetic (spec/chips.md, section 5). They keep the neurons' potentials between calls, so that a recurrent
 * connection can be run step by step and any other layer over all its steps at once.
 */
import type { SpikingArithmetic } from '../chip/types.js';
import { INT32 } from './bounds.js';
import { int32View, place16 } from './memory.js';
import type { KernelExports, PackedTile } from './types.js';

/** One core of neurons. */
export interface SpikingSpec {
  readonly arithmetic: SpikingArithmetic;
  readonly rows: number;
  readonly columns: number;
  /** Row-major [rows x columns]. */
  readonly weights: Int16Array;
  /** One a column. */
  readonly leak: Int32Array;
  /** One a column; `null` switches spiking off (the `membrane` readout). */
  readonly threshold: Int32Array | null;
  /** Potential when a sample begins, one a column; `null` = zeros. */
  readonly initial: Int32Array | null;
}

/** One row of the table of spiking kernels. */
export interface SpikingKernel {
  readonly name: string;
  /** Whether this kernel computes this core exactly. */
  supports(spec: SpikingSpec): boolean;
  /** Packs the core: `allocate(bytes)` gives 16-byte aligned memory that stays and that all workers share. */
  pack(spec: SpikingSpec, memory: WebAssembly.Memory, allocate: (bytes: number) => number): PackedTile;
  /**
   * Runs `steps` time steps of one sample. Row t of `x` holds the input spikes of step t (int16, 0 or 1), readable up to the next
   * multiple of 8 elements; row t of `y` receives exactly `columns` output spikes. Pitches in elements, addresses in bytes. `state` holds
   * the potentials (int32, one a column): `stateBytes(tile)` bytes, set by `beginSample` and kept from call to call.
   */
  run(
    tile: PackedTile, exports: KernelExports, x: number, xPitch: number, steps: number, y: number, yPitch: number, state: number,
    scratch: number,
  ): void;
}

const PANEL = 16;
/** Potential that no accumulator of up to 31 bits reaches. */
const NEVER = INT32.hi;

/** Bytes of the potentials of one sample. */
export function stateBytes(tile: PackedTile): number {
  return padded(tile.fields.columns as number) * 4;
}

/** Sets the potentials at `state` to where a sample begins. */
export function beginSample(tile: PackedTile, memory: WebAssembly.Memory, state: number): void {
  const length = padded(tile.fields.columns as number);
  int32View(memory, state, length).set(int32View(memory, tile.fields.initial as number, length));
}

function padded(columns: number): number {
  return Math.ceil(columns / PANEL) * PANEL;
}

function inside(values: Int32Array | null, length: number, lo: number, hi: number): boolean {
  return values === null || (values.length === length && values.every((v) => v >= lo && v <= hi));
}

function wellFormed(spec: SpikingSpec): boolean {
  const { arithmetic: a, rows, columns } = spec;
  if (rows < 1 || columns < 1 || spec.weights.length !== rows * columns || a.accumulatorBits < 2 || a.accumulatorBits > 31) return false;
  const half = 2 ** (a.accumulatorBits - 1);
  if (a.floor !== null && (!Number.isInteger(a.floor) || a.floor < INT32.lo || a.floor > INT32.hi)) return false;
  return inside(spec.leak, columns, a.leak.lo, a.leak.hi) && inside(spec.threshold, columns, a.threshold.lo, a.threshold.hi)
    && inside(spec.initial, columns, -half, half - 1) && a.threshold.lo > -half;
}

function placeColumns(
  spec: SpikingSpec, values: Int32Array | null, rest: number, memory: WebAssembly.Memory, allocate: (b: number) => number,
): number {
  const address = allocate(padded(spec.columns) * 4);
  const view = int32View(memory, address, padded(spec.columns)).fill(rest);
  if (values !== null) view.set(values);
  return address;
}

/** The fields that both variants share. */
function commonFields(spec: SpikingSpec, memory: WebAssembly.Memory, allocate: (b: number) => number): Record<string, number> {
  const half = 2 ** (spec.arithmetic.accumulatorBits - 1);
  return {
    rows: spec.rows,
    columns: spec.columns,
    initial: placeColumns(spec, spec.initial, 0, memory, allocate),
    leak: placeColumns(spec, spec.leak, 0, memory, allocate),
    threshold: placeColumns(spec, spec.threshold, NEVER, memory, allocate),
    least: -half,
    greatest: half - 1,
    floor: spec.arithmetic.floor ?? -half,
    subtract: spec.arithmetic.reset === 'subtract' ? 1 : 0,
  };
}

/** Sums in 64 bits. */
export const spikingScalar: SpikingKernel = {
  name: 'spiking/scalar',
  supports: wellFormed,
  pack(spec, memory, allocate): PackedTile {
    const fields = { ...commonFields(spec, memory, allocate), weights: place16(memory, allocate, spec.weights) };
    return { kernel: spikingScalar.name, scratchBytes: 0, fields };
  },
  run(tile, exports, x, xPitch, steps, y, yPitch, state): void {
    const f = tile.fields;
    exports.spikingScalar(
      x, xPitch, steps, y, yPitch, f.rows, f.columns, f.weights, state, f.leak, f.threshold, f.least, f.greatest, f.floor, f.subtract,
    );
  },
};

/** Reads only the weights of spiking inputs; 8-bit weights, at most 257 rows. */
export const spikingSimd: SpikingKernel = {
  name: 'spiking/simd',
  supports(spec): boolean {
    if (!wellFormed(spec) || spec.rows > 257 || spec.weights.some((w) => w < -128 || w > 127)) return false;
    const greatestStep = 257 * 128 + Math.max(Math.abs(spec.arithmetic.leak.lo), Math.abs(spec.arithmetic.leak.hi));
    return 2 ** (spec.arithmetic.accumulatorBits - 1) + greatestStep <= INT32.hi;
  },
  pack(spec, memory, allocate): PackedTile {
    const width = padded(spec.columns);
    const weights = allocate(spec.rows * width);
    const bytes = new Uint8Array(memory.buffer, weights, spec.rows * width).fill(128);
    spec.weights.forEach((w, k) => (bytes[Math.floor(k / spec.columns) * width + (k % spec.columns)] = w + 128));
    const fields = { ...commonFields(spec, memory, allocate), weights, padded: width };
    return { kernel: spikingSimd.name, scratchBytes: 64 + 4 * spec.rows, fields };
  },
  run(tile, exports, x, xPitch, steps, y, yPitch, state, scratch): void {
    const f = tile.fields;
    exports.spikingSimd(
      x, xPitch, steps, y, yPitch, f.rows, f.columns, f.weights, state, f.leak, f.threshold, f.least, f.greatest, f.floor, f.subtract,
      f.padded, scratch,
    );
  },
};
