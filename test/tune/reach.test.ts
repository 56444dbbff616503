import { fileURLToPath } from 'node:url';
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { chipOf, chipTextOf, type ChipText } from '../../src/chip/schema.js';
import type { Chip } from '../../src/chip/types.js';
import { loadChip } from '../../src/data/chips.js';
import type { Diagnostic } from '../../src/diagnostics.js';
import { compile } from '../../src/pipeline.js';
import { collapseWarning } from '../../src/tune/collapse.js';
import { predictReach, type Reach } from '../../src/tune/reach.js';
import { DEFAULT_STEPS } from '../../src/tune/steps.js';
import { example, haveShared, sharedNetwork, type Network } from '../flow/setup.js';

const small = fileURLToPath(new URL('../../examples/chips/small-ideal.yaml', import.meta.url));
const models = fileURLToPath(new URL('../../../shared/data/mnist/models/', import.meta.url));
const nets = haveShared ? readdirSync(models).flatMap((file) => (file.endsWith('.onnx') ? [file.slice(0, -5)] : [])) : [];
const sound = ['tianji', 'prime', 'prime-ideal', small];

/** Without planning copies, which takes most of the time and is not what is asked here. */
const STEPS = DEFAULT_STEPS.filter((name) => !name.endsWith('-copies'));

async function reachOf({ graph, calibration }: Network, chip: Chip): Promise<{ reaches: Reach[]; warnings: Diagnostic[] }> {
  const { expansion, calibration: golden } = await compile(graph, chip, calibration, { workers: 0, samples: 16, steps: STEPS }, 'expand');
  const reaches = predictReach(expansion!, golden!);
  return { reaches, warnings: collapseWarning(reaches, chip) };
}

function changed(name: string, change: Partial<ChipText>): Chip {
  return chipOf({ ...chipTextOf(loadChip(name)), ...change });
}

describe('the reach of signals', () => {
  it.each(sound)('of the example is enough on %s', async (name) => {
    const { reaches, warnings } = await reachOf(example(), loadChip(name));
    expect(warnings).toEqual([]);
    expect(Math.min(...reaches.map((r) => r.sqnrDb))).toBeGreaterThan(15);
  });

  it('is short on a chip whose cores together have a gain below 1, and the compiler says where and why', async () => {
    const { graph, calibration } = example();
    const { layers, diagnostics } = await compile(graph, loadChip('prime-fixed'), calibration, { workers: 0, samples: 16, steps: ['half', 'range'] });
    const [warning] = diagnostics.filter((d) => d.code === 'T405');
    expect(warning).toMatchObject({
      severity: 'warning', place: layers![0]!.name, limit: '3 dB, a gain of 1 or more', remedy: 'Use a chip whose converters have a gain, such as prime',
    });
    expect(warning!.message).toMatch(/^the first operation whose output collapses: predicted SQNR \d\.\d dB.*256 rows.* a gain of 0\.996.*shrink at every/);
    // What was predicted is what came of it.
    expect(layers![0]!.sqnrDb).toBeLessThan(3);
  });

  it('depends on the description of the chip, not on its name', async () => {
    const { arithmetic } = chipTextOf(loadChip('prime'));
    const gainless = changed('prime', { arithmetic: { ...arithmetic, greatestGain: 0 } as ChipText['arithmetic'] });
    expect((await reachOf(example(), gainless)).warnings).toHaveLength(1);
    expect((await reachOf(example(), changed('prime', { name: 'prime-fixed' }))).warnings).toEqual([]);
  });

  it('falls short of 3 dB where codes are too few, and grows with them', async () => {
    const outputs = (hi: number): Partial<ChipText> => ({ inputs: [[0, hi]], outputs: [[0, hi]] });
    const db: number[] = [];
    for (const hi of [1, 3, 15]) {
      const { reaches } = await reachOf(example(), chipOf({ ...chipTextOf(loadChip(small)), ...outputs(hi) }));
      db.push(reaches[0]!.sqnrDb);
    }
    expect(db).toEqual([...db].sort((a, b) => a - b));
    const few = { name: 'fc', sqnrDb: 1.5, codes: 1, short: 1 };
    expect(collapseWarning([few], loadChip(small))[0]!.message).toContain('codes 0..31 are too few for it');
  });

  it('names the gain of one row where all rows together have enough', () => {
    const [warning] = collapseWarning([{ name: 'a', sqnrDb: 30, codes: 31, short: 1 }, { name: 'b', sqnrDb: 0, codes: 0.2, short: 4 }], loadChip('prime'));
    expect(warning!.place).toBe('b');
    expect(warning!.message).toContain('a row of a core has a gain of 1.99 at most, and this operation asks for 7.97');
  });
});

describe.skipIf(!haveShared)('the reach of signals of every MNIST network', () => {
  it.each(nets)('%s is enough on chips that carry it, and collapses without gain', async (name) => {
    const network = sharedNetwork('mnist', name);
    for (const chip of sound) expect((await reachOf(network, loadChip(chip))).warnings).toEqual([]);
    expect((await reachOf(network, loadChip('prime-fixed'))).warnings).toHaveLength(1);
  });
});
