/** Float networks on generated models: kernels against plain evaluation, any batch, any arena, both variants. */
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { TrestleError } from '../../src/diagnostics.js';
import { evaluateNode, FloatNetwork, floatArenaBytes, prepareFloat } from '../../src/graph/evaluate.js';
import { elements } from '../../src/graph/operator.js';
import type { ConstantTensor, Graph } from '../../src/graph/types.js';
import { readOnnx } from '../../src/read/onnx.js';
import { generator, loadKernels } from '../kernels/setup.js';
import { floats, integers, modelBytes, raw, type ModelParts } from '../read/models.js';
import { hasData, makeNetwork, REFERENCES } from './reference.js';

const { instance, arena } = loadKernels();

function network(graph: Graph, samples: number, variant: 'simd' | 'scalar' = 'simd'): FloatNetwork {
  const plan = structuredClone(prepareFloat(graph, instance.memory, arena.allocate));
  const bytes = floatArenaBytes(plan, samples);
  const address = arena.allocate(bytes);
  new Float32Array(instance.memory.buffer, address, Math.floor(bytes / 4)).fill(NaN);
  return new FloatNetwork(plan, instance.memory, instance.exports, { address, bytes }, variant);
}

function random(next: ReturnType<typeof generator>, length: number): Float32Array {
  return Float32Array.from({ length }, () => next(-128, 128) / 64);
}

/** All tensors of a graph for a batch, node by node in plain evaluation. */
function plain(graph: Graph, input: Float32Array, batch: number): Map<number, ConstantTensor> {
  const values = new Map<number, ConstantTensor>();
  for (const { id, type, shape, data } of graph.tensors) if (data) values.set(id, { type, shape, data });
  const first = graph.inputs[0]!;
  values.set(first, { type: graph.tensors[first]!.type, shape: [batch, ...graph.tensors[first]!.shape.slice(1)], data: input });
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((id) => values.get(id) ?? null);
    if (node.op === 'Reshape') {
      const [id] = node.outputs as [number];
      values.set(id, { ...inputs[0]!, shape: [batch, ...graph.tensors[id]!.shape.slice(1)] });
      continue;
    }
    const results = evaluateNode(node.op, node.attributes, inputs, graph.opset, node.outputs.length);
    node.outputs.forEach((id, i) => values.set(id, results[i]!));
  }
  return values;
}

/** Kernels in both variants and several batches against the plain evaluation, on every tensor. */
function check(parts: ModelParts, seed: number): void {
  const graph = readOnnx(modelBytes(parts), { file: 'test.onnx' });
  const batch = 5;
  const input = random(generator(seed), batch * elements(graph.tensors[graph.inputs[0]!]!.shape));
  const expected = plain(graph, input, batch);
  const wanted = graph.nodes.flatMap((node) => node.outputs);
  const [whole, two, scalar] = [network(graph, batch), network(graph, 2), network(graph, 1, 'scalar')].map((net) => net.run(input, batch, wanted));
  for (const id of wanted) {
    const value = whole!.get(id)!;
    expect(two!.get(id)).toEqual(value);
    expect(scalar!.get(id)).toEqual(value);
    const reference = expected.get(id)!;
    expect(reference.shape[0]).toBe(batch);
    value.forEach((v, i) => {
      const e = reference.data[i]!;
      if (!(Math.abs(v - e) <= 1e-5 * (1 + Math.abs(e)))) expect.fail(`tensor ${graph.tensors[id]!.name}[${i}] is ${v} instead of ${e}`);
    });
  }
}

describe('generated networks', () => {
  const size = fc.integer({ min: 1, max: 3 });

  it('Conv: any kernel, stride, dilation, groups, padding', () => {
    const geometry = fc.record({
      groups: size, depth: size, perGroup: size, height: fc.integer({ min: 5, max: 9 }), width: fc.integer({ min: 5, max: 9 }),
      kernel: fc.tuple(size, size), stride: fc.tuple(size, size), dilation: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
      pads: fc.tuple(...[0, 1, 2, 3].map(() => fc.integer({ min: 0, max: 3 }))), auto: fc.constantFrom('NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID'),
      bias: fc.boolean(),
    });
    fc.assert(fc.property(geometry, (g) => {
      const next = generator(7);
      const outputs = g.groups * g.perGroup;
      check({
        input: ['N', g.groups * g.depth, g.height, g.width],
        constants: {
          w: floats([outputs, g.depth, ...g.kernel], random(next, outputs * g.depth * g.kernel[0] * g.kernel[1])),
          b: floats([outputs], random(next, outputs)),
        },
        nodes: [{
          op: 'Conv', inputs: g.bias ? ['x', 'w', 'b'] : ['x', 'w'], outputs: ['y'],
          attributes: {
            group: g.groups, strides: g.stride, dilations: g.dilation, auto_pad: g.auto, ...(g.auto === 'NOTSET' ? { pads: g.pads } : {}),
          },
        }],
      }, 1);
    }), { seed: 1, numRuns: 50 });
  });

  it('pooling: any window', () => {
    const geometry = fc.record({
      op: fc.constantFrom('MaxPool', 'AveragePool'), height: fc.integer({ min: 4, max: 9 }), width: fc.integer({ min: 4, max: 9 }),
      kernel: fc.tuple(fc.integer({ min: 2, max: 3 }), fc.integer({ min: 2, max: 3 })), stride: fc.tuple(size, size), ceil: fc.constantFrom(0, 1),
      pads: fc.tuple(...[0, 1, 2, 3].map(() => fc.integer({ min: 0, max: 1 }))), include: fc.constantFrom(0, 1),
    });
    fc.assert(fc.property(geometry, ({ op, height, width, kernel, stride, ceil, pads, include }) => {
      const attributes = { kernel_shape: kernel, strides: stride, ceil_mode: ceil, pads, ...(op === 'AveragePool' ? { count_include_pad: include } : {}) };
      check({ input: ['N', 3, height, width], nodes: [{ op, inputs: ['x'], outputs: ['y'], attributes }] }, 2);
    }), { seed: 1, numRuns: 50 });
  });

  it('one-dimensional Conv and pooling', () => {
    check({
      input: [1, 3, 11],
      constants: { w: floats([4, 3, 3], random(generator(1), 36)) },
      nodes: [
        { op: 'Conv', inputs: ['x', 'w'], outputs: ['c'], attributes: { pads: [2, 1], strides: [2], auto_pad: 'NOTSET' } },
        { op: 'MaxPool', inputs: ['c'], outputs: ['m'], attributes: { kernel_shape: [2] } },
        { op: 'AveragePool', inputs: ['m'], outputs: ['a'], attributes: { kernel_shape: [2], auto_pad: 'SAME_LOWER' } },
        { op: 'GlobalMaxPool', inputs: ['a'], outputs: ['g'] },
      ],
    }, 3);
  });

  it('dense, scaling and element-wise nodes', () => {
    const next = generator(9);
    check({
      input: ['N', 6],
      constants: {
        w: floats([6, 33], random(next, 198)), t: floats([10, 33], random(next, 330)), c: floats([1, 10], random(next, 10)), s: floats([], [0.5]),
        row: floats([33], random(next, 33)), slope: floats([10], random(next, 10)),
        scale: floats([33], random(next, 33)), variance: floats([33], random(next, 33).map((v) => v * v + 0.1)),
        lo: floats([], [-1]), hi: floats([], [1.5]), q: floats([], [0.05]), z: raw('int8', [], Int8Array.of(3)),
      },
      nodes: [
        { op: 'MatMul', inputs: ['x', 'w'], outputs: ['m'] },
        { op: 'Sub', inputs: ['row', 'm'], outputs: ['m1'] },
        { op: 'Mul', inputs: ['m1', 'row'], outputs: ['m2'] },
        { op: 'Sub', inputs: ['m2', 's'], outputs: ['m3'] },
        { op: 'Div', inputs: ['m3', 's'], outputs: ['m4'] },
        { op: 'BatchNormalization', inputs: ['m4', 'scale', 'row', 'row', 'variance'], outputs: ['n'] },
        { op: 'Add', inputs: ['n', 'm'], outputs: ['a'] },
        { op: 'Relu', inputs: ['a'], outputs: ['r'] },
        { op: 'Gemm', inputs: ['r', 't', 'c'], outputs: ['g'], attributes: { transB: 1, alpha: 0.25, beta: 0.5 } },
        { op: 'Clip', inputs: ['g', 'lo', 'hi'], outputs: ['k'] },
        { op: 'QuantizeLinear', inputs: ['k', 'q', 'z'], outputs: ['codes'] },
        { op: 'DequantizeLinear', inputs: ['codes', 'q', 'z'], outputs: ['d'] },
        { op: 'PRelu', inputs: ['d', 'slope'], outputs: ['p'] },
        { op: 'LeakyRelu', inputs: ['p'], outputs: ['l'], attributes: { alpha: 0.2 } },
        { op: 'Sigmoid', inputs: ['l'], outputs: ['e'] },
        { op: 'Tanh', inputs: ['l'], outputs: ['h'] },
        { op: 'Concat', inputs: ['e', 'h'], outputs: ['b'], attributes: { axis: -1 } },
        { op: 'Softmax', inputs: ['b'], outputs: ['y'] },
        { op: 'ArgMax', inputs: ['y'], outputs: ['o'], attributes: { axis: 1, keepdims: 0 } },
      ],
      outputs: ['y', 'o'],
    }, 4);
  });

  it('half precision rounds after every node', () => {
    const half = (shape: number[], values: number[]) => raw('float16', shape, Uint16Array.from(values));
    check({
      input: ['N', 2, 3, 3],
      inputType: 'float16',
      constants: { w: half([2, 2, 2, 2], Array.from({ length: 16 }, (_, i) => 0x3555 + 77 * i)), s: half([2, 1, 1], [0x3001, 0x3801]) },
      nodes: [
        { op: 'Conv', inputs: ['x', 'w'], outputs: ['c'] },
        { op: 'Mul', inputs: ['c', 's'], outputs: ['m'] },
        { op: 'Sigmoid', inputs: ['m'], outputs: ['y'] },
      ],
    }, 6);
  });

  it('shapes: reshaping works at any batch', () => {
    const constants = {
      fixed: integers([1, 3, 8]), free: integers([-1, 24]), kept: integers([0, 4, 2, 3]), two: integers([2]), ends: integers([2 ** 40]),
      minus: integers([-1]), step: integers([-2]), starts: integers([-1]), low: integers([-(2 ** 40)]), pads: integers([0, 1, 0, 0, -1, 1]),
      axes: integers([3]), pick: integers([1, -1]), zero: { ...integers([0]), dims: [] }, parts: integers([1, 2]),
    };
    check({
      input: [1, 2, 12],
      constants,
      nodes: [
        { op: 'Reshape', inputs: ['x', 'fixed'], outputs: ['a'] },
        { op: 'Reshape', inputs: ['a', 'free'], outputs: ['b'] },
        { op: 'Reshape', inputs: ['b', 'kept'], outputs: ['c'] },
        { op: 'Transpose', inputs: ['c'], outputs: ['d'], attributes: { perm: [0, 3, 1, 2] } },
        { op: 'Slice', inputs: ['d', 'starts', 'low', 'two', 'step'], outputs: ['e'] },
        { op: 'Shape', inputs: ['e'], outputs: ['es'] },
        { op: 'Gather', inputs: ['es', 'zero'], outputs: ['n'] },
        { op: 'Unsqueeze', inputs: ['n', 'zeroes'], outputs: ['n1'] },
        { op: 'Concat', inputs: ['n1', 'minus'], outputs: ['to'], attributes: { axis: 0 } },
        { op: 'Reshape', inputs: ['e', 'to'], outputs: ['f'] },
        { op: 'Constant', inputs: [], outputs: ['zeroes'], attributes: { value: { type: 'int64', shape: [1], data: new BigInt64Array([0n]) as never } } },
        { op: 'Unsqueeze', inputs: ['f', 'axis2'], outputs: ['g'] },
        { op: 'Constant', inputs: [], outputs: ['axis2'], attributes: { value_ints: [2] } },
        { op: 'Squeeze', inputs: ['g', 'axis2'], outputs: ['h'] },
        { op: 'Identity', inputs: ['h'], outputs: ['i'] },
        { op: 'Dropout', inputs: ['i'], outputs: ['j'] },
        { op: 'Flatten', inputs: ['d'], outputs: ['k'] },
        { op: 'Pad', inputs: ['a', 'pads'], outputs: ['l'], attributes: { mode: 'reflect' } },
        { op: 'Gather', inputs: ['l', 'pick'], outputs: ['m'], attributes: { axis: 2 } },
        { op: 'Split', inputs: ['m', 'parts'], outputs: ['s1', 's2'], attributes: { axis: 1 } },
        { op: 'ReduceMean', inputs: ['s2'], outputs: ['r'], attributes: { axes: [-1], keepdims: 0 } },
        { op: 'Cast', inputs: ['r'], outputs: ['t'], attributes: { to: 6 } },
        { op: 'MatMul', inputs: ['a', 'right'], outputs: ['u'] },
        { op: 'Reshape', inputs: ['x', 'wide'], outputs: ['right'] },
        { op: 'Constant', inputs: [], outputs: ['wide'], attributes: { value_ints: [0, 8, 3] } },
      ],
      outputs: ['j', 'k', 's1', 't', 'u'],
    }, 5);
  });
});

describe('FloatNetwork', () => {
  it.skipIf(!hasData)('gives the same bits in any batch, and in both variants', () => {
    for (const name of ['mnist/cnn-bn-gap', 'mlperf-tiny/kws-dscnn-float', 'cifar10/mlperf-tiny-resnet8-qdq']) {
      const reference = REFERENCES.find((candidate) => candidate.name === name)!;
      const graph = reference.graph();
      const wanted = graph.nodes.slice(-4).flatMap((node) => node.outputs);
      const count = 8;
      const input = reference.input().subarray(0, count * elements(graph.tensors[graph.inputs[0]!]!.shape));
      const [first, ...others] = [makeNetwork(graph, 1), makeNetwork(graph, 7), makeNetwork(graph, 64), makeNetwork(graph, 3, 'scalar')]
        .map((net) => net.run(input, count, wanted));
      for (const other of others) for (const id of wanted) expect(other.get(id)).toEqual(first!.get(id));
    }
  });

  it('refuses input of another size, and an arena that is too small', () => {
    const graph = readOnnx(modelBytes({ nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }] }), { file: 'test.onnx' });
    expect(() => network(graph, 1).run(new Float32Array(5), 1, graph.outputs)).toThrow(TrestleError);
    expect(() => network(graph, 0)).toThrow(/T503/);
  });

  it('gives the input itself and renamed tensors', () => {
    const graph = readOnnx(modelBytes({
      nodes: [{ op: 'Flatten', inputs: ['x'], outputs: ['f'] }, { op: 'Relu', inputs: ['f'], outputs: ['y'] }],
    }), { file: 'test.onnx' });
    const values = network(graph, 2).run(Float32Array.of(-1, 2, -3, 4, 5, 6, 7, -8), 2, [0, 1, 2]);
    expect(values.get(1)).toEqual(Float32Array.of(-1, 2, -3, 4, 5, 6, 7, -8));
    expect(values.get(0)).toEqual(values.get(1));
    expect(values.get(2)).toEqual(Float32Array.of(0, 2, 0, 4, 5, 6, 7, 0));
  });

  it('lets readers of a tensor read given values, and still gives its own', () => {
    const graph = readOnnx(modelBytes({
      nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['n'] }, { op: 'Relu', inputs: ['n'], outputs: ['y'] }],
    }), { file: 'test.onnx' });
    const [n, y] = [graph.nodes[0]!.outputs[0]!, graph.nodes[1]!.outputs[0]!];
    const x = Float32Array.of(-1, 2, -3, 4, 5, 6, 7, -8);
    const given = new Map([[n, Float32Array.of(9, -9, 9, -9, 1, 2, 3, 4)]]);
    // An arena of one sample: each part of the batch gets its own part of what is given.
    for (const samples of [1, 2]) {
      const values = network(graph, samples).run(x, 2, [n, y], given);
      expect(values.get(n)).toEqual(x.map((v) => Math.max(v, 0)));
      expect(values.get(y)).toEqual(Float32Array.of(9, 0, 9, 0, 1, 2, 3, 4));
    }
  });
});
