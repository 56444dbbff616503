/** SHA-256 (FIPS 180-4) of a short text, without the platform, so that artefacts are made and read the same everywhere. */

/** First 32 bits of the fractional parts of the `power`-th roots of the first `count` primes, as the standard defines its constants. */
function rootFractions(count: number, power: 2 | 3): Uint32Array {
  const result = new Uint32Array(count);
  for (let n = 2, found = 0; found < count; n++) {
    if (!isPrime(n)) continue;
    result[found++] = Number(integerRoot(BigInt(n) << BigInt(32 * power), power) & 0xffffffffn);
  }
  return result;
}

function isPrime(n: number): boolean {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
  return true;
}

/** Greatest integer whose `power`-th power is at most `n`; n < 2^128. */
function integerRoot(n: bigint, power: 2 | 3): bigint {
  let root = 0n;
  for (let bit = 1n << 64n; bit > 0n; bit >>= 1n) {
    const next = root | bit;
    if (next ** BigInt(power) <= n) root = next;
  }
  return root;
}

const ROUNDS = rootFractions(64, 3);
const START = rootFractions(8, 2);

function rotate(x: number, n: number): number {
  return (x >>> n) | (x << (32 - n));
}

/** Hash of the UTF-8 bytes of a text, in lower-case hexadecimal. */
export function sha256OfText(text: string): string {
  const message = new TextEncoder().encode(text);
  const blocks = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64);
  blocks.set(message);
  blocks[message.length] = 0x80;
  const view = new DataView(blocks.buffer);
  view.setBigUint64(blocks.length - 8, BigInt(message.length) * 8n);
  const state = Uint32Array.from(START);
  for (let at = 0; at < blocks.length; at += 64) compress(state, view, at);
  return Array.from(state, (word) => word.toString(16).padStart(8, '0')).join('');
}

function compress(state: Uint32Array, view: DataView, at: number): void {
  const w = new Uint32Array(64);
  for (let t = 0; t < 16; t++) w[t] = view.getUint32(at + 4 * t);
  for (let t = 16; t < 64; t++) {
    const s0 = rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ (w[t - 15] >>> 3);
    const s1 = rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ (w[t - 2] >>> 10);
    w[t] = w[t - 16] + s0 + w[t - 7] + s1;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let t = 0; t < 64; t++) {
    const t1 = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + ROUNDS[t] + w[t]) | 0;
    const t2 = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => (state[i] += word));
}
