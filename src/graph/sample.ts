/** Golden values at sampled positions of a feature map, all channels of each. */

/** What is wanted of a tensor for a range of samples: the values of all channels at `positions`, `perSample` of them for each sample. */
export interface SampleRequest {
  readonly channels: number;
  readonly plane: number;
  readonly perSample: number;
  readonly positions: Int32Array;
}

/** Row-major [rows x channels] at the wanted positions, and the range of all values. */
export interface SampledValues {
  readonly values: Float32Array;
  readonly min: number;
  readonly max: number;
}

/** Picks the wanted positions from `golden`, [samples x channels x plane]; a value that is not finite makes min or max so. */
export function sampleValues(golden: Float32Array, request: SampleRequest): SampledValues {
  const { channels, plane, perSample, positions } = request;
  const values = new Float32Array(positions.length * channels);
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (let i = 0; i < golden.length; i++) {
    const v = golden[i];
    if (v < min) min = v;
    if (v > max) max = v;
    sum += v;
  }
  for (let row = 0; row < positions.length; row++) {
    const at = Math.floor(row / perSample) * channels * plane + positions[row];
    for (let c = 0; c < channels; c++) values[row * channels + c] = golden[at + c * plane];
  }
  return Number.isNaN(sum) ? { values, min: Number.NaN, max: Number.NaN } : { values, min, max };
}
