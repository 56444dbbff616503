/** Winograd's kernels against plain sums over the window, at odd sizes and at the ends of every range. */
import { describe, expect, it } from 'vitest';
import { PRIME } from '../../src/chip/arithmetic/composed.js';
import { CORE_KERNELS, MAP_KERNELS, mapKernelByName, pickKernel, pickMapKernel } from '../../src/kernels/table.js';
import type { MapSpec } from '../../src/kernels/types.js';
import { check, IDEAL, pointOf, SHAPE, specOf, windowOf } from './maps.js';
import { generator, randomCodes } from './setup.js';

const winograd = mapKernelByName('window/winograd');

const ODD = [1, 3, 7, 15, 17, 31, 33];

describe('window/winograd', () => {
  const next = generator(3);
  const weight = (): number => next(-128, 127);
  const code = (): number => next(0, 255);
  const preloads = (columns: number): Int32Array => Int32Array.from({ length: columns }, () => next(-99999, 99999));

  it.each(ODD)('is exact with %i channels, columns, lines or positions of a line', (n) => {
    for (const over of [{ channels: n }, { columns: n }, { positions: [n, 5] as const }, { positions: [2, n] as const }]) {
      const shape = { ...SHAPE, map: over.positions ?? SHAPE.map, ...over };
      check(winograd, specOf(shape, [windowOf(shape)], weight, { preload: preloads(shape.columns) }), code, { samples: 2, fill: next(0, 255) });
    }
  });

  it.each([255, 257])('is exact with %i channels or columns', (n) => {
    const small = { ...SHAPE, positions: [3, 5], map: [3, 5] } as const;
    const wide = { ...small, columns: n };
    check(winograd, specOf(wide, [windowOf(wide)], weight), code);
    const deep = { ...small, channels: n, columns: 5 };
    check(mapKernelByName('ideal/winograd'), specOf(deep, [windowOf(deep)], () => next(-20, 20), { arithmetic: IDEAL }), code);
  });

  it.each([[0, 0], [-2, 1], [1, -3], [-7, -7], [20, 20]])('takes windows that begin at %i, %i, inside the map and far out of it', (top, left) => {
    const shape = { ...SHAPE, origin: [top, left], positions: [11, 9], map: [9, 7], before: 3, behind: 6 } as const;
    check(winograd, specOf(shape, [windowOf(shape)], weight), code, { samples: 3, fill: 77 });
  });

  it('takes more tiles than it has room for at once, of many samples', () => {
    const shape = { ...SHAPE, positions: [31, 22], map: [31, 22] } as const;
    check(winograd, specOf(shape, [windowOf(shape)], weight), code, { samples: 3 });
  });

  it.each([1, 2, 3, 5])('adds %i diagonals, before the window and behind', (terms) => {
    const shape = { ...SHAPE, columns: 21 };
    for (let place = 0; place <= terms; place += terms) {
      const windows = Array.from({ length: terms }, (_, t) => pointOf(shape, 1 + (t % 2), t % 3));
      windows.splice(place, 0, windowOf(shape));
      check(winograd, specOf(shape, windows, weight, { preload: preloads(21) }), code, { samples: 2, fill: 9 });
    }
  });

  it('is exact for the greatest operands of a core, of either sign', () => {
    const shape = { ...SHAPE, channels: 28, columns: 8, positions: [5, 5], map: [5, 5] } as const;
    const plus = (): number => 127;
    const minus = (): number => -128;
    const mixed = (i: number, j: number): number => ((i + j) % 2 === 0 ? 127 : -128);
    for (const [lo, hi] of [[0, 255], [-128, 127]] as const) {
      for (const of of [plus, minus, mixed]) {
        for (const value of [() => hi, () => lo, () => (next(0, 1) === 0 ? lo : hi)]) {
          for (const [shift, clamp] of [[0, [-128, 127]], [16, [-128, 127]], [15, [0, 255]]] as const) {
            check(winograd, specOf(shape, [windowOf(shape)], of, { input: { lo, hi }, config: { shift, clamp } }), value, { fill: hi });
          }
        }
      }
    }
  });

  it('goes through a table', () => {
    const table = randomCodes(next, 256, 0, 255);
    for (const columns of [5, 21]) {
      const shape = { ...SHAPE, columns };
      check(winograd, specOf(shape, [windowOf(shape)], weight, { table, config: { shift: 9, clamp: [-128, 127] } }), code);
      check(winograd, specOf(shape, [windowOf(shape), pointOf(shape)], weight, { table, config: { shift: 9, clamp: [-128, 127] } }), code);
    }
  });

  it('refuses what it could get wrong', () => {
    const wrong = (over: Partial<MapSpec>, windows = [windowOf(SHAPE)]): boolean => winograd.supports(specOf(SHAPE, windows, () => 100, over));
    expect(wrong({})).toBe(true);
    expect(wrong({ arithmetic: IDEAL })).toBe(false);
    expect(wrong({}, [{ ...windowOf(SHAPE), stride: [1, 2] }])).toBe(false);
    expect(wrong({}, [{ ...windowOf(SHAPE), dilation: [2, 1] }])).toBe(false);
    expect(wrong({}, [{ ...windowOf(SHAPE), kernel: [3, 1] }])).toBe(false);
    expect(wrong({}, [windowOf(SHAPE), windowOf(SHAPE)])).toBe(false);
    // A pixel that lies outside its map, and a 1 x 1 window that is no diagonal.
    expect(wrong({}, [windowOf(SHAPE), { ...pointOf(SHAPE), origin: [1, 0] }])).toBe(false);
    expect(wrong({}, [windowOf(SHAPE), { ...pointOf(SHAPE), from: 0, to: 9 }])).toBe(false);
    const full = specOf(SHAPE, [windowOf(SHAPE), pointOf(SHAPE)], () => 100);
    full.weights[81 * 17 + 1] = 1;
    expect(winograd.supports(full)).toBe(false);
    // Transformed inputs of more than 16 bits: 68 times 481 is 32708, 68 times 482 is 32776.
    expect(wrong({ input: { lo: 0, hi: 481 } })).toBe(true);
    expect(wrong({ input: { lo: 0, hi: 482 } })).toBe(false);
    // A cut to the accumulator that shows: 24 bits less a shift of 16 leave the codes -128..127.
    expect(wrong({ preload: new Int32Array(17).fill(2 ** 23 - 1), config: { shift: 16, clamp: [-128, 127] } })).toBe(true);
    expect(wrong({ preload: new Int32Array(17).fill(2 ** 23 - 1), config: { shift: 16, clamp: [0, 255] } })).toBe(false);
  });

  it('takes diagonals whose weights times 64 fit 16 bits', () => {
    const windows = [windowOf(SHAPE), pointOf(SHAPE)];
    const spec = (w: number): MapSpec => specOf(SHAPE, windows, (i) => (i < 81 ? 1 : w));
    check(winograd, spec(511), () => next(0, 255));
    check(winograd, spec(-512), () => next(0, 255));
    expect(winograd.supports(spec(512))).toBe(false);
  });
});

describe('ideal/winograd', () => {
  const kernel = mapKernelByName('ideal/winograd');
  const shape = { ...SHAPE, channels: 512, columns: 3, positions: [5, 6], map: [5, 6] } as const;
  const next = generator(4);

  it('is exact over 512 channels up to sums of 26 bits, and adds up parts beyond', () => {
    // 4608 rows; 255 * 131584 = 33553920 = 2^25 - 512.
    const heights = (total: number) => (i: number): number => Math.floor(((i + 1) * total) / 4608) - Math.floor((i * total) / 4608);
    const spec = (sign: number, preload: number): MapSpec => specOf(shape, [windowOf(shape)], (i) => sign * heights(131584)(i), {
      arithmetic: IDEAL, config: { shift: 18, clamp: [-128, 127] }, preload: new Int32Array(3).fill(preload),
    });
    for (const value of [() => 255, () => 0, () => next(0, 255)]) {
      check(kernel, spec(1, 511), value, { fill: 255 });
      check(kernel, spec(-1, -512), value, { fill: 255 });
    }
    for (const spread of [spec(1, 512), spec(-1, -513), spec(1, 1e6)]) check(kernel, spread, () => 255, { fill: 255 });
  });

  it.each([[127, 0], [-128, 0], [127, 2 ** 23], [-128, -(2 ** 23)]])('is exact where all %i weights are equal, %i to begin with', (w, preload) => {
    for (const columns of [3, 5, 21]) {
      const wide = { ...shape, columns };
      const windows = [windowOf(wide), pointOf(wide)];
      const over = { arithmetic: IDEAL, preload: new Int32Array(columns).fill(preload) };
      for (const config of [{ shift: 20, clamp: [-256, 255] }, { shift: 31, clamp: [-8, 8] }] as const) {
        check(kernel, specOf(wide, windows, () => w, { ...over, config }), () => 255, { fill: 255 });
        check(kernel, specOf(wide, windows, () => w, { ...over, config }), () => next(0, 255), { samples: 3 });
      }
    }
  });

  it('refuses a preload that fills 26 bits by itself', () => {
    const over = { arithmetic: IDEAL, config: { shift: 18, clamp: [-128, 127] } } as const;
    const preload = new Int32Array(3).fill(2 ** 25);
    expect(kernel.supports(specOf(shape, [windowOf(shape)], () => 1, { ...over, preload }))).toBe(false);
  });

  it('is exact where codes and weights have any sign and shifts are the greatest', () => {
    for (const shift of [0, 10, 25, 26, 31]) {
      const config = { shift, clamp: [-32768, 32767] } as const;
      const spec = specOf(shape, [windowOf(shape)], () => next(-32, 31), { arithmetic: IDEAL, config, input: { lo: -128, hi: 127 } });
      check(kernel, spec, () => next(-128, 127));
    }
  });

  it('takes weights of more than 8 bits where their filters allow it', () => {
    const small = { ...SHAPE, channels: 3 };
    const config = { shift: 12, clamp: [-128, 127] } as const;
    // 144 times 227 is 32688.
    for (const w of [227, -227]) check(kernel, specOf(small, [windowOf(small)], () => w, { arithmetic: IDEAL, config }), () => next(0, 255));
    expect(kernel.supports(specOf(small, [windowOf(small)], () => 228, { arithmetic: IDEAL, config }))).toBe(false);
    check(kernel, specOf(small, [windowOf(small)], (i) => (i < 3 ? 800 : 0), { arithmetic: IDEAL, config }), () => next(0, 255));
  });
});

describe('the choice', () => {
  const next = generator(5);
  const at = (channels: number, columns: number, side: number): MapSpec => {
    const shape = { ...SHAPE, channels, columns, positions: [side, side], map: [side, side] } as const;
    return specOf(shape, [windowOf(shape)], () => next(-128, 127));
  };

  it('falls on Winograd where a tile is large enough for it', () => {
    expect(pickMapKernel(at(28, 64, 56))?.name).toBe('window/winograd');
    expect(pickMapKernel(at(28, 256, 8))?.name).toBe('window/winograd');
    expect(pickMapKernel(at(1, 8, 2))).toBeNull();
  });

  it('counts what transforming filters costs, which samples share', () => {
    expect(pickMapKernel(at(64, 64, 4))).toBeNull();
    expect(pickMapKernel({ ...at(64, 64, 4), samples: 16 })?.name).toBe('window/winograd');
    expect(pickMapKernel(at(32, 32, 5))).toBeNull();
  });

  it('follows a forced name', () => {
    for (const forced of ['window/simd', 'scalar', 'window/scalar', 'ideal/scalar', 'window/relaxed']) expect(pickMapKernel(at(28, 64, 56), forced)).toBeNull();
    expect(pickMapKernel(at(28, 64, 56), 'simd')?.name).toBe('window/winograd');
    expect(pickMapKernel(at(28, 64, 56), 'composed/packed')?.name).toBe('window/winograd');
    expect(pickMapKernel(at(1, 8, 2), 'window/winograd')?.name).toBe('window/winograd');
    expect(pickKernel(at(28, 64, 56), 'window/winograd').name).toBe('window/simd');
    expect([...CORE_KERNELS, ...MAP_KERNELS].map((k) => k.name)).toContain('ideal/winograd');
  });

  it('leaves other arithmetic alone', () => {
    const spec = { ...at(28, 64, 56), arithmetic: PRIME, config: { gain: 2, clamp: [0, 63] as const }, input: { lo: 0, hi: 63 } };
    expect(pickMapKernel(spec)).toBeNull();
  });
});
