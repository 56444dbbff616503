/**
 * Bilinear resizing with antialiasing, bit for bit as PIL does it on 8-bit pixels (Pillow, src/libImaging/Resample.c): weights of 22 fractional bits,
 * along rows first, rounded to 8 bits between the passes.
 */
import type { Pixels } from './types.js';

const PRECISION_BITS = 22;
const HALF = 1 << (PRECISION_BITS - 1);

/** For each place of the output: the first place of the input and how many; their weights lie in rows of `most`. */
interface Taps {
  readonly most: number;
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weights: Int32Array;
}

/** The image in another size. A side that keeps its length is left as it is. */
export function resize(image: Pixels, width: number, height: number): Pixels {
  const across = width === image.width ? image : resizeRows(image, width);
  return height === image.height ? across : resizeColumns(across, height);
}

/** The triangle filter, as wide as an output pixel where the image shrinks, normalised where it is cut at the border. */
function tapsFor(inSize: number, outSize: number): Taps {
  const scale = inSize / outSize;
  const support = Math.max(1, scale);
  const most = Math.ceil(support) * 2 + 1;
  const taps: Taps = { most, first: new Int32Array(outSize), count: new Int32Array(outSize), weights: new Int32Array(outSize * most) };
  const parts = new Float64Array(most);
  const narrow = 1 / support;
  for (let o = 0; o < outSize; o++) {
    const centre = (o + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const count = Math.min(inSize, Math.trunc(centre + support + 0.5)) - first;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const distance = Math.abs((i + first - centre + 0.5) * narrow);
      parts[i] = distance < 1 ? 1 - distance : 0;
      sum += parts[i];
    }
    for (let i = 0; i < count; i++) taps.weights[o * most + i] = Math.trunc(0.5 + (sum === 0 ? parts[i] : parts[i] / sum) * (1 << PRECISION_BITS));
    taps.first[o] = first;
    taps.count[o] = count;
  }
  return taps;
}

/** A sum of weights is about 2^22, so that sums of 8-bit pixels stay below 2^31. */
function resizeRows({ width, height, channels, data }: Pixels, outWidth: number): Pixels {
  const { most, first, count, weights } = tapsFor(width, outWidth);
  const out = new Uint8Array(outWidth * height * channels);
  for (let y = 0, to = 0; y < height; y++) {
    const row = y * width * channels;
    for (let x = 0; x < outWidth; x++) {
      const from = row + first[x] * channels;
      for (let c = 0; c < channels; c++) {
        let sum = HALF;
        for (let i = 0, w = x * most, at = from + c; i < count[x]; i++, at += channels) sum += data[at] * weights[w + i];
        out[to++] = Math.min(255, sum >> PRECISION_BITS);
      }
    }
  }
  return { width: outWidth, height, channels, data: out };
}

function resizeColumns({ width, height, channels, data }: Pixels, outHeight: number): Pixels {
  const { most, first, count, weights } = tapsFor(height, outHeight);
  const row = width * channels;
  const out = new Uint8Array(row * outHeight);
  const sums = new Int32Array(row);
  for (let y = 0; y < outHeight; y++) {
    sums.fill(HALF);
    for (let i = 0; i < count[y]; i++) {
      const weight = weights[y * most + i];
      const from = (first[y] + i) * row;
      for (let x = 0; x < row; x++) sums[x] += data[from + x] * weight;
    }
    for (let x = 0, to = y * row; x < row; x++) out[to + x] = Math.min(255, sums[x] >> PRECISION_BITS);
  }
  return { width, height: outHeight, channels, data: out };
}
