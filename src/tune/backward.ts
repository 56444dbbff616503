/** Derivatives of a layer's squared error, back through its tiles, as if neither weights nor results were rounded (straight-through estimator). */
import { stepOf } from '../cores/scales.js';
import type { Signal } from '../cores/types.js';
import type { Member, TrainedLayer } from './trained-layer.js';

/** Derivative of the squared error with respect to a final tile's sums in codes, [rows x columns]. */
export function finalDerivative(layer: TrainedLayer, { tile, curve }: Member, codes: Int16Array, e: Float32Array, count: number): Float32Array {
  const { channels } = layer;
  const { output, columns } = tile.op;
  const d = new Float32Array(count * columns);
  const lo = layer.bench.stage.clamp.lo;
  const from = Int32Array.from({ length: columns }, (_, j) => layer.channelOf(output.signal, output.channel + j));
  const step = Float64Array.from({ length: columns }, (_, j) => stepOf(layer.outputCode, output.channel + j));
  for (let r = 0, i = 0; r < count; r++) {
    for (let j = 0; j < columns; j++, i++) {
      const slope = curve === null ? 1 : slopeOf(curve, codes[i] - lo);
      d[i] = e[r * channels + from[j]] * step[j] * slope;
    }
  }
  return d;
}

/** The same of a partial sum's tile: what comes back from the merges, where the code can follow. */
export function innerDerivative(
  { bench, channels: outputs }: TrainedLayer, { tile }: Member, codes: Int16Array, back: ReadonlyMap<number, Float32Array>, count: number,
): Float32Array {
  const { output, columns } = tile.op;
  const signal = bench.expansion.signals[output.signal];
  const channels = signal.shape[2];
  const all = back.get(output.signal);
  const d = new Float32Array(count * columns);
  if (all === undefined || signal.code === null) return d;
  const { lo, hi } = signal.code;
  const pair = channels === 2 * outputs * signal.copies;
  // Segments are trained alike: a value is at an end of its range where the last or the first of them is.
  const ends = Array.from({ length: columns }, (_, j) => endsOf(signal, output.channel, j, columns));
  for (let r = 0; r < count; r++) {
    for (let j = 0; j < columns; j++) {
      const g = all[r * channels + output.channel + j];
      const [first, last] = ends[j];
      // Of a pair at most one part is more than 0: where both are 0 either may rise.
      if (codes[r * columns + last] >= hi ? g > 0 : codes[r * columns + first] > lo || (g < 0 && !pair)) d[r * columns + j] = g;
    }
  }
  return d;
}

/** Adds a tile's derivative, taken back through its weights, to the inner signals that it reads. */
export function passBack({ bench }: TrainedLayer, { tile, inner }: Member, d: Float32Array, back: Map<number, Float32Array>, count: number): void {
  if (inner.length === 0) return;
  const scale = 2 ** -tile.k;
  for (const { row, column, weight } of tile.entries) {
    const from = inner.find((g) => row >= g.at && row < g.at + g.to - g.from);
    if (from === undefined) continue;
    const channels = bench.expansion.signals[from.signal].shape[2];
    const all = back.get(from.signal) ?? new Float32Array(count * channels);
    back.set(from.signal, all);
    const c = from.from + row - from.at;
    for (let r = 0; r < count; r++) all[r * channels + c] += d[r * tile.columns + column] * weight * scale;
  }
}

/** Columns of a tile that give the first and the last segment of what column j gives, as far as they are in the tile; of one segment, j itself. */
function endsOf({ copies, segments = 1 }: Signal, channel: number, j: number, columns: number): readonly [first: number, last: number] {
  if (segments === 1) return [j, j];
  const first = j - ((channel + j) % copies);
  return [Math.max(0, first), Math.min(columns - 1, first + copies - 1)];
}

/** Slope of a table at an index, in output codes for each code of the sum. */
function slopeOf(table: Int16Array, index: number): number {
  const below = Math.max(0, index - 1);
  const above = Math.min(table.length - 1, index + 1);
  return (table[above] - table[below]) / (above - below);
}
