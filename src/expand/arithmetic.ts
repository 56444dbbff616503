/** A tile of integers on rows of codes, through the slow reference of the chip's arithmetic: for functions that are checked on every code. */
import { composedReference } from '../chip/arithmetic/composed.js';
import { idealReference } from '../chip/arithmetic/ideal.js';
import type { Product } from '../chip/arithmetic/limits.js';
import { windowReference } from '../chip/arithmetic/window.js';
import type { Chip } from '../chip/types.js';
import { clampTable, type LinearStage } from '../cores/realise.js';

export interface SmallTile {
  /** Rows, constant ones included. */
  readonly rows: number;
  readonly columns: number;
  /** Row-major [rows x columns]. */
  readonly weights: Int32Array;
  readonly preload: Int32Array | null;
  /** Exponent: the sum is divided by 2^k. */
  readonly k: number;
}

/** Output codes [batch x columns] of codes `x` [batch x rows]. */
export function runTile(chip: Chip, stage: LinearStage, tile: SmallTile, x: Int32Array): Int32Array {
  const { arithmetic } = chip;
  const { rows, columns, weights, preload, k } = tile;
  // A test of a function is no core: its rows and columns may be more than one has.
  const limits = { rows: null, columns: null, input: stage.input, weights: stage.weights };
  const product: Product = { place: chip.name, batch: x.length / rows, rows, columns, x, w: weights, limits };
  const table = clampTable(stage);
  switch (arithmetic.kind) {
    case 'window':
      return windowReference(product, { arithmetic, preload, shift: k, windowSigned: stage.clamp.lo < 0, table, output: stage.output });
    case 'ideal-limits':
      return idealReference(product, { arithmetic, preload, shift: k, output: stage.clamp, table });
    case 'composed':
      return composedReference(product, { arithmetic, gain: arithmetic.fullScaleShift - k, table });
    case 'float':
    case 'spiking':
      throw new Error(`no tiles of codes on ${arithmetic.kind} arithmetic`);
  }
}
