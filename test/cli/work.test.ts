import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readArtefact } from '../../src/cores/artefact.js';
import { readNpy, writeNpy } from '../../src/data/npy.js';
import { decodeSignal } from '../../src/emulate/edges.js';
import { loadDataSet } from '../../src/data/card.js';
import { firstSamples } from '../flow/setup.js';
import { digits, json, scratch, trestle } from './trestle.js';

interface CompileDocument {
  readonly artefact: string;
  readonly sha256: string;
  readonly coreOps: number;
  readonly cores: number;
  readonly mats: number;
  readonly utilisation: number;
  readonly macsPerSample: number;
  readonly layers: readonly { readonly name: string; readonly sqnrDb: number; readonly saturated: number }[];
  readonly model: { readonly file: string; readonly sha256: string };
  readonly logitSqnrDb: number;
}
interface EvaluateDocument {
  readonly samples: number;
  readonly chip: { readonly top1: number; readonly top5: number };
  readonly float: { readonly top1: number };
  readonly drop: { readonly top1: number; readonly ci95: readonly [number, number] };
  readonly diagnostics: readonly { readonly code: string }[];
}

const folder = scratch();
const model = join(digits, 'digits.onnx');
const test = join(digits, 'test.yaml');
const artefact = join(folder, 'digits.trestle');
const input = join(folder, 'x.npy');
const compileArguments = ['compile', model, '--chip', 'tianji', '--calibrate', join(digits, 'calibration.yaml'), '--samples', '40'];
const hash = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
const array = (file: string) => readNpy(readFileSync(join(folder, file)), file);

let compiled: CompileDocument;

beforeAll(() => {
  compiled = json<CompileDocument>([...compileArguments, '-o', artefact]);
  const data = loadDataSet(test);
  writeFileSync(input, writeNpy([12, ...data.sampleShape], firstSamples(data, 12)));
});

describe('trestle compile', () => {
  it('prints the document of the contract', () => {
    expect(compiled).toMatchObject({
      artefact, chip: 'tianji', macsPerSample: 533_120, hostOps: [], samples: 40, diagnostics: [],
      model: { file: 'digits.onnx', sha256: hash(model) }, sha256: hash(artefact),
    });
    expect(compiled.layers.map(({ name }) => name)).toEqual(['conv1', 'pool1', 'conv2', 'pool2', 'dense1', 'dense2', 'dense3']);
    expect(compiled.layers.every(({ sqnrDb, saturated }) => sqnrDb > 20 && saturated >= 0 && saturated < 0.01)).toBe(true);
    expect(compiled.logitSqnrDb).toBe(compiled.layers.at(-1)?.sqnrDb);
    const { graph } = readArtefact(readFileSync(artefact), artefact);
    expect(compiled.coreOps).toBe(graph.ops.filter(({ kind }) => kind === 'core').length);
    expect([compiled.cores, compiled.mats]).toEqual([compiled.coreOps, compiled.coreOps]);
    expect(compiled.utilisation).toBeGreaterThan(0);
  });

  it('makes the same bytes in one thread, with other kernels and batches', () => {
    const again = join(folder, 'again.trestle');
    const { sha256 } = json<CompileDocument>([...compileArguments, '-o', again, '--workers', '0', '--kernel', 'scalar', '--batch', '3']);
    expect(sha256).toBe(compiled.sha256);
  });

  it('takes random samples and fewer cores, and says so in its table', () => {
    const output = join(folder, 'random.trestle');
    const size = ['--samples', '8', '--cores', '2'];
    const { status, stdout, stderr } = trestle(['compile', model, '--chip', 'ideal', '--calibrate', 'random:1', ...size, '-o', output]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('5 core-ops on 2 cores, each used in up to 3 turns');
    expect(readArtefact(readFileSync(output), output).provenance).toMatchObject({ samples: 8, options: { cores: 2 } });
  });

  it('leaves nothing behind when it fails', () => {
    const output = join(folder, 'none.trestle');
    const { status, stdout, stderr } = trestle(['compile', model, '--chip', 'tianji-snn', '--calibrate', 'random:1', '-o', output, '--json']);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^error T400 .*\n$/);
    expect(readdirSync(folder).filter((file) => file.includes('none'))).toEqual([]);
  });
});

describe('trestle evaluate', () => {
  it('prints accuracy of the chip and of the float network', () => {
    const result = json<EvaluateDocument>(['evaluate', artefact, '--data', test, '--against', model]);
    expect(result).toMatchObject({ samples: 600, failed: [], diagnostics: [] });
    expect(result.float.top1).toBeCloseTo(589 / 600, 12);
    expect(result.drop.top1).toBeCloseTo(result.float.top1 - result.chip.top1, 12);
    expect(Math.abs(result.drop.top1)).toBeLessThan(0.02);
    expect(result.drop.ci95[0]).toBeLessThanOrEqual(result.drop.ci95[1]);
    expect(Object.keys(result)).toEqual(expect.arrayContaining(['agreement', 'logitSqnrDb', 'seconds', 'samplesPerSecond', 'macsPerSecond', 'workers']));
  });

  it('leaves out the float network without --against, and takes as many samples as it is told', () => {
    const result = json<EvaluateDocument>(['evaluate', artefact, '--data', test, '--limit', '50', '--workers', '0']);
    expect(result.samples).toBe(50);
    expect(Object.keys(result)).not.toEqual(expect.arrayContaining(['float']));
    expect(result).toHaveProperty('macsPerSecond');
  });

  it('warns of another model', () => {
    const other = join(folder, 'other.onnx');
    // The same network with a producer's version: field 3, a string of one letter.
    writeFileSync(other, Buffer.concat([readFileSync(model), Buffer.from([0x1a, 1, 0x78])]));
    const { status, stderr } = trestle(['evaluate', artefact, '--data', test, '--limit', '20', '--against', other]);
    expect(status).toBe(0);
    expect(stderr).toMatch(/^warning T501 other\.onnx: /);
  });

  it('warns where the chip guesses and the float network does not', () => {
    const wrong = join(folder, 'shifted-labels.npy');
    const data = loadDataSet(test);
    writeFileSync(join(folder, 'noise.npy'), writeNpy([60, 1, 28, 28], new Float32Array(60 * 784)));
    writeFileSync(wrong, writeNpy([60], Int32Array.from((data.labels ?? []).slice(0, 60))));
    const card = join(folder, 'noise.yaml');
    writeFileSync(card, 'format: npy\nimages: noise.npy\nlabels: shifted-labels.npy\n');
    expect(trestle(['evaluate', artefact, '--data', card]).stderr).toMatch(/^warning T403 .*level of chance/);
    expect(trestle(['evaluate', artefact, '--data', card, '--against', model]).stderr).toBe('');
  });

  it('compares outputs where there are no labels', () => {
    const card = join(folder, 'unlabelled.yaml');
    writeFileSync(card, 'format: npy\nimages: x.npy\n');
    const { status, stdout } = trestle(['evaluate', artefact, '--data', card, '--against', model]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^output SQNR: \d\d\.\d dB; mean squared error /);
    expect(stdout).not.toContain('top-1');
  });
});

describe('trestle run and trace', () => {
  it('run writes the output, and its codes are those of the last signal in a trace', () => {
    const output = join(folder, 'y.npy');
    expect(trestle(['run', artefact, '--input', input, '--output', output])).toEqual({ status: 0, stdout: `written: ${output}, [12, 10]\n`, stderr: '' });
    expect(trestle(['run', artefact, '--input', input, '--output', join(folder, 'codes.npy'), '--codes', '--workers', '0']).status).toBe(0);
    const trace = ['trace', artefact, '--input', input, '-o', join(folder, 'signals'), '--kernel', 'scalar', '--batch', '5'];
    const { signals } = json<{ signals: object[] }>(trace);
    const { graph } = readArtefact(readFileSync(artefact), artefact);
    const last = graph.signals[graph.output];
    // A network's output may be there in several copies, whose mean counts.
    const channels = last?.shape[2];
    expect(signals).toContainEqual({ name: 'logits', file: 'logits.npy', shape: [12, 1, 1, channels] });
    const [y, codes, traced] = [array('y.npy'), array('codes.npy'), array(join('signals', `${last?.name}.npy`))];
    expect([y.shape, y.dtype, codes.shape, codes.dtype]).toEqual([[12, 10], '<f4', [12, channels], '<i2']);
    expect(traced.shape).toEqual([12, 1, 1, channels]);
    expect(codes.data).toEqual(traced.data);
    expect(y.data).toEqual(Float32Array.from(decodeSignal(codes.data as Int16Array, last!, 12)));
    const best = Array.from({ length: 12 }, (_, n) => y.data.slice(10 * n, 10 * n + 10)).map((row) => row.indexOf(Math.max(...row)));
    const labels = Array.from(loadDataSet(test).labels ?? []).slice(0, 12);
    expect(best.filter((b, n) => b === labels[n]).length).toBeGreaterThanOrEqual(11);
  });

  it('trace writes every signal in its shape', () => {
    const { graph } = readArtefact(readFileSync(artefact), artefact);
    const files = readdirSync(join(folder, 'signals')).sort();
    expect(files).toEqual(graph.signals.map(({ name }) => `${name}.npy`).sort());
    for (const { name, shape } of graph.signals) expect(array(join('signals', `${name}.npy`)).shape).toEqual([12, ...shape]);
  });

  it('refuse inputs of another shape, and folders that cannot be', () => {
    const small = join(folder, 'small.npy');
    writeFileSync(small, writeNpy([2, 1, 27, 28], new Float32Array(2 * 27 * 28)));
    const output = join(folder, 'never.npy');
    expect(trestle(['run', artefact, '--input', small, '--output', output]).stderr).toMatch(/^error T302 .*small\.npy: .*\[1, 27, 28\]/);
    expect(trestle(['trace', artefact, '--input', input, '-o', join(folder, 'a', 'b')]).stderr).toMatch(/^error T100 .*no folder/);
    expect(trestle(['trace', artefact, '--input', input, '-o', input]).stderr).toMatch(/^error T100 .*not a folder/);
    expect(existsSync(output)).toBe(false);
  });

  it('refuse what is no artefact', () => {
    const { status, stderr } = trestle(['run', input, '--input', input, '--output', join(folder, 'never.npy')]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error T500 /);
  });
});
