/**
 * Random numbers as a function of (seed, index): the same on every machine, in any order, on any number of threads.
 *
 * The function is Philox2x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011): ten rounds of a 32-bit
 * multiplication with key schedule; here the counter is the index and the key is the seed.
 */
import { fail } from './diagnostics.js';

const MULTIPLIER = 0xd256d193;
const WEYL = 0x9e3779b9;
const ROUNDS = 10;

/** High word of the 64-bit product of two 32-bit unsigned integers. */
function highProduct(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const low = a0 * b0;
  const middle = a1 * b0 + (low >>> 16);
  const cross = a0 * b1 + (middle % 65536);
  return (a1 * b1 + Math.floor(middle / 65536) + Math.floor(cross / 65536)) >>> 0;
}

/** Both words of Philox2x32-10 for a counter of two words and a key of one; words are 0..2^32-1. */
export function philox(counter: readonly [low: number, high: number], key: number): [low: number, high: number] {
  let [low, high] = counter;
  let k = key;
  for (let round = 0; round < ROUNDS; round++) {
    const top = highProduct(MULTIPLIER, low);
    const bottom = Math.imul(MULTIPLIER, low) >>> 0;
    low = (top ^ k ^ high) >>> 0;
    high = bottom;
    k = (k + WEYL) >>> 0;
  }
  return [low, high];
}

/** Integer in 0..2^32-1. `seed`: 0..2^32-1; `index`: 0..2^53-1. Anything else is refused (T402). */
export function random32(seed: number, index: number): number {
  checkSeed(seed);
  if (!Number.isSafeInteger(index) || index < 0) throw new RangeError(`index ${index}`);
  return philox([index >>> 0, Math.floor(index / 2 ** 32)], seed)[0];
}

/** Number in [0, 1), a multiple of 2^-32. */
export function randomUnit(seed: number, index: number): number {
  return random32(seed, index) / 2 ** 32;
}

/** Refuses (T402) a seed that is no integer in 0..2^32-1. */
export function checkSeed(seed: number): void {
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    fail('T402', 'seed', `the seed is ${seed}`, { limit: '0..4294967295', remedy: 'Use a whole number, such as 0' });
  }
}
