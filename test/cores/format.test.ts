import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readArtefact, writeArtefact } from '../../src/cores/artefact.js';
import { canonicalJson } from '../../src/cores/json.js';
import { readSafetensors, writeSafetensors } from '../../src/cores/safetensors.js';
import type { CoreGraph } from '../../src/cores/types.js';
import { loadDataSet } from '../../src/data/card.js';
import { loadChip } from '../../src/data/chips.js';
import { randomDataSet } from '../../src/data/random.js';
import { EmulatorPool } from '../../src/emulate/pool.js';
import { NOTHING } from '../../src/emulate/tasks.js';
import { compile } from '../../src/pipeline.js';
import { readOnnx } from '../../src/read/onnx.js';
import { emulate, open } from './format-emulator.js';
import { artefactOf, composedGraph, idealGraph, windowGraph } from './samples.js';

/** Codes of all signals and the decoded output, by the engine. */
async function engine(graph: CoreGraph, sample: Float32Array): Promise<{ codes: number[][]; output: number[] }> {
  const pool = EmulatorPool.create({ chip: graph, workers: 0, keep: 'all' });
  const result = await pool.run({ ...NOTHING, input: sample.slice(), count: 1, signals: graph.signals.map((_, i) => i), output: true });
  await pool.close();
  return { codes: result.codes.map((c) => [...c]), output: [...(result.output ?? [])] };
}

async function compare(graph: CoreGraph, samples: readonly Float32Array[]): Promise<void> {
  const bytes = writeArtefact(artefactOf(graph));
  const raw = open(bytes);
  const { graph: back } = readArtefact(bytes, 'x');
  for (const sample of samples) {
    const expected = emulate(raw, sample);
    const found = await engine(back, sample);
    graph.signals.forEach((signal, i) => expect(found.codes[i], signal.name).toEqual(expected.codes[i]));
    expect(found.output).toEqual(expected.output);
  }
}

describe('docs/format.md', () => {
  const page = readFileSync('docs/format.md', 'utf8');
  const [program, header] = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map((m) => JSON.parse(m[1]) as Record<string, { dtype: string; shape: number[] }>);
  const last = /\n```\n((?:[0-9a-f]{2} ?)+)\n```/.exec(page);
  const bytes = Uint8Array.from((last?.[1] ?? '').trim().split(' '), (b) => Number.parseInt(b, 16));

  /** The file of the page's example. */
  function example(): Uint8Array {
    const { metadata } = readSafetensors(writeArtefact(artefactOf(idealGraph())), 'x');
    const parts = [bytes.subarray(0, 8), bytes.subarray(8)];
    const tensors = Object.entries(header).map(([name, { dtype, shape }], i) => ({ name, dtype, shape, bytes: parts[i] }));
    return writeSafetensors({ metadata: { ...metadata, program: canonicalJson(program) }, tensors });
  }

  it('has an example that is an artefact, as it would be written', () => {
    const file = example();
    expect(writeArtefact(readArtefact(file, 'x'))).toEqual(file);
    expect([...file.subarray(-14)]).toEqual([...bytes]);
    const length = Number(new DataView(file.buffer).getBigUint64(0, true));
    const { __metadata__: metadata, ...rest } = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))) as Record<string, unknown>;
    expect(metadata).toHaveProperty('program');
    expect(rest).toEqual(header);
  });

  it('computes its example right', async () => {
    const sample = Float32Array.of(-0.5, 1, 2.06);
    const { codes, output } = emulate(open(example()), sample);
    expect(codes).toEqual([[4, 16, 24], [20, 29]]);
    expect(output).toEqual([5, 7.25]);
    await compare(readArtefact(example(), 'x').graph, [sample]);
  });

  it('is enough to emulate networks by hand as the engine does', async () => {
    for (const graph of [windowGraph(), composedGraph(), idealGraph()]) {
      const size = graph.inputShape.reduce((a, b) => a * b, 1);
      const set = randomDataSet(3, [size], -2, 4, 5);
      const samples = Array.from({ length: set.count }, (_, i) => {
        const sample = new Float32Array(size);
        set.read(i, sample, 0);
        return sample;
      });
      await compare(graph, samples);
    }
  });

  const chips = ['tianji', 'prime', 'prime-ideal', 'examples/chips/small-ideal.yaml'];
  it.each(chips)('is enough to emulate a compiled network as the engine does, on %s', async (name) => {
    const data = loadDataSet('examples/digits/calibration.yaml');
    const model = readOnnx(readFileSync('examples/digits/digits.onnx'), { file: 'digits.onnx' });
    const { cores } = await compile(model, loadChip(name), data, { samples: 4, workers: 0 }, 'tune');
    const sample = new Float32Array(28 * 28);
    data.read(200, sample, 0);
    if (cores === undefined) throw new Error('not compiled');
    await compare(cores, [sample]);
  });
});
