import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyBox, fill, gather, gatherRows, maximum, type ElementBytes, type GatherPlan, type Twin } from '../../src/kernels/gather.js';
import { float32View, int16View } from '../../src/kernels/memory.js';
import { frameMap, gridBytes, OVERSHOOT_BYTES, planWindow, writeGrid } from '../../src/kernels/collect.js';
import { generator, loadKernels } from './setup.js';

const { instance, arena } = loadKernels();
const { memory, exports } = instance;
const TWINS: readonly Twin[] = ['scalar', 'simd'];

function view(b: ElementBytes, address: number, length: number): Int16Array | Float32Array {
  return b === 2 ? int16View(memory, address, length) : float32View(memory, address, length);
}

/** The definition, one element at a time. */
function expectedRows(plan: GatherPlan, map: ArrayLike<number>, edge: ArrayLike<number>, p0: number, p1: number): number[][] {
  const rows: number[][] = [];
  for (let p = p0; p < p1; p++) {
    const row: number[] = [];
    for (let ky = 0; ky < plan.kernel[0]; ky++) {
      for (let kx = 0; kx < plan.kernel[1]; kx++) {
        const y = plan.origin[0] + Math.floor(p / plan.gridWidth) * plan.stride[0] + ky * plan.dilation[0];
        const x = plan.origin[1] + (p % plan.gridWidth) * plan.stride[1] + kx * plan.dilation[1];
        const inside = y >= 0 && y < plan.height && x >= 0 && x < plan.width;
        for (let c = plan.from; c < plan.to; c++) {
          row.push((inside ? map[(y * plan.width + x) * plan.channels + c] : edge[c - plan.from]) as number);
        }
      }
    }
    rows.push(row);
  }
  return rows;
}

interface Shape {
  readonly map: readonly [number, number, number];
  readonly channels: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly origin: readonly [number, number];
  readonly grid: readonly [number, number];
}

const SHAPES: Record<string, Shape> = {
  'a padded 3 x 3 window, all channels': {
    map: [7, 6, 5], channels: [0, 5], kernel: [3, 3], stride: [1, 1], dilation: [1, 1], origin: [-1, -1], grid: [7, 6],
  },
  'part of the channels, strides': {
    map: [9, 8, 20], channels: [3, 20], kernel: [3, 2], stride: [2, 3], dilation: [1, 1], origin: [-1, 0], grid: [5, 3],
  },
  dilation: { map: [9, 9, 3], channels: [0, 3], kernel: [3, 3], stride: [1, 1], dilation: [2, 3], origin: [-2, -3], grid: [9, 9] },
  'a window wholly outside': {
    map: [2, 2, 4], channels: [0, 4], kernel: [2, 2], stride: [1, 1], dilation: [1, 1], origin: [-5, -4], grid: [10, 9],
  },
  'a window wider than the map': {
    map: [3, 2, 9], channels: [0, 9], kernel: [5, 7], stride: [1, 1], dilation: [1, 1], origin: [-2, -3], grid: [3, 2],
  },
  'long runs': { map: [2, 3, 600], channels: [0, 600], kernel: [1, 2], stride: [1, 1], dilation: [1, 1], origin: [0, -1], grid: [2, 4] },
  'one value': { map: [1, 1, 1], channels: [0, 1], kernel: [1, 1], stride: [1, 1], dilation: [1, 1], origin: [0, 0], grid: [1, 1] },
};

function expectGather(shape: Shape, b: ElementBytes): void {
  const random = generator(3);
  const mark = arena.mark();
  const size = shape.map[0] * shape.map[1] * shape.map[2];
  const run = shape.channels[1] - shape.channels[0];
  const mapAddress = arena.allocate(size * b);
  const map = view(b, mapAddress, size);
  map.forEach((_, k) => (map[k] = random(-999, 999)));
  const fillAddress = arena.allocate(run * b);
  const edge = Array.from({ length: run }, (_, c) => 2000 + c);
  view(b, fillAddress, run).set(edge);
  const plan: GatherPlan = {
    map: mapAddress, elementBytes: b, height: shape.map[0], width: shape.map[1], channels: shape.map[2], from: shape.channels[0],
    to: shape.channels[1], kernel: shape.kernel, stride: shape.stride, dilation: shape.dilation, origin: shape.origin,
    gridWidth: shape.grid[1], fill: fillAddress,
  };
  const positions = shape.grid[0] * shape.grid[1];
  const [p0, p1] = [Math.min(1, positions - 1), positions];
  const pitch = gatherRows(plan) + 7;
  const offset = 3;
  const total = (p1 - p0) * pitch + offset;
  for (const twin of TWINS) {
    const to = arena.allocate(total * b);
    view(b, to, total).fill(-7777);
    gather(exports, twin, plan, p0, p1, to + offset * b, pitch);
    const wanted = new Array<number>(total).fill(-7777);
    expectedRows(plan, view(b, mapAddress, size), edge, p0, p1).forEach((row, r) => {
      row.forEach((v, k) => (wanted[offset + r * pitch + k] = v));
    });
    expect([...view(b, to, total)], twin).toEqual(wanted);
  }
  arena.release(mark);
}

/** Rows of two samples, collected from the map or its framed copy, from one position of the first on, in two calls. */
function expectCollect(shape: Shape, b: ElementBytes): void {
  const random = generator(4);
  const mark = arena.mark();
  const samples = 2;
  const [height, width, channels] = shape.map;
  const size = height * width * channels;
  const run = shape.channels[1] - shape.channels[0];
  const maps = arena.allocate(samples * size * b + OVERSHOOT_BYTES);
  view(b, maps, samples * size).forEach((_, k, all) => (all[k] = random(-999, 999)));
  const fillAddress = arena.allocate(run * b + OVERSHOOT_BYTES);
  const edge = Array.from({ length: run }, (_, c) => 2000 + c);
  view(b, fillAddress, run).set(edge);
  const plan: GatherPlan = {
    map: maps, elementBytes: b, height, width, channels, from: shape.channels[0], to: shape.channels[1], kernel: shape.kernel, stride: shape.stride,
    dilation: shape.dilation, origin: shape.origin, gridWidth: shape.grid[1], fill: fillAddress,
  };
  const { frame, frameBytes, stretches } = planWindow(plan, shape.map, shape.grid, b);
  const frames = arena.allocate(samples * frameBytes + OVERSHOOT_BYTES);
  if (frame !== null) for (let n = 0; n < samples; n++) frameMap(exports, b, maps + n * size * b, shape.map, plan, frame, frames + n * frameBytes);
  const constant = arena.allocate(16);
  view(b, constant, 3).fill(-5);
  const grid = arena.allocate(gridBytes(stretches.length + 1));
  writeGrid(new Int32Array(memory.buffer, grid), shape.grid, [
    ...stretches.map((s) => ({ ...s, address: (frame === null ? maps : frames) + s.offset, sampleStep: frame === null ? size * b : frameBytes })),
    { address: constant, sampleStep: 0, offset: 0, lineStep: 0, columnStep: 0, bytes: 3 * b },
  ]);
  const positions = shape.grid[0] * shape.grid[1];
  const rows = gatherRows(plan) + 3;
  const pitch = rows + OVERSHOOT_BYTES / 2;
  const to = arena.allocate((samples * positions * pitch) * b);
  const first = Math.min(1, samples * positions - 1);
  const middle = Math.ceil((first + samples * positions) / 2);
  (exports.collect as (...args: number[]) => void)(grid, first, middle - first, to, pitch * b);
  (exports.collect as (...args: number[]) => void)(grid, middle, samples * positions - middle, to + (middle - first) * pitch * b, pitch * b);
  const wanted = Array.from({ length: samples }, (_, n) => expectedRows(plan, view(b, maps + n * size * b, size), edge, 0, positions)).flat()
    .slice(first).map((row) => [...row, -5, -5, -5]);
  expect(wanted.map((_, r) => [...view(b, to + r * pitch * b, rows)])).toEqual(wanted);
  arena.release(mark);
}

describe.each([2, 4] as const)('gather of %i-byte elements', (b) => {
  it.each(Object.keys(SHAPES))('%s', (name) => {
    expectGather(SHAPES[name] as Shape, b);
    expectCollect(SHAPES[name] as Shape, b);
  });

  it('whatever the window', () => {
    const pair = (min: number, max: number): fc.Arbitrary<[number, number]> => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
    const shapes = fc.record({
      size: pair(1, 9), between: fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 2 })),
      kernel: pair(1, 4), stride: pair(1, 3), dilation: pair(1, 3), origin: pair(-6, 4), grid: pair(1, 6),
    });
    fc.assert(fc.property(shapes, ({ size, between: [before, run, after], ...rest }) => {
      const shape: Shape = { map: [...size, before + run + after], channels: [before, before + run], ...rest };
      expectGather(shape, b);
      expectCollect(shape, b);
    }), { seed: 1, numRuns: 60 });
  });
});

describe('what lies side by side in every row', () => {
  const stretchesOf = (over: Partial<Shape>): number[] => {
    const shape: Shape = {
      map: [7, 6, 5], channels: [0, 5], kernel: [3, 3], stride: [1, 1], dilation: [1, 1], origin: [-1, -1], grid: [7, 6], ...over,
    };
    const window = { ...shape, from: shape.channels[0], to: shape.channels[1], fill: 0 };
    return planWindow(window, shape.map, shape.grid, 2).stretches.map((s) => s.bytes);
  };

  it('is one stretch', () => {
    expect(stretchesOf({})).toEqual([30, 30, 30]);
    expect(stretchesOf({ origin: [0, 0], grid: [5, 4] })).toEqual([30, 30, 30]);
    expect(stretchesOf({ kernel: [7, 6], origin: [0, 0], grid: [1, 1] })).toEqual([420]);
    expect(stretchesOf({ channels: [1, 4] })).toEqual([18, 18, 18]);
    expect(stretchesOf({ channels: [1, 4], origin: [0, 0], grid: [5, 4] })).toEqual(new Array(9).fill(6));
    expect(stretchesOf({ dilation: [1, 2] })).toEqual(new Array(9).fill(10));
  });
});

describe.each([2, 4] as const)('boxes of %i-byte elements', (b) => {
  it.each([
    { size: [3, 4, 5], step: [1, 1, 1] }, { size: [3, 3, 7], step: [2, 2, 1] }, { size: [2, 4, 3], step: [1, 1, 3] },
    { size: [5, 1, 1], step: [1, 2, 2] },
    { size: [2, 5, 9], step: [2, 1, 1] },
  ])('size $size, step $step', ({ size, step }) => {
    const mark = arena.mark();
    const [h, w, c] = size as [number, number, number];
    const [sy, sx, sc] = step as [number, number, number];
    const [mapW, mapC] = [w * sx, c * sc];
    const length = h * sy * mapW * mapC;
    const from = arena.allocate(length * b);
    view(b, from, length).forEach((_, k, all) => (all[k] = k));
    const [toW, toC] = [w + 1, sc === 1 && sy === 2 && sx === 1 ? c : c + 2];
    const total = h * toW * toC + 4;
    for (const twin of TWINS) {
      const to = arena.allocate(total * b);
      view(b, to, total).fill(-1);
      copyBox(exports, twin, {
        elementBytes: b, from, to: to + b, size: [h, w, c], fromStride: [sy * mapW * mapC, sx * mapC, sc], toStride: [toW * toC, toC],
      });
      const wanted = new Array<number>(total).fill(-1);
      for (let i = 0; i < h; i++) {
        for (let j = 0; j < w; j++) {
          for (let k = 0; k < c; k++) wanted[1 + (i * toW + j) * toC + k] = (i * sy * mapW + j * sx) * mapC + k * sc;
        }
      }
      expect([...view(b, to, total)], twin).toEqual(wanted);
    }
    arena.release(mark);
  });

  it('are filled', () => {
    const to = arena.allocate(12 * b);
    view(b, to, 12).fill(1);
    fill(exports, b, to + b, 10, -5);
    expect([...view(b, to, 12)]).toEqual([1, ...new Array<number>(10).fill(-5), 1]);
  });
});

describe('maximum of float32', () => {
  it.each([1, 4, 6])('not-a-number wins, and +0 over -0: %i channels', (channels) => {
    const cases = [[NaN, 1, 2], [1, NaN, 2], [1, 2, NaN], [-0, 0, -1], [0, -0, -1], [-0, -0, -Infinity], [-Infinity, -3, Infinity]];
    const mark = arena.mark();
    const xAddress = arena.allocate(cases.length * 3 * channels * 4);
    float32View(memory, xAddress, cases.length * 3 * channels).set(cases.flat().flatMap((v) => new Array<number>(channels).fill(v)));
    for (const twin of TWINS) {
      const y = arena.allocate(cases.length * channels * 4);
      maximum(exports, twin, 4, xAddress, 3 * channels, cases.length, 3, channels, y, channels);
      const wanted = cases.flatMap((taps) => new Array<number>(channels).fill(Math.max(...taps)));
      expect([...float32View(memory, y, cases.length * channels)], twin).toEqual(wanted);
    }
    arena.release(mark);
  });
});

describe.each([2, 4] as const)('maximum of %i-byte elements', (b) => {
  it.each([1, 3, 4, 7, 8, 9, 16, 17, 33])('%i channels', (channels) => {
    const random = generator(channels);
    for (const taps of [1, 2, 4, 9]) {
      const mark = arena.mark();
      const [count, xPitch, yPitch] = [3, taps * channels + 1, channels + 2];
      const xAddress = arena.allocate(count * xPitch * b);
      const x = view(b, xAddress, count * xPitch);
      x.forEach((_, k) => (x[k] = random(-32768, 32767)));
      const wanted = new Array<number>(count * yPitch + 1).fill(99);
      for (let r = 0; r < count; r++) {
        for (let c = 0; c < channels; c++) {
          const taken = Array.from({ length: taps }, (_, t) => x[r * xPitch + t * channels + c] as number);
          wanted[1 + r * yPitch + c] = Math.max(...taken);
        }
      }
      for (const twin of TWINS) {
        const y = arena.allocate(wanted.length * b);
        view(b, y, wanted.length).fill(99);
        maximum(exports, twin, b, xAddress, xPitch, count, taps, channels, y + b, yPitch);
        expect([...view(b, y, wanted.length)], twin).toEqual(wanted);
      }
      arena.release(mark);
    }
  });
});
