/** Random weighted sums on random small cores: every tile within limits, the codes those of the slow reference, the values near the float ones. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Chip } from '../../src/chip/types.js';
import { checkLimits } from '../../src/cores/limits.js';
import { gatheredRows } from '../../src/cores/scales.js';
import { checkStructure } from '../../src/cores/structure.js';
import type { Code, CoreOp } from '../../src/cores/types.js';
import { loadChip } from '../../src/data/chips.js';
import type { DataSet } from '../../src/data/types.js';
import { TrestleError } from '../../src/diagnostics.js';
import { expand } from '../../src/expand/expand.js';
import { elements } from '../../src/graph/operator.js';
import type { Graph } from '../../src/graph/types.js';
import { compile } from '../../src/pipeline.js';
import { readOnnx } from '../../src/read/onnx.js';
import { filled } from '../../src/reform/make.js';
import type { Edge, Reformed, SumNode } from '../../src/reform/types.js';
import { differences, engineCodes, firstSamples, referenceCodes } from '../flow/setup.js';
import { generator } from '../kernels/setup.js';
import { floats, modelBytes, type ModelNode } from '../read/models.js';

const COUNT = 12;

interface Sum {
  readonly groups: number;
  readonly depth: number;
  readonly perGroup: number;
  readonly kernel: readonly [number, number];
  readonly size: readonly [number, number];
  readonly residual: boolean;
  readonly relu: boolean;
  readonly biasScale: number;
  readonly seed: number;
}

const upTo = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });
const sums: fc.Arbitrary<Sum> = fc.record({
  groups: fc.constantFrom(1, 1, 1, 2, 3), depth: upTo(12), perGroup: upTo(12), kernel: fc.tuple(fc.constantFrom(1, 3, 5), fc.constantFrom(1, 3)),
  size: fc.tuple(fc.integer({ min: 3, max: 6 }), fc.integer({ min: 3, max: 6 })), residual: fc.boolean(), relu: fc.boolean(),
  biasScale: fc.constantFrom(0, 0.3, 3), seed: fc.nat(),
});

/** A point-wise convolution with ReLU, then the sum; with a residual of the same channels if asked for. */
function graphOf(s: Sum): Graph {
  const next = generator(s.seed);
  const tensor = (shape: number[], scale: number): ReturnType<typeof floats> =>
    floats(shape, Array.from({ length: elements(shape) }, () => (next(-128, 128) / 128) * scale));
  const outputs = s.groups * s.perGroup;
  const from = s.residual ? s.groups * s.perGroup : s.groups * s.depth;
  const depth = from / s.groups;
  const scale = 1 / Math.sqrt(depth * s.kernel[0] * s.kernel[1]);
  const pads = s.kernel.map((k) => k >> 1);
  const nodes: ModelNode[] = [
    { op: 'Conv', inputs: ['x', 'w', 'b'], outputs: ['a'] }, { op: 'Relu', inputs: ['a'], outputs: ['r'] },
    { op: 'Conv', inputs: ['r', 'v', 'c'], outputs: ['s'], attributes: { group: s.groups, pads: [...pads, ...pads] } },
  ];
  if (s.residual) nodes.push({ op: 'Add', inputs: ['s', 'r'], outputs: ['t'] });
  if (s.relu) nodes.push({ op: 'Relu', inputs: [s.residual ? 't' : 's'], outputs: ['y'] });
  return readOnnx(modelBytes({
    input: ['N', 3, ...s.size], nodes,
    constants: {
      w: tensor([from, 3, 1, 1], 0.7), b: tensor([from], 0.2), v: tensor([outputs, depth, ...s.kernel], 2 * scale), c: tensor([outputs], s.biasScale),
    },
  }), { file: 'test.onnx' });
}

function dataFor(graph: Graph, seed: number): DataSet {
  const { shape } = graph.tensors[graph.inputs[0]!]!;
  const size = elements(shape);
  const next = generator(seed + 1);
  const all = Float32Array.from({ length: COUNT * size }, () => next(-128, 128) / 128);
  return {
    place: 'generated', count: COUNT, sampleShape: shape.slice(1), labels: null,
    read: (index, into, offset) => into.set(all.subarray(index * size, (index + 1) * size), offset),
  };
}

/** Compiles, checks, and gives the SQNR of the output; `null` where the cores are too small, said so. */
async function check(chip: Chip, s: Sum): Promise<number | null> {
  const graph = graphOf(s);
  const data = dataFor(graph, s.seed);
  try {
    const { cores, logitSqnrDb } = await compile(graph, chip, data, { workers: 0, samples: COUNT });
    expect([checkStructure(cores!), checkLimits(cores!)]).toEqual([[], []]);
    const input = firstSamples(data, 1);
    expect(differences(cores!, await engineCodes(cores!, input, 1), referenceCodes(cores!, input, 1))).toEqual({});
    return logitSqnrDb!;
  } catch (error) {
    if (!(error instanceof TrestleError) || error.diagnostics.some((d) => d.code !== 'T400')) throw error;
    expect(error.message).toMatch(/rows of one core/);
    return null;
  }
}

const cores = fc.tuple(fc.integer({ min: 16, max: 64 }), fc.integer({ min: 8, max: 48 }));

describe('weighted sums', () => {
  it.each([['tianji', 28], ['prime-ideal', 22], ['prime', 17]] as const)('keep to small cores of %s', async (name, least) => {
    const base = loadChip(name);
    const results: (number | null)[] = [];
    await fc.assert(fc.asyncProperty(sums, cores, async (s, [rows, columns]) => {
      const result = await check({ ...base, core: { ...base.core, rows, columns } }, s);
      results.push(result);
      if (result !== null) expect(result).toBeGreaterThan(least);
    }), { seed: 1, numRuns: 30, endOnFailure: true });
    expect(results.filter((r) => r === null).length).toBeLessThan(results.length / 4);
  });
});

/** Rows that core-ops gather, columns and constant rows of each core-op of one sum over 6 x 6 positions of a chip's codes. */
function tilesOf(chip: string, channels: number, outputs: number, kernel: number, groups: number): { rows: number; columns: number; constantRows: number }[] {
  const [from, to] = [channels, outputs].map((count, i): Edge => ({ name: `e${i}`, shape: [count, 6, 6] })) as [Edge, Edge];
  const terms = [{
    input: from, weights: Float64Array.from({ length: (outputs * channels / groups) * kernel ** 2 }, (_, i) => (i % 7) - 3),
    kernel: [kernel, kernel] as const, stride: [1, 1] as const, dilation: [1, 1] as const, origin: [-(kernel >> 1), -(kernel >> 1)] as const, groups,
  }];
  const sum: SumNode = { kind: 'sum', name: 's', output: to, terms, bias: filled(outputs, 0), activation: { op: 'Clip', lo: 0, hi: Infinity } };
  const code: Code = { lo: 0, hi: 63, step: [0.1], zero: [0] };
  const shape = [1, ...from.shape];
  const outputShape = [1, ...to.shape];
  const graph: Reformed = { name: 'g', nodes: [sum], input: from, output: to, host: [], inputRange: null, inputShape: shape, outputShape };
  const { ops } = expand(graph, loadChip(chip), new Map([[from, code], [to, code]]), { outputCopies: 1, repeatsRows: true });
  return ops.filter((op): op is CoreOp => op.kind === 'core')
    .map(({ gathers, columns, constantRows }) => ({ rows: gatheredRows(gathers), columns, constantRows }));
}

describe('depthwise layers of composed sums', () => {
  it('fill as few cores as they can, evenly, and leave every one rows for shifts', () => {
    const tiles = (chip: string): ReturnType<typeof tilesOf> => tilesOf(chip, 128, 128, 3, 128);
    expect(tiles('prime-ideal').map((t) => t.columns)).toEqual([28, 28, 28, 28, 16]);
    expect(tiles('prime').map((t) => t.columns)).toEqual([26, 26, 26, 26, 24]);
    for (const { rows, constantRows } of tiles('prime')) {
      expect(constantRows).toBeGreaterThanOrEqual(20);
      expect(rows + constantRows).toBeLessThanOrEqual(256);
    }
  });
});

describe('rows that a core has to spare', () => {
  it.each([
    ['tianji', [[16, 64], [60, 240], [64, 256], [65, 195], [128, 256], [129, 129]]],
    ['prime', [[16, 64], [58, 232], [60, 180], [78, 234], [80, 160], [117, 234], [118, 118], [128, 128]]],
  ] as const)('repeat weights on %s, up to four times, shifts before them', (chip, cases) => {
    for (const [channels, rows] of cases) {
      const [tile, ...others] = tilesOf(chip, channels, 32, 1, 1);
      expect(others).toEqual([]);
      expect([channels, tile!.rows]).toEqual([channels, rows]);
      if (chip === 'prime') expect(tile!.constantRows).toBeGreaterThanOrEqual(22);
      expect(rows + tile!.constantRows).toBeLessThanOrEqual(256);
    }
  });
});
