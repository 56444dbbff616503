/** Golden values on calibration data: range of every edge, and positions of each sample: some chosen by a seed, some where the map is strongest. */
import { fail } from '../diagnostics.js';
import { clipOf, type SampledValues, type SampleRequest } from '../graph/sample.js';
import { random32 } from '../prng.js';
import { goldenOf } from '../reform/make.js';
import type { Edge, Reformed } from '../reform/types.js';
import type { Calibration, EdgeSamples } from './types.js';

/** Rows of golden values kept for an edge, about. */
const ROWS = 8192;
/**
 * Share of a sample's positions that are those where the map is strongest. They decide what a network says of a sample, but are too few for chance to find
 * them. A search, which takes every fourth row (tune/layer.ts), sees them all: of its rows they are a quarter.
 */
export const STRONGEST = 1 / 16;

/** Edges whose golden values the compiler needs: the input, every weighted sum, and what functions of their own read and give. */
export function observedEdges(graph: Reformed): Edge[] {
  const edges = graph.nodes.flatMap((n) => (n.kind === 'sum' ? [n.output] : n.kind === 'function' ? [n.input, n.output] : []));
  return [...new Set([graph.input, ...edges])];
}

/**
 * By edge, how many positions along a side of its map a sum that reads it adds up with one sign, as means do; also one behind maxima, functions and wires.
 * Under weights of both signs what is cut off does not add up.
 */
export function sidesOf(graph: Reformed): ReadonlyMap<Edge, number> {
  const sides = new Map<Edge, number>();
  const read = (edge: Edge, side: number): void => {
    sides.set(edge, Math.max(sides.get(edge) ?? 1, side));
  };
  for (const node of graph.nodes.toReversed()) {
    if (node.kind === 'sum') {
      node.terms.forEach(({ input, kernel, weights }) => read(input, weights.every((w) => w >= 0) ? Math.max(...kernel) : 1));
    }
    else {
      const inputs = node.kind === 'wire' ? node.pieces.map((p) => p.input) : [node.input];
      inputs.forEach((input) => read(input, sides.get(node.output) ?? 1));
    }
  }
  return sides;
}

interface Entry {
  readonly positions: Int32Array;
  readonly values: Float32Array;
  readonly perSample: number;
  /** [samples x channels]. */
  readonly least: Float32Array;
  readonly most: Float32Array;
  min: number;
  max: number;
}

/** Takes ranges of samples in any order; the result depends on the samples alone. */
export class Collector {
  private readonly entries: readonly Entry[];

  /** `share`: of the positions of a sample, where the map is strongest. */
  constructor(private readonly edges: readonly Edge[], private readonly count: number, seed: number, private readonly share = STRONGEST) {
    this.entries = edges.map((edge, e) => {
      const [channels, height, width] = edge.shape;
      const perSample = Math.min(height * width, Math.max(1, Math.ceil(ROWS / count)));
      const positions = new Int32Array(perSample * count);
      for (let n = 0; n < count; n++) choose(positions.subarray(n * perSample, (n + 1) * perSample), height * width, random32(seed, e * 1000003 + n));
      const values = new Float32Array(positions.length * channels);
      const least = new Float32Array(count * channels);
      const most = new Float32Array(count * channels);
      return { positions, values, perSample, least, most, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };
    });
  }

  /** By edge, what is wanted of samples `first`..`first + count - 1`. */
  requests(first: number, count: number): SampleRequest[] {
    return this.entries.map(({ positions, perSample }, e) => {
      const { shape } = this.edges[e];
      const strongest = perSample < shape[1] * shape[2] ? Math.round(perSample * this.share) : 0;
      return { view: goldenOf(this.edges[e]), shape, perSample, strongest, positions: positions.subarray(first * perSample, (first + count) * perSample) };
    });
  }

  /** Takes the answers to `requests(first, ...)`. Refuses (T402) values that are not finite. */
  collect(first: number, answers: readonly SampledValues[]): void {
    answers.forEach(({ positions, values, min, max, least, most }, e) => {
      const entry = this.entries[e];
      const edge = this.edges[e];
      if (!Number.isFinite(min) || !Number.isFinite(max)) {
        fail('T402', edge.name, 'the float network gives values that are not finite on calibration data', { remedy: 'Check the data card' });
      }
      const clip = clipOf(goldenOf(edge));
      entry.positions.set(positions, first * entry.perSample);
      entry.values.set(values, first * entry.perSample * edge.shape[0]);
      entry.least.set(least, first * edge.shape[0]);
      entry.most.set(most, first * edge.shape[0]);
      entry.min = Math.min(entry.min, clip(min));
      entry.max = Math.max(entry.max, clip(max));
    });
  }

  /** `sides`: of `sidesOf`. */
  result(sides: ReadonlyMap<Edge, number>): Calibration {
    return new Map(this.edges.map((edge, e): [Edge, EdgeSamples] => {
      const { positions, values, perSample, min, max, least, most } = this.entries[e];
      const samples = Int32Array.from({ length: this.count * perSample }, (_, r) => Math.floor(r / perSample));
      return [edge, { edge, samples, positions, values, min, max, least, most, side: sides.get(edge) ?? 1 }];
    }));
  }
}

/** Distinct positions below `size`: an arithmetic walk with a stride prime to it, from a seeded start. */
function choose(into: Int32Array, size: number, seed: number): void {
  let stride = 1 + (random32(seed, 1) % size);
  while (gcd(stride, size) !== 1) stride = 1 + (stride % size);
  let at = random32(seed, 2) % size;
  for (let i = 0; i < into.length; i++) {
    into[i] = at;
    at = (at + stride) % size;
  }
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
