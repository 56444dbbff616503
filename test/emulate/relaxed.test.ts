/** A relaxed module that computes wrong codes, on an engine that seems to take it: what a user sees of it. */
import { describe, expect, it, vi } from 'vitest';
import type * as Files from '../../src/data/files.js';
import { compile, evaluate, loadChip, loadDataSet, packagePath, readModel } from '../../src/index.js';
import { idleModule } from '../kernels/setup.js';

vi.mock('../../src/data/engine.js', () => ({ v8Version: () => '13.0' }));
vi.mock('../../src/data/files.js', async (original) => {
  const files = await original<typeof Files>();
  return { ...files, kernelBytes: (module?: 'kernels' | 'relaxed') => (module === 'relaxed' ? idleModule() : files.kernelBytes(module)) };
});

const model = readModel(packagePath('examples/digits/digits.onnx'));
const data = loadDataSet(packagePath('examples/digits/test.yaml'));
const calibration = loadDataSet(packagePath('examples/digits/calibration.yaml'));

describe('a relaxed module that fails its self-test', () => {
  it('is not used, and the note T508 says so where it could have been', async () => {
    const chip = loadChip(packagePath('examples/chips/small-ideal.yaml'));
    const usual = await compile(model, chip, calibration, { samples: 20, workers: 0 });
    const plain = await compile(model, chip, calibration, { samples: 20, workers: 0, kernel: 'simd' });
    expect(usual.diagnostics.map(({ code }) => code)).toEqual(['T508']);
    expect(plain.diagnostics).toEqual([]);
    expect(usual.artefact).toEqual(plain.artefact);
    const score = await evaluate(usual.artefact, data, { limit: 50, workers: 1 });
    const same = await evaluate(usual.artefact, data, { limit: 50, workers: 1, kernel: 'simd' });
    expect(score.diagnostics.map(({ code, severity }) => [code, severity])).toEqual([['T508', 'note']]);
    expect(same.diagnostics).toEqual([]);
    expect(score.chip).toEqual(same.chip);
  });
});
