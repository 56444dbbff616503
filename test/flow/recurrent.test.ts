/** Recurrent classifiers on chips. */
import { describe, expect, it } from 'vitest';
import { loadChip } from '../../src/data/chips.js';
import { compile } from '../../src/pipeline.js';
import { readOnnx } from '../../src/read/onnx.js';
import { makeNetwork } from '../graph/reference.js';
import { modelBytes } from '../read/models.js';
import { CLASSIFIERS } from '../suites/recurrent.js';
import { dataFor, differences, engineCodes, firstSamples, referenceCodes } from './setup.js';

describe.each(CLASSIFIERS)('$name', (parts) => {
  const graph = readOnnx(modelBytes(parts), { file: 'test.onnx' });
  const data = dataFor(graph, 64);

  it('gives the float result on the chip without limits', async () => {
    const { cores } = await compile(graph, loadChip('ideal'), data, { workers: 0, samples: 16 }, 'tune');
    const input = firstSamples(data, 4);
    const found = (await engineCodes(cores!, input, 4))[cores!.output]!;
    const golden = makeNetwork(graph, 4).run(input, 4, graph.outputs).get(graph.outputs[0]!)!;
    expect(Array.from(found).findIndex((v, i) => !(Math.abs(v - golden[i]!) <= 1e-5))).toBe(-1);
  });

  it('keeps most of it on tianji, and the engine agrees with the reference', async () => {
    const { cores, logitSqnrDb } = await compile(graph, loadChip('tianji'), data, { workers: 0, samples: 64 });
    expect(logitSqnrDb).toBeGreaterThan(20);
    const input = firstSamples(data, 2);
    expect(differences(cores!, await engineCodes(cores!, input, 2), referenceCodes(cores!, input, 2))).toEqual({});
  });
});
