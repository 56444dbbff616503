/**
 * Counter-based random numbers: a function of (seed, index), so that results do not depend on the order of calls or on threads. 32-bit integer
 * mixing with the constants of MurmurHash3's finaliser (Appleby, public domain), two rounds.
 */
export function hash32(seed: number, index: number): number {
  let h = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ index;
  for (let round = 0; round < 2; round++) {
    h ^= h >>> 16;
    h = Math.imul(h, 0x85ebca6b);
    h ^= h >>> 13;
    h = Math.imul(h, 0xc2b2ae35);
    h ^= h >>> 16;
    h = (h + Math.imul(index, 0x9e3779b1) + round) | 0;
  }
  return h >>> 0;
}

/** Uniform in [0, 1), a multiple of 2^-32. */
export function uniform(seed: number, index: number): number {
  return hash32(seed, index) / 4294967296;
}
