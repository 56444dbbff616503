/**
 * Growth with batch, image size and depth: time of an image in one thread on `tianji` and of onnxruntime's float network. The networks are the stem of
 * ResNet-18, so many of its first blocks (64 channels) and a classifier, with random weights; all three series meet in one of them.
 */
import { readFileSync } from 'node:fs';
import { randomInputs, readModel } from '../dist/index.js';
import { EmulatorPool } from '../dist/emulate/pool.js';
import { NOTHING } from '../dist/emulate/tasks.js';
import { graphMacs } from '../dist/graph/macs.js';
import { compiledUntuned } from './compiled.mjs';
import { pixels } from './image-networks.mjs';
import { modelFile } from './models/table.mjs';
import { expectNear } from './near.mjs';
import { WEB, sessions } from './peers.mjs';

const CHIP = 'tianji';
const START = { batch: 1, size: 64, blocks: 4 };

/** What is varied, the rest being as at the start. */
const SERIES = {
  batch: [1, 2, 4, 8, 16, 32],
  size: [32, 64, 96, 128, 160, 224],
  blocks: [1, 2, 4, 8, 16],
};

/** A group for each point; its facts say of which series it is, and the multiplications of an image. */
export function groups() {
  return Object.entries(SERIES).flatMap(([series, values]) => values.map((at) => ({
    title: `${series} ${at}`, unit: 'images', yardsticks: [WEB], prepare: () => prepare(series, at, { ...START, [series]: at }),
  })));
}

async function prepare(series, at, { batch, size, blocks }) {
  const file = modelFile('resnet18', { size, depths: [blocks] });
  const model = readModel(file);
  const { values, shape } = await pixels(randomInputs(model, 2, batch), batch);
  const peer = (await sessions(readFileSync(file))).find(({ name }) => name === WEB);
  const float = peer.prepare('float32', values, [batch, ...shape]);
  const pool = EmulatorPool.create({ chip: await compiledUntuned(`resnet-${size}-${blocks}`, model, CHIP), workers: 0, batch });
  const own = async () => (await pool.run({ ...NOTHING, input: values, count: batch, output: true })).output;
  expectNear(await own(), await float(), `${series} ${at}`);
  return {
    contenders: [{ name: CHIP, work: batch, run: own, waits: true }, { name: WEB, work: batch, run: float, waits: true }],
    facts: { series, at, multiplications: graphMacs(model.graph) },
  };
}
