/**
 * Kernels of the composed family (spec/chips.md, section 4).
 */
import type { ComposedArithmetic } from '../chip/types.js';
import { INT16, INT32, foldTable, within, type Epilogue } from './bounds.js';
import { place16 } from './memory.js';
import { PANEL, placeColumns, placePanels, scalarCost, weightOf } from './product.js';
import type { CoreKernel, KernelExports, PackedTile, TileSpec } from './types.js';

/** Rows that composed/simd splits into phases at a time, and its scratch before them (assembly/simd128/composed.ts). */
const CHUNK = 16;
const PLANES = 192;

/** Cost of a block's dot products by row, and of converting one partial. */
const DOT_COST = 6.5;
const CONVERT_COST = 40;

export interface Parameters {
  readonly a: ComposedArithmetic;
  readonly phases: number;
  readonly cells: number;
  /** Converter shift of the lowest cell and phase, and of the highest. */
  readonly shift: number;
  readonly least: number;
}

/** A tile is asked about by every kernel of the table, and the answer reads all of its weights. */
const answers = new WeakMap<TileSpec, Parameters | null>();

/** The parameters of a well-formed tile that section 4 defines and int16 codes can hold; else `null`. A tile must not change once it was asked about. */
export function parameters(spec: TileSpec): Parameters | null {
  const known = answers.get(spec);
  if (known !== undefined) return known;
  const answer = parametersOf(spec);
  answers.set(spec, answer);
  return answer;
}

function parametersOf(spec: TileSpec): Parameters | null {
  const { arithmetic: a, weights, config } = spec;
  if (a.kind !== 'composed' || !wellFormed(spec) || !(weights instanceof Int16Array)) return null;
  if (a.inputBits % a.phaseBits !== 0 || a.weightBits % a.cellBits !== 0) return null;
  if (Math.max(a.inputBits, a.weightBits) > 15 || a.converterBits < 1 || a.converterBits > 30) return null;
  if (!within(spec.input, { lo: 0, hi: 2 ** a.inputBits - 1 })) return null;
  if (spec.cells === undefined && greatestMagnitude(weights) >= 2 ** a.weightBits) return null;
  if (spec.cells !== undefined && (spec.cells.length !== a.weightBits / a.cellBits || a.polarity !== 'subtract')) return null;
  const gain = config.gain ?? 0;
  if (!Number.isInteger(gain) || !within({ lo: gain, hi: gain }, { lo: 0, hi: a.greatestGain })) return null;
  const shift = a.fullScaleShift - gain;
  const least = shift - (a.inputBits - a.phaseBits) - (a.weightBits - a.cellBits);
  if (least < 0 || shift > 62) return null;
  return { a, phases: a.inputBits / a.phaseBits, cells: a.weightBits / a.cellBits, shift, least };
}

/** Of all weights: tuning asks for every tile that it tries, so that this is a loop. */
function greatestMagnitude(weights: Int16Array): number {
  let most = 0;
  for (const w of weights) most = Math.max(most, Math.abs(w));
  return most;
}

function wellFormed(spec: TileSpec): boolean {
  const { rows, columns, weights, table } = spec;
  const { lo, hi } = clampOf(spec);
  if (rows < 1 || columns < 1 || spec.preload !== null || weights.length !== rows * columns) return false;
  return within({ lo, hi }, INT16) && (table === null || table.length === hi - lo + 1);
}

/** ReLU to the output's bits, unless the core says otherwise. */
function clampOf(spec: TileSpec): { lo: number; hi: number } {
  const bits = spec.arithmetic.kind === 'composed' ? spec.arithmetic.outputBits : 0;
  const [lo, hi] = spec.config.clamp ?? [0, 2 ** bits - 1];
  return { lo, hi };
}

function epilogue(spec: TileSpec): Epilogue {
  const { lo, hi } = clampOf(spec);
  return foldTable(lo, hi, spec.table);
}

/** What follows the partial sums of the SIMD kernels: the converter's full scale, then clamp, offset and table of the composed sum. */
export function compositionFields(spec: TileSpec, memory: WebAssembly.Memory, allocate: (bytes: number) => number) {
  const { lo, hi, offset, table } = epilogue(spec);
  return { limit: 2 ** known(spec).a.converterBits - 1, lo, hi, offset, table: place16(memory, allocate, table) };
}

/** Parameters of a tile that `supports` has let pass. */
export function known(spec: TileSpec): Parameters {
  const p = parameters(spec);
  if (p === null) throw new TypeError('pack of a tile that is not supported');
  return p;
}

/** Signs of the weights in each array that the converter sees: one array of signed values (0), or the positive and the negative. */
function arraySigns(a: ComposedArithmetic): readonly number[] {
  return a.polarity === 'separate' ? [1, -1] : [0];
}

/** What the array of sign `sign` (0: of signed values) holds of the weight `w` in cell `cell`. */
export function cellValue(w: number, a: ComposedArithmetic, cell: number, sign: number): number {
  const value = (Math.abs(w) >> (a.cellBits * cell)) & ((1 << a.cellBits) - 1);
  if (sign === 0) return w < 0 ? -value : value;
  return Math.sign(w) === sign ? value : 0;
}

/**
 * A tile whose columns are the cells: for every block of `block` columns, for every cell and array, the block's columns. Columns beyond
 * the matrix hold zeros.
 */
function cellTile(spec: TileSpec, p: Parameters, block: number): { columns: number; value: (i: number, j: number) => number } {
  const weight = weightOf(spec);
  const signs = arraySigns(p.a);
  const width = block * p.cells * signs.length;
  const value = (i: number, j: number): number => {
    const column = Math.floor(j / width) * block + (j % block);
    const k = Math.floor((j % width) / block);
    const cell = Math.floor(k / signs.length);
    if (column >= spec.columns) return 0;
    if (spec.cells !== undefined) return (spec.cells[cell] as Int16Array)[i * spec.columns + column] as number;
    return cellValue(weight(i, column), p.a, cell, signs[k % signs.length] as number);
  };
  return { columns: Math.ceil(spec.columns / block) * width, value };
}

/** Exact for every parameter: sums are kept in 64 bits. */
export const composedScalar: CoreKernel = {
  name: 'composed/scalar',
  supports: (spec) => parameters(spec) !== null,
  cost: (spec) => scalarCost(spec.rows) * spec.columns * partials(spec),
  pack(spec, memory, allocate): PackedTile {
    const p = known(spec);
    const { lo, hi, offset, table } = epilogue(spec);
    const tile = cellTile(spec, p, 1);
    const fields = {
      rows: spec.rows,
      columns: spec.columns,
      weights: placeColumns(memory, allocate, spec.rows, tile.columns, tile.value),
      phases: p.phases,
      phaseBits: p.a.phaseBits,
      cells: p.cells,
      cellBits: p.a.cellBits,
      arrays: arraySigns(p.a).length,
      shift: p.shift,
      converterBits: p.a.converterBits,
      lo,
      hi,
      offset,
      table: place16(memory, allocate, table),
    };
    return { kernel: composedScalar.name, scratchBytes: 0, fields };
  },
  run(tile, exports: KernelExports, x, xPitch, count, y, yPitch): void {
    const f = tile.fields;
    exports.composedScalar(
      x, xPitch, count, y, yPitch, f.rows, f.columns, f.weights, f.phases, f.phaseBits, f.cells, f.cellBits, f.arrays, f.shift,
      f.converterBits, f.lo, f.hi, f.offset, f.table,
    );
  },
};

/** Partial sums of one output. */
function partials(spec: TileSpec): number {
  const p = known(spec);
  return p.phases * p.cells * arraySigns(p.a).length;
}

/** Whether partial sums and their composition fit 32 bits. */
function fits32(p: Parameters, { rows, cells }: TileSpec): boolean {
  const greatest = cells?.reduce((most, values) => values.reduce((m, v) => Math.max(m, Math.abs(v)), most), 0) ?? 2 ** p.a.cellBits - 1;
  const partial = rows * (2 ** p.a.phaseBits - 1) * greatest;
  const composed = 2 * p.phases * p.cells * (2 ** p.a.converterBits - 1);
  return Math.max(partial, composed) <= INT32.hi;
}

/** One dot product a partial, in 32 bits; any parameters that fit. */
export const composedSimd: CoreKernel = {
  name: 'composed/simd',
  supports(spec): boolean {
    const p = parameters(spec);
    return p !== null && fits32(p, spec);
  },
  cost: (spec) => Math.ceil(spec.columns / PANEL) * partials(spec) * (DOT_COST * spec.rows + CONVERT_COST),
  pack(spec, memory, allocate): PackedTile {
    const p = known(spec);
    const tile = cellTile(spec, p, PANEL);
    const fields = {
      rows: spec.rows,
      columns: spec.columns,
      panels: placePanels(memory, allocate, spec.rows, tile.columns, tile.value),
      phases: p.phases,
      phaseBits: p.a.phaseBits,
      cells: p.cells,
      cellBits: p.a.cellBits,
      arrays: arraySigns(p.a).length,
      shift: p.shift,
      ...compositionFields(spec, memory, allocate),
    };
    const scratchBytes = PLANES + CHUNK * p.phases * Math.ceil(spec.rows / 8) * 16;
    return { kernel: composedSimd.name, scratchBytes, fields };
  },
  run(tile, exports: KernelExports, x, xPitch, count, y, yPitch, scratch): void {
    const f = tile.fields;
    exports.composedSimd(
      x, xPitch, count, y, yPitch, f.rows, f.columns, f.panels, f.phases, f.phaseBits, f.cells, f.cellBits, f.arrays, f.shift, f.limit,
      f.lo, f.hi, f.offset, f.table, scratch,
    );
  },
};
