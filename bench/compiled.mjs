/** Networks of the shared data compiled for chips, as artefacts under out/bench/. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { filesUnder, root, writeWhole } from '../scripts/files.mjs';
import { cardOf, modelPath, networks } from '../scripts/measure/networks.mjs';
import { compile, loadChip, readArtefact, readModel, writeArtefact } from '../dist/index.js';

/** Calibration samples: enough for the codes to be those of ordinary use; the speed does not depend on them. */
const SAMPLES = 128;

/** What cannot change an artefact: kernels are exact, and speed is what is being worked on. */
const WITHOUT = /^dist\/(kernels|emulate|wasm|cli|report|evaluate)\/|^dist\/\.|\.d\.ts$|\.map$/;

/** Hash of the part of the build that makes artefacts. */
function compilerHash() {
  const hash = createHash('sha256');
  for (const file of filesUnder('dist').filter((name) => !WITHOUT.test(name))) hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest('hex').slice(0, 16);
}

const folder = join(root, 'out', 'bench', compilerHash());

/** The core-op network of a network of the shared data on a chip; compiled at the first call. */
export async function compiledNetwork(name, chip) {
  const file = join(folder, `${name}-${chip}.trestle`);
  if (!existsSync(file)) {
    console.error(`compiling ${name} for ${chip}`);
    const { artefact } = await compile(readModel(modelPath(name)), loadChip(chip), cardOf(networks[name].calibration), { samples: SAMPLES, workers: 0 });
    mkdirSync(folder, { recursive: true });
    writeWhole(file, writeArtefact(artefact));
  }
  return readArtefact(readFileSync(file), file).graph;
}
