import { describe, expect, it } from 'vitest';
import { loadChip } from '../../src/data/chips.js';
import { encodeInput } from '../../src/emulate/edges.js';
import { newKernels } from '../../src/emulate/pool.js';
import { compile } from '../../src/pipeline.js';
import { tune } from '../../src/tune/tune.js';
import { example } from '../flow/setup.js';

describe('tuning', () => {
  it('runs candidates on the kernel that is forced', async () => {
    const { graph, calibration } = example();
    const begin = async (kernel?: string): Promise<void> => {
      const options = { samples: 4, workers: 0 };
      const { expansion, calibration: golden, inputs, samples = 0 } = await compile(graph, loadChip('tianji'), calibration, options, 'expand');
      const codes = encodeInput(inputs!, expansion!.signals[expansion!.input]!, samples);
      const emulate = (): never => {
        throw new Error('the first layer is tuned');
      };
      await tune(expansion!, golden!, newKernels(), emulate, samples, codes, kernel === undefined ? {} : { kernel });
    };
    await expect(begin()).rejects.toThrow('the first layer is tuned');
    await expect(begin('scalar')).rejects.toThrow('the first layer is tuned');
    await expect(begin('none')).rejects.toThrow(/T503/);
  });
});
