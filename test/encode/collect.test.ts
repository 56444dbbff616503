/** Golden samples: the same in any order and batch, at positions that the seed chooses. */
import { describe, expect, it } from 'vitest';
import { Collector, observedEdges, sidesOf } from '../../src/encode/collect.js';
import type { EdgeSamples } from '../../src/encode/types.js';
import { sampleValues } from '../../src/graph/sample.js';
import { affine, filled } from '../../src/reform/make.js';
import type { Edge, Reformed, ReformedNode } from '../../src/reform/types.js';
import { generator } from '../kernels/setup.js';

const COUNT = 7;
const edges: Edge[] = [
  { name: 'x', shape: [2, 3, 5] }, { name: 'y', shape: [4, 1, 1] },
  // Rows 1..2, columns 2..4 of x, values above 0 only.
  { name: 'box', shape: [2, 2, 3], golden: { tensor: 'x', offset: 7, strides: [15, 5, 1], size: 30, clip: [0, Infinity] } },
];
const next = generator(3);
const x = Float32Array.from({ length: COUNT * 30 }, () => next(-100, 100) / 10);
const y = Float32Array.from({ length: COUNT * 4 }, () => next(-100, 100) / 10);
const tensors = [x, y, x];

/** Collects batches [first, count] in the given order. */
function collected(batches: readonly (readonly [number, number])[], seed = 1): EdgeSamples[] {
  const collector = new Collector(edges, COUNT, seed);
  for (const [first, count] of batches) {
    collector.collect(first, collector.requests(first, count).map((request, e) => {
      const size = tensors[e]!.length / COUNT;
      return sampleValues(tensors[e]!.subarray(first * size, (first + count) * size), request);
    }));
  }
  return [...collector.result(new Map()).values()];
}

describe('collected samples', () => {
  it('do not depend on batches or their order', () => {
    const whole = collected([[0, 7]]);
    expect(collected([[3, 2], [0, 3], [5, 2]])).toEqual(whole);
    expect(collected(Array.from({ length: 7 }, (_, i) => [6 - i, 1] as const))).toEqual(whole);
    expect(collected([[0, 7]], 2)).not.toEqual(whole);
  });

  it('are the values at their positions, and the range is that of all', () => {
    const [a, b, box] = collected([[0, 7]]) as [EdgeSamples, EdgeSamples, EdgeSamples];
    expect([a.min, a.max, b.min, b.max]).toEqual([Math.min(...x), Math.max(...x), Math.min(...y), Math.max(...y)]);
    expect([box.min, box.max]).toEqual([0, Math.max(...x)]);
    a.positions.forEach((p, row) => {
      for (let c = 0; c < 2; c++) expect(a.values[row * 2 + c]).toBe(x[a.samples[row]! * 30 + c * 15 + p]);
    });
    box.positions.forEach((p, row) => {
      const at = box.samples[row]! * 30 + (1 + Math.floor(p / 3)) * 5 + 2 + (p % 3);
      for (let c = 0; c < 2; c++) expect(box.values[row * 2 + c]).toBe(Math.max(0, x[at + c * 15]!));
    });
  });

  it('take distinct positions of each sample', () => {
    const big: Edge = { name: 'big', shape: [1, 100, 100] };
    const [request] = new Collector([big], 100, 5).requests(0, 100);
    const { perSample, positions } = request!;
    expect(perSample * 100).toBeGreaterThanOrEqual(2000);
    for (let n = 0; n < 100; n++) {
      const own = [...positions.subarray(n * perSample, (n + 1) * perSample)];
      expect(new Set(own).size).toBe(perSample);
      expect(own.every((p) => p >= 0 && p < 10000)).toBe(true);
    }
  });

  it('hold the positions where a map is strongest, and the extremes of each channel', () => {
    const big: Edge = { name: 'big', shape: [3, 40, 50] };
    const count = 100;
    const value = generator(8);
    const tensor = Float32Array.from({ length: count * 6000 }, () => value(-50, 50) / 100);
    // Two peaks in each sample, of one channel and of another one with the other sign.
    const peak = (n: number): number => (n * 37) % 1000;
    for (let n = 0; n < count; n++) {
      tensor[n * 6000 + peak(n)] = 20 + n;
      tensor[n * 6000 + 2000 + peak(n) + 900] = -10 - n;
    }
    const collector = new Collector([big], count, 5);
    collector.collect(0, [sampleValues(tensor, collector.requests(0, count)[0]!)]);
    const [samples] = [...collector.result(new Map()).values()];
    const { positions, values, least, most } = samples!;
    const perSample = positions.length / count;
    for (let n = 0; n < count; n++) {
      const own = [...positions.subarray(n * perSample, (n + 1) * perSample)];
      expect(new Set(own).size).toBe(perSample);
      const at = own.indexOf(peak(n));
      expect(values[(n * perSample + at) * 3]).toBe(20 + n);
      expect(own).toContain(peak(n) + 900);
      expect(most[n * 3]).toBe(20 + n);
      expect(least[n * 3 + 1]).toBe(-10 - n);
    }
  });

  it('refuse what is not finite, by name', () => {
    const collector = new Collector([edges[1]!], 1, 1);
    const bad = sampleValues(Float32Array.of(1, NaN, 2, 3), collector.requests(0, 1)[0]!);
    expect(() => collector.collect(0, [bad])).toThrow(/T402 y:/);
  });

  it('are wanted of the input and of every sum', () => {
    const [input, , other] = edges as [Edge, Edge, Edge];
    const sum = affine('s', input, { name: 'z', shape: input.shape }, filled(2, 1), filled(2, 0));
    const graph: Reformed = { name: 'g', nodes: [sum], input, output: other, host: [], inputRange: null, inputShape: [], outputShape: [] };
    expect(observedEdges(graph).map((e) => e.name)).toEqual(['x', 'z']);
  });

  it('tell how many positions along a side a sum adds up, through what lies between', () => {
    const [x, y, z, means, end] = ['x', 'y', 'z', 'm', 'e'].map((name): Edge => ({ name, shape: [2, 1, 7] })) as [Edge, Edge, Edge, Edge, Edge];
    const pool: ReformedNode = { kind: 'maxpool', name: 'p', input: x, kernel: [1, 3], stride: [1, 1], dilation: [1, 1], origin: [0, -1], output: y };
    const wire: ReformedNode = { kind: 'wire', name: 'w', pieces: [{ input: y, from: [0, 0, 0], step: [1, 1, 1], size: [2, 1, 7], to: [0, 0, 0] }], output: z };
    const mean = affine('m', z, means, filled(2, 1), filled(2, 0));
    const wide = { ...mean, terms: [{ ...mean.terms[0]!, kernel: [1, 7] as const, weights: filled(14, 1) }] };
    const graph: Reformed = {
      name: 'g', nodes: [pool, wire, wide, affine('e', means, end, filled(2, 1), filled(2, 0))], input: x, output: end, host: [], inputRange: null,
      inputShape: [], outputShape: [],
    };
    const sides = sidesOf(graph);
    expect([x, y, z, means, end].map((edge) => sides.get(edge))).toEqual([7, 7, 7, 1, undefined]);
    wide.terms[0]!.weights[13] = -1;
    expect(sidesOf(graph).get(z)).toBe(1);
    wide.terms[0]!.weights[13] = 1;
    const [samples] = [...new Collector([x], 1, 1).result(sidesOf(graph)).values()];
    expect(samples!.side).toBe(7);
  });
});
