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
  const code = codeOf(signals, output.signal);
  for (let j = 0; j < columns; j++) {
    scales.columnStep[j] = stepOf(code, output.channel + j);
    scales.columnZero[j] = zeroOf(code, output.channel + j);
  }
  return scales;
}
