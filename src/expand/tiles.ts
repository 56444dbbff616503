/** Tiles in real units: the weights of some rows of a sum under some of its columns. */
import { copyOffset, offsetOf } from '../cores/copies.js';
import { ONE, ZERO } from '../cores/ops.js';
import type { RealTile } from '../cores/realise.js';
import type { Gather } from '../cores/types.js';
import { chunkRows, sharing, type Chunk } from './chunks.js';

/** Output channel `channel` of the sum, times `sign`. */
export interface Column {
  readonly channel: number;
  readonly sign: 1 | -1;
  /** Which copy of how many the column is, where copies are to round their weights each in another way. */
  readonly copy?: { readonly index: number; readonly of: number };
}

/** Columns [from, to) of a sum, positive. */
export function columnsOf(from: number, to: number): Column[] {
  return Array.from({ length: to - from }, (_, i) => ({ channel: from + i, sign: 1 as const }));
}

/** A tile before its weights are made, which `make` does anew each time: those of a whole network are never held at once. */
export interface PlannedTile {
  readonly rows: number;
  readonly columns: number;
  readonly biased: boolean;
  /** `segments`: those that the copies of the output are (cores/scales.ts). */
  readonly make: (segments: number) => RealTile;
}

/** `realTile`, later. */
export function planTile(chunks: readonly Chunk[], columns: readonly Column[], outputs: number, bias: Float64Array | null): PlannedTile {
  const make = (segments: number): RealTile => realTile(chunks, columns, outputs, bias, segments);
  return { rows: chunks.reduce((n, c) => n + chunkRows(c), 0), columns: columns.length, biased: bias !== null, make };
}

/** Weights of `chunks` under `columns`, `outputs` = channels of the whole sum. `bias` is per channel of the sum, or `null` for zero. */
export function realTile(chunks: readonly Chunk[], columns: readonly Column[], outputs: number, bias: Float64Array | null, segments = 1): RealTile {
  const rows = chunks.reduce((n, c) => n + chunkRows(c), 0);
  const weights = new Float64Array(rows * columns.length);
  const dither = columns.map(({ copy }) => (copy === undefined ? 0 : offsetOf({ copies: copy.of, segments }, copy.index) - 0.5));
  const shared = chunks.some((c) => c.spread) || dither.some((d) => d !== 0);
  const rounding = shared ? new Float64Array(rows * columns.length).fill(0.5) : null;
  let row = 0;
  for (const chunk of chunks) {
    for (let copy = 0; copy < chunk.copies; copy++) {
      if (rounding !== null) fillRounding(rounding, row, chunk, copy, columns, dither);
      row = fillChunk(weights, row, chunk, columns, outputs);
    }
  }
  const biases = Float64Array.from(columns, (c) => (bias === null ? 0 : c.sign * bias[c.channel]));
  return { rows, columns: columns.length, weights, bias: biases, ...(rounding === null ? {} : { rounding }) };
}

/**
 * Offsets by which the rows and the columns of one weight round it, for one copy of a chunk. Every second weight has them in reverse: higher copies of a
 * signal are greater, and greater weights on them would add up to a bias. Columns of the other sign have the opposite, and stay the negative of their pair.
 */
function fillRounding(rounding: Float64Array, row: number, chunk: Chunk, copy: number, columns: readonly Column[], dither: readonly number[]): void {
  const { units, spread, apart, copies } = chunk;
  const together = apart === true ? copies : sharing(chunk);
  const weights = chunkRows(chunk) / sharing(chunk);
  for (let w = 0; w < weights; w++) {
    const turn = w % 2 === 0 ? 1 : -1;
    for (let u = 0; u < units; u++) {
      const own = spread ? copyOffset(apart === true ? copy : copy * units + u, together) - 0.5 : 0;
      const start = (row + w * units + u) * columns.length;
      columns.forEach(({ sign }, j) => (rounding[start + j] = 0.5 + sign * turn * (own + dither[j] / (spread ? together : 1))));
    }
  }
}

/** Writes one copy of a chunk's rows from `row` on; returns the next free row. */
function fillChunk(weights: Float64Array, row: number, chunk: Chunk, columns: readonly Column[], outputs: number): number {
  const { term } = chunk;
  const [kh, kw] = term.kernel;
  const count = columns.length;
  const perGroupIn = term.input.shape[0] / term.groups;
  const perGroupOut = outputs / term.groups;
  const share = sharing(chunk);
  const firstChannel = Int32Array.from(columns, ({ channel }) => Math.floor(channel / perGroupOut) * perGroupIn);
  const start = Float64Array.from(columns, ({ channel }) => channel * perGroupIn);
  const signs = Int8Array.from(columns, ({ sign }) => sign);
  let r = row;
  for (let ky = chunk.ky[0]; ky < chunk.ky[1]; ky++) {
    for (let kx = chunk.kx[0]; kx < chunk.kx[1]; kx++) {
      for (let c = chunk.channels[0]; c < chunk.channels[1]; c++) {
        for (let unit = 0; unit < chunk.units; unit++, r++) {
          for (let j = 0; j < count; j++) {
            const inGroup = c - firstChannel[j];
            if (inGroup < 0 || inGroup >= perGroupIn) continue;
            weights[r * count + j] = (signs[j] * term.weights[((start[j] + inGroup) * kh + ky) * kw + kx]) / share;
          }
        }
      }
    }
  }
  return r;
}

/** Rows that add one value each to the same value of the sum: `rows` copies of it, side by side. */
export interface Diagonal {
  readonly sign: number;
  readonly rows: number;
}

/** A tile with `diagonals` of all `values` above its rows; each value has `copies` columns. */
export function underDiagonals(tail: RealTile, values: readonly Column[], diagonals: readonly Diagonal[], copies: number): RealTile {
  const { columns } = tail;
  const n = values.length;
  const head = diagonals.reduce((rows, d) => rows + d.rows * n, 0);
  const weights = new Float64Array((head + tail.rows) * columns);
  const rounding = new Float64Array((head + tail.rows) * columns).fill(0.5);
  let row = 0;
  diagonals.forEach((d, a) => {
    for (let i = 0; i < n * d.rows; i++, row++) {
      const value = Math.floor(i / d.rows);
      const copy = i % d.rows;
      const offset = copyOffset(a % 2 === 0 ? copy : d.rows - 1 - copy, d.rows);
      rounding.fill(offset, row * columns, (row + 1) * columns);
      weights.fill((d.sign * values[value].sign) / d.rows, row * columns + value * copies, row * columns + (value + 1) * copies);
    }
  });
  weights.set(tail.weights, head * columns);
  if (tail.rounding !== undefined) rounding.set(tail.rounding, head * columns);
  const spread = rounding.some((r) => r !== 0.5);
  return { rows: head + tail.rows, columns, weights, bias: tail.bias, ...(spread ? { rounding } : {}) };
}

/** How a chunk's rows are gathered from its signal, once a copy. */
export function gathersOf(chunk: Chunk, signal: number): Gather[] {
  const { term } = chunk;
  const gather: Gather = {
    signal,
    channels: [chunk.channels[0] * chunk.units, chunk.channels[1] * chunk.units],
    kernel: [chunk.ky[1] - chunk.ky[0], chunk.kx[1] - chunk.kx[0]],
    stride: term.stride,
    dilation: term.dilation,
    origin: [term.origin[0] + chunk.ky[0] * term.dilation[0], term.origin[1] + chunk.kx[0] * term.dilation[1]],
    fill: null,
  };
  return Array.from({ length: chunk.copies }, () => gather);
}

/** Channels [from, to) of a signal at the same position. */
export function pointGather(signal: number, from: number, to: number): Gather {
  return { signal, channels: [from, to], kernel: ONE, stride: ONE, dilation: ONE, origin: ZERO, fill: null };
}
