/**
 * Spiking arithmetic (spec/chips.md, section 5), driven by events: only the weights of spiking inputs are read.
 *
 * Weights are bytes w + 128. Of sixteen of them, one accumulator adds all as int16, another the odd ones (shifted right by 8); the even
 * ones are what is left. Exact for up to 257 spiking inputs, whose bytes sum to at most 65535.
 */
import { putCodes } from './codes';

/** Scratch before the list of spiking inputs. */
const ACTIVE: usize = 64;

/**
 * The contract of `spikingScalar`, except: `w` holds bytes w + 128, row-major with `padded` columns, a multiple of 16; `v`, `leak` and
 * `threshold` are padded likewise. `x` is read up to a multiple of 8 rows. `scratch`: 64 + 4 * rows bytes.
 */
export function spikingSimd(
  x: usize, xPitch: usize, steps: i32, y: usize, yPitch: usize, rows: i32, columns: i32, w: usize, v: usize, leak: usize,
  threshold: usize, least: i32, greatest: i32, floor: i32, subtract: i32, padded: i32, scratch: usize,
): void {
  const active = scratch + ACTIVE;
  for (let t = 0; t < steps; t++) {
    const end = listActive(x, rows, w, <usize>padded, active);
    // Every byte of a spiking row is 128 too large.
    const excess = i32x4.splat(<i32>(end - active) << 5);
    for (let j: usize = 0; j < <usize>padded; j += 16) {
      let all = i16x8.splat(0);
      let odd = all;
      for (let p = active; p < end; p += 4) {
        const bytes = v128.load(<usize>load<u32>(p) + j);
        all = i16x8.add(all, bytes);
        odd = i16x8.add(odd, i16x8.shr_u(bytes, 8));
      }
      const even = i16x8.sub(all, i16x8.shl(odd, 8));
      const first = v128.shuffle<i16>(even, odd, 0, 8, 1, 9, 2, 10, 3, 11);
      const last = v128.shuffle<i16>(even, odd, 4, 12, 5, 13, 6, 14, 7, 15);
      const k = j << 2;
      const s0 = fire(i32x4.extend_low_i16x8_u(first), excess, k, v, leak, threshold, least, greatest, floor, subtract);
      const s1 = fire(i32x4.extend_high_i16x8_u(first), excess, k + 16, v, leak, threshold, least, greatest, floor, subtract);
      const s2 = fire(i32x4.extend_low_i16x8_u(last), excess, k + 32, v, leak, threshold, least, greatest, floor, subtract);
      const s3 = fire(i32x4.extend_high_i16x8_u(last), excess, k + 48, v, leak, threshold, least, greatest, floor, subtract);
      const one = i16x8.splat(1);
      const low = v128.and(i16x8.narrow_i32x4_s(s0, s1), one);
      const high = v128.and(i16x8.narrow_i32x4_s(s2, s3), one);
      putCodes(y + (j << 1), low, high, min(16, columns - <i32>j));
    }
    x += xPitch << 1;
    y += yPitch << 1;
  }
}

/** Writes the addresses of the spiking rows' weights; gives the end of the list. */
function listActive(x: usize, rows: i32, w: usize, rowBytes: usize, list: usize): usize {
  for (let i = 0; i < rows; i += 8) {
    if (v128.any_true(v128.load(x + (<usize>i << 1)))) {
      const end = min(i + 8, rows);
      for (let k = i; k < end; k++) {
        if (load<i16>(x + (<usize>k << 1))) {
          store<u32>(list, <u32>(w + <usize>k * rowBytes));
          list += 4;
        }
      }
    }
  }
  return list;
}

/** Steps 1 to 3 for the four neurons whose settings are `k` bytes on; gives all ones where they spike. */
@inline
function fire(
  sum: v128, excess: v128, k: usize, v: usize, leak: usize, threshold: usize, least: i32, greatest: i32, floor: i32, subtract: i32,
): v128 {
  let potential = i32x4.add(i32x4.add(v128.load(v + k), v128.load(leak + k)), i32x4.sub(sum, excess));
  potential = i32x4.min_s(i32x4.max_s(potential, i32x4.splat(least)), i32x4.splat(greatest));
  potential = i32x4.max_s(potential, i32x4.splat(floor));
  const limit = v128.load(threshold + k);
  const spikes = i32x4.ge_s(potential, limit);
  potential = subtract ? i32x4.sub(potential, v128.and(limit, spikes)) : v128.andnot(potential, spikes);
  v128.store(v + k, potential);
  return spikes;
}
