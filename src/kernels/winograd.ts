/**
 * Tiles whose window is 3 x 3 with stride 1, four by four positions at a time by Winograd's minimal filtering, exactly (assembly/simd128/winograd.ts has the
 * matrices). Diagonals beside the window, such as partial sums that a merge adds, are added to its sums.
 */
import { INT16, sumBounds, within, type Interval } from './bounds.js';
import { int16View, int32View } from './memory.js';
import { isPoint, sourceOf } from './points.js';
import { epilogueFields, fits32, PANEL, type Allocate, type Family } from './product.js';
import { weightAt, type KernelExports, type MapKernel, type MapSpec, type MapWindow, type PackedTile } from './types.js';

/** Tiles at once, a multiple of four: enough that transforming weights costs little, so few that their inputs and sums stay in the second cache. */
const ROOM = { least: 16, most: 64, bytes: 1 << 18 };
const NARROW = 8;
const LANES = 8;
const SIDE = 4;
const FREQUENCIES = 36;
const TAPS = 9;
/** Bytes between frequencies (assembly/simd128/winograd.ts). */
const GAP = 64;
const UNIT = 576;
/** Sums are had times 64, in 32 bits. */
const SUMS: Interval = { lo: -(2 ** 25), hi: 2 ** 25 - 1 };
/** A tile whose sums do not fit is cut into so many parts at most. */
const MOST_PARTS = 8;
const SUM_SHIFT = 6;
const SUM_SCALE = 64;

/** Lengths of a task (assembly/simd128/winograd-task.ts) and of a source of terms in int32. */
const TASK_WORDS = 29;
const SOURCE_WORDS = 4;

/**
 * Cost by position, of 16 columns: of a pair of channels, of frequencies and tiles, of a term; of a vector of channels. Of one pair of channels and 16
 * columns, whatever the positions: of transforming their filters in a round of tiles. Of a call.
 */
const COST = { pair: 29, epilogue: 110, term: 6, input: 24, filter: 1200, call: 40_000 };

const B = [[4, 0, -5, 0, 1, 0], [0, -4, -4, 1, 1, 0], [0, 4, -4, -1, 1, 0], [0, -2, -1, 2, 1, 0], [0, 2, -1, -2, 1, 0], [0, 4, 0, -5, 0, 1]];
const G = [[6, 0, 0], [4, 4, 4], [4, -4, 4], [1, 2, 4], [1, -2, 4], [0, 0, 3]];

/** Where the window and the diagonals of a tile are among its rows; `null` if it has anything else. */
interface Parts {
  /** The gather that is a window, its first row and its channels. */
  readonly window: number;
  readonly row: number;
  readonly channels: number;
  /** Gathers that are diagonals, and their first rows. */
  readonly terms: readonly { readonly gather: number; readonly row: number }[];
}

function partsOf(spec: MapSpec): Parts | null {
  let row = 0;
  let found: Omit<Parts, 'terms'> | null = null;
  const terms: { gather: number; row: number }[] = [];
  for (const [gather, w] of spec.windows.entries()) {
    const channels = w.to - w.from;
    if (isWindow(w)) {
      if (found !== null) return null;
      found = { window: gather, row, channels };
    } else if (isPoint(spec, w) && feedsColumns(spec, row) && scaledFit(spec, row)) {
      terms.push({ gather, row });
    } else {
      return null;
    }
    row += w.kernel[0] * w.kernel[1] * channels;
  }
  return found === null || row !== spec.rows ? null : { ...found, terms };
}

function isWindow({ kernel, stride, dilation }: MapWindow): boolean {
  return kernel.every((k) => k === 3) && stride.every((s) => s === 1) && dilation.every((d) => d === 1);
}

/** Whether row `row + j` feeds column j alone, for all j. */
function feedsColumns({ columns, weights }: MapSpec, row: number): boolean {
  for (let i = 0; i < columns; i++) for (let j = 0; j < columns; j++) if (i !== j && weights[(row + i) * columns + j] !== 0) return false;
  return true;
}

/** Whether the weights of the diagonal from `row` on fit int16 times 64. */
function scaledFit(spec: MapSpec, row: number): boolean {
  return Array.from({ length: spec.columns }, (_, j) => weightAt(spec, row + j, j) * SUM_SCALE).every((w) => within({ lo: w, hi: w }, INT16));
}

/** Range of B^T d B for pixels within `input`. */
function transformedRange({ lo, hi }: Interval): Interval {
  const range = { lo: 0, hi: 0 };
  for (const b of B) {
    for (const c of B) {
      const products = b.flatMap((p) => c.map((q) => p * q));
      range.lo = Math.min(range.lo, products.reduce((sum, p) => sum + Math.min(p * lo, p * hi), 0));
      range.hi = Math.max(range.hi, products.reduce((sum, p) => sum + Math.max(p * lo, p * hi), 0));
    }
  }
  return range;
}

/** G g G^T of the filter whose first tap is at `row` under `column`, taps `channels` rows apart. */
function transformedFilter(spec: MapSpec, row: number, channels: number, column: number, to: Int32Array): void {
  const half = new Int32Array(18);
  for (let i = 0; i < 6; i++) {
    for (let x = 0; x < 3; x++) {
      let sum = 0;
      for (let y = 0; y < 3; y++) sum += G[i][y] * weightAt(spec, row + (y * 3 + x) * channels, column);
      half[i * 3 + x] = sum;
    }
  }
  for (let i = 0; i < 6; i++) {
    for (let j = 0; j < 6; j++) {
      const [g0, g1, g2] = G[j];
      to[i * 6 + j] = half[i * 3] * g0 + half[i * 3 + 1] * g1 + half[i * 3 + 2] * g2;
    }
  }
}

/** Whether all transformed weights fit int16; those of weights up to 227 always do. */
function filtersFit(spec: MapSpec, { row, channels }: Parts): boolean {
  const { weights, columns } = spec;
  if (weights.every((w: number) => Math.abs(w) * 144 <= INT16.hi)) return true;
  const u = new Int32Array(FREQUENCIES);
  for (let c = 0; c < channels; c++) {
    for (let j = 0; j < columns; j++) {
      transformedFilter(spec, row + c, channels, j, u);
      if (u.some((value) => value < INT16.lo || value > INT16.hi)) return false;
    }
  }
  return true;
}

/** Whether cutting sums to the accumulator changes no code. */
function saturationIsIdle({ arithmetic: a, config }: MapSpec, sums: Interval): boolean {
  if (a.kind !== 'window') return true;
  const limit = 2 ** (a.accumulatorBits - 1);
  if (within(sums, { lo: -limit, hi: limit - 1 })) return true;
  const [lo, hi] = config.clamp ?? [0, 0];
  const scale = 2 ** (config.shift ?? 0);
  return within({ lo, hi }, { lo: Math.floor(-limit / scale), hi: Math.floor((limit - 1) / scale) });
}

/**
 * Pairs of channels whose sums fit together, as many as possible: all if the tile's whole sum does; else parts are recovered and then added, the diagonals and
 * the preload with the last of them. 0 if they do not fit in a few parts.
 */
function pairsTogether(spec: MapSpec, parts: Parts): number {
  const pairs = Math.ceil(parts.channels / 2);
  if (within(sumBounds(spec), SUMS)) return pairs;
  const ends = pairEnds(spec, parts, pairs);
  for (let count = 2; count <= Math.min(MOST_PARTS, pairs); count++) {
    const part = Math.ceil(pairs / count);
    if (partsFit(spec.columns, ends, pairs, part)) return part;
  }
  return 0;
}

/** Least and greatest sums [pairs + 1 x columns] of each pair of channels, and after them of all else. */
interface Ends {
  readonly least: Float64Array;
  readonly greatest: Float64Array;
}

function pairEnds({ rows, columns, weights, preload, input }: MapSpec, { row, channels }: Parts, pairs: number): Ends {
  const least = new Float64Array((pairs + 1) * columns);
  const greatest = new Float64Array((pairs + 1) * columns);
  if (preload !== null) for (const ends of [least, greatest]) ends.set(preload, pairs * columns);
  for (let i = 0; i < rows; i++) {
    const isWindow = i >= row && i < row + TAPS * channels;
    const pair = isWindow ? ((i - row) % channels) >> 1 : pairs;
    for (let j = 0; j < columns; j++) {
      const w = weights[i * columns + j];
      least[pair * columns + j] += Math.min(w * input.lo, w * input.hi);
      greatest[pair * columns + j] += Math.max(w * input.lo, w * input.hi);
    }
  }
  return { least, greatest };
}

function partsFit(columns: number, { least, greatest }: Ends, pairs: number, part: number): boolean {
  for (let j = 0; j < columns; j++) {
    for (let from = 0; from < pairs; from += part) {
      const end = from + part < pairs ? from + part : pairs + 1;
      const sums = { lo: 0, hi: 0 };
      for (let p = from; p < end; p++) {
        sums.lo += least[p * columns + j];
        sums.hi += greatest[p * columns + j];
      }
      if (!within(sums, SUMS)) return false;
    }
  }
  return true;
}

/** Blocks of 16 columns, the last of 8 if no more are left: width and first column of each. */
function blocksOf(columns: number): { from: number; width: number }[] {
  return Array.from({ length: Math.ceil(columns / PANEL) }, (_, b) => ({ from: b * PANEL, width: columns - b * PANEL > NARROW ? PANEL : NARROW }));
}

/** Taps for `winograd`: zeros where a channel or a column is none. */
function placeTaps(spec: MapSpec, { row, channels }: Parts, memory: WebAssembly.Memory, allocate: Allocate): number {
  const pairs = Math.ceil(channels / 2);
  const blocks = blocksOf(spec.columns);
  const length = blocks.reduce((n, { width }) => n + pairs * TAPS * 2 * width, 0);
  const address = allocate(length * 2);
  const view = int16View(memory, address, length).fill(0);
  let start = 0;
  for (const { from, width } of blocks) {
    for (let tap = 0; tap < TAPS; tap++) {
      for (let c = 0; c < channels; c++) {
        const at = start + ((c >> 1) * TAPS + tap) * 2 * width + (c & 1);
        for (let j = from; j < Math.min(from + width, spec.columns); j++) view[at + 2 * (j - from)] = weightAt(spec, row + tap * channels + c, j);
      }
    }
    start += pairs * TAPS * 2 * width;
  }
  return address;
}

/** 576 times the preload modulo 2^32, zeros up to a multiple of 16 columns, then 16 zeros. */
function placeStarts({ columns, preload }: MapSpec, memory: WebAssembly.Memory, allocate: Allocate): { bias: number; zeros: number } {
  const padded = Math.ceil(columns / PANEL) * PANEL;
  const bias = allocate((padded + PANEL) * 4);
  const view = int32View(memory, bias, padded + PANEL).fill(0);
  preload?.forEach((b, j) => (view[j] = Math.imul(b, UNIT)));
  return { bias, zeros: bias + padded * 4 };
}

function placeTerms(spec: MapSpec, { terms }: Parts, memory: WebAssembly.Memory, allocate: Allocate): number {
  const pairs = Math.ceil(terms.length / 2);
  const length = Math.ceil(spec.columns / LANES) * pairs * 2 * LANES;
  const address = allocate(length * 2);
  const view = int16View(memory, address, length).fill(0);
  terms.forEach(({ row }, t) => {
    for (let j = 0; j < spec.columns; j++) {
      view[(Math.floor(j / LANES) * pairs + (t >> 1)) * 2 * LANES + 2 * (j % LANES) + (t & 1)] = weightAt(spec, row + j, j) * SUM_SCALE;
    }
  });
  return address;
}

/** Bytes of the described task before what the kernel itself uses. */
function taskBytes(terms: number): number {
  return Math.ceil(((TASK_WORDS + SOURCE_WORDS * terms) * 4) / 16) * 16;
}

function roomFor(vectors: number): number {
  const room = Math.floor(ROOM.bytes / (FREQUENCIES * vectors * 2 * LANES) / 4) * 4;
  return Math.max(ROOM.least, Math.min(ROOM.most, room));
}

/** Inputs and sums of tiles, sums of parts, filters of one block of columns, and one tile's patch or addends. */
function scratchBytes(terms: number, vectors: number, pairs: number, part: number): number {
  const pitch = vectors * 2 * LANES;
  const held = part < pairs ? SIDE * SIDE * PANEL * 4 : 0;
  const rest = Math.max(FREQUENCIES * (2 * LANES + pitch), SIDE * SIDE * LANES * 4);
  const tiles = roomFor(vectors) * (FREQUENCIES * (pitch + PANEL * 4) + held);
  return taskBytes(terms) + tiles + FREQUENCIES * (part * PANEL * 4 + 2 * GAP) + rest;
}

/** Tiles of one sample. */
function tilesOf([lines, across]: readonly [number, number]): number {
  return Math.ceil(lines / SIDE) * Math.ceil(across / SIDE);
}

function winogradKernel(family: Family): MapKernel {
  const name = `${family}/winograd`;
  return {
    name,
    supports(spec): boolean {
      const parts = fits32(family, spec) && (spec.constants?.rows ?? 0) === 0 ? partsOf(spec) : null;
      if (parts === null) return false;
      const fits = saturationIsIdle(spec, sumBounds(spec)) && within(transformedRange(spec.input), INT16) && filtersFit(spec, parts);
      return fits && pairsTogether(spec, parts) > 0;
    },
    cost(spec): number {
      const { channels = 0, terms = [] } = partsOf(spec) ?? {};
      const blocks = spec.columns / PANEL;
      const pairs = Math.ceil(channels / 2);
      const vectors = Math.ceil(channels / LANES);
      const tiles = spec.samples * tilesOf(spec.positions);
      const block = COST.pair * pairs + COST.epilogue + COST.term * terms.length;
      const byPosition = Math.ceil(2 * blocks) / 2 * block + COST.input * vectors;
      const once = Math.ceil(tiles / roomFor(vectors)) * COST.filter * pairs * blocks + COST.call;
      return (tiles * SIDE * SIDE * byPosition + once) / (spec.samples * spec.positions[0] * spec.positions[1]);
    },
    pack(spec, memory, allocate): PackedTile {
      const parts = partsOf(spec);
      if (parts === null) throw new Error('a tile that the kernel does not support');
      const { window, channels, terms } = parts;
      const pairs = Math.ceil(channels / 2);
      const part = pairsTogether(spec, parts);
      const { shift, lo, hi, offset, table } = epilogueFields(spec, memory, allocate);
      const gathers = Object.fromEntries(terms.map(({ gather }, t) => [`term${t}`, gather]));
      const fields = {
        window, vectors: Math.ceil(channels / LANES), pairs, part, columns: spec.columns,
        weights: placeTaps(spec, parts, memory, allocate), ...placeStarts(spec, memory, allocate),
        shift: Math.min(shift + (part < pairs ? 0 : SUM_SHIFT), 31), lo, hi, offset, table,
        terms: terms.length, termWeights: terms.length === 0 ? 0 : placeTerms(spec, parts, memory, allocate), ...gathers,
      };
      return { kernel: name, scratchBytes: scratchBytes(terms.length, fields.vectors, pairs, part), fields };
    },
    run(tile, exports: KernelExports, memory, windows, y, samples, scratch): void {
      const f = tile.fields;
      const w = windows[f.window];
      const sources = Array.from({ length: f.terms }, (_, t) => sourceOf(windows[f[`term${t}`]]));
      const [height, width] = w.shape;
      const [lines, across] = y.positions;
      int32View(memory, scratch, TASK_WORDS + SOURCE_WORDS * sources.length).set([
        w.map + w.from * 2, w.sampleStep, w.shape[2] * 2, height, width, w.origin[0], w.origin[1], w.fill, f.vectors, f.pairs, f.part,
        y.address, y.sampleStep, y.lineStep, y.columnStep, lines, across, f.columns, f.weights, f.bias, f.zeros, f.shift, f.lo, f.hi, f.offset,
        f.table, f.terms, f.termWeights, scratch + TASK_WORDS * 4, ...sources.flat(),
      ]);
      const tiles = samples * tilesOf(y.positions);
      const rounds = Math.ceil(tiles / roomFor(f.vectors));
      // Rounds of nearly one size, in whole groups of four.
      const count = Math.ceil(tiles / rounds / 4) * 4;
      for (let first = 0; first < tiles; first += count) {
        exports.winograd(scratch, first, Math.min(count, tiles - first), count, scratch + taskBytes(sources.length));
      }
    },
  };
}

export const windowWinograd = winogradKernel('window');
export const idealWinograd = winogradKernel('ideal');
