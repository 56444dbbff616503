/** From real weights to the integers of a core: exact folding of zeros and biases, ranges kept. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  linearStage, realise, roundHalfUp, shiftRows, unitWeight, weightPeak, type LinearStage, type RealTile, type TileScales,
} from '../../src/cores/realise.js';
import { loadChip } from '../../src/data/chips.js';
import { generator } from '../kernels/setup.js';

const stageOf = (name: string): LinearStage => linearStage(loadChip(name))!;

interface Made {
  readonly tile: RealTile;
  readonly scales: TileScales;
}

/** Weights that are whole at exponent 4, steps that are powers of two: nothing rounds but what the test wants to. */
function exact(rows: number, columns: number, seed: number, top: number): Made {
  const next = generator(seed);
  const rowStep = Float64Array.from({ length: rows }, () => 2 ** next(-3, 0));
  const columnStep = Float64Array.from({ length: columns }, () => 2 ** next(-2, 1));
  const weights = Float64Array.from({ length: rows * columns }, (_, k) =>
    (next(-top, top) / 16) * columnStep[k % columns]! / rowStep[Math.floor(k / columns)]!);
  return {
    tile: { rows, columns, weights, bias: Float64Array.from({ length: columns }, (_, j) => next(-40, 40) * columnStep[j]!) },
    scales: {
      rowStep, columnStep, rowZero: Float64Array.from({ length: rows }, () => next(0, 63)),
      columnZero: Float64Array.from({ length: columns }, () => next(0, 200)),
    },
  };
}

describe('integers of a tile', () => {
  const shapes = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 6 }), fc.nat());

  it('with a preload give the real sum exactly, whatever the zeros', () => {
    const stage = stageOf('tianji');
    fc.assert(fc.property(shapes, ([rows, columns, seed]) => {
      const { tile, scales } = exact(rows, columns, seed, 100);
      const { weights, preload } = realise(tile, scales, stage, 4, 0, new Float64Array(columns));
      const next = generator(seed + 1);
      const codes = Array.from({ length: rows }, () => next(0, 255));
      for (let j = 0; j < columns; j++) {
        const sum = codes.reduce((s, x, i) => s + x * weights[i * columns + j]!, preload![j]!);
        const real = codes.reduce((s, x, i) => s + (x - scales.rowZero[i]!) * scales.rowStep[i]! * tile.weights[i * columns + j]!, tile.bias[j]!);
        expect(sum / 16).toBeCloseTo(real / scales.columnStep[j]! + scales.columnZero[j]!, 9);
      }
    }), { seed: 1, numRuns: 100 });
  });

  it('an input of zeros gives the bias alone, even where weights round', () => {
    const stage = stageOf('tianji');
    fc.assert(fc.property(shapes, fc.integer({ min: 0, max: 6 }), ([rows, columns, seed], k) => {
      const { tile, scales } = exact(rows, columns, seed, 100);
      const rough = { ...tile, weights: tile.weights.map((w) => w * 0.77) };
      const { weights, preload } = realise(rough, scales, stage, k, 0, new Float64Array(columns));
      for (let j = 0; j < columns; j++) {
        const sum = Array.from(scales.rowZero).reduce((s, x, i) => s + x * weights[i * columns + j]!, preload![j]!);
        expect(sum).toBe(Math.floor((tile.bias[j]! / scales.columnStep[j]! + scales.columnZero[j]!) * 2 ** k));
      }
    }), { seed: 2, numRuns: 100 });
  });

  it('with bias rows spread the bias, to within half an input code', () => {
    const stage = stageOf('prime');
    fc.assert(fc.property(shapes, fc.integer({ min: 7, max: 12 }), ([rows, columns, seed], k) => {
      const { tile, scales } = exact(rows, columns, seed, 8);
      const [offset, constantRows] = [new Float64Array(columns).fill(0.5), 60];
      const { weights } = realise(tile, { ...scales, rowZero: new Float64Array(rows) }, stage, k, constantRows, offset);
      for (let j = 0; j < columns; j++) {
        let sum = 0;
        for (let r = rows; r < rows + constantRows; r++) sum += 63 * weights[r * columns + j]!;
        const wanted = (tile.bias[j]! / scales.columnStep[j]! + scales.columnZero[j]! + 0.5) * 2 ** k;
        const most = 63 * 255 * constantRows;
        expect(Math.abs(sum - Math.min(Math.max(wanted, -most), most))).toBeLessThanOrEqual(32);
      }
    }), { seed: 3, numRuns: 100 });
  });

  it('clips to the legal weights', () => {
    const stage = stageOf('tianji');
    const none = new Float64Array(1);
    const scales: TileScales = { rowStep: Float64Array.of(1, 1), rowZero: new Float64Array(2), columnStep: Float64Array.of(1), columnZero: none };
    const { weights } = realise({ rows: 2, columns: 1, weights: Float64Array.of(1000, -1000), bias: none }, scales, stage, 0, 0, none);
    expect([...weights]).toEqual([127, -128]);
    expect(weightPeak({ rows: 2, columns: 1, weights: Float64Array.of(3, -7), bias: new Float64Array(1) }, scales)).toBe(7);
  });

  it('moves what a composed sum holds in its lower parts to its upper ones, and leaves the sum', () => {
    const stage = stageOf('prime');
    fc.assert(fc.property(fc.integer({ min: -15, max: 15 }), fc.integer({ min: -40, max: 40 }), (shift, bias) => {
      const none = new Float64Array(1);
      const tile: RealTile = { rows: 1, columns: 1, weights: Float64Array.of(0), bias: Float64Array.of(bias * 63) };
      const scales: TileScales = { rowStep: Float64Array.of(1), rowZero: none, columnStep: Float64Array.of(1), columnZero: none };
      const rows = shiftRows(stage, shift) + 2;
      const constants = (u: number): number[] => [...realise(tile, scales, stage, 0, rows, none, { shift: Int32Array.of(u) }).weights].slice(1);
      const sum = (weights: readonly number[]): number => weights.reduce((a, b) => a + b, 0);
      expect(sum(constants(shift))).toBe(sum(constants(0)));
      expect(sum(constants(shift))).toBe(bias);
      // The first row is in the highest cell alone, those that make up for it in the others.
      if (shift === 0) return;
      const [first, ...rest] = constants(shift);
      expect(first).toBe(16 * shift);
      expect(rest.slice(0, shiftRows(stage, shift) - 1).every((w) => Math.abs(w) <= 15)).toBe(true);
    }), { seed: 4, numRuns: 100 });
  });

  it('takes multiples of the spacing, but for rows of one weight', () => {
    const stage = stageOf('prime');
    const none = new Float64Array(2);
    const weights = Float64Array.of(100, -37, 90, 0, 250, -250);
    const scales: TileScales = { rowStep: new Float64Array(3).fill(1), rowZero: new Float64Array(3), columnStep: Float64Array.of(1, 1), columnZero: none };
    const tile: RealTile = { rows: 3, columns: 2, weights, bias: none };
    expect([...realise(tile, scales, stage, 0, 0, none, { spacing: 16 }).weights]).toEqual([96, -32, 90, 0, 240, -240]);
    expect([...realise(tile, scales, stage, 0, 0, none).weights]).toEqual([100, -37, 90, 0, 250, -250]);
  });

  it('rounds halves up', () => {
    expect([-1.5, -0.5, 0.5, 1.49, 1.5].map(roundHalfUp).map((v) => v + 0)).toEqual([-1, 0, 1, 1, 2]);
  });
});

describe('the linear stage of a chip', () => {
  it('is asked of the description: preloads or rows, exponents, ranges', () => {
    const [window, composed, ideal] = ['tianji', 'prime', 'prime-ideal'].map(stageOf) as [LinearStage, LinearStage, LinearStage];
    expect([window.bias, composed.bias, ideal.bias]).toEqual(['preload', 'rows', 'preload']);
    expect([window.exponents[0], window.exponents.at(-1), composed.exponents[0], composed.exponents.at(-1)]).toEqual([0, 16, 7, 16]);
    expect([window.config(3), composed.config(7), ideal.config(2)]).toEqual([
      { shift: 3, clamp: [0, 255] }, { gain: 9, clamp: [0, 63] }, { shift: 2, clamp: [0, 63] },
    ]);
    expect([window.table, composed.table, ideal.table]).toEqual([true, true, false]);
    expect(['ideal', 'tianji-snn'].map((name) => linearStage(loadChip(name)))).toEqual([null, null]);
  });

  it('knows the weight that acts as 1', () => {
    expect(['tianji', 'prime', 'prime-ideal', 'prime-fixed'].map((name) => unitWeight(stageOf(name)))).toEqual([
      { weight: 1, k: 0 }, { weight: 128, k: 7 }, { weight: 1, k: 0 }, null,
    ]);
  });
});
