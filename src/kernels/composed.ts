/**
 * Kernels of the composed family (spec/chips.md, section 4).
 */
import type { ComposedArithmetic } from '../chip/types.js';
import { INT16, INT32, foldTable, within, type Epilogue } from './bounds.js';
import { int16View, int32View, place16 } from './memory.js';
import { PANEL, placeColumns, placePanels, weightOf } from './product.js';
import type { CoreKernel, KernelExports, PackedTile, TileSpec } from './types.js';

/** Rows that composed/simd splits into phases at a time, and its scratch before them (assembly/simd128/composed.ts). */
const CHUNK = 16;
const PLANES = 192;

/** composed/packed: its scratch, and the most rows whose sums stay within int16 (assembly/simd128/packed.ts). */
const PACKED_SCRATCH = 32000;
const PACKED_ROWS = 312;
const GROUP_ROWS = 64;
const BLOCK = 8;

interface Parameters {
  readonly a: ComposedArithmetic;
  readonly phases: number;
  readonly cells: number;
  /** Converter shift of the lowest cell and phase, and of the highest. */
  readonly shift: number;
  readonly least: number;
}

/** The parameters of a well-formed tile that section 4 defines and int16 codes can hold; else `null`. */
function parameters(spec: TileSpec): Parameters | null {
  const { arithmetic: a, weights, config } = spec;
  if (a.kind !== 'composed' || !wellFormed(spec) || !(weights instanceof Int16Array)) return null;
  if (a.inputBits % a.phaseBits !== 0 || a.weightBits % a.cellBits !== 0) return null;
  if (Math.max(a.inputBits, a.weightBits) > 15 || a.converterBits < 1 || a.converterBits > 30) return null;
  if (!within(spec.input, { lo: 0, hi: 2 ** a.inputBits - 1 })) return null;
  const greatest = 2 ** a.weightBits - 1;
  if (weights.some((w) => Math.abs(w) > greatest)) return null;
  const gain = config.gain ?? 0;
  if (!Number.isInteger(gain) || !within({ lo: gain, hi: gain }, { lo: 0, hi: a.greatestGain })) return null;
  const shift = a.fullScaleShift - gain;
  const least = shift - (a.inputBits - a.phaseBits) - (a.weightBits - a.cellBits);
  if (least < 0 || shift > 62) return null;
  return { a, phases: a.inputBits / a.phaseBits, cells: a.weightBits / a.cellBits, shift, least };
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

/** Parameters of a tile that `supports` has let pass. */
function known(spec: TileSpec): Parameters {
  const p = parameters(spec);
  if (p === null) throw new TypeError('pack of a tile that is not supported');
  return p;
}

/** Signs of the weights in each array that the converter sees: one array of signed values (0), or the positive and the negative. */
function arraySigns(a: ComposedArithmetic): readonly number[] {
  return a.polarity === 'separate' ? [1, -1] : [0];
}

/** What the array of sign `sign` holds of the weight `w` in cell `cell`. */
function cellValue(w: number, a: ComposedArithmetic, cell: number, sign: number): number {
  const value = (Math.abs(w) >> (a.cellBits * cell)) % 2 ** a.cellBits;
  if (sign === 0) return Math.sign(w) * value;
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
    const w = column < spec.columns ? weight(i, column) : 0;
    return cellValue(w, p.a, Math.floor(k / signs.length), signs[k % signs.length] as number);
  };
  return { columns: Math.ceil(spec.columns / block) * width, value };
}

/** Exact for every parameter: sums are kept in 64 bits. */
export const composedScalar: CoreKernel = {
  name: 'composed/scalar',
  supports: (spec) => parameters(spec) !== null,
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

/** Whether partial sums and their composition fit 32 bits. */
function fits32(p: Parameters, rows: number): boolean {
  const partial = rows * (2 ** p.a.phaseBits - 1) * (2 ** p.a.cellBits - 1);
  const composed = 2 * p.phases * p.cells * (2 ** p.a.converterBits - 1);
  return Math.max(partial, composed) <= INT32.hi;
}

/** One dot product a partial, in 32 bits; any parameters that fit. */
export const composedSimd: CoreKernel = {
  name: 'composed/simd',
  supports(spec): boolean {
    const p = parameters(spec);
    return p !== null && fits32(p, spec.rows);
  },
  pack(spec, memory, allocate): PackedTile {
    const p = known(spec);
    const { lo, hi, offset, table } = epilogue(spec);
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
      limit: 2 ** p.a.converterBits - 1,
      lo,
      hi,
      offset,
      table: place16(memory, allocate, table),
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

/** Units of 64 bytes: the header, then for every group its first sums and 32 pairs of rows. */
const WORDS = 16;
const CODES = 32;

/** One column of a block in the layout of assembly/simd128/packed.ts; `words` and `codes` are views of the block, zero so far. */
function packColumn(spec: TileSpec, first: number, c: number, shift: number, words: Int32Array, codes: Int16Array): void {
  const lane = (c & 1) * 4 + (c >> 1);
  let [plus, minus] = [0, 0];
  for (let i = 0; i < spec.rows; i++) {
    const w = spec.weights[i * spec.columns + first + c] as number;
    const high = w < 0 ? -(-w >> 4) : w >> 4;
    const low = w < 0 ? -(-w & 15) : w & 15;
    if (low > 0) plus += low;
    else minus -= low;
    const group = Math.floor(i / GROUP_ROWS);
    const at = (2 + group + (i >> 1)) * CODES + lane * 2 + (i & 1);
    codes[at] = high;
    codes[at + 16] = low;
    const sums = (1 + group + (group * GROUP_ROWS) / 2) * WORDS + lane;
    addTo(words, sums, -4 * high);
    addTo(words, sums + 8, -4 * low);
    addTo(words, WORDS + lane, 32768 * high);
    addTo(words, WORDS + lane + 8, 32768 * low);
    addTo(codes, 8 + c, 4 * high);
    addTo(codes, 16 + c, 4 * low);
  }
  // Low x low is nothing where the greatest phase times all low cells of one sign stays below the converter's first step.
  if (7 * Math.max(plus, minus) >= 2 ** shift) words[0] = 1;
}

function addTo(values: Int32Array | Int16Array, i: number, v: number): void {
  values[i] = (values[i] as number) + v;
}

/** PRIME's parts: phases of 3 bits, cells of 4, two of each, arrays subtracted. Two partials from one dot product. */
export const composedPacked: CoreKernel = {
  name: 'composed/packed',
  supports(spec): boolean {
    const p = parameters(spec);
    if (p === null || spec.rows > PACKED_ROWS) return false;
    const { a } = p;
    return a.phaseBits === 3 && a.cellBits === 4 && p.phases === 2 && p.cells === 2 && a.polarity === 'subtract' && a.converterBits <= 12;
  },
  pack(spec, memory, allocate): PackedTile {
    const p = known(spec);
    const { lo, hi, offset, table } = epilogue(spec);
    const blocks = Math.ceil(spec.columns / BLOCK);
    const blockBytes = 64 * (1 + Math.ceil(spec.rows / GROUP_ROWS) + Math.ceil(spec.rows / 2));
    const address = allocate(blocks * blockBytes);
    for (let b = 0; b < blocks; b++) {
      const words = int32View(memory, address + b * blockBytes, blockBytes / 4).fill(0);
      const codes = int16View(memory, address + b * blockBytes, blockBytes / 2);
      for (let c = 0; c < Math.min(BLOCK, spec.columns - b * BLOCK); c++) packColumn(spec, b * BLOCK, c, p.shift, words, codes);
    }
    const fields = {
      rows: spec.rows,
      columns: spec.columns,
      blocks: address,
      shift: p.shift,
      limit: 2 ** p.a.converterBits - 1,
      lo,
      hi,
      offset,
      table: place16(memory, allocate, table),
    };
    return { kernel: composedPacked.name, scratchBytes: PACKED_SCRATCH, fields };
  },
  run(tile, exports: KernelExports, x, xPitch, count, y, yPitch, scratch): void {
    const f = tile.fields;
    exports.composedPacked(
      x, xPitch, count, y, yPitch, f.rows, f.columns, f.blocks, f.shift, f.limit, f.lo, f.hi, f.offset, f.table, scratch,
    );
  },
};
