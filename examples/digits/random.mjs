/** xoshiro128** (Blackman and Vigna, public domain), seeded through splitmix32: the same numbers on every machine. */
export class Random {
  #state;

  /** A stream of its own for every pair of 32-bit integers, so that an image does not depend on how many came before it. */
  constructor(seed, stream) {
    let mixed = (seed ^ Math.imul(stream + 1, 0x9e3779b1)) >>> 0;
    this.#state = Uint32Array.from({ length: 4 }, () => {
      mixed = (mixed + 0x9e3779b9) >>> 0;
      let word = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
      word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
      return word ^ (word >>> 15);
    });
  }

  /** The next 32 bits as an unsigned integer. */
  bits() {
    const s = this.#state;
    const fives = Math.imul(s[1], 5);
    const result = Math.imul((fives << 7) | (fives >>> 25), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return result;
  }

  /** Uniform in low (inclusive) .. high (exclusive). */
  between(low, high) {
    return low + (high - low) * (this.bits() / 0x100000000);
  }

  /** An integer in 0 .. count - 1. */
  below(count) {
    return Math.floor((this.bits() / 0x100000000) * count);
  }

  /** About normal with mean 0 and the given standard deviation: a sum of four uniform numbers, so that no logarithm is needed. */
  spread(deviation) {
    const sum = this.between(-1, 1) + this.between(-1, 1) + this.between(-1, 1) + this.between(-1, 1);
    return sum * 0.8660254037844386 * deviation;
  }
}
