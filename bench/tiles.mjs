/** Tiles and codes for measuring, the same at every call. */
import { PRIME } from '../dist/chip/arithmetic/composed.js';

/** Deterministic codes in lo..hi. */
export function codes(length, lo, hi, seed) {
  let state = seed;
  return Int16Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return lo + Math.floor((state / 2 ** 32) * (hi - lo + 1));
  });
}

export const SHIFT = 9;
const WINDOW = { kind: 'window', accumulatorBits: 24, windowBits: 8, greatestShift: 16 };

/** Tables of 256 entries after a signed window. */
export const TABLES = {
  relu: Int16Array.from({ length: 256 }, (_, k) => Math.max(0, k - 128)),
  identity: Int16Array.from({ length: 256 }, (_, k) => k - 128),
  arbitrary: codes(256, 0, 255, 7),
};

/** A tile of tianji's arithmetic on codes 0..255. */
export function windowTile(rows, columns, table, weights = codes(rows * columns, -128, 127, 1), shift = SHIFT) {
  return {
    arithmetic: WINDOW, rows, columns, weights, preload: new Int32Array(columns), config: { shift, clamp: [-128, 127] }, table, input: { lo: 0, hi: 255 },
  };
}

/** The same with an unsigned window and no table, as a convolution with ReLU. */
export function unsignedTile(rows, columns, weights, shift) {
  return { ...windowTile(rows, columns, null, weights, shift), config: { shift, clamp: [0, 255] } };
}

/** The same on codes of fewer bits, with weights of one bit more. */
export function narrowTile(rows, columns, bits, weights = codes(rows * columns, -(2 ** bits), 2 ** bits - 1, 1)) {
  return { ...windowTile(rows, columns, TABLES.relu, weights), input: { lo: 0, hi: 2 ** bits - 1 } };
}

/** A tile of prime-ideal's arithmetic on codes 0..63. */
export function idealTile(rows, columns, weights = codes(rows * columns, -255, 255, 2)) {
  return {
    arithmetic: { kind: 'ideal-limits', greatestShift: 31 }, rows, columns, weights, preload: null, config: { shift: SHIFT, clamp: [0, 63] }, table: null,
    input: { lo: 0, hi: 63 },
  };
}

/** A tile of prime's arithmetic on codes 0..63. */
export function composedTile(rows, columns, gain, table = null, weights = codes(rows * columns, -255, 255, 2)) {
  return { arithmetic: PRIME, rows, columns, weights, preload: null, config: { gain }, table, input: { lo: 0, hi: 63 } };
}

/** Table of 64 entries after prime's clamp that is no ReLU. */
export const TABLE64 = codes(64, 0, 63, 8);

/**
 * A network of one tile on a chip: a window of 3 x 3 with stride 1 that keeps the size of a square map, and `partials` maps of partial sums that are added.
 * The last signal is the output.
 */
export function windowOver(chip, { size, channels, columns, partials }, { shift, lo, hi, greatest }) {
  const gather = (signal, width, kernel) => ({
    signal, channels: [0, width], kernel: [kernel, kernel], stride: [1, 1], dilation: [1, 1], origin: [(1 - kernel) / 2, (1 - kernel) / 2], fill: null,
  });
  const added = Array.from({ length: partials }, (_, t) => gather(t + 1, columns, 1));
  const weights = [...codes(9 * channels * columns, -greatest, greatest, 1), ...diagonal(partials, columns, () => 1)];
  const signal = (width) => ({ name: '', shape: [size, size, width], code: { lo, hi, step: [1], zero: [0] }, golden: null, copies: 1 });
  const output = partials + 1;
  const op = {
    kind: 'core', name: 'window', layer: 'window', gathers: [gather(0, channels, 3), ...added], constantRows: 0, columns, positions: [size, size],
    weights: Int16Array.from(weights), preload: new Int32Array(columns), config: { shift, clamp: [lo, hi] }, table: null, function: null,
    output: { signal: output, channel: 0, origin: [0, 0] },
  };
  return { chip, signals: [signal(channels), ...added.map(() => signal(columns)), signal(columns)], ops: [op], input: 0, output };
}

/** Weights of a merge: partial t of column j is row t * columns + j. */
export function diagonal(partials, columns, weight) {
  const weights = new Int16Array(partials * columns * columns);
  for (let t = 0; t < partials; t++) for (let j = 0; j < columns; j++) weights[(t * columns + j) * columns + j] = weight(t, j);
  return weights;
}
