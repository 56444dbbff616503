/** Sums before window and converter: the engine's codes follow from them by the remaining steps of docs/chips.md, written out here. */
import { describe, expect, it } from 'vitest';
import type { ComposedArithmetic } from '../../src/chip/types.js';
import type { Codes, CoreGraph, CoreOp } from '../../src/cores/types.js';
import { sumAxes, tileSums } from '../../src/emulate/accumulators.js';
import { composedGraph, floatGraph, windowGraph } from '../cores/samples.js';
import { coresFor, engineCodes, example, firstSamples } from '../flow/setup.js';

const clamp = (v: number, [lo, hi]: readonly [number, number]): number => Math.min(Math.max(v, lo), hi);
const tilesOf = ({ ops }: CoreGraph): CoreOp[] => ops.filter((op): op is CoreOp => op.kind === 'core');

/** Q(d, k) of section 4. */
const convert = (d: number, k: number, bits: number): number => Math.sign(d) * Math.min(Math.floor(Math.abs(d) / 2 ** k), 2 ** bits - 1);

function composed(sums: readonly number[], op: CoreOp, a: ComposedArithmetic): number {
  const arrays = a.polarity === 'separate' ? 2 : 1;
  let r = 0;
  let next = 0;
  for (let v = 0; v < a.weightBits / a.cellBits; v++) {
    for (let u = 0; u < a.inputBits / a.phaseBits; u++) {
      const k = a.fullScaleShift - op.config.gain! - a.cellBits * v - a.phaseBits * u;
      r += convert(sums[next++]!, k, a.converterBits);
      if (arrays === 2) r -= convert(sums[next++]!, k, a.converterBits);
    }
  }
  return r;
}

/** The code that follows from the sums of one result. */
function codeOf(sums: readonly number[], op: CoreOp, { chip: { arithmetic } }: CoreGraph): number {
  const raw = arithmetic.kind === 'composed' ? composed(sums, op, arithmetic) : Math.floor(sums[0]! / 2 ** op.config.shift!);
  const v = clamp(raw, op.config.clamp!);
  return op.table === null ? v : op.table[v - op.config.clamp![0]]!;
}

/** Results of all tiles that do not follow from their sums, and how many there are. */
function compare(graph: CoreGraph, codes: readonly Codes[], samples: number): { wrong: string[]; results: number } {
  const wrong: string[] = [];
  let results = 0;
  for (const op of tilesOf(graph)) {
    const sums = tileSums(graph, op, (s) => codes[s]!, samples);
    const [height, width, channels] = graph.signals[op.output.signal]!.shape;
    const [h, w] = op.positions;
    const per = sums.length / (samples * h * w * op.columns);
    for (let i = 0; i < samples * h * w * op.columns; i++, results++) {
      const [j, x, y, n] = [i % op.columns, Math.floor(i / op.columns) % w, Math.floor(i / op.columns / w) % h, Math.floor(i / op.columns / w / h)];
      const at = ((n * height + op.output.origin[0] + y) * width + op.output.origin[1] + x) * channels + op.output.channel + j;
      if (codeOf([...sums.subarray(i * per, (i + 1) * per)], op, graph) !== codes[op.output.signal]![at]) wrong.push(`${op.name} ${n} ${y} ${x} ${j}`);
    }
  }
  return { wrong, results };
}

describe('the sums of tiles', () => {
  it.each(['tianji', 'prime', 'prime-ideal'])('give all codes of the example on %s', async (chip) => {
    const graph = await coresFor(example(), chip, { samples: 8 });
    const codes = await engineCodes(graph, firstSamples(example().test, 2), 2);
    const { wrong, results } = compare(graph, codes, 2);
    expect(wrong).toEqual([]);
    expect(results).toBeGreaterThan(12_000);
  });

  it('keep both arrays where they are converted on their own', async () => {
    const graph = composedGraph();
    const chip = { ...graph.chip, arithmetic: { ...(graph.chip.arithmetic as ComposedArithmetic), polarity: 'separate' as const } };
    const separate = { ...graph, chip };
    const codes = await engineCodes(separate, Float32Array.from({ length: 64 }, (_, i) => (i * 7 % 64) / 63), 2);
    expect(compare(separate, codes, 2)).toEqual({ wrong: [], results: 6 });
    const [fc] = tilesOf(separate);
    expect(sumAxes(fc!, chip, 2)).toEqual([['sample', 2], ['y', 1], ['x', 1], ['column', 3], ['cell', 2], ['phase', 2], ['array', 2]]);
    const both = tileSums(separate, fc!, (s) => codes[s]!, 2);
    const one = tileSums(graph, fc!, (s) => codes[s]!, 2);
    expect([...one]).toEqual(Array.from(one, (_, i) => both[2 * i]! - both[2 * i + 1]!));
    expect(Math.min(...one)).toBeLessThan(0);
  });

  it('are those of the lowest cell and phase first, constant rows included', () => {
    const graph = composedGraph();
    const [fc] = tilesOf(graph);
    // Eight rows of the code 9 = 1 * 8 + 1 and the constant row of 63 = 7 * 8 + 7; weights +-255 = 15 * 16 + 15, column 0 has + - + - + - + - +.
    const sums = tileSums(graph, fc!, () => new Int16Array(8).fill(9), 1);
    expect([...sums.subarray(0, 4)]).toEqual([105, 105, 105, 105]);
    const low = { ...fc!, weights: Int16Array.from(fc!.weights, (w) => (w > 0 ? 2 : -2)) };
    expect([...tileSums(graph, low, () => new Int16Array(8).fill(8), 1).subarray(0, 4)]).toEqual([14, 14, 0, 0]);
  });

  it('of a window are saturated', () => {
    const graph = windowGraph();
    const chip = { ...graph.chip, arithmetic: { kind: 'window' as const, accumulatorBits: 18, windowBits: 8, greatestShift: 16 } };
    const [c0] = tilesOf(graph);
    const sums = tileSums({ ...graph, chip }, c0!, () => new Int16Array(32).fill(255), 1);
    expect(sumAxes(c0!, chip, 1)).toEqual([['sample', 1], ['y', 4], ['x', 4], ['column', 2]]);
    expect(sums.length).toBe(32);
    expect([Math.min(...sums), sums.includes(-(2 ** 17))]).toEqual([-(2 ** 17), true]);
  });

  it('are not there on chips of floats', () => {
    const graph = floatGraph();
    expect(() => sumAxes(tilesOf(graph)[0]!, graph.chip, 1)).toThrow(/T505 fc1: float arithmetic has no window/);
  });
});
