/** Groups of edges with equally many copies, and the weights of rows that share one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkRows, cutChunk, wholeChunk } from '../../src/expand/chunks.js';
import { copyGroups, evenCopies, outputSum, sourcesOf } from '../../src/expand/copies.js';
import { columnsOf, gathersOf, realTile, type Column } from '../../src/expand/tiles.js';
import { affine, filled } from '../../src/reform/make.js';
import type { Edge, Reformed, ReformedNode, Term } from '../../src/reform/types.js';

const edge = (name: string): Edge => ({ name, shape: [2, 4, 4] });
const sum = (from: Edge, to: Edge): ReformedNode => affine(to.name, from, to, filled(2, 1), filled(2, 0));
const wire = (from: readonly Edge[], to: Edge): ReformedNode => ({
  kind: 'wire', name: to.name, output: to,
  pieces: from.map((input, i) => ({ input, from: [0, 0, 0], step: [1, 1, 1], size: [1, 4, 4], to: [i, 0, 0] })),
});
const pool = (input: Edge, output: Edge): ReformedNode => ({
  kind: 'maxpool', name: output.name, input, output, kernel: [1, 1], stride: [1, 1], dilation: [1, 1], origin: [0, 0],
});

function graphOf(nodes: readonly ReformedNode[], input: Edge): Reformed {
  const last = nodes.at(-1)!;
  return { name: 'g', nodes, input, output: last.output, host: [], inputRange: null, inputShape: [1, 2, 4, 4], outputShape: [1, 2, 4, 4] };
}

describe('edges with equally many copies', () => {
  const [x, a, b, c, d, e, y] = ['x', 'a', 'b', 'c', 'd', 'e', 'y'].map(edge) as [Edge, Edge, Edge, Edge, Edge, Edge, Edge];
  const [pooled, joined, mixed] = [edge('pooled'), edge('joined'), edge('mixed')];

  it('are those that wiring joins, through pooling; not what meets the input or gives the output', () => {
    const graph = graphOf([
      sum(x, a), pool(a, pooled), sum(x, b), wire([pooled, b], joined), sum(joined, c), sum(c, d), wire([x, d], mixed), sum(mixed, e), sum(e, y),
    ], x);
    expect(copyGroups(graph).map((group) => group.map(({ name }) => name))).toEqual([['a', 'b'], ['c'], ['e']]);
    expect(sourcesOf(graph).get(joined)!.map(({ name }) => name)).toEqual(['a', 'b']);
    const plan = evenCopies(graph, 3);
    expect([a, b, c, d, e, y].map((k) => plan.get(k)!.output)).toEqual([3, 3, 3, 1, 3, 1]);
    expect([d, y].map((k) => plan.get(k)!.rows)).toEqual([3, 3]);
  });

  it('are joined across several pieces of wiring', () => {
    const graph = graphOf([sum(x, a), sum(x, b), sum(x, c), wire([a, b], joined), wire([b, c], mixed), sum(joined, d), sum(mixed, e), sum(e, y)], x);
    expect(copyGroups(graph).map((group) => group.map(({ name }) => name))).toEqual([['a', 'b', 'c'], ['d'], ['e']]);
  });
});

describe('the sum that makes the output', () => {
  const vector = (name: string): Edge => ({ name, shape: [4, 1, 1] });
  const [x, a, b, y] = ['x', 'a', 'b', 'y'].map(vector) as [Edge, Edge, Edge, Edge];
  const permuted: ReformedNode = { kind: 'permute', name: 'p', input: a, output: y, view: [4], axes: [0] };

  it('is the last one, through reshapes', () => {
    expect(outputSum(graphOf([sum(x, a), sum(a, y)], x))!.name).toBe('y');
    expect(outputSum(graphOf([sum(x, a), permuted], x))!.name).toBe('a');
  });

  it('is none of a map, of several sums, or of one that is read besides', () => {
    const map: Edge = edge('map');
    expect(outputSum(graphOf([sum(x, map)], x))).toBeNull();
    const joined: ReformedNode = { kind: 'wire', name: 'w', output: y, pieces: [a, b].map((input, i) => (
      { input, from: [0, 0, 0], step: [1, 1, 1], size: [2, 1, 1], to: [2 * i, 0, 0] })) };
    expect(outputSum(graphOf([sum(x, a), sum(x, b), joined], x))).toBeNull();
    const both = graphOf([sum(x, a), sum(a, b), permuted], x);
    expect(outputSum(both)).toBeNull();
  });
});

describe('rows of copies', () => {
  const term: Term = {
    input: { name: 'i', shape: [3, 2, 2] }, weights: Float64Array.from({ length: 2 * 3 }, (_, i) => i + 1), kernel: [1, 1], stride: [1, 1], dilation: [1, 1],
    origin: [0, 0], groups: 1,
  };

  it('lie channel by channel, copy by copy, and share the weight', () => {
    const chunk = wholeChunk(term, [1, 3], { units: 2, copies: 2, spread: true });
    expect(chunkRows(chunk)).toBe(8);
    expect(gathersOf(chunk, 7).map(({ signal, channels }) => [signal, channels])).toEqual([[7, [2, 6]], [7, [2, 6]]]);
    const { weights, rounding } = realTile([chunk], columnsOf(0, 2), 2, null);
    expect([...weights]).toEqual([2, 5, 2, 5, 3, 6, 3, 6, 2, 5, 2, 5, 3, 6, 3, 6].map((w) => w / 4));
    expect([...rounding!]).toEqual([0.125, 0.375, 0.875, 0.625, 0.625, 0.875, 0.375, 0.125].flatMap((r) => [r, r]));
  });

  it('round copies of a column apart, so that their integers are together the nearest to the whole', () => {
    const copies = 4;
    const columns = [1, -1].flatMap((sign) => Array.from({ length: copies }, (_, k): Column => (
      { channel: 1, sign: sign as 1 | -1, copy: { index: k, of: copies } })));
    const six = fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 6, maxLength: 6 });
    fc.assert(fc.property(six, fc.integer({ min: 1, max: 3 }), (weights, units) => {
      const chunk = wholeChunk({ ...term, weights: Float64Array.from(weights) }, [0, 3], { units, copies: 1, spread: units > 1 });
      const real = realTile([chunk], columns, 2, null);
      const integers = Array.from(real.weights, (w, i) => Math.floor(w + real.rounding![i]));
      for (let c = 0; c < 3; c++) {
        const rows = integers.slice(c * units * 2 * copies, (c + 1) * units * 2 * copies);
        const sum = (sign: number): number => rows.filter((_, i) => (Math.floor(i / copies) % 2 === 0 ? 1 : -1) === sign).reduce((a, b) => a + b, 0);
        expect(Math.abs(sum(1) / copies - weights[3 + c])).toBeLessThan(0.5 / copies + 1e-9);
        expect(Math.abs(sum(-1) / copies + weights[3 + c])).toBeLessThan(0.5 / copies + 1e-9);
      }
    }));
  });

  it('round copies apart only within a segment', () => {
    const columns = Array.from({ length: 4 }, (_, index): Column => ({ channel: 0, sign: 1, copy: { index, of: 4 } }));
    const roundings = (segments: number): number[] => [...realTile([wholeChunk(term, [0, 1])], columns, 2, null, segments).rounding ?? []];
    expect(roundings(1)).toEqual([0.125, 0.375, 0.625, 0.875]);
    expect(roundings(2)).toEqual([0.25, 0.75, 0.25, 0.75]);
    expect(roundings(4)).toEqual([]);
  });

  it('are spread among what repeats a digit, not among digits', () => {
    const { weights, rounding } = realTile([wholeChunk(term, [0, 1], { units: 2, copies: 2, spread: true, apart: true })], columnsOf(0, 1), 2, null);
    expect([...weights]).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect([...rounding!]).toEqual([0.25, 0.25, 0.75, 0.75]);
  });

  it('are rounded each for itself where they are not spread', () => {
    expect(realTile([wholeChunk(term, [0, 3], { units: 1, copies: 2, spread: false })], columnsOf(0, 2), 2, null).rounding).toBeUndefined();
  });

  it('stay together when they are cut', () => {
    const pieces = cutChunk(wholeChunk(term, [0, 3], { units: 3, copies: 1, spread: true }), 7);
    expect(pieces.map(({ channels }) => channels)).toEqual([[0, 1], [1, 3]]);
    expect(pieces.map(chunkRows)).toEqual([3, 6]);
  });
});
