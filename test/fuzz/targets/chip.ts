/** Chip descriptions: parsed; if accepted, printed again, and small networks are outlined and compiled for them. */
import { readFileSync } from 'node:fs';
import type { Draw } from '../draw.js';
import { changeBytes } from '../bytes.js';
import { checkReport, Fault, type Seed, type Target, type Trial } from '../target.js';
import { changeYaml } from '../text.js';
import { modelBytes } from '../../read/models.js';
import { CASES } from '../../suites/lowerings.js';
import {
  builtinChips, chipText, compile, outline, packagePath, parseChip, printChip, randomInputs, readArtefact, writeArtefact, type Model,
} from '../../../src/index.js';
import { readOnnx } from '../../../src/read/onnx.js';
import { chipForm, chipReport } from '../../../src/report/inspect.js';
import { PLAIN } from '../../../src/report/colour.js';
import { compareWithReference } from './artefact.js';

const NETWORKS = ['max pool', 'two layers', 'residual'];

function networks(): Model[] {
  return CASES.filter(({ name }) => NETWORKS.includes(name)).map((one): Model => (
    { file: `${one.name}.onnx`, sha256: '0'.repeat(64), graph: readOnnx(modelBytes(one), { file: one.name }) }));
}

async function parseAndUse(bytes: Uint8Array, trial: Trial): Promise<void> {
  const chip = await trial.step('read', () => parseChip(new TextDecoder().decode(bytes), 'case.yaml'));
  if (chip === undefined) return;
  const printed = printChip(chip);
  if (printChip(parseChip(printed, 'printed')) !== printed) throw new Fault('printed and read again, it is another chip');
  for (const model of networks()) {
    const outlined = await trial.step(`outlined ${model.file}`, () => outline(model, chip));
    if (outlined === undefined) continue;
    checkReport(chipReport(chipForm(outlined.graph, outlined.mapping), PLAIN));
    const made = await trial.step(`compiled ${model.file}`, () => compile(model, chip, randomInputs(model, 0, 4), { workers: 0, samples: 4 }));
    if (made === undefined) continue;
    trial.note(made.diagnostics);
    await compareWithReference(readArtefact(writeArtefact(made.artefact), 'compiled').graph);
  }
}

/** A text as changed bytes or changed YAML. */
export function changeDocument(draw: Draw, seed: Seed, other: Seed): Uint8Array {
  if (draw.once(5)) return changeBytes(draw, seed.bytes, other.bytes);
  return new TextEncoder().encode(changeYaml(draw, new TextDecoder().decode(seed.bytes)));
}

export const chipTarget: Target = {
  name: 'chip',
  async seeds() {
    const own = 'examples/chips/small-ideal.yaml';
    const texts = [...builtinChips().map((name) => [name, chipText(name)] as const), [own, readFileSync(packagePath(own), 'utf8')] as const];
    return texts.map(([name, text]): Seed => ({ name, bytes: new TextEncoder().encode(text), ending: '.yaml' }));
  },
  change: changeDocument,
  attempt: parseAndUse,
};
