/** Placement: every core-op once, turns in order, neighbours in place. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Chip } from '../../src/chip/types.js';
import type { CoreGraph, CoreOp } from '../../src/cores/types.js';
import { loadChip } from '../../src/data/chips.js';
import { mapToCores } from '../../src/map/map.js';

function graph(chip: Chip, count: number): CoreGraph {
  const op = (i: number): CoreOp => ({
    kind: 'core', name: `op${i}`, layer: 'layer', gathers: [], constantRows: 0, columns: 4, positions: [1 + (i % 3), 2], weights: new Int16Array(8 + 4 * i),
    preload: null, config: {}, table: null, function: null, output: { signal: 0, channel: 0, origin: [0, 0] },
  });
  const ops = Array.from({ length: count }, (_, i) => op(i));
  return { chip, signals: [], ops, input: 0, output: 0, hostOps: [], inputShape: [1], outputShape: [1] };
}

const tianji = loadChip('tianji');

describe('the mapping', () => {
  it('gives every core-op one core and turn, none shared, in order of execution', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 50 }), (count, cores) => {
      const { mapping } = mapToCores(graph(tianji, count), { cores });
      expect(mapping.assignments.map((a) => a.op)).toEqual(Array.from({ length: count }, (_, i) => `op${i}`));
      expect(new Set(mapping.assignments.map((a) => `${a.core} ${a.turn}`)).size).toBe(count);
      expect(mapping.cores).toBe(Math.min(count, cores));
      expect(mapping.assignments.every((a) => a.core < mapping.cores && a.turn < mapping.turns)).toBe(true);
      const turns = mapping.assignments.map((a) => a.turn);
      expect(turns).toEqual([...turns].sort((a, b) => a - b));
      expect(mapping.turns).toBe(Math.ceil(count / mapping.cores));
    }), { seed: 1, numRuns: 50 });
  });

  it('counts mats, chips, uses and cells', () => {
    const { mapping } = mapToCores(graph(tianji, 8));
    expect([mapping.cores, mapping.turns, mapping.mats, mapping.chips]).toEqual([8, 1, 8, 2]);
    expect([mapping.usesPerSample, mapping.busiestCoreUses]).toEqual([2 * (1 + 2 + 3 + 1 + 2 + 3 + 1 + 2), 6]);
    expect(mapping.utilisation).toBeCloseTo((8 * 8 + 4 * 28) / (8 * 256 * 256), 12);
    expect(mapToCores(graph(loadChip('prime'), 3)).mapping.mats).toBe(12);
    // The third core takes the third and the sixth core-op, of 6 positions each.
    expect(mapToCores(graph(tianji, 7), { cores: 3 }).mapping.busiestCoreUses).toBe(12);
  });

  it('puts neighbours in order side by side, on a chip and among chips', () => {
    const chip: Chip = { ...tianji, layout: { coresPerChip: 6, mesh: [3, 2] } };
    const { places } = mapToCores(graph(chip, 40)).mapping;
    const apart = (a: readonly [number, number], b: readonly [number, number]): number => Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]);
    places.slice(1).forEach((place, i) => {
      const before = places[i]!;
      if (place.chip === before.chip) expect(apart(place.at, before.at)).toBe(1);
      else expect(apart(place.chipAt, before.chipAt)).toBe(1);
    });
    expect(new Set(places.map((p) => `${p.chip} ${p.at.join()}`)).size).toBe(40);
  });

  it('of wiring alone takes no core', () => {
    const { mapping } = mapToCores(graph(tianji, 0));
    expect(mapping).toMatchObject({ assignments: [], places: [], cores: 0, turns: 0, mats: 0, utilisation: 1, usesPerSample: 0, busiestCoreUses: 0 });
  });

  it('refuses no cores', () => {
    for (const cores of [0, -1, 1.5]) expect(() => mapToCores(graph(tianji, 2), { cores })).toThrow(/T400 mapping/);
  });
});
