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
  const clip = clipOf(view);
  const values = new Float32Array((tensor.length / size) * channels * height * width);
  let to = 0;
  for (let n = 0; n < tensor.length; n += size) {
    for (let c = 0; c < channels; c++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          values[to++] = clip(tensor[n + offset + c * strides[0] + y * strides[1] + x * strides[2]]);
        }
      }
    }
  }
  return values;
}

/**
 * What is wanted of a map in a tensor for a range of samples: the values of all channels at `perSample` positions of each. `strongest` of them, evenly
 * among the others, are where the map is strongest; the others are those of `positions` (y * width + x, [samples x perSample], distinct in each sample) that
 * are left.
 */
export interface SampleRequest {
  readonly view: TensorView;
  readonly shape: readonly [channels: number, height: number, width: number];
  readonly perSample: number;
  readonly strongest: number;
  readonly positions: Int32Array;
}

/** What was found of a map, clipped as the view says, and the range of the whole tensor, which is not. */
export interface SampledValues {
  /** [samples x perSample]. */
  readonly positions: Int32Array;
  /** Row-major [rows x channels] at those positions. */
  readonly values: Float32Array;
  readonly min: number;
  readonly max: number;
  /** Least and greatest value of each channel of the map in each sample, [samples x channels]. */
  readonly least: Float32Array;
  readonly most: Float32Array;
}

/** Samples `golden`, [samples x size]; a value that is not finite makes min or max so. */
export function sampleValues(golden: Float32Array, request: SampleRequest): SampledValues {
  const { view, shape: [channels, , width], perSample, strongest } = request;
  const { offset, strides: [channelStride, down, right], size } = view;
  const clip = clipOf(view);
  const [min, max] = rangeOf(golden);
  const positions = request.positions.slice();
  const count = golden.length / size;
  const least = new Float32Array(count * channels);
  const most = new Float32Array(count * channels);
  for (let n = 0; n < count; n++) {
    const own = (all: Float32Array): Float32Array => all.subarray(n * channels, (n + 1) * channels);
    const energy = scan(golden, n * size, request, own(least), own(most));
    if (strongest > 0) preferStrongest(positions.subarray(n * perSample, (n + 1) * perSample), greatestOf(energy, strongest));
  }
  const values = new Float32Array(positions.length * channels);
  for (let row = 0; row < positions.length; row++) {
    const at = Math.floor(row / perSample) * size + offset + Math.floor(positions[row] / width) * down + (positions[row] % width) * right;
    for (let c = 0; c < channels; c++) values[row * channels + c] = clip(golden[at + c * channelStride]);
  }
  return { positions, values, min, max, least, most };
}

/** What the view makes of a value. */
export function clipOf({ clip: [lo, hi] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] }: TensorView): (v: number) => number {
  return (v) => Math.min(Math.max(v, lo), hi);
}

function rangeOf(values: Float32Array): [min: number, max: number] {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const v = values[i];
    if (v < min) min = v;
    if (v > max) max = v;
    sum += v;
  }
  return Number.isNaN(sum) ? [Number.NaN, Number.NaN] : [min, max];
}

/** Fills in the extremes of a sample's channels; gives the sum of squares of each position. */
function scan(golden: Float32Array, start: number, request: SampleRequest, least: Float32Array, most: Float32Array): Float64Array {
  const { view, shape: [channels, height, width] } = request;
  const { offset, strides: [channelStride, down, right] } = view;
  const clip = clipOf(view);
  const energy = new Float64Array(height * width);
  for (let c = 0; c < channels; c++) {
    let lo = Number.POSITIVE_INFINITY;
    let hi = Number.NEGATIVE_INFINITY;
    for (let y = 0, p = 0; y < height; y++) {
      for (let x = 0, i = start + offset + c * channelStride + y * down; x < width; x++, i += right, p++) {
        const v = clip(golden[i]);
        if (v < lo) lo = v;
        if (v > hi) hi = v;
        energy[p] += v * v;
      }
    }
    least[c] = lo;
    most[c] = hi;
  }
  return energy;
}

/** Indices of the `count` greatest, falling; of equal ones the first. */
function greatestOf(values: Float64Array, count: number): number[] {
  const found: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (found.length === count && !(values[i] > values[found[count - 1]])) continue;
    if (found.length === count) found.pop();
    let at = found.length;
    while (at > 0 && values[found[at - 1]] < values[i]) at--;
    found.splice(at, 0, i);
  }
  return found;
}

function preferStrongest(positions: Int32Array, strongest: readonly number[]): void {
  const others = positions.filter((p) => !strongest.includes(p));
  const every = Math.floor(positions.length / strongest.length);
  for (let i = 0, found = 0, other = 0; i < positions.length; i++) {
    positions[i] = i % every === 0 && found < strongest.length ? strongest[found++] : others[other++];
  }
}
