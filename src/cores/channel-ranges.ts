/** Ranges by channel of sampled values. */
import type { Extremes } from './peaks.js';

/** Least and greatest value of each channel, 0 included. `values`: row-major [rows x channels]; `stride`: of how many rows one is looked at. */
export function channelRanges(values: Float32Array, channels: number, stride = 1): { min: Float64Array; max: Float64Array } {
  const min = new Float64Array(channels);
  const max = new Float64Array(channels);
  for (let i = 0; i < values.length; i += stride * channels) {
    for (let c = 0; c < channels; c++) {
      const v = values[i + c];
      if (v > max[c]) max[c] = v;
      if (v < min[c]) min[c] = v;
    }
  }
  return { min, max };
}

/** The same of the extremes of all samples. */
export function peakRanges({ edge: { shape: [channels] }, least, most }: Extremes): { min: Float64Array; max: Float64Array } {
  return { min: channelRanges(least, channels).min, max: channelRanges(most, channels).max };
}
