/** The same codes and the same artefact, whatever the number of workers, the batch, the kernels and the run. */
import { beforeAll, describe, expect, it } from 'vitest';
import { readArtefact, writeArtefact } from '../../src/cores/artefact.js';
import type { CoreGraph } from '../../src/cores/types.js';
import type { Codes } from '../../src/cores/types.js';
import { loadChip } from '../../src/data/chips.js';
import { compile, type CompileOptions } from '../../src/pipeline.js';
import { CORE_KERNELS, VARIANTS } from '../../src/kernels/table.js';
import { coresFor, differences, engineCodes, example, firstSamples } from './setup.js';

const SAMPLES = 70;
const CHIPS = { tianji: 'window/', prime: 'composed/', 'prime-ideal': 'ideal/' };

/** Bytes of everything that a compilation makes. */
async function artefactBytes(chip: string, options: CompileOptions): Promise<Uint8Array> {
  const { graph, calibration } = example();
  const { program, layers } = await compile(graph, loadChip(chip), calibration, { samples: 40, ...options });
  if (program === undefined || layers === undefined) throw new Error('compiled to nothing');
  const model = { file: 'digits.onnx', sha256: '0'.repeat(64) };
  const provenance = { model, seed: 0, samples: 40, options: {}, calibration: '', trestle: 'test' };
  return writeArtefact({ graph: program.graph, provenance, mapping: program.mapping, layers });
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
    const first = await artefactBytes(chip, { workers: 0 });
    for (const workers of [1, 2]) expect(Buffer.compare(await artefactBytes(chip, { workers }), first)).toBe(0);
  });

  it('is read as what was written, and gives the same codes', async () => {
    const bytes = await artefactBytes('prime', { workers: 0 });
    const { graph } = readArtefact(bytes, 'test.trestle');
    const cores = await coresFor(example(), 'prime', { samples: 40 });
    expect(graph).toEqual(cores);
    const input = firstSamples(example().test, 5);
    expect(differences(graph, await engineCodes(graph, input, 5), await engineCodes(cores, input, 5))).toEqual({});
  });

  it('changes with the seed, which chooses the calibration positions', async () => {
    const [one, two] = [await artefactBytes('tianji', { workers: 0, seed: 1 }), await artefactBytes('tianji', { workers: 0, seed: 2 })];
    expect(Buffer.compare(one, two)).not.toBe(0);
  });
});
