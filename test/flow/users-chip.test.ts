/** A chip of the user's own, from a file: small cores, few bits, no table and no pooling. */
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadChip } from '../../src/data/chips.js';
import { checkLimits } from '../../src/cores/limits.js';
import { checkStructure } from '../../src/cores/structure.js';
import { gatheredRows } from '../../src/cores/scales.js';
import type { CoreGraph } from '../../src/cores/types.js';
import { mapToCores } from '../../src/map/map.js';
import { compile } from '../../src/pipeline.js';
import { coresFor, differences, engineCodes, example, firstSamples, haveShared, referenceCodes, sharedNetwork } from './setup.js';

const chip = loadChip(fileURLToPath(new URL('../../examples/chips/small-ideal.yaml', import.meta.url)));

function withinLimits(cores: CoreGraph): void {
  expect([checkStructure(cores), checkLimits(cores)]).toEqual([[], []]);
  for (const op of cores.ops) {
    expect(op.kind).not.toBe('maximum');
    if (op.kind !== 'core') continue;
    expect(gatheredRows(op.gathers) + op.constantRows).toBeLessThanOrEqual(64);
    expect(op.columns).toBeLessThanOrEqual(48);
    expect(Math.min(...op.weights)).toBeGreaterThanOrEqual(-16);
    expect(Math.max(...op.weights)).toBeLessThanOrEqual(15);
    expect(op.table).toBeNull();
  }
}

describe('a chip of 64 x 48 cores with 5-bit signals', () => {
  let cores: CoreGraph;
  beforeAll(async () => {
    cores = await coresFor(example(), chip, { samples: 64 });
  });

  it('gets a network within its limits', () => {
    withinLimits(cores);
    expect(cores.ops.filter((op) => op.kind === 'core').length).toBeGreaterThan(10);
  });

  it('computes every code as the slow reference does', async () => {
    const input = firstSamples(example().test, 6);
    expect(differences(cores, await engineCodes(cores, input, 6), referenceCodes(cores, input, 6))).toEqual({});
  });

  it('takes turns on few cores', () => {
    const { mapping } = mapToCores(cores, { cores: 5 });
    expect(mapping.cores).toBe(5);
    expect(mapping.turns).toBe(Math.ceil(mapping.assignments.length / 5));
  });

  it('still classifies', async () => {
    const { graph, calibration } = example();
    const { logitSqnrDb } = await compile(graph, chip, calibration, { workers: 0, samples: 64 });
    expect(logitSqnrDb).toBeGreaterThan(6);
  });
});

describe.skipIf(!haveShared)('the same chip', () => {
  it('holds lenet5-maxpool, with maxima built from sums', async () => {
    const network = sharedNetwork('mnist', 'lenet5-maxpool');
    const cores = await coresFor(network, chip);
    withinLimits(cores);
    const input = firstSamples(network.test, 1);
    expect(differences(cores, await engineCodes(cores, input, 1), referenceCodes(cores, input, 1))).toEqual({});
  });
});
