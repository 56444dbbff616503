/** Scales of a tile's rows and columns, from the codes of the signals it joins. */
import type { TileScales } from './realise.js';
import type { Code, Destination, Gather, Signal } from './types.js';

/** Step of channel c of a code. */
export function stepOf(code: Code, channel: number): number {
  return code.step[code.step.length === 1 ? 0 : channel];
}

/** Zero of channel c of a code. */
export function zeroOf(code: Code, channel: number): number {
  return code.zero[code.zero.length === 1 ? 0 : channel];
}

/**
 * Step and zero of the sum that gives a channel of a signal: those of its code, but of segments. Segment k of g of a value v in codes lo..hi is
 * lo + clamp(g * (v - lo) - k * (hi - lo), 0, hi - lo): the mean of all is v on a grid g times finer, and each value lies in one segment alone, so that only
 * one of them loses anything of it.
 */
export function sumScale(code: Code, signal: Copied, channel: number): { readonly step: number; readonly zero: number } {
  const { lo, hi } = code;
  const { segments = 1 } = signal;
  const zero = zeroOf(code, channel);
  return { step: stepOf(code, channel) / segments, zero: lo + segments * (zero - lo) - segmentOf(signal, channel) * (hi - lo) };
}

type Copied = Pick<Signal, 'copies' | 'segments'>;

/** The segment that a signal's channel gives, from 0. */
export function segmentOf({ copies, segments = 1 }: Copied, channel: number): number {
  return Math.floor((channel % copies) / (copies / segments));
}

function codeOf(signals: readonly Signal[], id: number): Code {
  const code = signals[id].code;
  if (code === null) throw new Error(`signal ${signals[id].name} has no code`);
  return code;
}

/** Number of rows that gathers give. */
export function gatheredRows(gathers: readonly Gather[]): number {
  return gathers.reduce((n, g) => n + g.kernel[0] * g.kernel[1] * (g.channels[1] - g.channels[0]), 0);
}

/** What a gather reads outside its map, one code a channel: its `fill`, else the signal's zeros; 0 on chips without codes. */
export function fillCodes(gather: Gather, signals: readonly Signal[]): number[] {
  const [from, to] = gather.channels;
  const { code } = signals[gather.signal];
  return Array.from({ length: to - from }, (_, i) => gather.fill ?? (code === null ? 0 : zeroOf(code, from + i)));
}

/** Steps and zeros of all rows and columns of a tile; without output, steps of 1 and zeros of 0. */
export function tileScales(gathers: readonly Gather[], columns: number, output: Destination | null, signals: readonly Signal[]): TileScales {
  const rows = gatheredRows(gathers);
  const scales = {
    rowStep: new Float64Array(rows), rowZero: new Float64Array(rows),
    columnStep: new Float64Array(columns).fill(1), columnZero: new Float64Array(columns),
  };
  let row = 0;
  for (const gather of gathers) {
    const code = codeOf(signals, gather.signal);
    for (let tap = 0; tap < gather.kernel[0] * gather.kernel[1]; tap++) {
      for (let c = gather.channels[0]; c < gather.channels[1]; c++, row++) {
        scales.rowStep[row] = stepOf(code, c);
        scales.rowZero[row] = zeroOf(code, c);
      }
    }
  }
  if (output === null) return scales;
  fillColumns(scales, codeOf(signals, output.signal), signals[output.signal], output.channel);
  return scales;
}

/** Writes the steps and zeros of a tile's columns: those of sums in `code` that give a signal's channels from `channel` on. */
export function fillColumns({ columnStep, columnZero }: TileScales, code: Code, signal: Signal, channel: number): void {
  for (let j = 0; j < columnStep.length; j++) {
    const { step, zero } = sumScale(code, signal, channel + j);
    columnStep[j] = step;
    columnZero[j] = zero;
  }
}
