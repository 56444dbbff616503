import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  accumulators, compile, coreOpsOf, diffArtefacts, evaluate, exportVectors, kernelModule, loadChip, loadDataSet, outline, packagePath, randomInputs,
  readArtefact, readModel, run, runConformance, trace, TrestleError, verify, writeArtefact, type Artefact, type Model, type Values,
} from '../src/index.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const alone = { workers: 0 };

/** The numbers of the diagnostics that a call is refused with. */
async function codes(call: () => unknown): Promise<string[]> {
  try {
    await call();
  } catch (error) {
    if (error instanceof TrestleError) return error.diagnostics.map(({ code }) => code);
    throw error;
  }
  return [];
}

describe('the public interface', () => {
  let model: Model;
  let artefact: Artefact;
  const test = loadDataSet(packagePath('examples/digits/test.yaml'));

  beforeAll(async () => {
    model = readModel(packagePath('examples/digits/digits.onnx'));
    ({ artefact } = await compile(model, loadChip('tianji'), loadDataSet(packagePath('examples/digits/calibration.yaml')), { samples: 30, ...alone }));
  });

  const samples = (count: number): Values => {
    const data = new Float32Array(count * 784);
    for (let i = 0; i < count; i++) test.read(i, data, i * 784);
    return { shape: [count, 1, 28, 28], data };
  };

  it('has a worked example that runs', () => {
    const source = readFileSync(new URL('../src/index.ts', import.meta.url), 'utf8');
    const example = /```js\n([\s\S]*?) \* ```/.exec(source)?.[1]?.replaceAll(/^ \* ?/gm, '') ?? '';
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', example], { cwd: root, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^conv1 \d+\.\d dB, pool1 /);
    expect(stdout).toMatch(/top-1 0\.9\d+, of the float network 0\.98/);
    expect(stdout).toMatch(/\d{5,} bytes\n$/);
  });

  it('compiles to an artefact that runs the same when it is read back', async () => {
    const again = readArtefact(writeArtefact(artefact), 'again');
    const input = samples(7);
    const first = await run(artefact, input, alone);
    expect(first.shape).toEqual([7, 10]);
    expect(await run(again, input, { ...alone, batch: 2, kernel: 'scalar' })).toEqual(first);
    expect(artefact.provenance).toMatchObject({
      model: { file: 'digits.onnx', sha256: model.sha256 }, samples: 30, seed: 0, options: { macsPerSample: 533_120 },
    });
    expect(artefact.provenance.calibration).toMatch(/^calibration\.yaml, inputs of SHA-256 [0-9a-f]{64}$/);
  });

  it('traces the signals that are asked for', async () => {
    const { graph } = artefact;
    const all = await trace(artefact, samples(2), alone);
    expect(all.map(({ name }) => name)).toEqual(graph.signals.map(({ name }) => name));
    const [last] = await trace(artefact, samples(2), { ...alone, signals: [graph.output] });
    expect(last).toEqual(all[graph.output]);
    for (const { data, shape } of all) expect(data.length).toBe(shape.reduce((a, b) => a * b));
  });

  it('verifies every code of the engine', async () => {
    const { graph } = artefact;
    const perSample = graph.signals.reduce((n, { shape: [h, w, c] }) => n + h * w * c, 0);
    expect(await verify(artefact, samples(2), alone)).toMatchObject({ samples: 2, codes: 2 * perSample, differing: 0, first: null });
    const steps: number[][] = [];
    await verify(artefact, test, { ...alone, samples: 1, progress: (...step) => steps.push(step) });
    expect(steps).toEqual([[1, 1]]);
    expect(await codes(() => verify(artefact, { ...test, sampleShape: [1, 28, 27] }, alone))).toEqual(['T302']);
  });

  it('gives the sums of every tile, and vectors of it', async () => {
    const traced = await trace(artefact, samples(2), alone);
    const tiles = coreOpsOf(artefact.graph);
    const sums = [...accumulators(artefact, traced)];
    expect(sums.map(({ name, shape }) => [name, shape])).toEqual(tiles.map((t) => [t.name, [2, ...t.positions, t.columns]]));
    expect(sums.every(({ data, shape }) => data.length === shape.reduce((a, b) => a * b))).toBe(true);
    expect(await codes(() => accumulators(artefact, traced.slice(1)))).toEqual(['T302']);
    const { vectors, diagnostics } = await exportVectors(artefact, samples(1), { ...alone, rows: 2, only: ['dense1'] });
    expect([vectors.cases.length, diagnostics]).toEqual([3, []]);
    expect((await runConformance(vectors, kernelModule())).mismatches).toEqual([]);
    expect(diffArtefacts(artefact, readArtefact(writeArtefact(artefact), 'again')).same).toBe(true);
  });

  it('evaluates beside the float network', async () => {
    const score = await evaluate(artefact, test, { against: model, limit: 100, ...alone });
    expect(score.samples).toBe(100);
    expect(score.agreement).toBeGreaterThan(0.95);
    expect(score.diagnostics).toEqual([]);
  });

  it('outlines without data', async () => {
    const { graph, mapping } = await outline(model, loadChip('prime'));
    expect(mapping.cores).toBe(graph.ops.filter(({ kind }) => kind === 'core').length);
  });

  it('draws random inputs by seed', () => {
    const value = (seed: number): Float32Array => {
      const into = new Float32Array(784);
      randomInputs(model, seed, 2).read(1, into, 0);
      return into;
    };
    expect(value(1)).toEqual(value(1));
    expect(value(1)).not.toEqual(value(2));
    expect(value(1).every((v) => v >= 0 && v < 1)).toBe(true);
  });

  it('refuses inputs that do not fit', async () => {
    const { data } = samples(1);
    expect(await codes(() => run(artefact, { shape: [1, 28, 28], data }, alone))).toEqual(['T302']);
    expect(await codes(() => run(artefact, { shape: [2, 1, 28, 28], data }, alone))).toEqual(['T302']);
    expect(await codes(() => run(artefact, { shape: [0, 1, 28, 28], data: new Float32Array(0) }, alone))).toEqual(['T302']);
    expect(await codes(() => run(artefact, { shape: [1, 1, 28, 28], data: data.map(() => NaN) }, alone))).toEqual(['T502']);
    expect(await codes(() => run(artefact, samples(1), { workers: -1 }))).toEqual(['T504']);
    expect(await codes(() => run(artefact, samples(1), { ...alone, kernel: 'none' }))).toEqual(['T503']);
    expect(await codes(() => evaluate(artefact, { ...test, labels: Int32Array.of(10) }, alone))).toEqual(['T302']);
    expect(await codes(() => evaluate(artefact, test, { ...alone, limit: 0 }))).toEqual(['T302']);
    expect(await codes(() => compile(model, loadChip('tianji'), test, { seed: -1 }))).toEqual(['T402']);
    expect(await codes(() => readModel('model.nir'))).toEqual(['T101']);
  });
});
