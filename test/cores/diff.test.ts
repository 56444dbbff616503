/** What differs between artefacts; and that nothing that differs in the file is missed. */
import { describe, expect, it } from 'vitest';
import { writeArtefact, type Artefact } from '../../src/cores/artefact.js';
import { changesOf, diffArtefacts } from '../../src/cores/diff.js';
import type { CoreGraph, CoreOp, Op } from '../../src/cores/types.js';
import { artefactOf, composedGraph, floatGraph, GRAPHS, windowGraph } from './samples.js';

const withOps = (graph: CoreGraph, change: (op: Op, i: number) => Op): CoreGraph => ({ ...graph, ops: graph.ops.map(change) });
const withTile = (graph: CoreGraph, name: string, over: Partial<CoreOp>): CoreGraph => (
  withOps(graph, (op) => (op.kind === 'core' && op.name === name ? { ...op, ...over } : op)));
const tile = (graph: CoreGraph, name: string): CoreOp => graph.ops.find((op): op is CoreOp => op.kind === 'core' && op.name === name)!;

const base = artefactOf(windowGraph());
const onGraph = (graph: CoreGraph): Artefact => ({ ...base, graph });

/** Artefacts that differ from the base in one way. */
const others: Record<string, () => Artefact> = {
  'the chip': () => onGraph({ ...base.graph, chip: { ...base.graph.chip, description: 'another' } }),
  'an option': () => ({ ...base, provenance: { ...base.provenance, options: { ...base.provenance.options, workers: 3 } } }),
  'a host function': () => onGraph({ ...base.graph, hostOps: [] }),
  'a signal\'s name': () => onGraph({ ...base.graph, signals: base.graph.signals.map((s) => (s.name === 'crop' ? { ...s, name: 'cut' } : s)) }),
  'a golden name': () => onGraph({ ...base.graph, signals: base.graph.signals.map((s) => (s.name === 'crop' ? { ...s, golden: null } : s)) }),
  'the order of signals': () => onGraph(swapped(base.graph)),
  'a gather': () => onGraph(withTile(base.graph, 'fc', { gathers: [{ ...tile(base.graph, 'fc').gathers[0]!, fill: 3 }] })),
  'a weight': () => onGraph(withTile(base.graph, 'fc', { weights: tile(base.graph, 'fc').weights.map((w, i) => (i === 5 ? w + 9 : w)) as Int16Array })),
  'a preload': () => onGraph(withTile(base.graph, 'fc', { preload: Int32Array.of(1, 2, 4, 4) })),
  'a table': () => onGraph(withTile(base.graph, 'conv/c1', { table: tile(base.graph, 'conv/c1').table!.map((v, i) => (i === 1 ? 0 : v)) })),
  'a missing table': () => onGraph(withTile(base.graph, 'conv/c1', { table: null })),
  'a shift': () => onGraph(withTile(base.graph, 'conv/c0', { config: { shift: 5, clamp: [0, 255] } })),
  'a step': () => onGraph({ ...base.graph, signals: base.graph.signals.map((s) => (s.name === 'conv' ? { ...s, code: { ...s.code!, step: [0.25] } } : s)) }),
  'steps that are written out': () => onGraph({
    ...base.graph, signals: base.graph.signals.map((s) => (s.name === 'conv' ? { ...s, code: { ...s.code!, step: [0.5, 0.5, 0.5] } } : s)),
  }),
  'the mapping': () => ({ ...base, mapping: { assignments: [{ op: 'fc', core: 1, turn: 0 }], cores: 1 } }),
  'the report': () => ({ ...base, layers: [{ name: 'fc', coreOps: 1, sqnrDb: 39 }] }),
};

/** The same network with the signals conv and crop numbered the other way round. */
function swapped(graph: CoreGraph): CoreGraph {
  const to = [0, 2, 1, 3, 4];
  const id = (s: number): number => to[s]!;
  const ops = graph.ops.map((op): Op => {
    if (op.kind === 'wire') return { ...op, pieces: op.pieces.map((p) => ({ ...p, signal: id(p.signal) })), output: id(op.output) };
    if (op.kind === 'permute') return { ...op, signal: id(op.signal), output: id(op.output) };
    return { ...op, gathers: op.gathers.map((g) => ({ ...g, signal: id(g.signal) })), output: { ...op.output, signal: id(op.output.signal) } };
  });
  return { ...graph, ops, signals: to.map((s) => graph.signals[s]!) };
}

describe('artefacts', () => {
  it.each(Object.entries(GRAPHS))('are the same as themselves: %s', (_, graph) => {
    expect(diffArtefacts(artefactOf(graph()), artefactOf(graph())).same).toBe(true);
  });

  it.each(Object.entries(others))('that differ in %s are not the same, as their bytes are not', (_, other) => {
    expect(Buffer.compare(writeArtefact(base), writeArtefact(other()))).not.toBe(0);
    expect(diffArtefacts(base, other()).same).toBe(false);
    expect(diffArtefacts(other(), base).same).toBe(false);
  });

  it('say the numbers that differ by tile, and how much', () => {
    expect(diffArtefacts(base, others['a weight']!()).weights).toEqual([{ name: 'fc', values: 72, differing: 1, greatest: 9 }]);
    expect(diffArtefacts(base, others['a preload']!()).preloads).toEqual([{ name: 'fc', values: 4, differing: 1, greatest: 1 }]);
    expect(diffArtefacts(base, others['a table']!()).codes.tables).toEqual([{ name: 'conv/c1', values: 256, differing: 1, greatest: 254 }]);
    expect(diffArtefacts(base, others['a missing table']!()).codes.tables).toEqual([{ name: 'conv/c1', values: 256, differing: 256, greatest: null }]);
    const float = artefactOf(floatGraph());
    const zero = { ...float, graph: withTile(float.graph, 'fc1', { weights: Float32Array.of(1.5, -2, 0.1, 3e-20, 0, 7) }) };
    expect(diffArtefacts(float, zero).weights).toEqual([{ name: 'fc1', values: 6, differing: 1, greatest: 0 }]);
  });

  it('say codes and configurations by name', () => {
    expect(diffArtefacts(base, others['a step']!()).codes).toEqual({
      signals: [{ name: 'conv', changes: [{ path: 'step', a: 0.5, b: 0.25 }] }], config: [], tables: [],
    });
    expect(diffArtefacts(base, others['a shift']!()).codes.config).toEqual([{ name: 'conv/c0', changes: [{ path: 'shift', a: 4, b: 5 }] }]);
  });

  it('match signals and operations by name, whatever their numbers', () => {
    const { structure, codes } = diffArtefacts(base, others['the order of signals']!());
    expect([structure.ops, structure.signals, codes]).toEqual([
      { added: [], removed: [], changed: [] }, { added: [], removed: [], changed: [] }, { signals: [], config: [], tables: [] },
    ]);
    expect(structure.reordered).toBe(true);
  });

  it('say what was added, removed and changed', () => {
    const { chip, structure, same } = diffArtefacts(base, { ...artefactOf(composedGraph()), provenance: base.provenance });
    expect(same).toBe(false);
    expect(structure.ops).toMatchObject({ added: ['pool'], removed: ['conv/c0', 'conv/c1', 'crop', 'flatten'], changed: [{ name: 'fc' }] });
    expect(structure.interface.map(({ path }) => path)).toEqual(['outputShape', 'input', 'output', 'hostOps']);
    expect(chip).toContainEqual({ path: 'arithmetic.kind', a: 'window', b: 'composed' });
    expect(chip).toContainEqual({ path: 'arithmetic.greatestGain', a: null, b: 9 });
  });

  it('tell operations of one name apart by their order', () => {
    const twins = (w: number): Artefact => onGraph(withOps(base.graph, (op) => (
      op.kind !== 'core' || op.name === 'fc' ? op : { ...op, name: 'conv', weights: op.columns === 1 ? op.weights.map(() => w) as Int16Array : op.weights })));
    expect(diffArtefacts(twins(1), twins(2)).weights).toEqual([{ name: 'conv#2', values: 18, differing: 18, greatest: 1 }]);
  });
});

describe('changes of JSON values', () => {
  it.each([
    [{ a: 1 }, { a: 1 }, []],
    [{ a: { b: 1, c: [1, 2] } }, { a: { b: 2, c: [1, 3] } }, [{ path: 'a.b', a: 1, b: 2 }, { path: 'a.c', a: [1, 2], b: [1, 3] }]],
    [[{ x: 1 }], [{ x: 1 }, { x: 2 }], [{ path: '1', a: null, b: { x: 2 } }]],
    [{ a: null }, {}, [{ path: 'a', a: null, b: null }]],
    [1, { a: 1 }, [{ path: '', a: 1, b: { a: 1 } }]],
  ])('%j and %j', (a, b, changes) => expect(changesOf(a, b)).toEqual(changes));
});
