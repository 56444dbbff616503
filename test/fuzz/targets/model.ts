/** ONNX files: read; if accepted, evaluated, outlined and compiled as far as they are small. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { floats, integers, model, modelBytes, raw } from '../../read/models.js';
import { CASES, QUANTISED } from '../../suites/lowerings.js';
import { externalReader, sha256 } from '../../../src/data/files.js';
import { graphMacs } from '../../../src/graph/macs.js';
import type { Graph } from '../../../src/graph/types.js';
import { compile, loadChip, outline, randomInputs, readArtefact, writeArtefact, type Model } from '../../../src/index.js';
import { EmulatorPool } from '../../../src/emulate/pool.js';
import { NOTHING } from '../../../src/emulate/tasks.js';
import { encodeModel } from '../../../src/read/onnx-schema.js';
import { readOnnx } from '../../../src/read/onnx.js';
import { networkFacts, networkReport } from '../../../src/report/inspect.js';
import { PLAIN } from '../../../src/report/colour.js';
import { changeBytes } from '../bytes.js';
import type { Draw } from '../draw.js';
import { changeMessage } from '../protobuf.js';
import { checkReport, type Seed, type Target, type Trial } from '../target.js';
import { compareWithReference } from './artefact.js';

/** What is run of an accepted network: multiplications, elements of all tensors, nodes. */
const EVALUATED = { macs: 2 ** 26, elements: 2 ** 22 } as const;
const COMPILED = { macs: 2 ** 18, elements: 2 ** 17 } as const;
/** Outside files up to this size are used. */
const LARGEST = 2 ** 20 * 1.5;

const EXTERNAL = 'weights.bin';

/** Shapes computed from shapes, padding, pooling, quantised and folded constants, a softmax. */
function folding(): Uint8Array {
  return modelBytes({
    input: ['N', 2, 6, 6],
    constants: {
      w: floats([3, 2, 3, 3], Array.from({ length: 54 }, (_, i) => i / 50)), to: integers([0, -1]), pads: integers([0, 0, 1, 1, 0, 0, 1, 1]),
      a: raw('int8', [12, 5], Int8Array.from({ length: 60 }, (_, i) => i * 3 - 90)), as: floats([], [0.02]), s: floats([], [0.1]), axis: integers([1]),
      from: integers([0]), end: integers([4]),
    },
    nodes: [
      { op: 'Pad', inputs: ['x', 'pads'], outputs: ['p'] },
      { op: 'Conv', inputs: ['p', 'w'], outputs: ['c'], attributes: { strides: [2, 2], group: 1 } },
      { op: 'MaxPool', inputs: ['c'], outputs: ['m'], attributes: { kernel_shape: [2, 2], pads: [0, 0, 1, 1], ceil_mode: 1, strides: [2, 2] } },
      { op: 'Shape', inputs: ['m'], outputs: ['sh'] },
      { op: 'Slice', inputs: ['sh', 'from', 'end'], outputs: ['sh2'] },
      { op: 'Reshape', inputs: ['m', 'sh2'], outputs: ['m2'] },
      { op: 'QuantizeLinear', inputs: ['m2', 's'], outputs: ['q'] },
      { op: 'DequantizeLinear', inputs: ['q', 's'], outputs: ['d'] },
      { op: 'Reshape', inputs: ['d', 'to'], outputs: ['f'] },
      { op: 'DequantizeLinear', inputs: ['a', 'as'], outputs: ['aw'] },
      { op: 'Gemm', inputs: ['f', 'aw'], outputs: ['g'] },
      { op: 'Softmax', inputs: ['g'], outputs: ['y'] },
    ],
  });
}

/** Weights in a file beside the model. */
function external(folder: string): Uint8Array {
  const weights = Float32Array.from({ length: 60 }, (_, i) => (i - 30) / 40);
  writeFileSync(join(folder, EXTERNAL), new Uint8Array(weights.buffer));
  const parts = model({ input: ['N', 12], nodes: [{ op: 'Gemm', inputs: ['x', 'w'], outputs: ['g'] }, { op: 'Relu', inputs: ['g'], outputs: ['y'] }] });
  const entries = Object.entries({ location: EXTERNAL, offset: '0', length: '240' }).map(([key, value]) => ({ key, value }));
  const initializer = [{ name: 'w', dims: [12n, 5n], dataType: 1, dataLocation: 1, externalData: entries }];
  return encodeModel({ ...parts, graph: { ...parts.graph, initializer } });
}

function small(graph: Graph, limit: { macs: number; elements: number }): boolean {
  const elements = graph.tensors.reduce((n, { shape }) => n + shape.reduce((a, b) => a * b, 1), 0);
  return graphMacs(graph) <= limit.macs && elements <= limit.elements;
}

async function evaluate(graph: Graph, given: Model): Promise<void> {
  const pool = EmulatorPool.create({ float: graph, workers: 0, batch: 1 });
  const data = randomInputs(given, 0, 1);
  const input = new Float32Array(data.sampleShape.reduce((a, b) => a * b, 1));
  data.read(0, input, 0);
  await pool.run({ ...NOTHING, input, count: 1, tensors: graph.outputs });
  await pool.close();
}

/** Compiles, writes, reads back, and compares the engine's codes with the slow reference's. */
async function compileAndRun(given: Model, chip: string, trial: Trial): Promise<void> {
  const made = await trial.step(`compiled for ${chip}`, () => compile(given, loadChip(chip), randomInputs(given, 0, 4), { workers: 0, samples: 4 }));
  if (made === undefined) return;
  trial.note(made.diagnostics);
  // What was compiled must be an artefact: a refusal here is a fault.
  const { graph } = readArtefact(writeArtefact(made.artefact), 'compiled');
  await compareWithReference(graph);
}

async function readAndRun(bytes: Uint8Array, trial: Trial, folder: string): Promise<void> {
  const file = 'model.onnx';
  const graph = await trial.step('read', () => readOnnx(bytes, { file, external: externalReader(join(folder, file)) }));
  if (graph === undefined) return;
  checkReport(networkReport(file, networkFacts(graph), PLAIN));
  const given: Model = { file, sha256: sha256(bytes), graph };
  if (!small(graph, EVALUATED)) return;
  await trial.step('evaluated', () => evaluate(graph, given));
  if (!small(graph, COMPILED)) return;
  await trial.step('outlined', () => outline(given, loadChip('tianji')));
  for (const chip of ['tianji', 'prime']) await compileAndRun(given, chip, trial);
}

function realModels(real: string): Seed[] {
  return ['mnist/models', 'mlperf-tiny'].map((part) => join(real, part)).filter((path) => existsSync(path)).flatMap((path) => (
    readdirSync(path).filter((name) => name.endsWith('.onnx') && statSync(join(path, name)).size <= LARGEST).sort()
      .map((name): Seed => ({ name, bytes: readFileSync(join(path, name)), ending: '.onnx' }))));
}

export const modelTarget: Target = {
  name: 'model',
  async seeds(folder, real) {
    const made = [...CASES, ...QUANTISED].map((one): Seed => ({ name: one.name, bytes: modelBytes(one), ending: '.onnx' }));
    const more = { folding: folding(), external: external(folder) };
    return [...made, ...Object.entries(more).map(([name, bytes]): Seed => ({ name, bytes, ending: '.onnx' })), ...(real === undefined ? [] : realModels(real))];
  },
  change(draw: Draw, seed: Seed, other: Seed) {
    let bytes = seed.bytes;
    for (let n = draw.of([1, 1, 1, 1, 1, 2, 3, 5]); n > 0; n--) {
      bytes = (draw.once(5) ? null : changeMessage(draw, bytes)) ?? changeBytes(draw, bytes, other.bytes);
    }
    return bytes;
  },
  attempt: readAndRun,
};
