/** Written files are read back as the same graph, and onnxruntime computes the same from them. */
import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/data/files.js';
import { GraphBuilder } from '../../src/graph/build.js';
import { printGraph } from '../../src/graph/print.js';
import type { ConstantTensor, DataType, Graph, TensorData } from '../../src/graph/types.js';
import { decodeModel } from '../../src/read/onnx-schema.js';
import { readOnnx } from '../../src/read/onnx.js';
import { Layers } from '../../src/train/layers.js';
import { writeOnnx } from '../../src/write/onnx.js';
import { makeNetwork } from '../graph/reference.js';
import { generator } from '../kernels/setup.js';

const again = (graph: Graph): Graph => readOnnx(writeOnnx(graph), { file: 'again.onnx' });
const digits = readOnnx(readFileSync(new URL('../../examples/digits/digits.onnx', import.meta.url)), { file: 'digits.onnx' });
const layers = new Layers('all', [2, 9, 9], 1).conv(6, 3, { pad: 1 }).relu().lrn(3, { alpha: 1, bias: 2, beta: 1 }).maxPool(2)
  .conv(4, 1).tanh().averagePool(2).flatten().dense(7).graph();

describe('a graph that is written and read', () => {
  it.each([['digits', digits], ['layers', layers]] as const)('%s is the same', (_, graph) => {
    const read = again(graph);
    expect(printGraph(read)).toBe(printGraph(graph));
    expect(read.nodes).toEqual(graph.nodes);
    const bytes = (data: TensorData): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const parts = (tensors: Graph['tensors']): unknown[] => tensors.map(({ data, ...rest }) => [rest, data && sha256(bytes(data))]);
    expect(parts(read.tensors)).toEqual(parts(graph.tensors));
    expect(sha256(writeOnnx(read))).toBe(sha256(writeOnnx(graph)));
  });

  it.each<[DataType, TensorData]>([
    ['float32', Float32Array.of(1.5, -0, 3e-45)], ['float64', Float64Array.of(1.5, 1e300)], ['float16', Float32Array.of(1.5, -65504, 2 ** -24, 2 ** -14)],
    ['int8', Int8Array.of(-128, 127)], ['uint8', Uint8Array.of(0, 255)], ['int16', Int16Array.of(-300, 300)], ['uint16', Uint16Array.of(1, 65535)],
    ['int32', Int32Array.of(-(2 ** 31), 7)], ['uint32', Uint32Array.of(2 ** 32 - 1, 7)], ['int64', Float64Array.of(-(2 ** 53), 7)],
    ['uint64', Float64Array.of(2 ** 53, 7)], ['bool', Uint8Array.of(0, 1)],
  ])('keeps values of type %s', (type, data) => {
    const builder = new GraphBuilder('types', 13);
    const x = builder.addTensor('x', 'float64', [1, data.length]);
    const c = builder.addConstant('c', type, [data.length], data);
    const [wide, sum] = [builder.addTensor('wide', 'float64', [data.length]), builder.addTensor('sum', 'float64', [1, data.length])];
    builder.addNode('Cast', [c], [wide], { to: 11 });
    builder.addNode('Add', [x, wide], [sum]);
    builder.setInputs([x]);
    builder.setOutputs([sum]);
    const read = again(builder.toGraph());
    expect(read.tensors.find(({ name }) => name === 'wide')?.data).toEqual(Float64Array.from(data));
  });

  it('keeps every kind of attribute, and absent operands', () => {
    const builder = new GraphBuilder('attributes', 13);
    const tensor: ConstantTensor = { type: 'int64', shape: [2], data: Float64Array.of(1, -1) };
    const attributes = { alpha: 1, axis: -1, auto_pad: 'VALID', pads: [1, 2], value_floats: [1, 0.5], value_strings: ['a', 'b'], value: tensor, ratio: 0.1 };
    const [x, y] = [builder.addTensor('x', 'float32', [1, 2]), builder.addTensor('y', 'float32', [1, 2])];
    builder.addNode('Anything', [x, -1, x], [y], attributes);
    builder.setInputs([x]);
    builder.setOutputs([y]);
    const [node] = decodeModel(writeOnnx(builder.toGraph())).graph!.node;
    expect(node!.input).toEqual(['x', '', 'x']);
    const kinds = Object.fromEntries(node!.attribute.map(({ name, type }) => [name, type]));
    expect(kinds).toEqual({ alpha: 1, axis: 2, auto_pad: 3, pads: 7, value_floats: 6, value_strings: 8, value: 4, ratio: 1 });
    expect(node!.attribute.find(({ name }) => name === 'axis')!.i).toBe(-1n);
    expect(node!.attribute.find(({ name }) => name === 'value_strings')!.strings.map((bytes) => new TextDecoder().decode(bytes))).toEqual(['a', 'b']);
    expect(node!.attribute.find(({ name }) => name === 'value')!.t!.dims).toEqual([2n]);
  });
});

it('onnxruntime computes the same, for any batch', async () => {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  const session = await ort.InferenceSession.create(writeOnnx(layers), { graphOptimizationLevel: 'disabled' });
  const next = generator(3);
  for (const batch of [1, 5]) {
    const input = Float32Array.from({ length: batch * 162 }, () => next(-256, 256) / 256);
    const { logits } = await session.run({ input: new ort.Tensor('float32', input, [batch, 2, 9, 9]) });
    const own = makeNetwork(layers, batch).run(input, batch, layers.outputs).get(layers.outputs[0]!)!;
    const greatest = own.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    expect(own.reduce((most, v, i) => Math.max(most, Math.abs(v - (logits!.data[i] as number))), 0) / greatest).toBeLessThan(1e-5);
  }
});
