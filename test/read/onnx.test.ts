/** Reading ONNX files: every element type, what is folded, what is refused and how. */
import { describe, expect, it } from 'vitest';
import { TrestleError } from '../../src/diagnostics.js';
import { printGraph } from '../../src/graph/print.js';
import type { DataType, Graph } from '../../src/graph/types.js';
import { encodeModel, type Part, type TensorProto } from '../../src/read/onnx-schema.js';
import { readOnnx, type OnnxOptions } from '../../src/read/onnx.js';
import { floats, integers, model, modelBytes, raw, typeNumber, type ModelParts } from './models.js';

function read(parts: ModelParts, options: Partial<OnnxOptions> = {}): Graph {
  return readOnnx(modelBytes(parts), { file: 'm.onnx', ...options });
}

/** `code place` of every diagnostic. */
function findings(parts: ModelParts, options: Partial<OnnxOptions> = {}): string[] {
  try {
    read(parts, options);
  } catch (error) {
    if (!(error instanceof TrestleError)) throw error;
    return error.diagnostics.map(({ code, place }) => `${code} ${place}`);
  }
  return [];
}

const relu = { op: 'Relu', inputs: ['x'], outputs: ['y'] };

describe('element types', () => {
  /** A constant that is cast to float32 and added, so that the graph holds its values. */
  function values(tensor: Part<TensorProto>): number[] {
    const graph = read({
      input: ['N', Number(tensor.dims![0])],
      constants: { c: tensor },
      nodes: [{ op: 'Cast', inputs: ['c'], outputs: ['f'], attributes: { to: 1 } }, { op: 'Add', inputs: ['x', 'f'], outputs: ['y'] }],
    });
    return Array.from(graph.tensors.find(({ name }) => name === 'f')!.data!);
  }

  it.each([
    ['float32', Float32Array.of(1.5, -2), [1.5, -2]], ['float64', Float64Array.of(1.5, -2), [1.5, -2]], ['int8', Int8Array.of(-128, 127), [-128, 127]],
    ['uint8', Uint8Array.of(0, 255), [0, 255]], ['int16', Int16Array.of(-300, 300), [-300, 300]], ['uint16', Uint16Array.of(1, 65535), [1, 65535]],
    ['int32', Int32Array.of(-70000, 7), [-70000, 7]], ['uint32', Uint32Array.of(5, 4e9), [5, 4e9]],
    ['int64', BigInt64Array.of(-5n, 2n ** 40n), [-5, 2 ** 40]], ['float16', Uint16Array.of(0x3e00, 0xc000), [1.5, -2]], ['bool', Uint8Array.of(0, 1), [0, 1]],
  ] as const)('%s in raw bytes', (type, data, expected) => {
    expect(values(raw(type as DataType, [2], data as never))).toEqual([...expected]);
  });

  it.each([
    ['float16', { int32Data: [0x0001, 0xfbff] }, [2 ** -24, -65504]], ['bool', { int32Data: [0, 5] }, [0, 1]], ['int8', { int32Data: [-3, 4] }, [-3, 4]],
    ['uint64', { uint64Data: [3n, 4n] }, [3, 4]], ['uint32', { uint64Data: [3n, 4n] }, [3, 4]], ['float64', { doubleData: [0.5, 2] }, [0.5, 2]],
    ['int64', { int64Data: [-3n, 4n] }, [-3, 4]],
  ] as const)('%s in a typed field', (type, data, expected) => {
    expect(values({ dims: [2n], dataType: typeNumber(type), ...(data as unknown as Part<TensorProto>) })).toEqual([...expected]);
  });

  it.each([
    ['too few bytes', { dims: [3n], dataType: 1, rawData: new Uint8Array(8) }], ['too many values', { dims: [1n], dataType: 1, floatData: [1, 2] }],
    ['no data', { dims: [4n], dataType: 1 }], ['a giant', { dims: [2n ** 40n, 2n ** 20n], dataType: 1, floatData: [1] }],
    ['a negative size', { dims: [-1n], dataType: 1, floatData: [1] }], ['the wrong field', { dims: [1n], dataType: 1, int32Data: [1] }],
  ] as const)('%s is T105', (_, tensor) => {
    expect(findings({ constants: { c: tensor as unknown as Part<TensorProto> }, nodes: [relu] })).toEqual(['T105 m.onnx: tensor "c"']);
  });

  it('strings are T103', () => {
    expect(findings({ constants: { c: { dims: [1n], dataType: 8, stringData: [new Uint8Array(1)] } }, nodes: [relu] })).toEqual(['T103 m.onnx: tensor "c"']);
  });
});

describe('external data', () => {
  const external = (location: string, extra: { key: string; value: string }[] = []): ModelParts => ({
    constants: { c: { dims: [4n], dataType: 1, dataLocation: 1, externalData: [{ key: 'location', value: location }, ...extra] } },
    nodes: [{ op: 'Add', inputs: ['x', 'c'], outputs: ['y'] }],
  });

  it('is asked for by offset and length', () => {
    const asked: unknown[] = [];
    const graph = read(external('w/a.bin', [{ key: 'offset', value: '32' }, { key: 'length', value: '16' }]), {
      external: (...args) => {
        asked.push(args);
        return new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
      },
    });
    expect(asked).toEqual([['w/a.bin', 32, 16]]);
    expect(graph.tensors[1]!.data).toEqual(Float32Array.of(1, 2, 3, 4));
  });

  it.each(['/etc/passwd', '../a', 'a/../../b', 'C:\\x', '..\\x', '', 'a\0b'])('"%s" is refused before anybody is asked', (location) => {
    let asked = false;
    const callback = () => {
      asked = true;
      return new Uint8Array(16);
    };
    expect(findings(external(location), { external: callback })).toEqual(['T106 m.onnx: tensor "c"']);
    expect(asked).toBe(false);
  });

  it('is refused without a callback, with a short answer, and where it cannot be read', () => {
    expect(findings(external('a'))).toEqual(['T106 m.onnx: tensor "c"']);
    expect(findings(external('a'), { external: () => new Uint8Array(3) })).toEqual(['T105 m.onnx: tensor "c"']);
    expect(findings(external('a'), { external: () => { throw new RangeError('gone'); } })).toEqual(['T106 m.onnx: tensor "c"']);
    expect(findings(external('a', [{ key: 'length', value: '17' }]), { external: () => new Uint8Array(17) })).toEqual(['T105 m.onnx: tensor "c"']);
    for (const value of ['15', '17']) {
      expect(findings(external('a', [{ key: 'length', value }]), { external: () => new Uint8Array(16) })).toEqual(['T105 m.onnx: tensor "c"']);
    }
    expect(findings(external('a', [{ key: 'offset', value: '-1' }]), { external: () => new Uint8Array(16) })).toEqual(['T106 m.onnx: tensor "c"']);
  });
});

describe('structure', () => {
  it('orders nodes, folds constants, drops what no output needs', () => {
    const graph = read({
      input: [1, 2, 2],
      constants: { w: floats([4, 1], [1, 2, 3, 4]), half: floats([], [0.5]) },
      nodes: [
        { op: 'Gemm', inputs: ['f', 'w2'], outputs: ['y'], name: 'dense' },
        { op: 'Mul', inputs: ['w', 'half'], outputs: ['w2'] },
        { op: 'Reshape', inputs: ['x', 'to'], outputs: ['f'] },
        { op: 'Constant', inputs: [], outputs: ['to'], attributes: { value_ints: [-1, 4] } },
        { op: 'Tanh', inputs: ['f'], outputs: ['unused'] },
      ],
      outputs: ['y'],
    });
    expect(printGraph(graph)).toBe(`graph test (opset 13)
input x: float32[1, 2, 2]
f: float32[1, 4] = Reshape(x, to: int64[2] = (-1, 4))
y: float32[1, 1] = Gemm(f, w2: float32[4, 1] = (0.5, 1, 1.5, 2))  # dense
output y
`);
  });

  it('reports every unsupported node at once', () => {
    expect(findings({
      nodes: [
        { op: 'NonZero', inputs: ['x'], outputs: ['a'] },
        { op: 'Relu', inputs: ['a'], outputs: ['b'] },
        { op: 'Einsum', inputs: ['b'], outputs: ['c'], name: 'einsum_1' },
        { op: 'Relu', inputs: ['x'], outputs: ['d'], attributes: { odd: 1 } },
        { op: 'Fused', inputs: ['x'], outputs: ['e'], domain: 'com.example' },
        { op: 'Concat', inputs: ['x', 'x'], outputs: ['f'], attributes: { axis: 0 } },
      ],
    })).toEqual(['T102 a (NonZero)', 'T102 einsum_1 (Einsum)', 'T103 d (Relu)', 'T102 e (com.example.Fused)', 'T103 f (Concat)']);
  });

  it('goes on past malformed tensors', () => {
    expect(findings({
      constants: { c: { dims: [4n], dataType: 1 } },
      nodes: [
        { op: 'Add', inputs: ['x', 'c'], outputs: ['a'] },
        { op: 'Constant', inputs: [], outputs: ['b'], attributes: { value: { type: 'int8', shape: [2], data: new Int8Array(1) } } },
        { op: 'Mul', inputs: ['a', 'b'], outputs: ['d'] },
        { op: 'Einsum', inputs: ['d'], outputs: ['e'] },
      ],
    })).toEqual(['T105 m.onnx: tensor "c"', 'T105 b (Constant): attribute "value"', 'T102 e (Einsum)']);
  });

  it('weights must be finite, bounds of a clip may be infinite', () => {
    const of = (op: string, v: number): string[] => findings({ constants: { c: floats([], [v]) }, nodes: [{ op, inputs: ['x', 'c'], outputs: ['y'] }] });
    expect([Infinity, -Infinity, NaN].map((v) => of('Mul', v))).toEqual([0, 1, 2].map(() => ['T105 m.onnx: tensor "c"']));
    expect([of('Clip', -Infinity), of('Clip', NaN)]).toEqual([[], ['T105 m.onnx: tensor "c"']]);
  });

  it.each([
    ['a cycle', [{ op: 'Add', inputs: ['x', 'b'], outputs: ['a'] }, { op: 'Relu', inputs: ['a'], outputs: ['b'] }], 'T101 m.onnx'],
    ['a name used twice', [relu, { ...relu, op: 'Tanh' }], 'T101 m.onnx'],
    ['an operand that nobody makes', [{ op: 'Relu', inputs: ['q'], outputs: ['y'] }], 'T101 y (Relu)'],
    ['an output of constants', [{ op: 'Constant', inputs: [], outputs: ['y'], attributes: { value_int: 1 } }], 'T101 m.onnx'],
  ] as const)('%s is T101', (_, nodes, finding) => {
    expect(findings({ nodes })).toEqual([finding]);
  });

  it('an output that is not defined, no output, no graph, no model', () => {
    expect(findings({ nodes: [relu], outputs: ['nowhere'] })).toEqual(['T101 m.onnx']);
    expect(findings({ nodes: [relu], outputs: [] })).toEqual(['T101 m.onnx']);
    for (const bytes of [new Uint8Array(0), encodeModel({ irVersion: 7n }), new TextEncoder().encode('not a model at all')]) {
      expect(() => readOnnx(bytes, { file: 'm.onnx' })).toThrow(TrestleError);
    }
  });

  it('operator sets before 7, or none, are T107', () => {
    expect(findings({ opset: 6, nodes: [relu] })).toEqual(['T107 m.onnx']);
    expect(() => readOnnx(encodeModel({ ...model({ nodes: [relu] }), opsetImport: [] }), { file: 'm.onnx' })).toThrow(/T107/);
    expect(findings({ opset: 7, nodes: [relu] })).toEqual([]);
  });

  it.each([
    ['a fixed batch', [8, 4], 'T104'], ['a free size', ['N', 'width'], 'T104'], ['a scalar', [], 'T104'], ['an empty dimension', ['N', 0], 'T104'],
  ] as const)('%s is refused', (_, input, code) => {
    expect(findings({ input, nodes: [relu] })).toEqual([`${code} m.onnx: input "x"`]);
  });

  it('one input only; initialisers among the inputs are none', () => {
    const two = model({ nodes: [relu], constants: { c: floats([1], [1]) } });
    const info = (name: string) => ({ ...two.graph!.input![0], name });
    const bytes = (names: string[]) => encodeModel({ ...two, graph: { ...two.graph, input: names.map(info) } });
    expect(readOnnx(bytes(['c', 'x']), { file: 'm.onnx' }).inputs).toHaveLength(1);
    expect(() => readOnnx(bytes(['x', 'z']), { file: 'm.onnx' })).toThrow(/T103.*2 inputs \(x, z\)/);
  });
});

describe('samples stay apart', () => {
  const constants = {
    to: integers([4, -1]), axes: integers([0]), from: integers([0]), end: integers([1]), pads: integers([1, 0, 0, 0]),
    square: floats([4, 4], new Array(16).fill(1)), tall: floats([3, 1], [1, 2, 3]), high: floats([1, 1, 4], [1, 2, 3, 4]),
    parts: integers([1]), all: integers([2 ** 40]), unit: floats([1, 1], [2]), more: floats([1, 4], [1, 2, 3, 4]),
  };
  it.each([
    ['Reshape', ['x', 'to'], {}], ['Transpose', ['x'], {}], ['Concat', ['x', 'x'], { axis: 0 }], ['Concat', ['x', 'x'], { axis: -2 }],
    ['ReduceMean', ['x'], {}], ['ReduceMean', ['x'], { axes: [0] }], ['Softmax', ['x'], { axis: 0 }], ['ArgMax', ['x'], {}],
    ['Flatten', ['x'], { axis: 0 }], ['Squeeze', ['x'], {}], ['Squeeze', ['x', 'axes'], {}], ['Unsqueeze', ['x', 'axes'], {}],
    ['Pad', ['x', 'pads'], {}], ['MatMul', ['square', 'x2'], {}], ['MatMul', ['x', 'x2'], {}], ['Add', ['x', 'tall'], {}],
    ['Add', ['x', 'high'], {}], ['Gemm', ['x', 'square'], { transA: 1 }], ['Gather', ['x', 'from'], {}], ['Split', ['x', 'parts'], {}],
    ['Slice', ['x', 'end', 'all', 'axes'], {}], ['MatMul', ['unit', 'x'], {}], ['Concat', ['x', 'more'], { axis: 1 }],
  ] as const)('%s of %j with %j is T103 or T104', (op, inputs, attributes) => {
    const nodes = [{ op: 'Transpose', inputs: ['x'], outputs: ['x2'], attributes: { perm: [0, 1] } }, { op, inputs, outputs: ['y'], attributes }];
    expect(findings({ constants, nodes, outputs: ['y'] })[0]).toMatch(/^T10[34] y/);
  });

  it.each([
    ['Slice', ['x', 'from', 'all', 'axes'], {}], ['Slice', ['x', 'from', 'end', 'axes'], {}], ['Softmax', ['x'], {}], ['Flatten', ['x'], { axis: -1 }],
    ['Concat', ['x', 'x'], { axis: 1 }], ['ReduceMean', ['x'], { axes: [-1] }], ['MatMul', ['x', 'square'], {}],
  ] as const)('%s of %j with %j is not', (op, inputs, attributes) => {
    expect(findings({ constants, nodes: [{ op, inputs, outputs: ['y'], attributes }] })).toEqual([]);
  });
});
