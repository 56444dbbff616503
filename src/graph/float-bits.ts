/**
 * The exponent field of a float64, read and made without any function that engines may round differently.
 */

const WORDS = new Uint32Array(2);
const DOUBLE = new Float64Array(WORDS.buffer);
/** Which of the two words holds the exponent, by the machine's byte order. */
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/** 2^k exactly, for -1022 <= k <= 1023. */
export function powerOfTwo(k: number): number {
  WORDS[1 - HIGH] = 0;
  WORDS[HIGH] = (k + 1023) << 20;
  return DOUBLE[0] as number;
}

/** The k with 2^k <= |x| < 2^(k+1), for normal x; -1023 for zero and subnormal x. */
export function exponentOf(x: number): number {
  DOUBLE[0] = x;
  return (((WORDS[HIGH] as number) >>> 20) & 0x7ff) - 1023;
}
