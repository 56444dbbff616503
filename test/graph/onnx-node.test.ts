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

/** Tests of what is out of scope, and why. docs/support.md says the same. */
const OUT_OF_SCOPE: Readonly<Record<string, string>> = {
  test_batchnorm_epsilon_training_mode: 'training',
  test_training_dropout_default: 'training',
  test_training_dropout_default_mask: 'training',
};

/**
 * Tests whose expected codes wrap around where the specification says that they saturate (mended later: onnx/onnx#7868). A code that differs must be at
 * the end of its range.
 */
const WRAPPED = /^test_qlinearmatmul_[23]D_int8_/;

function attributeValue(attribute: AttributeProto): AttributeValue {
  switch (attribute.type) {
    case 1: return attribute.f;
    case 2: return Number(attribute.i);
    case 3: return new TextDecoder().decode(attribute.s);
    case 4: return readTensor(attribute.t!, attribute.name);
    case 6: return attribute.floats;
    case 8: return attribute.strings.map((text) => new TextDecoder().decode(text));
    default: return attribute.ints.map(Number);
  }
}

interface Case {
  readonly op: string;
  readonly opset: number;
  readonly attributes: Record<string, AttributeValue>;
  readonly inputs: (ConstantTensor | null)[];
  /** `null`: not asked for. */
  readonly outputs: (ConstantTensor | null)[];
}

function tensors(folder: string, kind: string): ConstantTensor[] {
  const files = readdirSync(folder).filter((file) => file.startsWith(kind));
  return files.map((_, i) => readTensor(decodeTensor(readFileSync(join(folder, `${kind}_${i}.pb`))), `${kind} ${i}`));
}

/** The case of a folder. */
function readCase(name: string): Case {
  const model = decodeModel(readFileSync(join(FOLDER, name, 'model.onnx')));
  const [node, ...others] = model.graph!.node;
  if (!node || others.length > 0) throw new Error(`${name} is not of one node`);
  const data = join(FOLDER, name, 'test_data_set_0');
  const [present, expected] = [tensors(data, 'input'), tensors(data, 'output')];
  return {
    op: node.opType,
    opset: Number(model.opsetImport.find(({ domain }) => domain === '')?.version ?? 1),
    attributes: Object.fromEntries(node.attribute.map((attribute) => [attribute.name, attributeValue(attribute)])),
    inputs: node.input.map((input) => (input === '' ? null : present.shift()!)),
    outputs: node.output.map((output) => (output === '' ? null : expected.shift()!)),
  };
}

function check(actual: ConstantTensor, expected: ConstantTensor, wraps: boolean): void {
  expect(actual.type).toBe(expected.type);
  expect(actual.shape).toEqual(expected.shape);
  expect(actual.data).toHaveLength(expected.data.length);
  for (let i = 0; i < expected.data.length; i++) {
    const [a, e] = [actual.data[i]!, expected.data[i]!];
    if (wraps && a !== e) expect([-128, 127]).toContain(a);
    else if (!isFloat(expected.type) || !Number.isFinite(e)) expect(a).toBe(e);
    else expect(Math.abs(a - e)).toBeLessThanOrEqual(1e-5 + 1e-3 * Math.abs(e));
  }
}

describe.skipIf(!existsSync(FOLDER))('ONNX node tests', () => {
  const cases = (existsSync(FOLDER) ? readdirSync(FOLDER) : []).map((name) => ({ name, test: readCase(name) }));
  for (const { name, test } of cases) {
    const run = (): ConstantTensor[] => evaluateNode(test.op, test.attributes, test.inputs, test.opset, test.outputs.length);
    if (name in OUT_OF_SCOPE) {
      it(`${name} is refused: ${OUT_OF_SCOPE[name]}`, () => expect(run).toThrow());
    } else {
      it(name, () => run().forEach((output, i) => test.outputs[i] && check(output, test.outputs[i], WRAPPED.test(name))));
    }
  }

  it('name operators of the table alone', () => {
    expect(cases.map(({ test }) => test.op).filter((op) => !OPERATORS.has(op))).toEqual([]);
  });
});
