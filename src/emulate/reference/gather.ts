/** Rows of tiles and maxima by plain loops over the format page's rule (docs/format.md, "Gathers"). It shares nothing with the engine. */
import type { CoreOp, MaximumOp, Signal } from '../../cores/types.js';

/** Codes of a signal, [samples x height x width x channels]. */
export type CodesOf = (signal: number) => ArrayLike<number>;

/** Codes that an op's gathers give at the position (y, x) of a sample, side by side in their order; rows of constants are not among them. */
export function gatherRow(
  op: CoreOp | MaximumOp, signals: readonly Signal[], codesOf: CodesOf, sample: number, y: number, x: number,
): number[] {
  const row: number[] = [];
  for (const g of op.gathers) {
    const codes = codesOf(g.signal);
    const [height, width, channels] = (signals[g.signal] as Signal).shape;
    for (let ky = 0; ky < g.kernel[0]; ky++) {
      for (let kx = 0; kx < g.kernel[1]; kx++) {
        const sy = g.origin[0] + y * g.stride[0] + ky * g.dilation[0];
        const sx = g.origin[1] + x * g.stride[1] + kx * g.dilation[1];
        const inside = sy >= 0 && sy < height && sx >= 0 && sx < width;
        for (let c = g.channels[0]; c < g.channels[1]; c++) {
          row.push(inside ? codes[((sample * height + sy) * width + sx) * channels + c] as number : g.fill ?? codeOfZero(signals, g.signal, c));
        }
      }
    }
  }
  return row;
}

/** The rows of one sample at all positions, [positions x rows]. */
export function gatherRows(op: CoreOp | MaximumOp, signals: readonly Signal[], codesOf: CodesOf, sample: number): Float64Array {
  const values: number[] = [];
  for (let y = 0; y < op.positions[0]; y++) {
    for (let x = 0; x < op.positions[1]; x++) {
      for (const code of gatherRow(op, signals, codesOf, sample, y, x)) values.push(code);
    }
  }
  return Float64Array.from(values);
}

/** The code of the value 0 in a channel of a signal. */
export function codeOfZero(signals: readonly Signal[], signal: number, channel: number): number {
  const code = signals[signal]?.code;
  if (code === null || code === undefined) return 0;
  return (code.zero.length === 1 ? code.zero[0] : code.zero[channel]) as number;
}

/** Number of the element that column `column` of a result at the position (y, x) of a sample is written to. */
export function destination(op: CoreOp | MaximumOp, signals: readonly Signal[], sample: number, y: number, x: number, column: number): number {
  const { origin, channel, signal } = op.output;
  const [height, width, channels] = (signals[signal] as Signal).shape;
  return ((sample * height + origin[0] + y) * width + origin[1] + x) * channels + channel + column;
}
