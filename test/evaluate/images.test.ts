/** Images beside the same samples in memory: accuracy, calibration and codes are the same, and bad files are named and never counted. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDataSet } from '../../src/data/card.js';
import { compile, evaluate, explain, loadChip, packagePath, verify, type Artefact, type DataSet, type Model } from '../../src/index.js';
import { readModel } from '../../src/index.js';
import { png } from '../data/images/files.js';
import { firstSamples } from '../flow/setup.js';

const folder = mkdtempSync(join(tmpdir(), 'trestle-evaluate-images-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const COUNT = 40;
/** Lines of the list that are no image, by the sample that comes after them. */
const BAD: Readonly<Record<number, string>> = { 0: 'none.png', 11: 'text.png', 40: 'torn.png' };
const BAD_PLACES = [0, 12, 42];

let model: Model;
let artefact: Artefact;
let memory: DataSet;
let good: DataSet;
let mixed: DataSet;

function list(name: string, rows: readonly string[]): DataSet {
  writeFileSync(join(folder, `${name}.csv`), `file,label\n${rows.join('\n')}\n`);
  writeFileSync(join(folder, `${name}.yaml`), `format: image-list\nroot: .\nlabels: ${name}.csv\n`
    + 'preprocess: {channels: gray, mean: [0], scale: [0.00392156862745098]}\n');
  return loadDataSet(join(folder, `${name}.yaml`));
}

beforeAll(async () => {
  memory = loadDataSet(packagePath('examples/digits/test.yaml'));
  const values = firstSamples(memory, COUNT);
  const size = values.length / COUNT;
  const rows: string[] = [];
  const goodRows: string[] = [];
  for (let i = 0; i < COUNT; i++) {
    const pixels = Uint8Array.from(values.subarray(i * size, (i + 1) * size), (v) => Math.round(v * 255));
    const bytes = await png(pixels, 28, 28, 1);
    writeFileSync(join(folder, `${i}.png`), bytes);
    if (i === 0) writeFileSync(join(folder, 'torn.png'), bytes.subarray(0, bytes.length - 60));
    if (BAD[i] !== undefined) rows.push(`${BAD[i]},1`);
    rows.push(`${i}.png,${memory.labels![i]}`);
    goodRows.push(rows.at(-1)!);
  }
  rows.push(`${BAD[COUNT]},1`);
  writeFileSync(join(folder, 'text.png'), 'no image');
  mixed = list('mixed', rows);
  good = list('good', goodRows);
  model = readModel(packagePath('examples/digits/digits.onnx'));
  ({ artefact } = await compile(model, loadChip('tianji'), { ...memory, count: COUNT }, { workers: 0, steps: [] }));
});

describe('images', () => {
  it.each([0, 2])('score as the same values in memory with %i workers, and those that are bad are named', async (workers) => {
    const expected = await evaluate(artefact, { ...memory, count: COUNT }, { against: model, workers });
    const found = await evaluate(artefact, mixed, { against: model, workers });
    const { samples, chip, float, drop, agreement, logitSqnrDb } = expected;
    expect(found).toMatchObject({ samples, chip, float, drop, agreement, logitSqnrDb });
    expect(found.failed.map(({ sample, file }) => [sample, file])).toEqual(BAD_PLACES.map((at, i) => [at, Object.values(BAD)[i]]));
    expect(found.failed.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/cannot be read/), expect.stringMatching(/neither a JPEG nor a PNG/), expect.stringMatching(/cannot be decoded/),
    ]);
  });

  it('name the image whose label the network does not have', async () => {
    await expect(evaluate(artefact, list('label', ['0.png,3', '1.png,10']), { workers: 0 })).rejects.toThrow(/T302 .*sample 1 \(1\.png\) has label 10/);
  });

  it('calibrate as the same values in memory; bad ones are left out with a warning', async () => {
    const expected = await compile(model, loadChip('tianji'), { ...memory, count: COUNT }, { workers: 0, steps: [] });
    const found = await compile(model, loadChip('tianji'), mixed, { workers: 0, steps: [] });
    expect(found.artefact.graph).toEqual(expected.artefact.graph);
    expect(found.artefact.provenance.samples).toBe(COUNT);
    const warnings = found.diagnostics.filter(({ code }) => code === 'T303');
    expect(warnings.map(({ severity, place }) => [severity, place])).toEqual(Object.values(BAD).map((file) => ['warning', file]));
    await expect(compile(model, loadChip('tianji'), list('bad', ['none.png,1', 'text.png,2', 'torn.png,3'].reverse()), { workers: 0 }))
      .rejects.toThrow(/T303 torn\.png: the image cannot be decoded/);
  });

  it('are explained and verified, unless one is bad', async () => {
    expect(await verify(artefact, good, { samples: 2, workers: 1 })).toMatchObject({ samples: 2, differing: 0 });
    await expect(verify(artefact, mixed, { samples: 2, workers: 0 })).rejects.toThrow(/T303/);
    const expected = await explain(artefact, memory, model, { limit: 20, workers: 0 });
    const found = await explain(artefact, good, model, { limit: 20, workers: 1 });
    expect({ ...found, seconds: 0 }).toEqual({ ...expected, seconds: 0 });
    await expect(explain(artefact, mixed, model, { limit: 20, workers: 0 })).rejects.toThrow(/T303/);
  });
});
