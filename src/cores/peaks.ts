/**
 * What ranges cut off where a channel is strongest. Such positions are few, so that sampled ones hardly show them, but they are what a sample is told by:
 * errors there have one sign and add up on the way to the output, where those of rounding average out.
 */
import { stepOf, zeroOf } from './scales.js';
import type { Code } from './types.js';

/** Positions of a map, at least, whose error the strongest one's stands for. */
const POSITIONS = 4;

/** Least and greatest value of each channel of an edge in each calibration sample, [samples x channels]. */
export interface Extremes {
  readonly edge: { readonly shape: readonly [channels: number, height: number, width: number] };
  readonly least: Float32Array;
  readonly most: Float32Array;
  /**
   * Positions along a side of the map that a sum which reads it adds up with one sign. Errors of rounding average out over them, but those where a map is cut
   * off do not: a region that is strong is about so many positions large.
   */
  readonly side: number;
}

/** Those of calibration samples `first`..`end - 1`. */
export function extremesOf({ edge, least, most, side }: Extremes, first: number, end: number): Extremes {
  const [channels] = edge.shape;
  return { edge, least: least.subarray(first * channels, end * channels), most: most.subarray(first * channels, end * channels), side };
}

/** Squared error of a value, on average over samples, channels and positions. `channelOf`: where a channel of the edge lies in the code. */
export function peakError(seen: Extremes, code: Code, channelOf = (c: number): number => c): number {
  const { edge: { shape: [channels, height, width] }, least, most, side } = seen;
  const bottom = Float64Array.from({ length: channels }, (_, c) => (code.lo - zeroOf(code, channelOf(c))) * stepOf(code, channelOf(c)));
  const top = Float64Array.from({ length: channels }, (_, c) => (code.hi - zeroOf(code, channelOf(c))) * stepOf(code, channelOf(c)));
  let sum = 0;
  for (let i = 0; i < most.length; i += channels) {
    for (let c = 0; c < channels; c++) {
      const above = most[i + c] - top[c];
      const below = bottom[c] - least[i + c];
      if (above > 0) sum += above * above;
      if (below > 0) sum += below * below;
    }
  }
  return most.length === 0 ? 0 : (sum / most.length) * Math.min(1, Math.max(POSITIONS, side) / (height * width));
}
