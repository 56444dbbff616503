/** Maxima of any window on codes: native trees, and trees of ReLUs, equal the plain maximum. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Chip } from '../../src/chip/types.js';
import type { Code } from '../../src/cores/types.js';
import { checkLimits } from '../../src/cores/limits.js';
import { checkStructure } from '../../src/cores/structure.js';
import { loadChip } from '../../src/data/chips.js';
import { referenceRun } from '../../src/emulate/reference.js';
import { expand } from '../../src/expand/expand.js';
import { coreGraphOf } from '../../src/expand/types.js';
import type { MaxPoolNode, Reformed } from '../../src/reform/types.js';
import { generator, randomCodes } from '../kernels/setup.js';

type Pair = readonly [number, number];

interface Pool {
  readonly size: Pair;
  readonly channels: number;
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly before: Pair;
}

const pair = (min: number, max: number): fc.Arbitrary<[number, number]> => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
const pools: fc.Arbitrary<Pool> = fc.record({
  size: pair(3, 8), channels: fc.integer({ min: 1, max: 7 }), kernel: pair(1, 4), stride: pair(1, 3), dilation: pair(1, 2), before: pair(0, 1),
}).filter(({ kernel, before }) => before.every((b, d) => b < kernel[d]!));

/** Positions of a pooling that reads at most one line beyond the end, with every window on the map. */
const positions = (p: Pool): Pair => [0, 1].map((d) => {
  const span = (p.kernel[d]! - 1) * p.dilation[d]! + 1;
  return Math.max(1, Math.floor((p.size[d]! + p.before[d]! - span) / p.stride[d]!) + 1);
}) as unknown as Pair;

function network(p: Pool): { reformed: Reformed; out: Pair } {
  const out = positions(p);
  const input = { name: 'x', shape: [p.channels, ...p.size] as const };
  const output = { name: 'y', shape: [p.channels, ...out] as const };
  const node: MaxPoolNode = {
    kind: 'maxpool', name: 'pool', input, kernel: p.kernel, stride: p.stride, dilation: p.dilation, origin: [-p.before[0], -p.before[1]], output,
  };
  return { reformed: { name: 'pool', nodes: [node], input, output,
    host: [], inputRange: null, inputShape: [1, ...input.shape], outputShape: [1, ...output.shape] }, out };
}

/** The plain maximum on codes [height, width, channels]; a window outside the map altogether gives the least code. */
function plain(p: Pool, out: Pair, codes: Int16Array, lo: number): number[] {
  const result: number[] = [];
  for (let y = 0; y < out[0]; y++) {
    for (let x = 0; x < out[1]; x++) {
      for (let c = 0; c < p.channels; c++) {
        let most = lo;
        for (let ky = 0; ky < p.kernel[0]; ky++) {
          for (let kx = 0; kx < p.kernel[1]; kx++) {
            const [sy, sx] = [y * p.stride[0] + ky * p.dilation[0] - p.before[0], x * p.stride[1] + kx * p.dilation[1] - p.before[1]];
            if (sy < 0 || sx < 0 || sy >= p.size[0] || sx >= p.size[1]) continue;
            most = Math.max(most, codes[(sy * p.size[1] + sx) * p.channels + c]!);
          }
        }
        result.push(most);
      }
    }
  }
  return result;
}

function check(chip: Chip, p: Pool, seed: number, zero = 0): void {
  const { reformed, out } = network(p);
  const { lo, hi } = chip.inputs[0]!;
  const code: Code = { lo, hi, step: [0.5], zero: [zero] };
  const graph = coreGraphOf(expand(reformed, chip, new Map([[reformed.input, code]]), { outputCopies: 1 }));
  expect([checkStructure(graph), checkLimits(graph)]).toEqual([[], []]);
  expect(graph.signals[graph.output]!.code).toEqual(code);
  const next = generator(seed);
  const batch = 2;
  const size = p.size[0] * p.size[1] * p.channels;
  // Often the ends of the range, where sums are largest.
  const codes = randomCodes(next, batch * size, lo, hi).map((v) => (next(0, 3) === 0 ? hi : next(0, 3) === 0 ? lo : v));
  const expected = [0, 1].flatMap((n) => plain(p, out, codes.subarray(n * size, (n + 1) * size), lo));
  expect(Array.from(referenceRun(graph, codes, batch).get(graph.output)!)).toEqual(expected);
}

const small = (chip: Chip, rows: number, columns: number): Chip => ({ ...chip, core: { ...chip.core, rows, columns } });
const without = (chip: Chip): Chip => ({ ...chip, pooling: null });

describe('a maximum built from ReLUs', () => {
  const tianji = loadChip('tianji');
  // Its window is wider than its outputs, so that every core needs a table.
  const wide: Chip = { ...tianji, name: 'tianji with a wide window', arithmetic: { ...tianji.arithmetic, windowBits: 9 } as Chip['arithmetic'] };
  const chips = [tianji, wide, without(loadChip('prime-ideal')), without(loadChip('prime'))];
  it.each(chips.map((chip) => [chip.name, chip] as const))('is exact on %s', (_, chip) => {
    fc.assert(fc.property(pools, fc.nat(), fc.integer({ min: 0, max: 63 }), (p, seed, zero) => check(chip, p, seed, zero)), { seed: 1, numRuns: 30 });
  });

  it.each(chips.map((chip) => [chip.name, chip] as const))('is exact on small cores of %s', (_, chip) => {
    const core = fc.tuple(fc.integer({ min: 2, max: 20 }), fc.integer({ min: 2, max: 20 }));
    fc.assert(fc.property(pools, core, fc.nat(), (p, [rows, columns], seed) => check(small(chip, rows, columns), p, seed)), { seed: 1, numRuns: 30 });
  });
});

describe('native maxima', () => {
  it.each([2, 3, 4, 5, null])('of %s codes make any window', (arity) => {
    const chip: Chip = { ...loadChip('prime'), pooling: { kind: 'maximum', arity } };
    fc.assert(fc.property(pools, fc.nat(), (p, seed) => check(chip, p, seed)), { seed: 1, numRuns: 30 });
  });

  it('of one code make none', () => {
    const chip: Chip = { ...loadChip('prime'), pooling: { kind: 'maximum', arity: 1 } };
    const p: Pool = { size: [4, 4], channels: 1, kernel: [2, 2], stride: [1, 1], dilation: [1, 1], before: [0, 0] };
    expect(() => check(chip, p, 1)).toThrow(/at least 2/);
  });
});
