/** Merges of neighbouring columns become one; everything else stays. That codes stay the same is seen wherever the engine meets the reference. */
import { describe, expect, it } from 'vitest';
import type { CoreOp, Gather, Op } from '../../src/cores/types.js';
import { joinMerges } from '../../src/emulate/join-merges.js';

/** A merge of signals 0 and 1 under columns `from`..`to - 1` of signal 2; weight and preload are the column's number, and 100 more for the second term. */
function merge(from: number, to: number, over: Partial<CoreOp> = {}): CoreOp {
  const columns = to - from;
  const weights = new Int16Array(2 * columns * columns);
  for (let j = 0; j < columns; j++) {
    weights[j * columns + j] = from + j + 1;
    weights[(columns + j) * columns + j] = from + j + 101;
  }
  const gathers = [0, 1].map((signal): Gather => ({
    signal, channels: [from, to], kernel: [1, 1], stride: [1, 1], dilation: [1, 1], origin: [0, 0], fill: null,
  }));
  return {
    kind: 'core', name: `m${from}`, layer: 'l', gathers, constantRows: 0, columns, positions: [2, 3], weights,
    preload: Int32Array.from({ length: columns }, (_, j) => from + j), config: { shift: 1, clamp: [0, 255] }, table: null, function: null,
    output: { signal: 2, channel: from, origin: [0, 0] }, ...over,
  };
}

describe('merges', () => {
  it('become one where their columns follow each other', () => {
    expect(joinMerges([merge(0, 2), merge(2, 3), merge(3, 6)])).toEqual([merge(0, 6, { name: 'm0' }), null, null]);
    const offset = [merge(5, 7), merge(7, 9)].map((op) => ({ ...op, output: { ...op.output, channel: op.output.channel + 50 } }));
    expect(joinMerges(offset)).toEqual([merge(5, 9, { output: { signal: 2, channel: 55, origin: [0, 0] } }), null]);
    expect(joinMerges([merge(0, 2, { preload: null }), merge(2, 3, { preload: null })])).toEqual([merge(0, 3, { preload: null }), null]);
  });

  it('are no wider than 128 columns', () => {
    const ops = joinMerges([merge(0, 60), merge(60, 120), merge(120, 128), merge(128, 129), merge(129, 300)]);
    expect(ops.map((op) => (op === null ? null : (op as CoreOp).columns))).toEqual([128, null, null, 1, 171]);
  });

  it('are no wider than their weights, most of them 0, are worth', () => {
    const many = (from: number, to: number): CoreOp => {
      const [a] = merge(from, to).gathers;
      const gathers = Array.from({ length: 64 }, (_, signal) => ({ ...a!, signal: signal + 3 }));
      return merge(from, to, { gathers, weights: new Int16Array(64 * (to - from) ** 2) });
    };
    const ops = joinMerges([many(0, 32), many(32, 64), many(64, 65)]);
    expect(ops.map((op) => (op === null ? null : (op as CoreOp).columns))).toEqual([64, null, 1]);
  });

  it('stay apart where anything differs', () => {
    const [first, second] = [merge(0, 2), merge(2, 4)];
    const [a, b] = second.gathers as [Gather, Gather];
    const others: (Op | null)[] = [
      null, { kind: 'maximum', name: 'm', layer: 'l', gathers: second.gathers, positions: [2, 3], output: second.output },
      { ...second, config: { shift: 2, clamp: [0, 255] } }, { ...second, positions: [3, 2] }, { ...second, preload: null },
      { ...second, output: { ...second.output, signal: 3 } }, { ...second, output: { ...second.output, channel: 4 } },
      { ...second, output: { ...second.output, origin: [0, 1] } }, { ...second, table: new Int16Array(256) }, merge(4, 6),
      { ...second, gathers: [a, { ...b, signal: 3 }] }, { ...second, gathers: [a, { ...b, stride: [2, 1] }] },
      { ...second, gathers: [a, { ...b, origin: [0, 1] }] }, { ...second, gathers: [a, { ...b, channels: [3, 5] }] },
      { ...second, gathers: [a, { ...b, signal: 2 }] }, { ...second, weights: Int16Array.from(second.weights, (w, k) => (k === 1 ? 1 : w)) },
      { ...second, weights: Float32Array.from(second.weights) },
      { ...second, constantRows: 1, weights: Int16Array.of(...second.weights, 0, 0) },
      { ...second, gathers: [{ ...a, channels: [2, 3], kernel: [1, 2] }, b] },
    ];
    for (const other of others) expect(joinMerges([first, other])).toEqual([first, other]);
  });
});
