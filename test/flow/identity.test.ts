/** The same codes and the same artefact, whatever the number of workers, the batch, the kernels and the run. */
import { beforeAll, describe, expect, it } from 'vitest';
import { readArtefact, writeArtefact } from '../../src/cores/artefact.js';
import type { CoreGraph } from '../../src/cores/types.js';
import type { Codes } from '../../src/cores/types.js';
import { loadChip } from '../../src/data/chips.js';
import { compile } from '../../src/pipeline.js';
import type { CompileOptions } from '../../src/pipeline/compilation.js';
import { CORE_KERNELS, VARIANTS } from '../../src/kernels/table.js';
import { coresFor, differences, engineCodes, example, firstSamples, UNTRAINED } from './setup.js';

const SAMPLES = 70;
const CHIPS = { tianji: 'window/', prime: 'composed/', 'prime-ideal': 'ideal/' };

/** A whole compilation, and the bytes of everything that it makes. */
async function artefactOf(chip: string, options: CompileOptions): Promise<{ graph: CoreGraph; bytes: Buffer }> {
  const { graph: network, calibration } = example();
  const { program, layers } = await compile(network, loadChip(chip), calibration, { samples: 12, ...options });
  if (program === undefined || layers === undefined) throw new Error('compiled to nothing');
  const { graph, mapping } = program;
  const model = { file: 'digits.onnx', sha256: '0'.repeat(64) };
  const provenance = { model, seed: 0, samples: 12, options: {}, calibration: '', trestle: 'test' };
  return { graph, bytes: Buffer.from(writeArtefact({ graph, provenance, mapping, layers })) };
}

describe.each(Object.entries(CHIPS))('the codes of the example on %s', (chip, family) => {
  let cores: CoreGraph;
  let expected: readonly Codes[];
  const input = firstSamples(example().test, SAMPLES);
  beforeAll(async () => {
    cores = await coresFor(example(), chip);
    expected = await engineCodes(cores, input, SAMPLES, { batch: 3 });
  });

  const names = CORE_KERNELS.map((k) => k.name).filter((name) => name.startsWith(family));

  it('has kernels to choose from', () => expect(names.length).toBeGreaterThan(1));

  it.each([...VARIANTS, ...names])('do not depend on the kernel: %s', async (kernel) => {
    expect(differences(cores, await engineCodes(cores, input, SAMPLES, { kernel }), expected)).toEqual({});
  });

  it.each([1, 7, 64])('do not depend on the batch: %i', async (batch) => {
    expect(differences(cores, await engineCodes(cores, input, SAMPLES, { batch }), expected)).toEqual({});
  });

  it.each([1, 2])('do not depend on the number of workers: %i', async (workers) => {
    expect(differences(cores, await engineCodes(cores, input, SAMPLES, { workers }, 16), expected)).toEqual({});
  });
});

describe('the artefact of the example', () => {
  it.each(Object.keys(CHIPS))('has the same bytes whatever the workers, for %s', async (chip) => {
    const [first, ...others] = await Promise.all([0, 1, 2].map((workers) => artefactOf(chip, { workers })));
    for (const { bytes } of others) expect(bytes.equals(first!.bytes)).toBe(true);
  });

  it('is read as what was written, and gives the same codes', async () => {
    const { graph: cores, bytes } = await artefactOf('prime', { workers: 0, steps: UNTRAINED });
    const { graph } = readArtefact(bytes, 'test.trestle');
    expect(graph).toEqual(cores);
    const input = firstSamples(example().test, 5);
    expect(differences(graph, await engineCodes(graph, input, 5), await engineCodes(cores, input, 5))).toEqual({});
  });

  it('changes with the seed, which chooses the calibration positions', async () => {
    const [one, two] = await Promise.all([1, 2].map((seed) => artefactOf('tianji', { workers: 0, seed, steps: UNTRAINED })));
    expect(one!.bytes.equals(two!.bytes)).toBe(false);
  });
});
