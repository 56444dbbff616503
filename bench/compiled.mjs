/** Networks compiled for chips, as artefacts under out/bench/. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { compile, DEFAULT_STEPS, loadChip, randomInputs, readArtefact, readModel, writeArtefact } from '../dist/index.js';
import { filesUnder, root, writeWhole } from '../scripts/files.mjs';
import { cardOf, modelPath, networks } from '../scripts/measure/networks.mjs';
import { calibrationCard, imageModel } from './image-networks.mjs';

/** Calibration samples: the speed does not depend on them. */
const SAMPLES = 128;
const RANDOM_SAMPLES = 2;
const IMAGE_SAMPLES = 4;

/** What cannot change an artefact: kernels are exact, and their speed is what is being worked on. */
const WITHOUT = /^dist\/(kernels|emulate|wasm|cli|report|evaluate)\/|^dist\/\.|\.d\.ts$|\.map$/;

/** Hash of the part of the build that makes artefacts. */
function compilerHash() {
  const hash = createHash('sha256');
  for (const file of filesUnder('dist').filter((name) => !WITHOUT.test(name))) hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest('hex').slice(0, 16);
}

const folder = join(root, 'out', 'bench', compilerHash());

/** The core-op network of a network of the shared data on a chip; compiled at the first call. */
export function compiledNetwork(name, chip) {
  const calibration = () => cardOf(networks[name].calibration);
  return kept(`${name}-${chip}`, () => compile(readModel(modelPath(name)), loadChip(chip), calibration(), { samples: SAMPLES, workers: 0 }));
}

/**
 * An ImageNet network on a chip, without tuning: its search would take minutes, and moves codes, not work (but for weights that it repeats in rows
 * that a core has to spare).
 */
export function compiledImageNetwork(name, chip) {
  return kept(`${name}-${chip}`, async () => compile(await imageModel(name), loadChip(chip), calibrationCard(name), {
    samples: IMAGE_SAMPLES, workers: 0, steps: ['half'],
  }));
}

/** A model on a chip, calibrated on a few random inputs and without tuning. */
export function compiledUntuned(name, model, chip) {
  return kept(`${name}-${chip}`, () => compile(model, loadChip(chip), randomInputs(model, 1, RANDOM_SAMPLES), {
    samples: RANDOM_SAMPLES, workers: 0, steps: [],
  }));
}

/**
 * The core-op network of a model in bytes, calibrated on random inputs; `nameOrPath`: of the chip, where that has another name. Weights are not repeated in
 * rows to spare: they are to have 8 bits, as the peers' have.
 */
export function compiledLayer(name, bytes, chip, nameOrPath = chip) {
  return kept(`${name}-${chip.replaceAll(' ', '-')}`, () => {
    const file = join(folder, `${name}.onnx`);
    mkdirSync(dirname(file), { recursive: true });
    writeWhole(file, bytes);
    const model = readModel(file);
    const steps = DEFAULT_STEPS.filter((step) => step !== 'row-copies');
    return compile(model, loadChip(nameOrPath), randomInputs(model, 1, RANDOM_SAMPLES), { samples: RANDOM_SAMPLES, workers: 0, steps });
  });
}

async function kept(name, make) {
  const file = join(folder, `${name}.trestle`);
  if (!existsSync(file)) {
    console.error(`compiling ${name}`);
    const { artefact } = await make();
    mkdirSync(folder, { recursive: true });
    writeWhole(file, writeArtefact(artefact));
  }
  return readArtefact(readFileSync(file), file).graph;
}
