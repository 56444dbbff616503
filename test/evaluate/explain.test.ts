/** What each layer costs: errors that add up, layers that are spoilt on purpose, any workers. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { CoreGraph } from '../../src/cores/types.js';
import { EmulatorPool } from '../../src/emulate/pool.js';
import { explain, replaceableLayers, type Explanation } from '../../src/evaluate/explain.js';
import { coresFor, example } from '../flow/setup.js';

const { graph, test } = example();
const [floatOutput] = graph.outputs as [number];

async function explained(cores: CoreGraph, workers = 0, limit = 40, batch?: number): Promise<Explanation> {
  const pool = EmulatorPool.create({ chip: cores, float: graph, keep: 'all', workers, ...(batch === undefined ? {} : { batch }) });
  try {
    return await explain(pool, test, replaceableLayers(cores, graph), { limit, seed: 1, floatOutput, clock: () => 0 });
  } finally {
    await pool.close();
  }
}

/** The network with one weight of eight set to 0 in a layer. */
function spoilt(cores: CoreGraph, layer: string): CoreGraph {
  const ops = cores.ops.map((op) => (op.kind === 'core' && op.layer === layer ? { ...op, weights: op.weights.map((w, i) => (i % 8 === 0 ? 0 : w)) } : op));
  return { ...cores, ops };
}

let cores: CoreGraph;
beforeAll(async () => {
  cores = await coresFor(example(), 'prime', { samples: 32, steps: ['half', 'range', 'gain'] });
});

describe('explain', () => {
  it('has a row for every layer, in order, and ranks all of them', async () => {
    const { layers, ranking, joined, samples, asIs } = await explained(cores);
    expect([samples, joined]).toEqual([40, []]);
    const computing = cores.ops.filter((op) => op.kind === 'core' || op.kind === 'maximum');
    expect(layers.map(({ name }) => name)).toEqual([...new Set(computing.map(({ layer }) => layer))]);
    expect([...ranking].sort()).toEqual(layers.map(({ name }) => name).sort());
    for (const { cost, inFloat } of layers) {
      expect(cost.logitDb).toBeCloseTo(inFloat.logitSqnrDb! - asIs.logitSqnrDb!, 9);
      expect(cost.top1).toBeCloseTo(inFloat.chip!.top1 - asIs.chip!.top1, 9);
    }
    const costs = ranking.map((name) => layers.find((l) => l.name === name)!.cost.logitDb);
    expect(costs).toEqual([...costs].sort((a, b) => b - a));
  });

  it('finds the layer that is spoilt, which passes its error on', async () => {
    const all = replaceableLayers(cores, graph).layers;
    const names = all.map(({ name }) => name);
    const before = await explained(cores);
    const inside = all.flatMap(({ coreOps }, i) => (coreOps > 0 && i > 0 && i + 1 < all.length ? [i] : []));
    expect(inside.length).toBeGreaterThan(0);
    for (const bad of inside) {
      const { layers, ranking, asIs } = await explained(spoilt(cores, names[bad]!));
      expect(ranking[0]).toBe(names[bad]);
      expect(asIs.logitSqnrDb).toBeLessThan(before.asIs.logitSqnrDb! - 3);
      expect(layers[bad]!.introducedDb).toBeLessThan(before.layers[bad]!.introducedDb - 6);
      // The layer before it is as it was, and the one after it does its own work as well as before.
      expect(layers[bad - 1]).toMatchObject({ sqnrDb: before.layers[bad - 1]!.sqnrDb, introducedDb: before.layers[bad - 1]!.introducedDb });
      expect(layers[bad + 1]!.inheritedDb).toBeLessThan(before.layers[bad + 1]!.inheritedDb - 3);
      expect(layers[bad + 1]!.introducedDb).toBeGreaterThan(before.layers[bad + 1]!.introducedDb - 3);
      // With the layer in float, the network is better than before it was spoilt, or nearly so.
      expect(layers[bad]!.inFloat.logitSqnrDb).toBeGreaterThan(before.asIs.logitSqnrDb! - 1);
    }
  });

  it('finds no error in a maximum, nor on a chip without limits', async () => {
    const { layers } = await explained(cores);
    const maxima = layers.filter(({ coreOps }) => coreOps === 0);
    expect(maxima.map(({ introducedDb, cost }) => [introducedDb, cost.logitDb])).toEqual(maxima.map(() => [999, 0]));
    const ideal = await explained(await coresFor(example(), 'ideal'));
    expect(Math.min(...ideal.layers.map(({ introducedDb }) => introducedDb))).toBeGreaterThan(100);
  });

  it('leaves only the rounding of its codes in the output where the last layer is replaced', async () => {
    const { layers, asIs } = await explained(cores);
    const last = layers.at(-1)!;
    expect(last.inFloat.logitSqnrDb).toBeGreaterThan(asIs.logitSqnrDb!);
    expect(last.inFloat.logitSqnrDb).toBeLessThan(last.inheritedDb + 0.5);
  });

  it('does not depend on workers or batch', async () => {
    const [none, two, three] = [await explained(cores), await explained(cores, 2), await explained(cores, 0, 40, 3)];
    expect(two).toEqual(none);
    expect(three).toEqual(none);
  });

  it('counts a layer without a float counterpart with one after it', () => {
    const [first] = replaceableLayers(cores, graph).layers;
    const unnamed = { ...cores, signals: cores.signals.map((s, i) => (i === first!.signal ? { ...s, golden: null } : s)) };
    const { layers, joined } = replaceableLayers(unnamed, graph);
    expect(joined).toEqual([first!.name]);
    expect(layers.map(({ name }) => name)).not.toContain(first!.name);
  });
});
