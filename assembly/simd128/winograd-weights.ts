/** The weights' side of `winograd`: G g G^T of 3 x 3 taps, in int16. */

/** Taps of a filter. */
const TAPS: usize = 9;

/**
 * `pairs` pairs of channels under a block of columns. `weights`: for every pair, for every tap, `bytes` bytes of pairs of int16; to `u`: for every frequency,
 * `plane` bytes apart, for every pair, as many.
 */
export function transformFilters(weights: usize, pairs: i32, bytes: usize, u: usize, plane: usize): void {
  for (let pair = 0; pair < pairs; pair++) {
    for (let k: usize = 0; k < bytes; k += 16) transform(weights + k, bytes, u + k, plane);
    weights += TAPS * bytes;
    u += bytes;
  }
}

/** Nine vectors `step` bytes apart to thirty-six `plane` bytes apart. */
@inline
function transform(g: usize, step: usize, to: usize, plane: usize): void {
  const a0 = v128.load(g);
  const b0 = v128.load(g + step);
  const c0 = v128.load(g + 2 * step);
  g += 3 * step;
  const a1 = v128.load(g);
  const b1 = v128.load(g + step);
  const c1 = v128.load(g + 2 * step);
  g += 3 * step;
  const a2 = v128.load(g);
  const b2 = v128.load(g + step);
  const c2 = v128.load(g + 2 * step);
  const six = i16x8.splat(6);
  to = line(i16x8.mul(a0, six), i16x8.mul(b0, six), i16x8.mul(c0, six), to, plane);
  to = line(plus(a0, a1, a2), plus(b0, b1, b2), plus(c0, c1, c2), to, plane);
  to = line(minus(a0, a1, a2), minus(b0, b1, b2), minus(c0, c1, c2), to, plane);
  to = line(plusTwice(a0, a1, a2), plusTwice(b0, b1, b2), plusTwice(c0, c1, c2), to, plane);
  to = line(minusTwice(a0, a1, a2), minusTwice(b0, b1, b2), minusTwice(c0, c1, c2), to, plane);
  const three = i16x8.splat(3);
  line(i16x8.mul(a2, three), i16x8.mul(b2, three), i16x8.mul(c2, three), to, plane);
}

@inline
function plus(g0: v128, g1: v128, g2: v128): v128 {
  return i16x8.shl(i16x8.add(i16x8.add(g0, g2), g1), 2);
}

@inline
function minus(g0: v128, g1: v128, g2: v128): v128 {
  return i16x8.shl(i16x8.sub(i16x8.add(g0, g2), g1), 2);
}

@inline
function plusTwice(g0: v128, g1: v128, g2: v128): v128 {
  return i16x8.add(i16x8.add(g0, i16x8.shl(g2, 2)), i16x8.add(g1, g1));
}

@inline
function minusTwice(g0: v128, g1: v128, g2: v128): v128 {
  return i16x8.sub(i16x8.add(g0, i16x8.shl(g2, 2)), i16x8.add(g1, g1));
}

/** G of three vectors, to six places; gives the place after them. */
@inline
function line(g0: v128, g1: v128, g2: v128, to: usize, plane: usize): usize {
  const s = i16x8.add(g0, g2);
  const q = i16x8.add(g0, i16x8.shl(g2, 2));
  const d = i16x8.add(g1, g1);
  v128.store(to, i16x8.mul(g0, i16x8.splat(6)));
  to += plane;
  v128.store(to, i16x8.shl(i16x8.add(s, g1), 2));
  to += plane;
  v128.store(to, i16x8.shl(i16x8.sub(s, g1), 2));
  to += plane;
  v128.store(to, i16x8.add(q, d));
  to += plane;
  v128.store(to, i16x8.sub(q, d));
  to += plane;
  v128.store(to, i16x8.mul(g2, i16x8.splat(3)));
  return to + plane;
}
