/** Sums that signals are judged by. */
import { channelOfCopy } from '../cores/copies.js';
import { stepOf, zeroOf } from '../cores/scales.js';
import type { Codes, Signal } from '../cores/types.js';
import { decodeSignal } from './edges.js';
import type { Comparison } from './tasks.js';

export const NO_VALUES: Comparison = { signal: 0, error: 0, saturated: 0, values: 0 };

export function plus(a: Comparison, b: Comparison): Comparison {
  return { signal: a.signal + b.signal, error: a.error + b.error, saturated: a.saturated + b.saturated, values: a.values + b.values };
}

/** Values beside golden ones, in the same order. */
export function compareValues(values: ArrayLike<number>, golden: ArrayLike<number>): Comparison {
  let signal = 0;
  let error = 0;
  for (let i = 0; i < values.length; i++) {
    const g = golden[i];
    const e = values[i] - g;
    signal += g * g;
    error += e * e;
  }
  return { signal, error, saturated: 0, values: values.length };
}

/** Codes of a signal beside golden values [batch x channels x height x width]. */
export function compareCodes(codes: Codes, signal: Signal, golden: Float32Array, batch: number): Comparison {
  return { ...compareValues(decodeSignal(codes, signal, batch), golden), saturated: saturated(codes, signal, golden, batch) };
}

/** Codes at the top or bottom of their range whose golden value lies beyond it; of copies, the first counts, and of segments that at the end. */
export function saturated(codes: Codes, signal: Signal, golden: Float32Array, batch: number): number {
  const { code, shape, copies, segments = 1 } = signal;
  if (code === null) return 0;
  const channels = shape[2] / copies;
  const plane = shape[0] * shape[1];
  let count = 0;
  for (let c = 0; c < channels; c++) {
    const first = channelOfCopy(signal, c, 0);
    const last = segments > 1 ? channelOfCopy(signal, c, copies - 1) : first;
    const step = stepOf(code, first);
    const top = (code.hi - zeroOf(code, first)) * step;
    const bottom = (code.lo - zeroOf(code, first)) * step;
    for (let n = 0; n < batch; n++) {
      for (let p = 0; p < plane; p++) {
        const at = (n * plane + p) * shape[2];
        const g = golden[(n * channels + c) * plane + p];
        if ((codes[at + last] === code.hi && g > top) || (codes[at + first] === code.lo && g < bottom)) count++;
      }
    }
  }
  return count;
}

/** Squared error of values that lie beyond the ends of their codes, where they are clipped by a whole step or more. */
export function errorBeyond(codes: Codes, signal: Signal, golden: Float32Array, batch: number): number {
  if (signal.code === null) return 0;
  const decoded = decodeSignal(codes, signal, batch);
  const [, , wide] = signal.shape;
  const channels = wide / signal.copies;
  const plane = decoded.length / batch / channels;
  let error = 0;
  for (let i = 0; i < decoded.length; i++) {
    const e = decoded[i] - golden[i];
    if (Math.abs(e) >= stepOf(signal.code, Math.floor(i / plane) % channels)) error += e * e;
  }
  return error;
}
