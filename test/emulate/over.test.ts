import { describe, expect, it } from 'vitest';
import { loadChip } from '../../src/data/chips.js';
import { runOver, type OverOptions } from '../../src/emulate/over.js';
import { newKernels } from '../../src/emulate/pool.js';
import { Arena } from '../../src/kernels/memory.js';
import { compile } from '../../src/pipeline.js';
import { windowGraph } from '../cores/samples.js';
import { example } from '../flow/setup.js';

describe('some ops over many samples', () => {
  const input = Int16Array.from({ length: 11 * 32 }, (_, i) => (i * 37) % 256);
  const codes = (options?: OverOptions): Promise<object> => {
    const kernels = newKernels();
    return runOver(kernels, windowGraph(), new Map([[0, input]]), [1, 4], 11, new Arena(kernels.memory, kernels.heapBase), options);
  };

  it.each([{ batch: 1 }, { batch: 4 }, { batch: 1000 }, { kernel: 'scalar' }, { kernel: 'window/simd' }])('give the same codes with %j', async (options) => {
    expect(await codes(options)).toEqual(await codes());
  });

  it('run on the kernel that is forced, in tuning too', async () => {
    await expect(codes({ kernel: 'none' })).rejects.toThrow(/T503/);
    const { graph, calibration } = example();
    await expect(compile(graph, loadChip('tianji'), calibration, { samples: 4, workers: 0, kernel: 'none' }, 'tune')).rejects.toThrow(/T503/);
  });
});
