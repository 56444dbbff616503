/**
 * What a tile sums up before its window or converter, by the references of the arithmetic: for comparison with RTL inside a core. The arrays are
 * described in docs/format.md, section 5.
 */
import { idealSums } from '../chip/arithmetic/ideal.js';
import type { Product } from '../chip/arithmetic/limits.js';
import { windowAccumulators } from '../chip/arithmetic/window.js';
import type { Chip, ComposedArithmetic } from '../chip/types.js';
import { coreOpsOf } from '../cores/ops.js';
import type { CoreGraph, CoreOp } from '../cores/types.js';
import { fail } from '../diagnostics.js';
import { composedSums } from './reference/composed.js';
import { gatherRows, type CodesOf } from './reference/gather.js';
import { integerPreload, productOf, setting, windowSettings } from './reference/tile.js';

/** Names of an array's dimensions. */
export type SumAxis = 'sample' | 'y' | 'x' | 'column' | 'cell' | 'phase' | 'array';

const PLACES = ['sample', 'y', 'x', 'column'] as const;

/** Dimensions of a tile's sums, by name and length. Refuses (T505) arithmetic that has no integer sums. */
export function sumAxes(op: CoreOp, chip: Chip, samples: number): readonly (readonly [axis: SumAxis, length: number])[] {
  const { arithmetic } = chip;
  const lengths = [samples, ...op.positions, op.columns];
  const places = PLACES.map((axis, i) => [axis, lengths[i] as number] as const);
  switch (arithmetic.kind) {
    case 'window':
    case 'ideal-limits':
      return places;
    case 'composed': {
      const parts = [['cell', arithmetic.weightBits / arithmetic.cellBits], ['phase', arithmetic.inputBits / arithmetic.phaseBits]] as const;
      return [...places, ...parts, ...(arithmetic.polarity === 'separate' ? [['array', 2] as const] : [])];
    }
    default:
      return fail('T505', op.name, `${arithmetic.kind} arithmetic has no window and no converter`, {
        limit: 'window, composed, ideal-limits', remedy: 'Leave the sums out, or compile for a chip of integers',
      });
  }
}

/** The sums of one tile. */
export interface TileSums {
  /** Name of the tile, and as a file name as that of a signal. */
  readonly name: string;
  readonly fileName: string;
  /** Names of the dimensions of `shape`. */
  readonly axes: readonly SumAxis[];
  readonly shape: readonly number[];
  readonly data: Int32Array;
}

/** Sums of all tiles, computed as they are asked for; `filesOf` makes file names of names. `check` gets each one's name and bytes before the first. */
export function graphSums(
  graph: CoreGraph, codesOf: CodesOf, samples: number, filesOf: (names: readonly string[]) => readonly string[],
  check: (name: string, bytes: number) => void,
): Iterable<TileSums> {
  const tiles = coreOpsOf(graph);
  const files = filesOf(tiles.map(({ name }) => name));
  const planned = tiles.map((tile, i) => {
    const axes = sumAxes(tile, graph.chip, samples);
    const shape = axes.map(([, length]) => length);
    check(tile.name, shape.reduce((a, b) => a * b, Int32Array.BYTES_PER_ELEMENT));
    return { tile, fileName: files[i], axes: axes.map(([axis]) => axis), shape };
  });
  return (function* sums(): Generator<TileSums> {
    for (const { tile, ...rest } of planned) yield { name: tile.name, ...rest, data: tileSums(graph, tile, codesOf, samples) };
  })();
}

/** The sums of one tile on `samples` samples, in the order of `sumAxes`, the last fastest. `codesOf` gives the codes of the signals it reads. */
export function tileSums({ chip, signals }: CoreGraph, op: CoreOp, codesOf: CodesOf, samples: number): Int32Array {
  const size = sumAxes(op, chip, 1).reduce((n, [, length]) => n * length, 1);
  const result = new Int32Array(samples * size);
  for (let sample = 0; sample < samples; sample++) {
    const product = productOf(op, gatherRows(op, signals, codesOf, sample), chip, signals);
    result.set(productSums(product, op, chip, signals), sample * size);
  }
  return result;
}

function productSums(product: Product, op: CoreOp, chip: Chip, signals: CoreGraph['signals']): ArrayLike<number> {
  const { arithmetic } = chip;
  switch (arithmetic.kind) {
    case 'window':
      return windowAccumulators(product, windowSettings(op, arithmetic, chip, signals));
    case 'ideal-limits':
      return idealSums(product, integerPreload(op));
    case 'composed':
      return differences(product, arithmetic, setting(op, 'gain'));
    default:
      throw new RangeError(`no sums of ${arithmetic.kind} arithmetic`);
  }
}

/** D_vu of every result, [batch x columns x cells x phases]; of separate arrays both sums, positive first, in a last dimension. */
function differences(p: Product, a: ComposedArithmetic, gain: number): Int32Array {
  const phases = a.inputBits / a.phaseBits;
  const parts = (a.weightBits / a.cellBits) * phases;
  const arrays = a.polarity === 'separate' ? 2 : 1;
  const result = new Int32Array(p.batch * p.columns * parts * arrays);
  for (const { cell, phase, positive, negative } of composedSums(p, a, gain)) {
    for (let k = 0; k < positive.length; k++) {
      const at = (k * parts + cell * phases + phase) * arrays;
      const [plus, minus] = [positive[k] as number, negative[k] as number];
      if (arrays === 1) result[at] = plus - minus;
      else result.set([plus, minus], at);
    }
  }
  return result;
}
