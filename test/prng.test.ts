import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { philox, random32, randomUnit } from '../src/prng.js';

describe('random numbers', () => {
  it('are those of the published test vectors of Philox2x32-10', () => {
    expect(philox([0, 0], 0)).toEqual([0xff1dae59, 0x6cd10df2]);
    expect(philox([0xffffffff, 0xffffffff], 0xffffffff)).toEqual([0x2c3f628b, 0xab4fd7ad]);
    expect(philox([0x243f6a88, 0x85a308d3], 0x13198a2e)).toEqual([0xdd7ce038, 0xf62a4c12]);
  });

  it('agree with arithmetic on 64 bits', () => {
    const slow = (counter: [number, number], key: number): number[] => {
      let [low, high] = counter.map(BigInt);
      let k = BigInt(key);
      for (let round = 0; round < 10; round++) {
        const product = 0xd256d193n * low;
        [low, high] = [(product >> 32n) ^ k ^ high, product & 0xffffffffn];
        k = (k + 0x9e3779b9n) & 0xffffffffn;
      }
      return [Number(low), Number(high)];
    };
    const word = fc.nat(2 ** 32 - 1);
    fc.assert(fc.property(word, word, word, (a, b, k) => {
      expect(philox([a, b], k)).toEqual(slow([a, b], k));
    }), { seed: 1, numRuns: 200 });
  });

  it('use all of a large index', () => {
    expect(random32(1, 2 ** 32)).toBe(philox([0, 1], 1)[0]);
    expect(randomUnit(1, 7)).toBe(random32(1, 7) / 2 ** 32);
    expect(() => random32(2 ** 32, 0)).toThrow(/T402/);
    expect(() => random32(0, -1)).toThrow(RangeError);
  });
});
