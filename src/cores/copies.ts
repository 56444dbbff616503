/**
 * Copies of a signal: m codes for each value, whose mean is m times finer. A value v in codes is given as floor(v + (k + 1/2) / m), k = 0..m-1: the sum
 * of these is m * v rounded to nearest, exactly. The same identity shares an integer weight among rows that read one value.
 */
import { stepOf, zeroOf } from './scales.js';
import type { Code, Signal } from './types.js';

type Copied = Pick<Signal, 'copies'>;

/** Golden channel and copy that a signal's channel holds. */
export function copyAt({ copies }: Copied, channel: number): { channel: number; copy: number } {
  return { channel: Math.floor(channel / copies), copy: channel % copies };
}

/** The signal's channel that holds copy `copy` of golden channel `channel`. */
export function channelOfCopy({ copies }: Copied, channel: number, copy: number): number {
  return channel * copies + copy;
}

/** What a signal's channel adds before the floor: copies of one segment share what it adds. */
export function offsetOf({ copies, segments = 1 }: Pick<Signal, 'copies' | 'segments'>, channel: number): number {
  const alike = copies / segments;
  return copyOffset(channel % alike, alike);
}

/** What copy `copy` of `copies` adds before the floor, 0..1: 1/2 for a single one. */
export function copyOffset(copy: number, copies: number): number {
  return (copy + 0.5) / copies;
}

/**
 * The code of an input whose values are two digits to the base `base`, high and low one in turn, for the code `wide` of the whole values: its range is
 * that of one digit. Steps are twice those of the digits, for a signal's value is the mean of its copies.
 */
export function digitCode(wide: Code, base: number, levels: number, channels: number): Code {
  const { lo } = wide;
  const zero = wide.zero[0] - lo;
  const [step] = wide.step;
  const repeat = (high: number, low: number): number[] => Array.from({ length: 2 * channels }, (_, i) => (i % 2 === 0 ? high : low));
  return { lo, hi: lo + levels - 1, step: repeat(2 * base * step, 2 * step), zero: repeat(lo + Math.floor(zero / base), lo + (zero % base)) };
}

/** The code of the whole values of channel `channel` of an input of digits to the base `base`: the inverse of `digitCode`. */
export function wholeCode(code: Code, base: number, channel: number): Code {
  const { lo, hi } = code;
  const zero = (zeroOf(code, 2 * channel) - lo) * base + zeroOf(code, 2 * channel + 1) - lo;
  return { lo, hi: lo + (hi - lo + 1) * base - 1, step: [stepOf(code, 2 * channel + 1) / 2], zero: [lo + zero] };
}

/** Each entry `copies` times, one after the other; a list of one entry stands for all channels and stays as it is. */
export function repeated(values: readonly number[], copies: number): readonly number[] {
  return values.length === 1 || copies === 1 ? values : values.flatMap((v) => new Array<number>(copies).fill(v));
}
