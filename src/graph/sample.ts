/** Golden values at sampled positions of a feature map, all channels of each. */

/** A map seen in a tensor: value (c, y, x) is element `offset + c * strides[0] + y * strides[1] + x * strides[2]` of a sample, clipped to `clip`. */
export interface TensorView {
  readonly offset: number;
  readonly strides: readonly [channel: number, row: number, column: number];
  /** Elements of the whole tensor, for one sample. */
  readonly size: number;
  readonly clip?: readonly [lo: number, hi: number];
}

/** The map's values, [samples x channels x height x width], of a tensor's, [samples x size]. */
export function viewValues(tensor: Float32Array, view: TensorView, [channels, height, width]: readonly [number, number, number]): Float32Array {
  const { offset, strides, size } = view;
  const [lo, hi] = view.clip ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const values = new Float32Array((tensor.length / size) * channels * height * width);
  let to = 0;
  for (let n = 0; n < tensor.length; n += size) {
    for (let c = 0; c < channels; c++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          values[to++] = Math.min(Math.max(tensor[n + offset + c * strides[0] + y * strides[1] + x * strides[2]], lo), hi);
        }
      }
    }
  }
  return values;
}

/**
 * What is wanted of a tensor for a range of samples: the values of all channels at `positions`, `perSample` of them for each sample. A position is
 * the element of channel 0 in a sample of `size` elements; channels are `channelStride` elements apart.
 */
export interface SampleRequest {
  readonly channels: number;
  readonly channelStride: number;
  readonly size: number;
  readonly perSample: number;
  readonly positions: Int32Array;
}

/** Row-major [rows x channels] at the wanted positions, and the range of all values. */
export interface SampledValues {
  readonly values: Float32Array;
  readonly min: number;
  readonly max: number;
}

/** Picks the wanted positions from `golden`, [samples x size]; a value that is not finite makes min or max so. */
export function sampleValues(golden: Float32Array, request: SampleRequest): SampledValues {
  const { channels, channelStride, size, perSample, positions } = request;
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
    const at = Math.floor(row / perSample) * size + positions[row];
    for (let c = 0; c < channels; c++) values[row * channels + c] = golden[at + c * channelStride];
  }
  return Number.isNaN(sum) ? { values, min: Number.NaN, max: Number.NaN } : { values, min, max };
}
