/** The network's input as two digits. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digitCode, wholeCode } from '../../src/cores/copies.js';
import type { Signal } from '../../src/cores/types.js';
import { loadChip } from '../../src/data/chips.js';
import { decodeSignal, encodeInput } from '../../src/emulate/edges.js';
import { inputDigits } from '../../src/encode/digits.js';
import { compile } from '../../src/pipeline.js';
import type { Reformed } from '../../src/reform/types.js';
import { dataFor, example } from '../flow/setup.js';

describe('digits of the input', () => {
  const bases = fc.record({
    base: fc.integer({ min: 2, max: 16 }), levels: fc.constantFrom(16, 64), channels: fc.integer({ min: 1, max: 3 }), lo: fc.constantFrom(0, -32),
    zero: fc.nat(), step: fc.double({ min: 0.001, max: 10, noNaN: true }),
    values: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 }),
  });

  it('decode to the nearest of as many levels as both have together', () => {
    fc.assert(fc.property(bases, ({ base, levels, channels, lo, zero, step, values }) => {
      const whole = { lo, hi: lo + levels * base - 1, step: [step], zero: [lo + (zero % (levels * base))] };
      const code = digitCode(whole, base, levels, channels);
      for (let c = 0; c < channels; c++) expect(wholeCode(code, base, c)).toEqual(whole);
      const signal: Signal = { name: 'x', shape: [2, 1, 2 * channels], code, golden: 'x', copies: 2, digits: base };
      const x = Float32Array.from({ length: 2 * channels }, (_, i) => values[i % 6]! * levels * base * step);
      const codes = encodeInput(x, signal, 1);
      expect(Math.min(...codes)).toBeGreaterThanOrEqual(code.lo);
      expect(Math.max(...codes)).toBeLessThanOrEqual(code.hi);
      decodeSignal(codes, signal, 1).forEach((v, i) => {
        const q = Math.min(Math.max(Math.floor(x[i]! / step + whole.zero[0]! + 0.5), whole.lo), whole.hi);
        expect(v).toBeCloseTo((q - whole.zero[0]!) * step, 6);
      });
    }), { seed: 1, numRuns: 200 });
  });

  const graphWith = (kernel: number, channels: number, kind: 'sum' | 'maxpool'): Reformed => {
    const input = { name: 'x', shape: [channels, 9, 9] as const };
    const output = { name: 'y', shape: [4, 9, 9] as const };
    const place = { kernel: [kernel, kernel], stride: [1, 1], dilation: [1, 1], origin: [0, 0] } as const;
    const node = kind === 'maxpool' ? { kind, name: 'n', input, ...place, output } : {
      kind, name: 'n', terms: [{ input, weights: new Float64Array(0), ...place, groups: 1 }], bias: new Float64Array(4), activation: null, output,
    };
    return { name: 'g', nodes: [node], input, output, host: [], inputRange: null, inputShape: [], outputShape: [] };
  };

  it('are taken where a core has few levels and rows for both, and convolutions alone read the input', () => {
    expect(inputDigits(graphWith(3, 3, 'sum'), { lo: 0, hi: 63 }, 256)).toBe(4);
    expect(inputDigits(graphWith(3, 3, 'sum'), { lo: 0, hi: 15 }, 256)).toBe(16);
    expect(inputDigits(graphWith(3, 3, 'sum'), { lo: 0, hi: 3 }, null)).toBe(4);
    expect(inputDigits(graphWith(3, 3, 'sum'), { lo: 0, hi: 255 }, 256)).toBe(1);
    expect(inputDigits(graphWith(3, 16, 'sum'), { lo: 0, hi: 63 }, 256)).toBe(1);
    expect(inputDigits(graphWith(3, 3, 'maxpool'), { lo: 0, hi: 63 }, 256)).toBe(1);
  });

  it('are in the artefact, and make a first layer better that sees more than 6 bits', async () => {
    const { graph } = example();
    const calibration = dataFor(graph, 48);
    const steps = ['half', 'range', 'gain', 'bias'];
    const first = async (more: readonly string[]) => {
      const { cores, layers } = await compile(graph, loadChip('prime-ideal'), calibration, { samples: 48, workers: 0, steps: [...steps, ...more] });
      return { digits: cores!.signals[cores!.input]!.digits, db: layers![0]!.sqnrDb };
    };
    const [plain, split] = [await first([]), await first(['digits'])];
    expect([plain.digits, split.digits]).toEqual([undefined, 4]);
    expect(split.db).toBeGreaterThan(plain.db + 1);
  });
});
