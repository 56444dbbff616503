/** The ImageNet networks of the shared data on the reference images, from JPEG, in the float path. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readNpyFile } from '../../src/data/arrays.js';
import { loadDataSet } from '../../src/data/card.js';
import { taskSamples } from '../../src/data/read.js';
import { EmulatorPool } from '../../src/emulate/pool.js';
import { NOTHING } from '../../src/emulate/tasks.js';
import { readOnnx } from '../../src/read/onnx.js';

const shared = '../shared/data';
const there = existsSync(`${shared}/imagenet/reference`);
if (!there) console.warn('no ../shared/data/imagenet: networks are not compared with their reference logits');
const IMAGES = 8;
const CLASSES = 1000;

async function logitsOf(name: string, card: string): Promise<Float32Array> {
  const file = `${shared}/imagenet/models/${name}.onnx`;
  const graph = readOnnx(readFileSync(file), { file });
  const pool = EmulatorPool.create({ float: graph, workers: 1 });
  try {
    const { input } = await taskSamples(loadDataSet(`${shared}/cards/imagenet-${card}-val227.yaml`), 0, IMAGES);
    const { values, unread } = await pool.run({ ...NOTHING, input, count: IMAGES, tensors: [graph.outputs[0]!] });
    expect(unread).toEqual([]);
    return values[0]!;
  } finally {
    await pool.close();
  }
}

function top(logits: ArrayLike<number>): number[] {
  return Array.from({ length: IMAGES }, (_, n) => {
    const row = Array.from({ length: CLASSES }, (_, i) => logits[n * CLASSES + i]!);
    return row.indexOf(Math.max(...row));
  });
}

describe.skipIf(!there)('networks of ImageNet on images from JPEG', () => {
  it.each([
    ['mobilenetv1-0.25-128-float', 'mobilenet128'], ['mobilenetv1-0.5-160-float', 'mobilenet160'], ['mobilenetv2-1.0-224-float', 'mobilenet224'],
    ['squeezenet-1.0-deepcompressed', 'squeezenet'], ['squeezenet-1.1', 'squeezenet'],
  ])('%s gives its reference logits', async (name, card) => {
    const logits = await logitsOf(name, card);
    const reference = Float32Array.from(readNpyFile(`${shared}/imagenet/reference/${name}.logits.npy`).data);
    const largest = reference.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
    expect(logits.reduce((m, v, i) => Math.max(m, Math.abs(v - reference[i]!)), 0)).toBeLessThan(1e-3 * largest);
    expect(top(logits)).toEqual(top(reference));
  }, 60_000);

  it.each([
    ['mobilenetv1-0.25-128-qdq', 'mobilenet128'], ['mobilenetv1-0.5-160-qdq', 'mobilenet160'], ['mobilenetv1-0.75-192-qdq', 'mobilenet192'],
    ['mobilenetv2-1.0-224-qdq', 'mobilenet224'], ['mobilenetv2-1.0-224-ptq-perchannel-qdq', 'mobilenet224resize'],
  ])('%s finds the classes of its reference, but for one image at most', async (name, card) => {
    const reference = top(readNpyFile(`${shared}/imagenet/reference/${name}.logits.npy`).data);
    const found = top(await logitsOf(name, card));
    expect(found.filter((label, i) => label === reference[i]).length).toBeGreaterThanOrEqual(IMAGES - 1);
  }, 60_000);
});
