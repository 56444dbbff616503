import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readArtefact, writeArtefact, type Artefact } from '../../src/cores/artefact.js';
import { readSafetensors, writeSafetensors } from '../../src/cores/safetensors.js';
import { TrestleError } from '../../src/diagnostics.js';
import { EmulatorPool } from '../../src/emulate/pool.js';
import { NOTHING } from '../../src/emulate/tasks.js';
import { emulate, open } from './format-emulator.js';
import { artefactOf, GRAPHS } from './samples.js';

/** The file with one number of its program replaced. */
function changed(file: Uint8Array, at: number, number: string): Uint8Array {
  const { metadata, tensors } = readSafetensors(file, 'x');
  const places = [...metadata.program.matchAll(/(?<=[:[,])-?\d[\d.e+-]*/g)];
  const { index, 0: old } = places[at % places.length];
  const program = metadata.program.slice(0, index) + number + metadata.program.slice(index + old.length);
  return writeSafetensors({ tensors, metadata: { ...metadata, program } });
}

function accepted(bytes: Uint8Array): Artefact | null {
  try {
    return readArtefact(bytes, 'x');
  } catch (error) {
    expect(error).toBeInstanceOf(TrestleError);
    return null;
  }
}

/** Runs one sample; every code must be legal, and the one that the description of the format gives. */
async function check(bytes: Uint8Array, { graph }: Artefact): Promise<void> {
  const pool = EmulatorPool.create({ chip: graph, workers: 0, keep: 'all' });
  const size = graph.inputShape.reduce((a, b) => a * b, 1);
  const input = Float32Array.from({ length: size }, (_, i) => ((i * 37) % 41) - 20);
  const { codes } = await pool.run({ ...NOTHING, input: input.slice(), count: 1, signals: graph.signals.map((_, i) => i), output: true });
  await pool.close();
  if (graph.chip.arithmetic.kind === 'float') return;
  const expected = emulate(open(bytes), input).codes;
  graph.signals.forEach(({ name, code }, i) => {
    expect([...codes[i]], name).toEqual(expected[i]);
    expect(codes[i].every((v) => code !== null && v >= code.lo && v <= code.hi), name).toBe(true);
  });
}

it('whatever artefact is accepted runs within the limits of its chip', async () => {
  const files = Object.values(GRAPHS).map((graph) => writeArtefact(artefactOf(graph())));
  const numbers = fc.constantFrom(
    '0', '-1', '1', '2', '3', '4', '5', '7', '16', '255', '256', '32767', '65536', '1e6', '2147483647', '0.5', '-2', '1e-300', '1e300',
  );
  let count = 0;
  await fc.assert(fc.asyncProperty(fc.nat(files.length - 1), fc.nat(10_000), numbers, async (which, at, number) => {
    const bytes = changed(files[which], at, number);
    const artefact = accepted(bytes);
    if (artefact === null) return;
    count++;
    await check(bytes, artefact);
  }), { seed: 2, numRuns: 500 });
  expect(count).toBeGreaterThan(50);
});
