/** The edges of a core-op network: from float tensors to codes and back (spec/chips.md, section 2). */
import { channelOfCopy, copyAt, copyOffset, wholeCode } from '../cores/copies.js';
import { stepOf, zeroOf } from '../cores/scales.js';
import type { Signal } from '../cores/types.js';
import { fail } from '../diagnostics.js';
import type { Codes, KeptCodes } from '../cores/types.js';

/**
 * Codes [batch x height x width x channels] of float values [batch x channels x height x width], in `into` if they fit there exactly. Refuses what is not
 * finite (T502).
 */
export function encodeInput(values: Float32Array, signal: Signal, batch: number, into?: Codes): Codes {
  const [height, width, wide] = signal.shape;
  const { code, digits } = signal;
  const units = digits === undefined ? 1 : 2;
  const channels = wide / units;
  const plane = height * width;
  const codes = into?.length === values.length * units ? into : code === null ? new Float32Array(values.length) : new Int16Array(values.length * units);
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < channels; c++) {
      const whole = code === null || digits === undefined ? code : wholeCode(code, digits, c);
      const own = digits === undefined ? c : 0;
      const step = whole === null ? 1 : stepOf(whole, own);
      const zero = whole === null ? 0 : zeroOf(whole, own);
      let from = (n * channels + c) * plane;
      let to = n * wide * plane + c * units;
      for (let p = 0; p < plane; p++, from++, to += wide) {
        const v = values[from];
        if (!Number.isFinite(v)) notFinite(v, n, c, p, width);
        if (whole === null) {
          codes[to] = v;
          continue;
        }
        const q = Math.min(Math.max(Math.floor(v / step + zero + 0.5), whole.lo), whole.hi);
        if (digits === undefined) {
          codes[to] = q;
          continue;
        }
        codes[to] = whole.lo + Math.floor((q - whole.lo) / digits);
        codes[to + 1] = whole.lo + ((q - whole.lo) % digits);
      }
    }
  }
  return codes;
}

/**
 * Nearest codes of values [batch x channels x height x width] of any signal. Copy k of m rounds at (k + 1/2) / m of a code, so that the mean of all
 * copies is the nearest on a grid m times finer.
 */
export function encodeSignal(values: Float32Array, signal: Signal, batch: number): Codes {
  const [height, width, wide] = signal.shape;
  const { code, copies } = signal;
  const channels = wide / copies;
  const plane = height * width;
  const codes = code === null ? new Float32Array(batch * plane * wide) : new Int16Array(batch * plane * wide);
  for (let n = 0; n < batch; n++) {
    for (let j = 0; j < wide; j++) {
      const { channel, copy } = copyAt(signal, j);
      let from = (n * channels + channel) * plane;
      let to = n * plane * wide + j;
      for (let p = 0; p < plane; p++, from++, to += wide) {
        const q = code === null ? values[from] : Math.floor(values[from] / stepOf(code, j) + zeroOf(code, j) + copyOffset(copy, copies));
        codes[to] = code === null ? q : Math.min(Math.max(q, code.lo), code.hi);
      }
    }
  }
  return codes;
}

function notFinite(v: number, n: number, c: number, p: number, width: number): never {
  fail('T502', `input, sample ${n} of the batch, channel ${c}, position (${Math.floor(p / width)}, ${p % width})`, `the value is ${v}`, {
    limit: 'finite numbers', remedy: 'Check the data',
  });
}

/** Values [batch x channels x height x width] of codes [batch x height x width x channels]; of copies, the mean. */
export function decodeSignal(codes: KeptCodes, signal: Signal, batch: number): Float64Array {
  const [height, width, wide] = signal.shape;
  const channels = wide / signal.copies;
  const plane = height * width;
  const { code } = signal;
  const values = new Float64Array(batch * channels * plane);
  for (let n = 0; n < batch; n++) {
    for (let p = 0; p < plane; p++) {
      const at = (n * plane + p) * wide;
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let k = 0; k < signal.copies; k++) {
          const j = channelOfCopy(signal, c, k);
          sum += code === null ? codes[at + j] : (codes[at + j] - zeroOf(code, j)) * stepOf(code, j);
        }
        values[(n * channels + c) * plane + p] = sum / signal.copies;
      }
    }
  }
  return values;
}
