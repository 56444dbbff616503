/** The single-operator tests of the ONNX project, through the reader's schema and the plain evaluation. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluateNode } from '../../src/graph/infer.js';
import { isFloat } from '../../src/graph/data-types.js';
import { OPERATORS } from '../../src/graph/table.js';
import type { AttributeValue, ConstantTensor } from '../../src/graph/types.js';
import { decodeModel, decodeTensor, type AttributeProto } from '../../src/read/onnx-schema.js';
import { readTensor } from '../../src/read/onnx-tensor.js';

const FOLDER = join(import.meta.dirname, '../../../shared/data/onnx-node-tests');

/** In-scope operators in a form that is out of scope. */
const OUT_OF_SCOPE: Readonly<Record<string, string>> = {
  test_averagepool_3d_default: 'three spatial dimensions',
  test_averagepool_3d_dilations_large_count_include_pad_is_0_ceil_mode_is_False: 'three spatial dimensions',
  test_averagepool_3d_dilations_large_count_include_pad_is_1_ceil_mode_is_False: 'three spatial dimensions',
  test_averagepool_3d_dilations_large_count_include_pad_is_1_ceil_mode_is_True: 'three spatial dimensions',
  test_maxpool_3d_dilations: 'three spatial dimensions',
  test_maxpool_3d_dilations_use_ref_impl: 'three spatial dimensions',
  test_batchnorm_epsilon_training_mode: 'training',
  test_training_dropout_default: 'training',
  test_training_dropout_default_mask: 'training',
  test_training_dropout_zero_ratio: 'training',
  test_training_dropout_zero_ratio_mask: 'training',
  test_dequantizelinear_blocked: 'blocked quantisation',
  test_quantizelinear_blocked_asymmetric: 'blocked quantisation',
};

function attributeValue(attribute: AttributeProto): AttributeValue {
  switch (attribute.type) {
    case 1: return attribute.f;
    case 2: return Number(attribute.i);
    case 3: return new TextDecoder().decode(attribute.s);
    case 4: return readTensor(attribute.t!, attribute.name);
    case 6: return attribute.floats;
    default: return attribute.ints.map(Number);
  }
}

interface Case {
  readonly op: string;
  readonly opset: number;
  readonly attributes: Record<string, AttributeValue>;
  readonly inputs: (ConstantTensor | null)[];
  readonly outputs: ConstantTensor[];
}

function tensors(folder: string, kind: string): ConstantTensor[] {
  const files = readdirSync(folder).filter((file) => file.startsWith(kind));
  return files.map((_, i) => readTensor(decodeTensor(readFileSync(join(folder, `${kind}_${i}.pb`))), `${kind} ${i}`));
}

/** The case of a folder; `null` if it is not of one node that the table knows. */
function readCase(name: string): Case | null {
  const model = decodeModel(readFileSync(join(FOLDER, name, 'model.onnx')));
  const [node, ...others] = model.graph!.node;
  if (!node || others.length > 0 || !OPERATORS.has(node.opType)) return null;
  const data = join(FOLDER, name, 'test_data_set_0');
  const present = tensors(data, 'input');
  return {
    op: node.opType,
    opset: Number(model.opsetImport.find(({ domain }) => domain === '')?.version ?? 1),
    attributes: Object.fromEntries(node.attribute.map((attribute) => [attribute.name, attributeValue(attribute)])),
    inputs: node.input.map((input) => (input === '' ? null : present.shift()!)),
    outputs: tensors(data, 'output'),
  };
}

function check(actual: ConstantTensor, expected: ConstantTensor): void {
  expect(actual.type).toBe(expected.type);
  expect(actual.shape).toEqual(expected.shape);
  expect(actual.data).toHaveLength(expected.data.length);
  for (let i = 0; i < expected.data.length; i++) {
    const [a, e] = [actual.data[i]!, expected.data[i]!];
    if (!isFloat(expected.type) || !Number.isFinite(e)) expect(a).toBe(e);
    else expect(Math.abs(a - e)).toBeLessThanOrEqual(1e-5 + 1e-3 * Math.abs(e));
  }
}

describe.skipIf(!existsSync(FOLDER))('ONNX node tests', () => {
  const cases = (existsSync(FOLDER) ? readdirSync(FOLDER) : []).map((name) => ({ name, test: readCase(name) }));
  for (const { name, test } of cases) {
    if (!test) continue;
    const run = (): ConstantTensor[] => evaluateNode(test.op, test.attributes, test.inputs, test.opset, test.outputs.length);
    if (name in OUT_OF_SCOPE) {
      it(`${name} is refused: ${OUT_OF_SCOPE[name]}`, () => expect(run).toThrow());
    } else {
      it(name, () => run().forEach((output, i) => check(output, test.outputs[i]!)));
    }
  }

  it('cover the table', () => {
    const covered = new Set(cases.flatMap(({ test }) => (test ? [test.op] : [])));
    expect(covered.size).toBeGreaterThanOrEqual(54);
  });
});
