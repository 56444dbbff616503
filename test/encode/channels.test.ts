/** Steps by channel: whatever is chosen, each channel's range stays inside its codes, and clips stay where functions have them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { channelCodes } from '../../src/encode/channels.js';
import type { EdgeSamples } from '../../src/encode/types.js';
import { codeOver } from '../../src/cores/range.js';
import { stepOf, zeroOf } from '../../src/cores/scales.js';
import type { Edge, Reformed, SumNode, Term } from '../../src/reform/types.js';
import { generator } from '../kernels/setup.js';

const CHANNELS = 6;
const ROWS = 200;
const output = { lo: 0, hi: 255 };
const edge = (name: string): Edge => ({ name, shape: [CHANNELS, 1, 1] });

interface Network {
  readonly seed: number;
  readonly activation: SumNode['activation'];
  readonly noise: number;
  readonly repeats: number;
}

const networks: fc.Arbitrary<Network> = fc.record({
  seed: fc.nat(), noise: fc.constantFrom(1, 5), repeats: fc.constantFrom(1, 4),
  activation: fc.constantFrom<SumNode['activation']>(null, { op: 'Clip', lo: 0, hi: Number.POSITIVE_INFINITY }, { op: 'Clip', lo: 0, hi: 6 }),
});

/** Two sums one after the other, with weights and ranges that differ much from channel to channel. */
function build({ seed, activation }: Network): { graph: Reformed; made: Edge; samples: Map<Edge, EdgeSamples> } {
  const next = generator(seed);
  const spread = (): number => 2 ** next(-4, 3);
  const [x, made, y] = ['x', 'made', 'y'].map(edge) as [Edge, Edge, Edge];
  const term = (input: Edge): Term => ({
    input, weights: Float64Array.from({ length: CHANNELS ** 2 }, () => (next(-100, 100) / 100) * spread()),
    kernel: [1, 1], stride: [1, 1], dilation: [1, 1], origin: [0, 0], groups: 1,
  });
  const sum = (input: Edge, to: Edge, f: SumNode['activation']): SumNode => (
    { kind: 'sum', name: to.name, terms: [term(input)], bias: new Float64Array(CHANNELS), activation: f, output: to });
  const graph: Reformed = {
    name: 'g', nodes: [sum(x, made, activation), sum(made, y, null)], input: x, output: y, host: [], inputRange: null, inputShape: [], outputShape: [],
  };
  const [lo, hi] = activation === null ? [-Infinity, Infinity] : [0, (activation as { hi: number }).hi];
  const positions = new Int32Array(ROWS);
  const samples = new Map([x, made, y].map((e): [Edge, EdgeSamples] => {
    const scale = Array.from({ length: CHANNELS }, () => [spread(), spread()] as const);
    const values = Float32Array.from({ length: ROWS * CHANNELS }, (_, i) => {
      const v = (next(-100, 100) / 100) * 4;
      const s = scale[i % CHANNELS]![v < 0 ? 0 : 1];
      return e === made ? Math.min(Math.max(v * s, lo), hi) : v;
    });
    const range = { min: Math.min(...values), max: Math.max(...values), least: values, most: values, side: 1 };
    return [e, { edge: e, samples: positions.map((_, i) => i), positions, values, ...range }];
  }));
  return { graph, made, samples };
}

/** A channel that is large in one sample of many: what calibration shows of it says little of how far it reaches. */
function rare(seed: number, share: number): { graph: Reformed; made: Edge; samples: Map<Edge, EdgeSamples> } {
  const network = build({ seed, activation: null, noise: 1, repeats: 1 });
  for (const node of network.graph.nodes) if (node.kind === 'sum') node.terms.forEach(({ weights }) => weights.fill(0.1));
  const next = generator(seed);
  const values = Float32Array.from({ length: ROWS * CHANNELS }, (_, i) => {
    const [row, channel] = [Math.floor(i / CHANNELS), i % CHANNELS];
    return channel === 0 ? next(-100, 100) / 100 : row === 30 * channel && next(0, 100) < share * 100 ? 1 : next(-100, 100) / 2000;
  });
  const made = { ...network.samples.get(network.made)!, values, min: -1, max: 1, least: values, most: values, side: 1 };
  return { ...network, samples: new Map([...network.samples, [network.made, made]]) };
}

describe('steps by channel', () => {
  it('are not made for channels that half of the samples show much greater than the others do', () => {
    const widest = (share: number): number => {
      const { graph, made, samples } = rare(7, share);
      const codes = new Map([...samples].map(([e, { min, max }]) => [e, codeOver(min, max, output)] as const));
      const code = channelCodes(graph, samples, codes, new Set(), { output, weight: 127, noise: 1, repeats: () => 1 }).get(made)!;
      const one = stepOf(codes.get(made)!, 0);
      return Math.min(...Array.from({ length: CHANNELS - 1 }, (_, c) => stepOf(code, c + 1) / one));
    };
    // Steady small channels get fine steps; the same channels with one great value each do not.
    expect(widest(0)).toBeLessThan(0.4);
    expect(widest(1)).toBeGreaterThan(2 * widest(0));
  });

  it('hold what a channel shows about as well as one step for all', () => {
    fc.assert(fc.property(networks, (network) => {
      const { graph, made, samples } = build(network);
      const codes = new Map([...samples].map(([e, { min, max }]) => [e, codeOver(min, max, output)] as const));
      const limits = { output, weight: 127, noise: network.noise, repeats: () => network.repeats };
      const code = channelCodes(graph, samples, codes, new Set(), limits).get(made)!;
      const { values } = samples.get(made)!;
      const one = stepOf(codes.get(made)!, 0);
      for (let i = 0; i < values.length; i++) {
        const step = stepOf(code, i % CHANNELS);
        const q = Math.min(Math.max(Math.floor(values[i]! / step + zeroOf(code, i % CHANNELS) + 0.5), code.lo), code.hi);
        const error = Math.abs((q - zeroOf(code, i % CHANNELS)) * step - values[i]!);
        // Ranges are those of least squared error: of even values the ends are cut a little, if at all.
        expect(error).toBeLessThanOrEqual(Math.max(step, one, 0.15 * Math.abs(values[i]!)) + 1e-9);
      }
      const top = network.activation === null ? Infinity : (network.activation as { hi: number }).hi;
      for (let c = 0; c < CHANNELS; c++) {
        const greatest = values.reduce((m, v, i) => (i % CHANNELS === c ? Math.max(m, v) : m), 0);
        if (greatest >= top) expect((code.hi - zeroOf(code, c)) * stepOf(code, c)).toBeLessThanOrEqual(top * (1 + 1e-9));
      }
    }));
  });
});
