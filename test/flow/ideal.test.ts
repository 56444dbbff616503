/** The chip without limits computes what the float network computes: the identity test of every pass. */
import { describe, expect, it } from 'vitest';
import { loadChip } from '../../src/data/chips.js';
import { EmulatorPool } from '../../src/emulate/pool.js';
import { NOTHING } from '../../src/emulate/tasks.js';
import { compile } from '../../src/pipeline.js';
import { example, firstSamples, haveShared, sharedNetwork, type Network } from './setup.js';

/** Greatest difference of outputs, as a share of the largest. */
async function difference(network: Network, samples: number): Promise<number> {
  const { cores } = await compile(network.graph, loadChip('ideal'), network.calibration, { workers: 0, samples: 1 }, 'tune');
  if (cores === undefined) throw new Error('compiled to nothing');
  const [tensor] = network.graph.outputs;
  const pool = EmulatorPool.create({ chip: cores, float: network.graph, workers: 0 });
  const { output, values } = await pool.run({
    ...NOTHING, input: firstSamples(network.test, samples), count: samples, tensors: [tensor as number], output: true,
  });
  await pool.close();
  const golden = values[0] as Float32Array;
  expect(output?.length).toBe(golden.length);
  let most = 0;
  let largest = 0;
  golden.forEach((v, i) => {
    most = Math.max(most, Math.abs(v - (output?.[i] as number)));
    largest = Math.max(largest, Math.abs(v));
  });
  return most / largest;
}

describe('the chip without limits', () => {
  it('computes the example', async () => {
    expect(await difference(example(), 20)).toBeLessThan(1e-4);
  });

  const nets = [
    ['mnist', 'lenet5-maxpool'], ['mnist', 'lenet5-avgpool'], ['mnist', 'cnn-bn-gap'], ['mnist', 'mlp-784-500-100-10'], ['cifar10', 'resnet20'],
    ['cifar10', 'resnet56'], ['cifar10', 'mlperf-tiny-resnet8-float'], ['cifar10', 'vgg-small'],
  ] as const;
  it.skipIf(!haveShared).each(nets)('computes %s/%s', async (set, name) => {
    expect(await difference(sharedNetwork(set, name), 2)).toBeLessThan(1e-4);
  });
});
