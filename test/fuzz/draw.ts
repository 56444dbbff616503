/** Choices of one fuzz case: a function of (seed, case) alone, whoever asks and in whatever order cases are run. */
import { random32 } from '../../src/prng.js';

/** Draws that one case may take. */
const DRAWS = 2 ** 20;

export class Draw {
  private taken = 0;

  /** `seed`: 0..2^32-1; `index`: 0..2^33-1. */
  constructor(private readonly seed: number, private readonly index: number) {}

  /** Integer in 0..2^32-1. */
  word(): number {
    return random32(this.seed, this.index * DRAWS + (this.taken++ % DRAWS));
  }

  /** Integer in 0..count-1. */
  below(count: number): number {
    return Math.floor((this.word() / 2 ** 32) * count);
  }

  /** Integer in lo..hi. */
  between(lo: number, hi: number): number {
    return lo + this.below(hi - lo + 1);
  }

  /** True once in `count` times. */
  once(count: number): boolean {
    return this.below(count) === 0;
  }

  of<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError('nothing to choose from');
    return list[this.below(list.length)] as T;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.below(256));
  }
}

/** Whole numbers at which programs break: around powers of two, type limits, and beyond what a double holds exactly. */
export const INTEGERS: readonly bigint[] = [
  0n, 1n, -1n, 2n, 3n, 7n, 8n, 16n, 63n, 64n, 65n, 127n, 128n, -128n, 255n, 256n, 1000n, 4096n, 32767n, -32768n, 65535n, 65536n, 1n << 20n, 1n << 24n,
  (1n << 24n) + 1n, (1n << 28n) - 1n, 1n << 30n, (1n << 31n) - 1n, 1n << 31n, -(1n << 31n), (1n << 32n) - 1n, 1n << 32n, (1n << 53n) - 1n, 1n << 53n,
  (1n << 62n) + 1n, (1n << 63n) - 1n, -(1n << 63n),
];

/** Numbers of the same kind, with fractions. */
export const NUMBERS: readonly number[] = [
  ...INTEGERS.map(Number), -0, 0.5, -0.5, 1.5, 1e-3, 1e-30, 5e-324, 1e30, 3.4028235e38, 1e39, 1.7976931348623157e308,
];

/** Texts that break what handles them carelessly. */
export const STRINGS: readonly string[] = [
  '', ' ', 'x', '0', '-1', '__proto__', 'constructor', 'toString', 'length', 'null', '\0', '\n', '\u001b[31m', '\u202e', '\ud800',
  'é', '../..', '/', 'a'.repeat(300),
];
