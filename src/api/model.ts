/** A float network as a caller has it. */
import { externalReader, readBytes, sha256 } from '../data/files.js';
import { randomDataSet } from '../data/random.js';
import type { DataSet } from '../data/types.js';
import { fail } from '../diagnostics.js';
import type { Graph } from '../graph/types.js';
import { readOnnx } from '../read/onnx.js';
import { inputRange } from '../report/judge.js';

/** A float network and the file that it was read from. */
export interface Model {
  /** Name of the file, without folders. */
  readonly file: string;
  /** Of the file's bytes. */
  readonly sha256: string;
  readonly graph: Graph;
}

/** Reads an ONNX file, with the external data beside it. Throws T100 to T107. */
export function readModel(path: string): Model {
  if (/\.nir$/i.test(path)) fail('T101', path, 'NIR files are not supported yet', {
    limit: '.onnx files', remedy: 'Give the network as an .onnx file',
  });
  const bytes = readBytes(path);
  const file = baseName(path);
  return { file, sha256: sha256(bytes), graph: readOnnx(bytes, { file, external: externalReader(path) }) };
}

export function baseName(path: string): string {
  return path.split(/[/\\]/).at(-1) || path;
}

/** Samples of seeded random inputs for a network without data: even over the range of the quantiser that reads the input, else over [0, 1). */
export function randomInputs(model: Model, seed: number, samples: number): DataSet {
  const { graph } = model;
  const [lo, hi] = inputRange(graph);
  return randomDataSet(seed, graph.tensors[graph.inputs[0]].shape.slice(1), lo, hi, samples);
}
