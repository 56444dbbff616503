/** Vectors of artefacts: in the form of section 9, exact on all kernels, and refused where that form cannot hold them. */
import { describe, expect, it } from 'vitest';
import { readVectors, runConformance } from '../../src/conformance.js';
import type { Codes, CoreGraph, CoreOp } from '../../src/cores/types.js';
import { kernelModule } from '../../src/emulate/pool.js';
import { graphVectors, type VectorOptions } from '../../src/emulate/tile-vectors.js';
import { writeVectors, type ComposedCase, type MaximumCase, type WindowCase } from '../../src/vectors.js';
import { composedGraph, floatGraph, idealGraph, windowGraph } from '../cores/samples.js';
import { coresFor, engineCodes, example, firstSamples } from '../flow/setup.js';

const SAMPLES = 3;

async function codesOf(graph: CoreGraph): Promise<readonly Codes[]> {
  const size = graph.inputShape.reduce((a, b) => a * b);
  return engineCodes(graph, Float32Array.from({ length: SAMPLES * size }, (_, i) => ((i * 37) % 64) / 63), SAMPLES);
}

async function vectorsOf(graph: CoreGraph, options: VectorOptions = {}): Promise<ReturnType<typeof graphVectors>> {
  const codes = await codesOf(graph);
  return graphVectors(graph, { codesOf: (s) => codes[s]!, samples: SAMPLES }, options);
}

/** The graph with other fields of its tiles. */
function withTiles(graph: CoreGraph, change: (op: CoreOp) => CoreOp): CoreGraph {
  return { ...graph, ops: graph.ops.map((op) => (op.kind === 'core' ? change(op) : op)) };
}

describe('vectors of an artefact', () => {
  it.each(['tianji', 'prime', 'prime-ideal'])('of the example on %s are exact on every kernel', async (chip) => {
    const graph = await coresFor(example(), chip, { samples: 8 });
    const codes = await engineCodes(graph, firstSamples(example().test, 2), 2);
    const { vectors, diagnostics } = graphVectors(graph, { codesOf: (s) => codes[s]!, samples: 2 }, { rows: 5 });
    expect(diagnostics).toEqual([]);
    expect(vectors.cases.map(({ name }) => name)).toEqual(graph.ops.filter(({ kind }) => kind === 'core' || kind === 'maximum').map(({ name }) => name));
    const read = readVectors(writeVectors(vectors, true));
    expect(read).toEqual(vectors);
    const { mismatches, kernels } = await runConformance(read, kernelModule());
    expect(mismatches).toEqual([]);
    for (const { cases, exact } of kernels.filter((k) => k.cases > 0)) expect(exact).toBe(cases);
    expect(kernels.filter((k) => k.cases > 0).length).toBeGreaterThanOrEqual(3);
  });

  it('state a tile as section 9 does', async () => {
    const { vectors } = await vectorsOf(windowGraph());
    const [plain, table] = vectors.cases as WindowCase[];
    expect(plain).toMatchObject({ name: 'conv/c0', arithmetic: 'window', inputSigned: false, windowSigned: false, windowShift: 4, bias: [8, -90000] });
    expect(plain!.lut).toEqual(Array.from({ length: 256 }, (_, i) => i));
    expect(table!.lut[0]).toBe(255);
    expect([plain!.w.length, plain!.w[0]!.length, plain!.w[1]]).toEqual([18, 2, [14 - 128, 21 - 128]]);
    expect(table!.bias).toEqual([0]);
    // The first position's first row is padding: the zeros of the channels.
    expect(plain!.x[0]!.slice(0, 6)).toEqual([0, 7, 0, 7, 0, 7]);
  });

  it('have constant rows as inputs, and parameters where they are not PRIME\'s', async () => {
    const graph = composedGraph();
    const { vectors } = await vectorsOf(graph);
    const [pool, fc] = vectors.cases as [MaximumCase, ComposedCase];
    expect(fc.x.every((row) => row.length === 9 && row[8] === 63)).toBe(true);
    expect(fc).not.toHaveProperty('parameters');
    expect(pool.x[0]!.length).toBe(8);
    expect(pool.y).toEqual(pool.x.map((row) => [Math.max(...row.slice(0, 4)), Math.max(...row.slice(4))]));
    const { arithmetic } = graph.chip;
    if (arithmetic.kind !== 'composed') throw new Error('not PRIME');
    const separate = await vectorsOf({ ...graph, chip: { ...graph.chip, arithmetic: { ...arithmetic, polarity: 'separate' } } });
    expect((separate.vectors.cases[1] as ComposedCase).parameters).toMatchObject({ shift: 16, polarity: 'separate' });
    expect((await runConformance(separate.vectors, kernelModule())).mismatches).toEqual([]);
  });

  it('repeat a code where a maximum has fewer than four', async () => {
    const graph = composedGraph();
    const ops = graph.ops.map((op) => (op.kind === 'maximum' ? { ...op, gathers: [{ ...op.gathers[0]!, kernel: [1, 2] as const }] } : op));
    const { vectors } = await vectorsOf({ ...graph, ops });
    const [{ x, y }] = vectors.cases as [MaximumCase];
    expect(x.every((row) => row[1] === row[2] && row[2] === row[3] && row[5] === row[7])).toBe(true);
    expect(y[0]).toEqual([Math.max(x[0]![0]!, x[0]![1]!), Math.max(x[0]![4]!, x[0]![5]!)]);
  });

  it('take different rows only, as many as they are told, the same each time', async () => {
    const all = await vectorsOf(windowGraph(), { rows: 1000 });
    const few = await vectorsOf(windowGraph(), { rows: 4 });
    for (const { x } of all.vectors.cases as WindowCase[]) expect(new Set(x.map((row) => row.join(','))).size).toBe(x.length);
    // The inputs of the third sample are those of the first.
    expect(all.vectors.cases.map(({ y }) => y.length)).toEqual([32, 32, 2]);
    expect(few.vectors.cases.map(({ y }) => y.length)).toEqual([4, 4, 2]);
    expect(await vectorsOf(windowGraph(), { rows: 4 })).toEqual(few);
    const rows = (all.vectors.cases[0] as WindowCase).x;
    expect((few.vectors.cases[0] as WindowCase).x).toEqual([0, 8, 16, 24].map((i) => rows[i]));
  });

  it('are of some layers or operations, where that is asked', async () => {
    const names = async (...only: string[]): Promise<string[]> => (await vectorsOf(windowGraph(), { only })).vectors.cases.map(({ name }) => name);
    expect(await names('conv/c1')).toEqual(['conv/c1']);
    expect(await names('layer')).toEqual(['conv/c0', 'conv/c1', 'fc']);
    await expect(names('conv9')).rejects.toThrow(/T601 conv9: no layer and no operation .*limit: layer/);
  });

  it('are refused where the engine and the reference differ', async () => {
    const graph = idealGraph();
    const codes = (await codesOf(graph)).map((c) => c.slice());
    codes[1]![3]!++;
    expect(() => graphVectors(graph, { codesOf: (s) => codes[s]!, samples: SAMPLES }))
      .toThrow(/T506 fc, sample 1, position \(0, 0\), column 1: the engine gives/);
  });

  it('leave out by name what their form cannot hold', async () => {
    const graph = windowGraph();
    const range = { lo: -255, hi: 255 };
    const table = Int16Array.from({ length: 256 }, (_, i) => 2 * i - 255);
    const wide: CoreGraph = {
      ...withTiles(graph, (op) => (op.name === 'conv/c1' ? { ...op, table } : op)),
      chip: { ...graph.chip, inputs: [{ lo: 0, hi: 255 }, range], outputs: [range] },
      signals: graph.signals.map((s, i) => (i === 0 ? s : { ...s, code: { ...s.code!, ...range } })),
    };
    const { vectors, diagnostics } = await vectorsOf(wide);
    expect(vectors.cases.map(({ name }) => name)).toEqual(['conv/c0']);
    expect(diagnostics.map(({ code, severity, place, message, limit }) => [code, severity, place, message, limit])).toEqual([
      ['T601', 'warning', 'conv/c1', 'table entries -255..255', '8 bits in a vector file'],
      ['T601', 'warning', 'fc', 'input codes -255..255', '8 bits in a vector file'],
    ]);
  });

  it('are refused where nothing is left', async () => {
    const graph = windowGraph();
    const arithmetic = { kind: 'window', accumulatorBits: 26, windowBits: 8, greatestShift: 16 } as const;
    await expect(vectorsOf({ ...graph, chip: { ...graph.chip, arithmetic } })).rejects.toThrow(/T601 tianji: none of its operations .*24 and 8/);
    await expect(vectorsOf(floatGraph())).rejects.toThrow(/T505 ideal/);
    await expect(vectorsOf(graph, { rows: 0 })).rejects.toThrow(/T601 rows/);
  });
});
