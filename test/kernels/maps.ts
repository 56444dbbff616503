/** Tiles over maps run through kernels that read these themselves, with everything around the results watched, and what they should give. */
import { expect } from 'vitest';
import { int16View } from '../../src/kernels/memory.js';
import type { MapKernel, MapSpec, MapWindow } from '../../src/kernels/types.js';
import { loadKernels } from './setup.js';

export const WINDOW = { kind: 'window', accumulatorBits: 24, windowBits: 8, greatestShift: 16 } as const;
export const IDEAL = { kind: 'ideal-limits', greatestShift: 31 } as const;
const kernels = loadKernels();
const SENTINEL = 0x5a5b;

export interface Shape {
  readonly channels: number;
  readonly columns: number;
  readonly positions: readonly [number, number];
  readonly map: readonly [number, number];
  readonly origin: readonly [number, number];
  /** Channels of the map before the window's, and behind. */
  readonly before: number;
  readonly behind: number;
}

export const SHAPE: Shape = { channels: 9, columns: 17, positions: [9, 6], map: [9, 6], origin: [-1, -1], before: 0, behind: 0 };

export function windowOf({ channels, map, origin, before, behind }: Shape): MapWindow {
  return {
    from: before, to: before + channels, kernel: [3, 3], stride: [1, 1], dilation: [1, 1], origin, shape: [map[0], map[1], before + channels + behind],
  };
}

/** A diagonal over a map of its own that has some more channels than the tile has columns. */
export function pointOf({ columns, positions }: Shape, stride = 1, origin = 0): MapWindow {
  return {
    from: 2, to: 2 + columns, kernel: [1, 1], stride: [stride, stride], dilation: [1, 1], origin: [origin, origin],
    shape: [origin + (positions[0] - 1) * stride + 1, origin + (positions[1] - 1) * stride + 1, columns + 5],
  };
}

/** `weight` of row i and column j; of diagonals, only those on them are asked for. */
export function specOf(shape: Shape, windows: readonly MapWindow[], weight: (i: number, j: number) => number, over: Partial<MapSpec> = {}): MapSpec {
  const rows = windows.reduce((n, w) => n + w.kernel[0] * w.kernel[1] * (w.to - w.from), 0);
  const weights = new Int16Array(rows * shape.columns);
  let row = 0;
  for (const w of windows) {
    const count = w.kernel[0] * w.kernel[1] * (w.to - w.from);
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < shape.columns; j++) if (w.kernel[0] === 3 || i === j) weights[(row + i) * shape.columns + j] = weight(row + i, j);
    }
    row += count;
  }
  return {
    arithmetic: WINDOW, rows, columns: shape.columns, weights, preload: null, config: { shift: 7, clamp: [0, 255] }, table: null,
    input: { lo: 0, hi: 255 }, windows, positions: shape.positions, samples: 1, ...over,
  };
}

/** Codes by the definition: a sum over all taps, the preload, saturation, shift, clamp, table. */
function expected(spec: MapSpec, maps: readonly Int16Array[], fill: number, samples: number): number[] {
  const { columns, weights, preload, config, table, arithmetic } = spec;
  const [lo, hi] = config.clamp!;
  const limit = arithmetic.kind === 'window' ? 2 ** (arithmetic.accumulatorBits - 1) : 2 ** 31;
  const codes: number[] = [];
  for (let n = 0; n < samples; n++) {
    for (let p = 0; p < spec.positions[0] * spec.positions[1]; p++) {
      const y = Math.floor(p / spec.positions[1]);
      const x = p % spec.positions[1];
      const sums = Array.from({ length: columns }, (_, j) => preload?.[j] ?? 0);
      let row = 0;
      spec.windows.forEach(({ shape: [height, width, channels], from, to, kernel, stride, origin }, w) => {
        for (let tap = 0; tap < kernel[0] * kernel[1]; tap++) {
          const v = origin[0] + y * stride[0] + Math.floor(tap / kernel[1]);
          const u = origin[1] + x * stride[1] + (tap % kernel[1]);
          const inside = v >= 0 && v < height && u >= 0 && u < width;
          for (let c = from; c < to; c++, row++) {
            const code = inside ? maps[w]![((n * height + v) * width + u) * channels + c]! : fill;
            for (let j = 0; j < columns; j++) sums[j]! += code * weights[row * columns + j]!;
          }
        }
      });
      for (const sum of sums) {
        const cut = Math.floor(Math.min(Math.max(sum, -limit), limit - 1) / 2 ** config.shift!);
        const clamped = Math.min(Math.max(cut, lo), hi);
        codes.push(table === null ? clamped : table[clamped - lo]!);
      }
    }
  }
  return codes;
}

/** Runs a kernel on maps that lie next to other things; throws where anything but results was written. Results have `gap` channels around them. */
function runMaps(kernel: MapKernel, spec: MapSpec, maps: readonly Int16Array[], fill: number, samples: number, gap = 3): number[] {
  const { instance: { memory, exports }, arena } = kernels;
  const mark = arena.mark();
  const tile = kernel.pack(spec, memory, arena.allocate);
  const windows = spec.windows.map((w, i) => {
    const map = arena.allocate(maps[i]!.length * 2 + 16);
    int16View(memory, map, maps[i]!.length + 8).fill(SENTINEL).set(maps[i]!);
    const width = Math.ceil((w.to - w.from) / 8) * 8;
    const place = arena.allocate(width * 2);
    int16View(memory, place, width).fill(SENTINEL).fill(fill, 0, w.to - w.from);
    return { ...w, map, fill: place, sampleStep: w.shape[0] * w.shape[1] * w.shape[2] * 2 };
  });
  const [lines, across] = spec.positions;
  const pixel = spec.columns + 2 * gap;
  const length = samples * lines * across * pixel;
  const y = arena.allocate(length * 2);
  const output = int16View(memory, y, length).fill(SENTINEL);
  const scratch = arena.allocate(tile.scratchBytes);
  const after = int16View(memory, arena.allocate(64), 32).fill(SENTINEL);
  kernel.run(tile, exports, memory, windows, {
    address: y + gap * 2, sampleStep: lines * across * pixel * 2, lineStep: across * pixel * 2, columnStep: pixel * 2, positions: spec.positions,
  }, samples, scratch);
  if (after.some((v) => v !== SENTINEL)) throw new Error('wrote beyond its scratch');
  const codes: number[] = [];
  output.forEach((code, k) => {
    const column = (k % pixel) - gap;
    if (column >= 0 && column < spec.columns) codes.push(code);
    else if (code !== SENTINEL) throw new Error(`wrote beside its results, column ${column}`);
  });
  arena.release(mark);
  return codes;
}

function mapsOf(spec: MapSpec, samples: number, value: () => number): Int16Array[] {
  return spec.windows.map(({ shape: [h, w, c] }) => Int16Array.from({ length: samples * h * w * c }, value));
}

export function check(kernel: MapKernel, spec: MapSpec, value: () => number, { samples = 1, fill = 0 } = {}): void {
  expect(kernel.supports(spec)).toBe(true);
  const maps = mapsOf(spec, samples, value);
  expect(runMaps(kernel, spec, maps, fill, samples)).toEqual(expected(spec, maps, fill, samples));
}
