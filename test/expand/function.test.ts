/** Functions from ReLUs: units and exact forms on every code of every arithmetic, errors as stated, and lines as few as the tolerance allows. */
import { describe, expect, it } from 'vitest';
import type { Chip } from '../../src/chip/types.js';
import { checkLimits } from '../../src/cores/limits.js';
import { linearStage } from '../../src/cores/realise.js';
import { checkStructure } from '../../src/cores/structure.js';
import type { Activation } from '../../src/cores/activation.js';
import type { Code } from '../../src/cores/types.js';
import { loadChip } from '../../src/data/chips.js';
import { referenceRun } from '../../src/emulate/reference.js';
import { draw, type Wanted } from '../../src/expand/approximate.js';
import { expand } from '../../src/expand/expand.js';
import { coreGraphOf, type Expansion } from '../../src/expand/types.js';
import { UnitMaker } from '../../src/expand/units.js';
import { unary } from '../../src/graph/ops/unary.js';
import type { FunctionNode } from '../../src/reform/types.js';
import { generator } from '../kernels/setup.js';

const reluOnly = (name: string): Chip => ({ ...loadChip(name), nonLinearities: ['relu'] });
/**
 * Window, ideal limits, composed: 8, 6 and 6 bits; and the knots that none can have. On composed cores rows that see the greatest code, 63, and weights
 * below a cell's size add floor(v) + floor(v / 8) for some v: 8 and 17 do not occur, nor what they leave of 63.
 */
const CHIPS: [string, Chip, number[]][] = [
  ['window', reluOnly('tianji'), []], ['ideal limits', reluOnly('prime-ideal'), []], ['composed', reluOnly('prime'), [8, 17, 46, 55]],
];
/** Cores of few rows, 5 bits. */
const tiny: Chip = {
  ...reluOnly('prime-ideal'), core: { rows: 12, columns: 7, mats: 1 }, weights: { lo: -3, hi: 3, cells: 1 } as unknown as NonNullable<Chip['weights']>,
  inputs: [{ lo: 0, hi: 31 }], outputs: [{ lo: 0, hi: 31 }],
};

const named = (name: string, parameters = {}): Activation => ({ op: 'Function', name, parameters });

/** One function of all codes, each code a sample, over `channels`. */
function expandOne(chip: Chip, activation: Activation, input: Code, output: Code, channels = 3): Expansion {
  const [x, y] = ['x', 'y'].map((name) => ({ name, shape: [channels, 1, 1] as const }));
  const node: FunctionNode = { kind: 'function', name: 'f', input: x!, activation, output: y! };
  const count = 2 * (input.hi - input.lo + 1);
  const values = Float32Array.from({ length: count * channels }, (_, i) => (input.lo + Math.floor(i / channels / 2) - input.zero[0]!) * input.step[0]!);
  const own = { values, min: -1, max: 1, least: values, most: values, side: 1 };
  const samples = { edge: x!, samples: Int32Array.from({ length: count }, (_, i) => i), positions: new Int32Array(count), ...own };
  const reformed = {
    name: 'n', nodes: [node], input: x!, output: y!, host: [], inputRange: null, inputShape: [1, channels, 1, 1], outputShape: [1, channels, 1, 1],
  };
  return expand(reformed, chip, new Map([[x!, input], [y!, output]]), { outputCopies: 1, calibration: new Map([[x!, samples]]) });
}

/** The output for every code, the same in all channels. */
function onEveryCode(expansion: Expansion): number[] {
  const graph = coreGraphOf(expansion);
  expect([checkStructure(graph), checkLimits(graph)]).toEqual([[], []]);
  const { code, shape } = graph.signals[graph.input]!;
  return Array.from({ length: code!.hi - code!.lo + 1 }, (_, q) => {
    const result = Array.from(referenceRun(graph, Int16Array.from({ length: shape[2] }, () => code!.lo + q), 1).get(graph.output)!);
    expect(result.every((v) => v === result[0])).toBe(true);
    return result[0]!;
  });
}

describe.each(CHIPS)('on %s', (_, chip, missing) => {
  const stage = linearStage(chip)!;
  const { hi } = stage.input;

  it('a unit is ReLU(+-(q - knot)) on every code, for every knot', () => {
    const maker = new UnitMaker(chip, stage, 'f', 0, hi + 1);
    const wrong = new Set<number>();
    for (const sign of [1, -1] as const) {
      for (let at = 0; at <= hi; at++) {
        const { codes } = maker.column({ at, sign });
        if (codes.some((code, q) => code !== Math.max(0, sign * (q - at)))) wrong.add(at);
      }
    }
    expect([...wrong]).toEqual(missing);
  });

  it('the absolute value is exact on every code, for every zero', () => {
    for (let zero = 0; zero <= hi; zero += hi > 100 ? 17 : 15) {
      const input = { lo: 0, hi, step: [0.37], zero: [zero] };
      const expansion = expandOne(chip, named('Abs'), input, { lo: 0, hi, step: [1], zero: [0] }, 2);
      const code = expansion.signals[expansion.output]!.code!;
      expect(code).toEqual({ lo: 0, hi, step: [0.37], zero: [0] });
      expect(onEveryCode(expansion)).toEqual(Array.from({ length: hi + 1 }, (__, q) => Math.abs(q - zero)));
    }
  });
});

describe.each(CHIPS.slice(0, 2))('on %s', (_, chip) => {
  it('any table of steps of a small domain is exact', () => {
    const stage = linearStage(chip)!;
    const next = generator(7);
    for (let round = 0; round < 8; round++) {
      const count = 16;
      const target = Float64Array.from({ length: count }, () => next(0, stage.output.hi));
      const wanted: Wanted = { target, fit: new Float64Array(count).fill(1), held: new Float64Array(count).fill(1), pivot: round };
      const drawn = draw(chip, stage, [wanted], [new UnitMaker(chip, stage, 'f', 0, count)], 0, 256)!;
      expect(Array.from(drawn.each[0]!.codes)).toEqual(Array.from(target));
    }
  });
});

describe('approximations', () => {
  const cases: [string, number, number, number, number][] = [
    ['Sigmoid', -5, 5, 0, 1], ['Tanh', -3, 3, -1, 1], ['Gelu', -4, 4, -0.17, 4], ['Swish', -5, 5, -0.28, 5], ['Exp', -3, 1, 0, 2.72], ['Softplus', -4, 4, 0, 4],
  ];
  const code = (lo: number, hi: number, most: number): Code => ({ lo: 0, hi: most, step: [(hi - lo) / most], zero: [Math.round((-lo / (hi - lo)) * most)] });
  const chips: [string, Chip][] = [...CHIPS.slice(0, 2).map(([name, chip]): [string, Chip] => [name, chip]), ['cores of 12 rows', tiny]];
  it.each(chips.flatMap(([name, chip]) => cases.map((c) => [name, ...c, chip] as const)))('on %s: %s has the errors that are stated', (...test) => {
    const [, f, lo, hi, from, to, chip] = test;
    const most = chip.inputs.find((r) => r.lo === 0)!.hi;
    const [input, output] = [code(lo, hi, most), code(from, to, most)];
    const expansion = expandOne(chip, named(f), input, output);
    const [report] = expansion.functions;
    const errors = onEveryCode(expansion).map((y, q) => {
      const exact = unary(f)((q - input.zero[0]!) * input.step[0]!) / output.step[0]! + output.zero[0]!;
      return Math.abs(y - Math.min(Math.max(exact, 0), most)) / most;
    });
    expect(Math.max(...errors)).toBeCloseTo(report!.maxError, 9);
    expect(errors.reduce((a, b) => a + b, 0) / errors.length).toBeCloseTo(report!.meanError, 9);
    expect(report!.tolerance).toBeCloseTo(Math.max(0.01, 1 / most), 9);
    if (chip !== tiny) expect(report!.maxError).toBeLessThanOrEqual(report!.tolerance + 1e-12);
    expect(report!.chipUnits / 3).toBeLessThan(24);
  });

  it('slopes by channel', () => {
    const chip = CHIPS[1]![1];
    const slope = Float64Array.from([0.1, 0.5, -0.25]);
    const input = code(-2, 2, 63);
    const graph = coreGraphOf(expandOne(chip, { op: 'PRelu', slope }, input, code(-1, 2, 63)));
    const output = graph.signals[graph.output]!.code!;
    for (let q = 0; q <= 63; q++) {
      const result = referenceRun(graph, Int16Array.of(q, q, q), 1).get(graph.output)!;
      const v = (q - input.zero[0]!) * input.step[0]!;
      slope.forEach((s, c) => expect(Math.abs((result[c]! - output.zero[0]!) * output.step[0]! - (v < 0 ? s * v : v))).toBeLessThan(output.step[0]!));
    }
  });

  it('a chip without codes from 0 is refused by name', () => {
    const chip: Chip = { ...CHIPS[1]![1], outputs: [{ lo: -32, hi: 31 }], inputs: [{ lo: -32, hi: 31 }] };
    const signed = { lo: -32, hi: 31, step: [0.1], zero: [0] };
    expect(() => expandOne(chip, named('Tanh'), signed, signed)).toThrow(/T400 f: .*no table/);
  });
});
