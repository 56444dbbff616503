/** A code for every edge that needs one; edges that are tied get one code that holds them all. */
import { describe, expect, it } from 'vitest';
import { encode } from '../../src/encode/encode.js';
import type { EdgeSamples } from '../../src/encode/types.js';
import { affine, filled } from '../../src/reform/make.js';
import type { Edge, Reformed, SumNode } from '../../src/reform/types.js';

const edge = (name: string): Edge => ({ name, shape: [1, 1, 1] });
const [x, a, b, c] = ['x', 'a', 'b', 'c'].map(edge) as [Edge, Edge, Edge, Edge];
const sum = (output: Edge, activation: SumNode['activation'] = null): SumNode => affine(output.name, x, output, filled(1, 1), filled(1, 0), activation);
const graph: Reformed = {
  name: 'g', nodes: [sum(a), sum(b), sum(c, { op: 'Clip', lo: 0, hi: 2 })], input: x, output: c, host: [], inputRange: null, inputShape: [], outputShape: [],
};

/** Values that lie evenly over lo..hi, so that nothing is gained by clipping. */
function samples(of: Edge, lo: number, hi: number): [Edge, EdgeSamples] {
  const values = Float32Array.from({ length: 512 }, (_, i) => lo + ((hi - lo) * i) / 511);
  const positions = new Int32Array(512);
  return [of, { edge: of, samples: positions.map((_, i) => i), positions, values, min: values[0]!, max: values[511]!, least: values, most: values, side: 1 }];
}

const calibration = new Map([samples(x, -4, 4), samples(a, -1, 3), samples(b, -6, 1), samples(c, -5, 5)]);
const ranges = { input: { lo: 0, hi: 63 }, output: { lo: 0, hi: 255 } };

/** The values at both ends of a code. */
function ends(codes: ReturnType<typeof encode>, of: Edge): [number, number] {
  const { lo, hi, step: [step], zero: [zero] } = codes.get(of)!;
  return [(lo - zero!) * step!, (hi - zero!) * step!];
}

describe('codes', () => {
  it('reach over what was seen, within what the function allows, on the chip\'s codes', () => {
    const codes = encode(graph, calibration, ranges, []);
    expect([x, a, b, c].map((of) => codes.get(of)!.hi)).toEqual([63, 255, 255, 255]);
    const wanted = [[-4, 4, 8 / 63], [-1, 3, 4 / 255], [-6, 1, 7 / 255], [0, 2, 2 / 255]] as const;
    [x, a, b, c].forEach((of, i) => {
      const [lo, hi, step] = wanted[i]!;
      const [bottom, top] = ends(codes, of);
      expect(Math.abs(bottom - lo), of.name).toBeLessThanOrEqual(step);
      expect(Math.abs(top - hi), of.name).toBeLessThanOrEqual(step);
    });
  });

  it('are one code where edges are tied, as wide as any of them', () => {
    for (const tie of [[a, b], [b, a]]) {
      const codes = encode(graph, calibration, ranges, [tie]);
      expect(codes.get(a)).toEqual(codes.get(b));
      const [bottom, top] = ends(codes, a);
      expect(Math.abs(bottom + 6)).toBeLessThanOrEqual(9 / 255);
      expect(Math.abs(top - 3)).toBeLessThanOrEqual(9 / 255);
    }
  });

  it('of an edge whose greatest values decide reaches them', () => {
    const values = Float32Array.from({ length: 512 }, (_, i) => (i < 7 ? 12 : (i % 64) / 8));
    const rare = new Map([...calibration, [a, { ...calibration.get(a)!, values, min: 0, max: 12 }] as const]);
    const [, cut] = ends(encode(graph, rare, { ...ranges, output: { lo: 0, hi: 3 } }, []), a);
    const [, whole] = ends(encode(graph, rare, { ...ranges, output: { lo: 0, hi: 3 } }, [], { decides: a }), a);
    expect(cut).toBeLessThan(10);
    expect(whole).toBeCloseTo(12, 6);
  });

  it('reach further the less noise copies leave: what is cut off is then worth more', () => {
    const values = Float32Array.from({ length: 512 }, (_, i) => (i < 2 ? 12 : (i % 64) / 8));
    const rare = new Map([...calibration, [a, { ...calibration.get(a)!, values, most: new Float32Array(0), min: 0, max: 12 }] as const]);
    const top = (noise: number, copies: number): number => (
      ends(encode(graph, rare, { ...ranges, output: { lo: 0, hi: 15 } }, [], { noise, copiesOf: () => copies }), a)[1]);
    expect(top(5, 1)).toBeLessThan(top(1, 1));
    expect(top(5, 1)).toBeLessThan(9);
    expect(top(5, 6)).toBeGreaterThan(11);
  });

  it('of the input reach over its quantiser\'s range alone', () => {
    const [bottom, top] = ends(encode({ ...graph, inputRange: [-2, 1] }, calibration, ranges, []), x);
    expect(bottom).toBeGreaterThanOrEqual(-2 - 3 / 63);
    expect(top).toBeLessThanOrEqual(1 + 3 / 63);
  });
});
