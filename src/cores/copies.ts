/**
 * Copies of a signal: m codes for each value, whose mean is m times finer. A value v in codes is given as floor(v + (k + 1/2) / m), k = 0..m-1: the sum
 * of these is m * v rounded to nearest, exactly. The same identity shares an integer weight among rows that read one value.
 */
import type { Signal } from './types.js';

type Copied = Pick<Signal, 'shape' | 'copies' | 'interleaved'>;

/** Golden channel and copy that a signal's channel holds. */
export function copyAt({ shape, copies, interleaved }: Copied, channel: number): { channel: number; copy: number } {
  if (interleaved === true) return { channel: Math.floor(channel / copies), copy: channel % copies };
  const channels = shape[2] / copies;
  return { channel: channel % channels, copy: Math.floor(channel / channels) };
}

/** The signal's channel that holds copy `copy` of golden channel `channel`. */
export function channelOfCopy({ shape, copies, interleaved }: Copied, channel: number, copy: number): number {
  return interleaved === true ? channel * copies + copy : copy * (shape[2] / copies) + channel;
}

/** What copy `copy` of `copies` adds before the floor, 0..1: 1/2 for a single one. */
export function copyOffset(copy: number, copies: number): number {
  return (copy + 0.5) / copies;
}

/** Each entry `copies` times, one after the other; a list of one entry stands for all channels and stays as it is. */
export function repeated(values: readonly number[], copies: number): readonly number[] {
  return values.length === 1 || copies === 1 ? values : values.flatMap((v) => new Array<number>(copies).fill(v));
}
