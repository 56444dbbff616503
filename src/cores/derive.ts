/** Codes of signals that wiring makes: they follow from the codes of what is wired. */
import { fail } from '../diagnostics.js';
import { stepOf, zeroOf } from './scales.js';
import type { Code, PermuteOp, Signal, WireOp } from './types.js';

/**
 * Code of a wired map: each channel has the step and zero of the channels laid into it. Channels that nothing covers hold 0 in any code; theirs is
 * that of a covered one, so that weights on them do not reach further than the others.
 */
export function wiredCode(op: WireOp, signals: readonly Signal[]): Code | null {
  const output = signals[op.output];
  const first = signals[op.pieces[0].signal].code;
  if (first === null) return null;
  const step: (number | undefined)[] = new Array<undefined>(output.shape[2]).fill(undefined);
  const zero: (number | undefined)[] = new Array<undefined>(output.shape[2]).fill(undefined);
  for (const piece of op.pieces) {
    const code = signals[piece.signal].code;
    if (code === null) throw new Error(`signal ${signals[piece.signal].name} has no code`);
    for (let i = 0; i < piece.size[2]; i++) {
      const from = piece.from[2] + i * piece.step[2];
      const to = piece.to[2] + i;
      place(op.name, step, to, stepOf(code, from));
      place(op.name, zero, to, zeroOf(code, from));
    }
  }
  const known = Math.max(0, step.findIndex((s) => s !== undefined));
  return compact({ lo: first.lo, hi: first.hi, step: step.map((s) => s ?? step[known] ?? 1), zero: zero.map((z) => z ?? zero[known] ?? first.lo) });
}

function place(name: string, into: (number | undefined)[], channel: number, value: number): void {
  if (into[channel] !== undefined && into[channel] !== value) {
    fail('T400', name, `signals of different scales meet in channel ${channel} of one map`);
  }
  into[channel] = value;
}

/** Code of a reordered map; refused where elements of different scales would meet in one channel. */
export function permutedCode(op: PermuteOp, signals: readonly Signal[]): Code | null {
  const source = signals[op.signal];
  const { code } = source;
  if (code === null || (code.step.length === 1 && code.zero.length === 1)) return code;
  const channels = signals[op.output].shape[2];
  const step: (number | undefined)[] = new Array<undefined>(channels).fill(undefined);
  const zero: (number | undefined)[] = new Array<undefined>(channels).fill(undefined);
  permutation(op.view, op.axes).forEach((from, to) => {
    place(op.name, step, to % channels, stepOf(code, from % source.shape[2]));
    place(op.name, zero, to % channels, zeroOf(code, from % source.shape[2]));
  });
  return compact({ ...code, step: step.map((s) => s ?? 1), zero: zero.map((z) => z ?? code.lo) });
}

/** output[i] = input[permutation[i]] for a row-major array of shape `view` transposed by `axes`. */
export function permutation(view: readonly number[], axes: readonly number[]): Int32Array {
  const strides = view.map((_, d) => view.slice(d + 1).reduce((a, b) => a * b, 1));
  const shape = axes.map((a) => view[a]);
  const steps = axes.map((a) => strides[a]);
  const result = new Int32Array(view.reduce((a, b) => a * b, 1));
  const index = new Array<number>(shape.length).fill(0);
  let at = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = at;
    for (let d = shape.length - 1; d >= 0; d--) {
      index[d]++;
      at += steps[d];
      if (index[d] < shape[d]) break;
      at -= index[d] * steps[d];
      index[d] = 0;
    }
  }
  return result;
}

/** One entry where all channels agree. */
export function compact(code: Code): Code {
  const one = (v: readonly number[]): readonly number[] => (v.every((x) => x === v[0]) ? [v[0]] : v);
  return { ...code, step: one(code.step), zero: one(code.zero) };
}
