import { describe, expect, it } from 'vitest';
import type { HostOp } from '../src/cores/types.js';
import { applyHostOps } from '../src/host.js';

const op = (kind: HostOp['op'], attributes: Record<string, number>): HostOp => ({ name: kind, op: kind, attributes });
const values = (shape: number[], ...data: number[]) => ({ shape, data: Float64Array.from(data) });
const softmaxOf = (...x: number[]): number[] => {
  const e = x.map((v) => Math.exp(v - Math.max(...x)));
  return e.map((v) => v / e.reduce((a, b) => a + b, 0));
};

describe('functions on the host', () => {
  it('none: the values', () => {
    expect(applyHostOps([], values([1, 2], 3, 4))).toEqual(values([1, 2], 3, 4));
  });

  it('softmax along an axis, or over all dimensions from it on', () => {
    const x = values([1, 2, 2], 0, 1, 2, 3);
    const near = (result: { data: Float64Array }, wanted: number[]) => result.data.forEach((v, i) => expect(v).toBeCloseTo(wanted[i]!, 12));
    near(applyHostOps([op('Softmax', { axis: -1, flatten: 0 })], x), [...softmaxOf(0, 1), ...softmaxOf(2, 3)]);
    near(applyHostOps([op('Softmax', { axis: 1, flatten: 1 })], x), softmaxOf(0, 1, 2, 3));
  });

  it('the largest, with and without its dimension, the first or the last of equals', () => {
    const x = values([2, 3], 1, 5, 5, 7, 0, 2);
    expect(applyHostOps([op('ArgMax', { axis: 1, keepdims: 0, lastIndex: 0 })], x)).toEqual(values([2], 1, 0));
    expect(applyHostOps([op('ArgMax', { axis: -1, keepdims: 1, lastIndex: 1 })], x)).toEqual(values([2, 1], 2, 0));
  });

  it('one after the other', () => {
    const chain = [op('Softmax', { axis: 1, flatten: 0 }), op('ArgMax', { axis: 1, keepdims: 0, lastIndex: 0 })];
    expect(applyHostOps(chain, values([1, 3], 0, 9, 1))).toEqual(values([1], 1));
    expect(applyHostOps([op('Sigmoid', {})], values([1, 1], 0)).data[0]).toBe(0.5);
  });
});
