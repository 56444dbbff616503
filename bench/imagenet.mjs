/**
 * ImageNet networks: images a second in one thread, float images in, float outputs out. The peers run the float network and its integer forms: that
 * of a file, if there is one, and those made by quantise.mjs, of which the fastest counts.
 */
import { EmulatorPool } from '../dist/emulate/pool.js';
import { NOTHING } from '../dist/emulate/tasks.js';
import { writeOnnx } from '../dist/write/onnx.js';
import { compiledImageNetwork } from './compiled.mjs';
import { calibrationCard, imageModel, measuredCard, pixels, quantisedFiles } from './image-networks.mjs';
import { expectNear } from './near.mjs';
import { NATIVE, NATIVE_MISSING, WEB, hasNative, sessions } from './peers.mjs';
import { FORMS, quantised } from './quantise.mjs';
import { ranges } from './ranges.mjs';

const FLOAT = ', float';
const INTEGER = ', int8';
const CHIP = 'tianji';
const BATCHES = [1, 4];
const IMAGES = Math.max(...BATCHES);
const CALIBRATION = 4;

/** Least speeds that are aimed at: against onnxruntime-web in integers and in float, and on other chips against tianji. */
const GOALS = {
  'squeezenet-1.1': { integer: 1.8, float: 2.5, prime: 0.35 },
  mobilenetv2: { integer: 2.5, float: 2 },
  resnet18: { integer: 2, float: 4 },
};

/** The chips that each is measured on. */
export const IMAGE_CHIPS = Object.fromEntries(Object.entries(GOALS).map(([name, { prime }]) => [name, prime === undefined ? [CHIP] : [CHIP, 'prime']]));

export function groups() {
  return Object.entries(GOALS).map(([name, { integer, float, prime }]) => ({
    title: name, unit: 'images', yardsticks: [WEB + INTEGER, WEB + FLOAT, NATIVE + INTEGER, NATIVE + FLOAT, CHIP],
    goals: [
      { name: CHIP, yardstick: WEB + INTEGER, least: integer }, { name: CHIP, yardstick: WEB + FLOAT, least: float },
      ...(prime === undefined ? [] : [{ name: 'prime', yardstick: CHIP, least: prime }]),
    ],
    prepare: () => prepare(name, IMAGE_CHIPS[name]),
  }));
}

async function prepare(name, chips) {
  const { graph } = await imageModel(name);
  const images = await pixels(measuredCard(name), IMAGES);
  const observed = await ranges(graph, await pixels(calibrationCard(name), CALIBRATION));
  const float = await peers(FLOAT, '', writeOnnx(graph), images);
  const expected = await float[0].outputs();
  const forms = [...quantisedFiles(name).map((bytes) => ['file', bytes]), ...FORMS.map((form) => [form, quantised(graph, form, observed)])];
  const integer = [];
  for (const [form, bytes] of forms) {
    const made = await peers(INTEGER, `${form}, `, bytes, images);
    for (const peer of made) expectNear(await peer.outputs(), expected, `${name} in ${form} form`);
    integer.push(...made);
  }
  const own = [];
  for (const chip of chips) own.push(...await emulated(name, chip, images));
  return { contenders: [...own, ...[...integer, ...float].flatMap(({ contenders }) => contenders)], notes: hasNative ? [] : [NATIVE_MISSING] };
}

/** A model on every peer, in every batch; `outputs` of all images. */
async function peers(suffix, form, bytes, { values, shape }) {
  const size = values.length / IMAGES;
  return (await sessions(bytes)).map(({ name, prepare: place }) => ({
    outputs: place('float32', values, [IMAGES, ...shape]),
    contenders: BATCHES.map((batch) => ({
      name: name + suffix, variant: `${form}batch ${batch}`, work: batch, waits: true,
      run: place('float32', values.slice(0, batch * size), [batch, ...shape]),
    })),
  }));
}

/** A network on a chip, at the product's batch and at the others. */
async function emulated(name, chip, { values }) {
  const graph = await compiledImageNetwork(name, chip);
  const size = values.length / IMAGES;
  return BATCHES.map((batch) => {
    const pool = EmulatorPool.create({ chip: graph, workers: 0, batch });
    const input = values.slice(0, batch * size);
    return { name: chip, variant: `batch ${batch}`, work: batch, waits: true, run: () => pool.run({ ...NOTHING, input, count: batch, output: true }) };
  });
}
