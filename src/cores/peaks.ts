/**
 * What ranges cut off where a channel is strongest. Such positions are few, so that sampled ones hardly show them, but they are what a sample is told by:
 * errors there have one sign and add up on the way to the output, where those of rounding average out.
 */
import { stepOf, zeroOf } from './scales.js';
import type { Code } from './types.js';

/** Positions of a map, about, whose error the strongest one's stands for. */
const POSITIONS = 4;

/** Least and greatest value of each channel of an edge in each calibration sample, [samples x channels]. */
export interface Extremes {
  readonly edge: { readonly shape: readonly [channels: number, height: number, width: number] };
  readonly least: Float32Array;
  readonly most: Float32Array;
}

/** Those of calibration samples `first`..`end - 1`. */
export function extremesOf({ edge, least, most }: Extremes, first: number, end: number): Extremes {
  const [channels] = edge.shape;
  return { edge, least: least.subarray(first * channels, end * channels), most: most.subarray(first * channels, end * channels) };
}

/** Squared error of a value, on average over samples, channels and positions. `channelOf`: where a channel of the edge lies in the code. */
export function peakError({ edge: { shape: [channels, height, width] }, least, most }: Extremes, code: Code, channelOf = (c: number): number => c): number {
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
  return most.length === 0 ? 0 : (sum / most.length) * Math.min(1, POSITIONS / (height * width));
}
