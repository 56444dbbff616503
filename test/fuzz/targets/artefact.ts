/** Artefacts: read; if accepted, written again, run, and compared with the slow reference. */
import { readFileSync } from 'node:fs';
import { changeJson } from '../json.js';
import { joined, changeBytes } from '../bytes.js';
import type { Draw } from '../draw.js';
import { Fault, type Seed, type Target, type Trial } from '../target.js';
import { artefactOf, GRAPHS } from '../../cores/samples.js';
import { differences, engineCodes, referenceCodes } from '../../flow/setup.js';
import { modelBytes } from '../../read/models.js';
import { CASES } from '../../suites/lowerings.js';
import { sha256OfText } from '../../../src/cores/sha256.js';
import { gatheredRows } from '../../../src/cores/scales.js';
import type { CoreGraph } from '../../../src/cores/types.js';
import { sha256 } from '../../../src/data/files.js';
import { compile, loadChip, packagePath, randomInputs, readArtefact, run, writeArtefact, type Model } from '../../../src/index.js';
import { randomUnit } from '../../../src/prng.js';
import { readOnnx } from '../../../src/read/onnx.js';

/** What is run of an accepted artefact, and what the slow reference runs: multiplications and elements of signals. */
const RUN = { work: 2 ** 27, elements: 2 ** 22 } as const;
const COMPARED = { work: 2 ** 20, elements: 2 ** 18 } as const;

/** Networks that are compiled for each of the chips. */
const NETWORKS = ['two layers', 'max pool', 'residual', 'concatenation, then transposition', 'tanh', 'softmax tail', 'conv: groups'];
const CHIPS = ['tianji', 'prime', 'prime-ideal', 'ideal', 'examples/chips/small-ideal.yaml'];

async function compiled(name: string, bytes: Uint8Array, chip: string): Promise<Seed[]> {
  const model: Model = { file: `${name}.onnx`, sha256: sha256(bytes), graph: readOnnx(bytes, { file: name }) };
  const target = loadChip(chip);
  if (name === 'tanh' && !target.nonLinearities.some((f) => f === 'table' || f === 'any')) return [];
  const { artefact } = await compile(model, target, randomInputs(model, 0, 4), { workers: 0, samples: 4 });
  return [{ name: `${name} for ${chip}`, bytes: writeArtefact(artefact), ending: '.trestle' }];
}

/** Header and tensors of a container, as text and bytes; `null` if it is none. */
function opened(bytes: Uint8Array): { header: string; data: Uint8Array } | null {
  if (bytes.length < 8) return null;
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (length > bytes.length - 8) return null;
  return { header: new TextDecoder().decode(bytes.subarray(8, 8 + length)), data: bytes.subarray(8 + length) };
}

function closed(header: string, data: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(header);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true);
  return joined(length, text, data);
}

/** One of the JSON texts in the header changed; the chip's hash is mended most of the time, so that the change is not all that is seen. */
function changeHeader(draw: Draw, header: string): string {
  const parsed = JSON.parse(header) as { __metadata__?: Record<string, string> };
  const metadata = parsed.__metadata__;
  const key = draw.of(['program', 'program', 'program', 'program', 'program', 'chip', 'chip', 'provenance', 'mapping', 'layers', null]);
  if (key === null || metadata?.[key] === undefined) return changeJson(draw, header);
  metadata[key] = changeJson(draw, metadata[key]);
  if (key === 'chip' && !draw.once(8)) metadata.chipSha256 = sha256OfText(metadata[key]);
  return JSON.stringify(parsed);
}

/** Multiplications, and elements of all signals. */
function workOf(graph: CoreGraph): { work: number; elements: number } {
  const work = graph.ops.reduce((n, op) => {
    if (op.kind !== 'core' && op.kind !== 'maximum') return n;
    return n + (gatheredRows(op.gathers) + 1) * (op.kind === 'core' ? op.columns : 1) * op.positions[0] * op.positions[1];
  }, 0);
  return { work, elements: graph.signals.reduce((n, { shape: [h, w, c] }) => n + h * w * c, 0) };
}

function within(graph: CoreGraph, limit: { work: number; elements: number }): boolean {
  const { work, elements } = workOf(graph);
  return work <= limit.work && elements <= limit.elements;
}

function inputOf(graph: CoreGraph): Float32Array {
  return Float32Array.from({ length: graph.inputShape.reduce((a, b) => a * b, 1) }, (_, i) => 4 * randomUnit(1, i) - 2);
}

/** The engine's codes beside the reference's, on integer chips as far as the network is small: any difference is a fault. */
export async function compareWithReference(graph: CoreGraph): Promise<void> {
  if (graph.chip.arithmetic.kind === 'float' || !within(graph, COMPARED)) return;
  const input = inputOf(graph);
  const found = differences(graph, await engineCodes(graph, input, 1), referenceCodes(graph, input, 1));
  if (Object.keys(found).length > 0) throw new Fault(`the engine differs from the reference: ${JSON.stringify(found)}`);
}

async function readAndRun(bytes: Uint8Array, trial: Trial): Promise<void> {
  const artefact = await trial.step('read', () => readArtefact(bytes, 'case.trestle'));
  if (artefact === undefined) return;
  const again = writeArtefact(artefact);
  if (!Buffer.from(writeArtefact(readArtefact(again, 'again'))).equals(again)) throw new Fault('written and read again, it is another artefact');
  const { graph } = artefact;
  if (!within(graph, RUN)) return;
  const input = inputOf(graph);
  await trial.step('run', () => run(artefact, { shape: [1, ...graph.inputShape.slice(1)], data: input }, { workers: 0, batch: 1 }));
  await compareWithReference(graph);
}

export const artefactTarget: Target = {
  name: 'artefact',
  async seeds() {
    const byHand = Object.entries(GRAPHS).map(([name, make]): Seed => ({ name, bytes: writeArtefact(artefactOf(make())), ending: '.trestle' }));
    const made: Seed[] = [];
    const networks = CASES.filter(({ name }) => NETWORKS.includes(name));
    for (const one of networks) for (const chip of CHIPS) made.push(...await compiled(one.name, modelBytes(one), chip));
    const digits = readFileSync(packagePath('examples/digits/digits.onnx'));
    for (const chip of ['tianji', 'prime']) made.push(...await compiled('digits', digits, chip));
    return [...byHand, ...made];
  },
  change(draw: Draw, seed: Seed, other: Seed) {
    const file = opened(seed.bytes);
    if (file === null || draw.once(5)) return changeBytes(draw, seed.bytes, other.bytes);
    let { header, data } = file;
    const count = draw.of([1, 1, 1, 2, 3]);
    for (let n = 0; n < count; n++) {
      if (data.length > 0 && draw.once(6)) data = changeBytes(draw, data, other.bytes).subarray(0, data.length);
      else if (isJson(header)) header = changeHeader(draw, header);
    }
    return closed(header, data);
  },
  attempt: readAndRun,
};

/** Whether both the header and the texts in it can still be parsed. */
function isJson(header: string): boolean {
  try {
    const { __metadata__: metadata } = JSON.parse(header) as { __metadata__?: Record<string, string> };
    for (const key of ['program', 'chip', 'provenance', 'mapping', 'layers']) if (metadata?.[key] !== undefined) JSON.parse(metadata[key]);
    return true;
  } catch {
    return false;
  }
}
