/** Operators in the forms that the ONNX node tests leave out: older operator sets, refusals. */
import { describe, expect, it } from 'vitest';
import { evaluateNode } from '../../src/graph/infer.js';
import { Refusal } from '../../src/graph/operator.js';
import { exp, log, pow, sigmoid, tanh } from '../../src/graph/ops/exponential.js';
import { roundHalfEven, roundToHalf } from '../../src/graph/data-types.js';
import type { AttributeValue, ConstantTensor } from '../../src/graph/types.js';

function tensor(shape: readonly number[], values: readonly number[]): ConstantTensor {
  return { type: 'float32', shape, data: Float32Array.from(values) };
}

function ints(values: readonly number[]): ConstantTensor {
  return { type: 'int64', shape: [values.length], data: Float64Array.from(values) };
}

function run(op: string, opset: number, inputs: (ConstantTensor | null)[], attributes: Record<string, AttributeValue> = {}, outputs = 1) {
  return evaluateNode(op, attributes, inputs, opset, outputs).map(({ shape, data }) => ({ shape: [...shape], data: Array.from(data) }));
}

const six = tensor([2, 3], [1, 2, 3, 4, 5, 6]);

describe('older operator sets', () => {
  it.each([
    ['Squeeze', 11, [tensor([1, 2, 1], [1, 2])], { axes: [-1] }, [1, 2], [1, 2]],
    ['Squeeze', 11, [tensor([1, 2, 1], [1, 2])], {}, [2], [1, 2]],
    ['Unsqueeze', 11, [tensor([2], [1, 2])], { axes: [0, 2] }, [1, 2, 1], [1, 2]],
    ['Slice', 9, [six], { starts: [1], ends: [9], axes: [1] }, [2, 2], [2, 3, 5, 6]],
    ['Pad', 10, [six], { pads: [0, 1, 0, -1], value: 9 }, [2, 3], [9, 1, 2, 9, 4, 5]],
    ['Pad', 13, [six, ints([0, -1, 0, 0])], {}, [2, 2], [2, 3, 5, 6]],
    ['Clip', 10, [six], { min: 2, max: 4.5 }, [2, 3], [2, 2, 3, 4, 4.5, 4.5]],
    ['Clip', 13, [six, null, tensor([], [3])], {}, [2, 3], [1, 2, 3, 3, 3, 3]],
    ['ReduceMean', 13, [six], { axes: [-2], keepdims: 0 }, [3], [2.5, 3.5, 4.5]],
    ['ReduceMean', 18, [six, ints([])], { noop_with_empty_axes: 1 }, [2, 3], [1, 2, 3, 4, 5, 6]],
    ['Dropout', 7, [six], { ratio: 0.9 }, [2, 3], [1, 2, 3, 4, 5, 6]],
    ['BatchNormalization', 7, [six, ...[[2, 2, 2], [1, 1, 1], [1, 2, 3], [4, 4, 4]].map((v) => tensor([3], v))], { epsilon: 0, spatial: 1 },
      [2, 3], [1, 1, 1, 4, 4, 4]],
    ['Gemm', 7, [six, tensor([3, 1], [1, 1, 1]), tensor([1], [10])], { alpha: 2, beta: 0.5 }, [2, 1], [17, 35]],
    ['Upper', 7, [], {}, [], []],
  ] as const)('%s, operator set %i', (op, opset, inputs, attributes, shape, data) => {
    const evaluate = () => run(op, opset, [...inputs], attributes as Record<string, AttributeValue>);
    if (op === 'Upper') expect(evaluate).toThrow(Refusal);
    else expect(evaluate()).toEqual([{ shape: [...shape], data: [...data] }]);
  });

  it('Split by attribute, and unevenly by count', () => {
    expect(run('Split', 11, [six], { axis: 1, split: [1, 2] }, 2)).toEqual([{ shape: [2, 1], data: [1, 4] }, { shape: [2, 2], data: [2, 3, 5, 6] }]);
    expect(run('Split', 18, [six], { axis: 1, num_outputs: 2 }, 2).map(({ shape }) => shape)).toEqual([[2, 2], [2, 1]]);
    expect(() => run('Split', 13, [six], { axis: 1 }, 2)).toThrow(Refusal);
  });

  it('Softmax flattened to a matrix before 13, along one axis from then on', () => {
    const x = tensor([1, 2, 2], [0, 0, 0, 0]);
    expect(run('Softmax', 12, [x])[0]!.data).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect(run('Softmax', 13, [x])[0]!.data).toEqual([0.5, 0.5, 0.5, 0.5]);
    expect(run('Softmax', 13, [tensor([2, 2], [0, 700, 0, -700])], { axis: 0 })[0]!.data).toEqual([0.5, 1, 0.5, 0]);
  });

  it('Pad repeats edges, mirrors, wraps', () => {
    const x = tensor([3], [1, 2, 3]);
    const padded = (mode: string) => run('Pad', 19, [x, ints([2, 3])], { mode })[0]!.data;
    expect(padded('edge')).toEqual([1, 1, 1, 2, 3, 3, 3, 3]);
    expect(padded('reflect')).toEqual([3, 2, 1, 2, 3, 2, 1, 2]);
    expect(padded('wrap')).toEqual([2, 3, 1, 2, 3, 1, 2, 3]);
  });

  it('Relu and Constant', () => {
    expect(run('Relu', 13, [tensor([4], [-1, 0, 2, NaN])])[0]!.data).toEqual([0, 0, 2, NaN]);
    expect(run('Constant', 13, [], { value_floats: [1, 2] })).toEqual([{ shape: [2], data: [1, 2] }]);
    expect(run('Constant', 13, [], { value_int: 7 })).toEqual([{ shape: [], data: [7] }]);
  });

  it('QuantizeLinear: uint16, per channel, ties to even', () => {
    const codes = evaluateNode('QuantizeLinear', { axis: 0 }, [
      tensor([2, 3], [0.5, 1.5, 2.5, 1, -1, 1e9]), tensor([2], [1, 0.5]), { type: 'uint16', shape: [2], data: Uint16Array.of(0, 10) },
    ], 21);
    expect(codes).toEqual([{ type: 'uint16', shape: [2, 3], data: Uint16Array.of(0, 2, 2, 12, 8, 65535) }]);
  });
});

describe('edges', () => {
  it('AveragePool counts declared padding if told to, but never what lies beyond it', () => {
    const x = tensor([1, 1, 4], [1, 2, 3, 4]);
    const average = (pads: number[], include: number) =>
      run('AveragePool', 19, [x], { kernel_shape: [3], strides: [2], ceil_mode: 1, pads, count_include_pad: include })[0]!.data;
    expect(average([0, 0], 1)).toEqual([2, 3.5]);
    expect(average([0, 1], 1)).toEqual([2, Math.fround(7 / 3)]);
    expect(average([0, 1], 0)).toEqual([2, 3.5]);
    expect(average([1, 0], 1)).toEqual([1, 3]);
  });

  it('Slice backwards to the first cell, and from beyond the last', () => {
    const five = tensor([5], [1, 2, 3, 4, 5]);
    const slice = (start: number, end: number, step: number) => run('Slice', 13, [five, ints([start]), ints([end]), ints([0]), ints([step])])[0]!.data;
    expect(slice(-1, -100, -2)).toEqual([5, 3, 1]);
    expect(slice(100, -100, -2)).toEqual([5, 3, 1]);
    expect(slice(-100, -1000, -1)).toEqual([1]);
    expect(slice(3, 0, -1)).toEqual([4, 3, 2]);
    expect(slice(1, 100, 3)).toEqual([2, 5]);
    expect(slice(4, 2, 1)).toEqual([]);
  });

  it('integers: division truncates and never traps, casts truncate', () => {
    const typed = (values: number[]): ConstantTensor => ({ type: 'int32', shape: [values.length], data: Int32Array.from(values) });
    expect(run('Div', 14, [typed([7, -7, 5]), typed([2, 2, 0])])[0]!.data).toEqual([3, -3, 0]);
    expect(run('Cast', 13, [tensor([3], [2.9, -2.9, 0])], { to: 7 })[0]!.data).toEqual([2, -2, 0]);
    expect(run('Cast', 13, [tensor([3], [0.5, -2, 0])], { to: 9 })[0]!.data).toEqual([1, 1, 0]);
    expect(run('Shape', 15, [six], { start: 2, end: 1 })).toEqual([{ shape: [0], data: [] }]);
  });

  it('BatchNormalization adds epsilon to the variance', () => {
    const parameters = [4, 1, 3, 3].map((v) => tensor([1], [v]));
    expect(run('BatchNormalization', 15, [tensor([1, 1, 2], [3, 5]), ...parameters], { epsilon: 1 })[0]!.data).toEqual([1, 5]);
  });
});

describe('refusals', () => {
  it.each([
    ['an unknown attribute', 'Relu', [six], { wild: 1 }, /"wild"/],
    ['a missing operand', 'Add', [six, null], {}, /operand 1/],
    ['shapes that do not broadcast', 'Add', [six, tensor([4], [0, 0, 0, 0])], {}, /broadcast/],
    ['four spatial dimensions', 'MaxPool', [tensor([1, 1, 1, 1, 1, 1], [0])], { kernel_shape: [1, 1, 1, 1] }, /4 spatial/],
    ['a giant result', 'Pad', [tensor([1, 1], [0]), ints([0, 1e6, 1e6, 0])], {}, /\[1000001, 1000001\] has \d+ bytes/],
    ['a window that does not fit', 'MaxPool', [tensor([1, 1, 2, 2], [0, 0, 0, 0])], { kernel_shape: [3, 3] }, /does not fit/],
    ['a step of 0', 'Slice', [six, ints([0]), ints([1]), ints([0]), ints([0])], {}, /step/],
    ['a wrong type', 'Sigmoid', [ints([1])], {}, /int64/],
    ['an attribute of another type', 'LeakyRelu', [six], { alpha: 'x' }, /alpha/],
    ['an attribute that is an operand by now', 'Clip', [six], { max: 6 }, /"max" at operator set 13/],
    ['axes that are an operand by now', 'Unsqueeze', [six], { axes: [0] }, /"axes" at operator set 13/],
  ] as const)('%s', (_, op, inputs, attributes, message) => {
    expect(() => evaluateNode(op, attributes, [...inputs], 13)).toThrow(message);
    expect(() => evaluateNode(op, attributes, [...inputs], 13)).toThrow(Refusal);
  });
});

describe('exponential functions', () => {
  it('are within a few ulp of the engine', () => {
    for (let x = -740; x < 709; x += 0.37) {
      const reference = Math.exp(x);
      expect(Math.abs(exp(x) - reference)).toBeLessThanOrEqual(Math.max(reference * 1e-15, 1e-323));
    }
    for (let x = -22; x < 22; x += 0.0131) {
      expect(Math.abs(tanh(x) - Math.tanh(x))).toBeLessThanOrEqual(4e-16 * Math.max(1, Math.abs(Math.tanh(x))));
      expect(Math.abs(sigmoid(x) - 1 / (1 + Math.exp(-x)))).toBeLessThanOrEqual(4e-16);
    }
    for (const x of [1e-300, 1e-10, -1e-5, 0.169, 0.171]) expect(Math.abs(tanh(x) / Math.tanh(x) - 1)).toBeLessThan(1e-15);
    expect([exp(0), exp(1000), exp(-1000), exp(NaN), tanh(-100), tanh(0), sigmoid(-800), sigmoid(800)]).toEqual([1, Infinity, 0, NaN, -1, 0, 0, 1]);
  });
});

describe('logarithm and powers', () => {
  it('are near the engine', () => {
    for (let e = -1070; e < 1023; e += 0.61) {
      const x = 2 ** e;
      expect(Math.abs(log(x) - Math.log(x))).toBeLessThanOrEqual(1e-15 * Math.abs(Math.log(x)));
      if (e > -1000) expect(Math.abs(pow(x, -0.75) / x ** -0.75 - 1)).toBeLessThan(2e-13);
    }
    for (const x of [1 - 1e-9, 1 + 1e-9, 0.7071, 0.7072, 1.4142, 1.4143]) expect(Math.abs(log(x) / Math.log(x) - 1)).toBeLessThan(1e-14);
    expect([log(0), log(1), log(-1), log(Infinity), log(NaN)]).toEqual([-Infinity, 0, NaN, Infinity, NaN]);
    expect([pow(-2, 3), pow(2, -3), pow(9, 0.5), pow(-2, 0.5), pow(-1.5, 65), pow(0, 2), pow(3, 0)].map((v) => Math.fround(v)))
      .toEqual([-8, 0.125, 3, NaN, (-1.5) ** 65, 0, 1].map((v) => Math.fround(v)));
  });
});

describe('local response normalisation', () => {
  it('takes more channels after than before for an even size', () => {
    const [result] = run('LRN', 13, [tensor([1, 3, 1], [1, 2, 4])], { size: 2, alpha: 2, beta: 1, bias: 0 });
    expect(result!.data).toEqual([1 / 5, 2 / 20, 4 / 16].map((v) => Math.fround(v)));
  });
});

describe('rounding', () => {
  it('to integers, ties to even', () => {
    expect([0.5, 1.5, 2.5, -0.5, -1.5, 2.4999, 1e300, Infinity].map(roundHalfEven)).toEqual([0, 2, 2, 0, -2, 2, 1e300, Infinity]);
  });

  it('to half precision', () => {
    expect([1, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 65504, 65519, 65520, 2 ** -24, 2 ** -25, 3 * 2 ** -25, -0.1].map(roundToHalf))
      .toEqual([1, 1, 1 + 2 ** -9, 65504, 65504, Infinity, 2 ** -24, 0, 2 ** -23, -0.0999755859375]);
  });
});
