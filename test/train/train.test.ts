/** Training as a whole: it learns, its bytes do not depend on workers, and what it cannot do it refuses. */
import { describe, expect, it } from 'vitest';
import type { Graph, Tensor } from '../../src/graph/types.js';
import { Layers, train, TrestleError, type TrainingData, type TrainOptions } from '../../src/index.js';
import { CHUNK } from '../../src/train/chunk.js';
import { TrainingPool } from '../../src/train/pool.js';
import { writeOnnx } from '../../src/write/onnx.js';
import { generator } from '../kernels/setup.js';

/** Bars in a square of 6 x 6: class 0 lies, class 1 stands; noise over all. */
function bars(count: number, seed: number): TrainingData {
  const next = generator(seed);
  const labels = Int32Array.from({ length: count }, () => next(0, 1));
  const images = Array.from(labels, (label) => {
    const at = next(0, 5);
    return Float32Array.from({ length: 36 }, (_, i) => ((label === 0 ? Math.floor(i / 6) : i % 6) === at ? 1 : 0) + next(-64, 64) / 256);
  });
  return { place: 'bars', count, sampleShape: [1, 6, 6], labels, read: (index, into, offset) => into.set(images[index]!, offset) };
}

const network = (seed = 0): Graph => new Layers('bars', [1, 6, 6], seed).conv(4, 3, { pad: 1 }).relu().maxPool(2).flatten().dense(2).graph();
const weights = (graph: Graph): Float32Array[] => graph.tensors.flatMap(({ data }) => (data instanceof Float32Array ? [data] : []));

async function codes(graph: Graph, data: TrainingData, options: TrainOptions = {}): Promise<string[]> {
  try {
    await train(graph, data, { workers: 0, epochs: 1, ...options });
  } catch (error) {
    if (error instanceof TrestleError) return error.diagnostics.map(({ code }) => code);
    throw error;
  }
  return [];
}

describe('training', () => {
  it.each([
    ['Adam', { name: 'adam', rate: 0.02 }], ['momentum', { name: 'momentum', rate: 0.05 }],
  ] as const)('learns with %s', async (_, optimiser) => {
    const { losses } = await train(network(), bars(300, 1), { workers: 0, epochs: 8, batch: 20, optimiser });
    expect(losses[0]).toBeGreaterThan(0.2);
    expect(losses[7]).toBeLessThan(0.05);
  });

  it('gives the same bytes with 0, 1 and 2 workers, and others with another seed or shift', async () => {
    const data = bars(150, 2);
    const trained = async (workers: number, seed = 0, shift = 1): Promise<Uint8Array> =>
      writeOnnx((await train(network(), data, { workers, seed, epochs: 2, batch: 50, shift })).graph);
    const alone = await trained(0);
    expect(await trained(1)).toEqual(alone);
    expect(await trained(2)).toEqual(alone);
    expect(await trained(0, 1)).not.toEqual(alone);
    expect(await trained(0, 0, 0)).not.toEqual(alone);
  });

  it('comes near targets, and leaves alone what is fixed', async () => {
    const data = { ...bars(200, 3), labels: null };
    const targets = new Float32Array(400);
    const sample = new Float32Array(36);
    for (let i = 0; i < 200; i++) {
      data.read(i, sample, 0);
      targets.set([sample[0]! - sample[7]!, 0.5 * sample[3]! + 1], 2 * i);
    }
    const graph = new Layers('linear', [1, 6, 6], 0).flatten().dense(2).graph();
    const options: TrainOptions = { workers: 0, loss: 'squared-error', targets, epochs: 80, batch: 32, optimiser: { name: 'momentum', rate: 0.3 } };
    const { losses, graph: trained } = await train(graph, data, options);
    expect(losses.at(-1)).toBeLessThan(1e-4);
    const [weight, bias] = weights(trained);
    expect([weight![0], weight![7], weight![39], bias![1]].map((v) => Math.round(v! * 20) / 20)).toEqual([1, -1, 0.5, 1]);
    const fixed = await train(graph, data, { ...options, epochs: 1, fixed: ['dense1.weight'] });
    expect(weights(fixed.graph)[0]).toEqual(weights(graph)[0]);
    expect(weights(fixed.graph)[1]).not.toEqual(weights(graph)[1]);
  });

  it('takes one step down the mean gradient of all samples of a batch, whatever the chunks', async () => {
    const data = { ...bars(40, 7), labels: null };
    const targets = Float32Array.from({ length: 40 }, (_, i) => i / 20 - 1);
    const graph = new Layers('linear', [1, 6, 6], 0).flatten().dense(1).graph();
    const optimiser = { name: 'momentum', rate: 0.25, momentum: 0 } as const;
    const { graph: trained, losses } = await train(graph, data, { workers: 0, loss: 'squared-error', targets, epochs: 1, batch: 40, optimiser });
    const [weight, bias] = weights(graph) as [Float32Array, Float32Array];
    const gradient = new Float64Array(37);
    const x = new Float32Array(36);
    let loss = 0;
    for (let i = 0; i < 40; i++) {
      data.read(i, x, 0);
      const error = x.reduce((sum, v, k) => sum + v * weight[k]!, bias[0]!) - targets[i]!;
      x.forEach((v, k) => (gradient[k]! += (2 * error * v) / 40));
      gradient[36]! += (2 * error) / 40;
      loss += error ** 2 / 40;
    }
    expect(losses[0]).toBeCloseTo(loss, 5);
    const after = weights(trained) as [Float32Array, Float32Array];
    [...weight, bias[0]!].forEach((w, k) => expect([...after[0], after[1][0]!][k]).toBeCloseTo(w - 0.25 * gradient[k]!, 5));
  });

  it('tells its steps, and ends after an epoch when it is told to', async () => {
    const steps: number[] = [];
    const epochs: number[] = [];
    const { losses } = await train(network(), bars(40, 4), {
      workers: 0, epochs: 5, batch: 16, progress: (done, total) => steps.push(done, total),
      afterEpoch: ({ epoch, graph }) => {
        expect(weights(graph())[0]).not.toEqual(weights(network())[0]);
        return epochs.push(epoch) < 2;
      },
    });
    expect(losses).toHaveLength(2);
    expect(epochs).toEqual([1, 2]);
    expect(steps).toEqual([1, 2, 3, 4, 5, 6].flatMap((done) => [done, 15]));
  });

  it.each([0, 2])('stops at a signal, %i workers', async (workers) => {
    const controller = new AbortController();
    const options: TrainOptions = { workers, epochs: 1000, signal: controller.signal, progress: (done) => done === 3 && controller.abort() };
    expect(await codes(network(), bars(200, 5), options)).toEqual(['T507']);
  });
});

it.each([0, 1])('errors of the data come out, %i workers', async (workers) => {
  const data = bars(100, 8);
  let reads = 0;
  const broken: TrainingData = {
    ...data,
    read(index, into, offset) {
      if (++reads > 70) throw new Error('no more');
      data.read(index, into, offset);
    },
  };
  await expect(train(network(), broken, { workers, batch: 20 })).rejects.toThrow('no more');
});

it('an error in the calling thread comes out after the workers have ended their batch', async () => {
  const batch = 256;
  const pool = TrainingPool.create(network(), { loss: 'cross-entropy', batch, optimiser: { name: 'adam' }, fixed: [], workers: 1 });
  try {
    const { memory, lossesAt } = pool.shared;
    const losses = new Float64Array(memory.buffer, lossesAt, Math.ceil(batch / CHUNK)).fill(Number.NaN);
    await expect(pool.batch(0, batch, () => Promise.reject(new Error('no more')))).rejects.toThrow('no more');
    expect([...losses].every(Number.isFinite)).toBe(true);
  } finally {
    await pool.close();
  }
});

describe('refusals', () => {
  const data = bars(20, 6);
  const bytesIn = (): Graph => ({ ...network(), tensors: network().tensors.map((t, i): Tensor => (i === 0 ? { ...t, type: 'uint8' } : t)) });
  const softmax = (): Graph => {
    const graph = network();
    const last = graph.outputs[0]!;
    const id = graph.tensors.length;
    return {
      ...graph, tensors: [...graph.tensors, { ...graph.tensors[last]!, id, name: 'classes' }], outputs: [id],
      nodes: [...graph.nodes, { id: graph.nodes.length, name: 'classes', op: 'Softmax', inputs: [last], outputs: [id], attributes: {} }],
    };
  };

  it.each([
    ['an operator without a gradient', 'T515', softmax(), data, {}],
    ['two outputs', 'T515', { ...network(), outputs: [1, 2] }, data, {}],
    ['an input of bytes', 'T515', bytesIn(), data, {}],
    ['a loss that grows without end', 'T515', network(), data, { epochs: 9, optimiser: { name: 'momentum', rate: 1e20 } }],
    ['nothing to train', 'T515', network(), data, { fixed: ['conv1.weight', 'conv1.bias', 'dense1.weight', 'dense1.bias'] }],
    ['samples of another size', 'T302', network(), { ...data, sampleShape: [1, 5, 5] }, {}],
    ['no labels', 'T302', network(), { ...data, labels: null }, {}],
    ['a label beyond the outputs', 'T302', network(), { ...data, labels: new Int32Array(20).fill(2) }, {}],
    ['targets without their loss', 'T302', network(), data, { targets: new Float32Array(40) }],
    ['too few targets', 'T302', network(), data, { loss: 'squared-error', targets: new Float32Array(39) }],
    ['no epochs', 'T503', network(), data, { epochs: 0 }],
    ['half a sample', 'T503', network(), data, { batch: 0.5 }],
    ['a seed that is none', 'T402', network(), data, { seed: -1 }],
    ['workers beyond count', 'T504', network(), data, { workers: 1000 }],
  ] as const)('%s: %s', async (_, code, graph, samples, options) => {
    expect(await codes(graph, samples, options as TrainOptions)).toEqual([code]);
  });
});
