/** Golden values on calibration data: range of every edge, and a seeded sample of its positions. */
import { fail } from '../diagnostics.js';
import { random32 } from '../prng.js';
import type { Edge, Reformed } from '../reform/types.js';
import type { Calibration, EdgeSamples } from './types.js';

/** Rows of golden values kept for an edge, about. */
const ROWS = 2048;

/** Values of an edge over a batch, [batch x channels x height x width], and the index of the batch's first sample. */
export type Observe = (edge: Edge, values: Float32Array, firstSample: number, batch: number) => void;

/** Edges whose golden values the compiler needs: the input and every weighted sum. */
export function observedEdges(graph: Reformed): Edge[] {
  return [graph.input, ...graph.nodes.filter((n) => n.kind === 'sum').map((n) => n.output)];
}

/** Takes batches in any order; the result depends on the samples alone. */
export class Collector {
  private readonly samples: Map<Edge, { positions: Int32Array; values: Float32Array; min: number; max: number; perSample: number }>;

  constructor(private readonly edges: readonly Edge[], private readonly count: number, seed: number) {
    this.samples = new Map(edges.map((edge, e) => {
      const [channels, height, width] = edge.shape;
      const perSample = Math.min(height * width, Math.max(1, Math.ceil(ROWS / count)));
      const positions = new Int32Array(perSample * count);
      for (let n = 0; n < count; n++) choose(positions.subarray(n * perSample, (n + 1) * perSample), height * width, random32(seed, e * 1000003 + n));
      const values = new Float32Array(positions.length * channels);
      return [edge, { positions, values, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY, perSample }];
    }));
  }

  readonly observe: Observe = (edge, values, firstSample, batch) => {
    const entry = this.samples.get(edge);
    if (entry === undefined) return;
    const [channels, height, width] = edge.shape;
    const plane = height * width;
    for (const v of values) {
      if (v < entry.min) entry.min = v;
      if (v > entry.max) entry.max = v;
      if (!Number.isFinite(v)) fail('T402', edge.name, `the float network gives ${v} on calibration data`, { remedy: 'Check the data card' });
    }
    for (let n = 0; n < batch; n++) {
      for (let i = 0; i < entry.perSample; i++) {
        const row = (firstSample + n) * entry.perSample + i;
        const at = n * channels * plane + entry.positions[row];
        for (let c = 0; c < channels; c++) entry.values[row * channels + c] = values[at + c * plane];
      }
    }
  };

  result(): Calibration {
    return new Map(this.edges.map((edge): [Edge, EdgeSamples] => {
      const entry = this.samples.get(edge);
      if (entry === undefined) throw new Error('unknown edge');
      const samples = Int32Array.from({ length: this.count * entry.perSample }, (_, r) => Math.floor(r / entry.perSample));
      return [edge, { edge, samples, positions: entry.positions, values: entry.values, min: entry.min, max: entry.max }];
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
