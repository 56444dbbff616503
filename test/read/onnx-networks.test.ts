import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readOnnx } from '../../src/read/onnx.js';

const DATA = join(import.meta.dirname, '../../../shared/data');
const SETS = ['mnist', 'cifar10', 'imagenet', 'mlperf-tiny'];

describe.skipIf(!existsSync(DATA))('readOnnx on the shared networks', () => {
  for (const set of SETS) {
    const folder = [join(DATA, set, 'models'), join(DATA, set)].find((path) => existsSync(path) && readdirSync(path).some((f) => f.endsWith('.onnx')));
    for (const file of folder ? readdirSync(folder).filter((name) => name.endsWith('.onnx')) : []) {
      it(`${set}/${file}`, () => {
        const graph = readOnnx(readFileSync(join(folder as string, file)), { file });
        expect(graph.inputs).toHaveLength(1);
        expect(graph.outputs).toHaveLength(1);
        for (const node of graph.nodes) {
          for (const id of node.outputs) expect(graph.tensors[id]?.shape[0]).toBe(1);
        }
      });
    }
  }
});
