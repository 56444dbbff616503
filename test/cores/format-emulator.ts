/**
 * An emulator written from docs/format.md and spec/chips.md alone, the slow and obvious way: it shares no code with src/. Integer chips only.
 */
interface Entry { readonly dtype: string; readonly shape: number[]; readonly data_offsets: [number, number] }
type Json = any; // eslint-disable-line @typescript-eslint/no-explicit-any -- raw JSON, as another language would see it

export interface RawArtefact {
  readonly chip: Json;
  readonly program: Json;
  tensor(name: string): number[];
}

/** Section 1: the container. */
export function open(file: Uint8Array): RawArtefact {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))) as Record<string, Entry> & { __metadata__: Record<string, string> };
  const metadata = header.__metadata__;
  if (metadata.format !== 'trestle-artefact/1') throw new Error('another format');
  const readers: Record<string, [number, (at: number) => number]> = {
    I8: [1, (at) => view.getInt8(at)], U8: [1, (at) => view.getUint8(at)], I16: [2, (at) => view.getInt16(at, true)], I32: [4, (at) => view.getInt32(at, true)],
  };
  return {
    chip: JSON.parse(metadata.chip), program: JSON.parse(metadata.program),
    tensor(name) {
      const { dtype, data_offsets: [begin, end] } = header[name];
      const [size, read] = readers[dtype];
      return Array.from({ length: (end - begin) / size }, (_, i) => read(8 + length + begin + i * size));
    },
  };
}

const clamp = (v: number, lo: number, hi: number): number => Math.max(lo, Math.min(hi, v));
const pick = (list: number[], channel: number): number => (list.length === 1 ? list[0] : list[channel]);

/** Codes of all signals for one sample, and the decoded output. */
export function emulate(artefact: RawArtefact, sample: ArrayLike<number>): { codes: number[][]; output: number[] } {
  const { program } = artefact;
  const codes: number[][] = program.signals.map((s: Json) => new Array(s.shape[0] * s.shape[1] * s.shape[2]).fill(NaN));
  const input = program.signals[program.input];
  each3(input.shape, (y, x, c) => {
    const { step, zero, lo, hi } = input.code;
    const { digits } = input;
    const value = sample[((digits === undefined ? c : Math.floor(c / 2)) * input.shape[0] + y) * input.shape[1] + x];
    if (digits === undefined) {
      codes[program.input][place(input, y, x, c)] = clamp(Math.floor(value / pick(step, c) + pick(zero, c) + 0.5), lo, hi);
      return;
    }
    const high = c - (c % 2);
    const z = (pick(zero, high) - lo) * digits + pick(zero, high + 1) - lo;
    const q = clamp(Math.floor(value / (pick(step, high + 1) / 2) + z + 0.5), 0, (hi - lo + 1) * digits - 1);
    codes[program.input][place(input, y, x, c)] = lo + (c === high ? Math.floor(q / digits) : q % digits);
  });
  for (const op of program.ops) run(artefact, op, codes);
  const output = program.signals[program.output];
  const [height, width, wide] = output.shape;
  const n = wide / output.copies;
  const values: number[] = new Array(n * height * width).fill(0);
  each3([height, width, n], (y, x, j) => {
    let sum = 0;
    for (let k = 0; k < output.copies; k++) {
      const c = j * output.copies + k;
      sum += (codes[program.output][place(output, y, x, c)] - pick(output.code.zero, c)) * pick(output.code.step, c);
    }
    values[(j * height + y) * width + x] = sum / output.copies;
  });
  return { codes, output: values };
}

function place(signal: Json, y: number, x: number, c: number): number {
  return (y * signal.shape[1] + x) * signal.shape[2] + c;
}

function each3([a, b, c]: number[], visit: (i: number, j: number, k: number) => void): void {
  for (let i = 0; i < a; i++) for (let j = 0; j < b; j++) for (let k = 0; k < c; k++) visit(i, j, k);
}

function run(artefact: RawArtefact, op: Json, codes: number[][]): void {
  const { signals } = artefact.program;
  if (op.kind === 'core' || op.kind === 'maximum') {
    const compute = op.kind === 'core' ? coreOp(artefact, op) : (taps: number[][]): number[] => taps[0].map((_, j) => Math.max(...taps.map((t) => t[j])));
    const { signal, channel, origin } = op.output;
    each3([...op.positions, 1], (y, x) => {
      const taps = op.gathers.flatMap((g: Json) => gather(g, signals[g.signal], codes[g.signal], y, x));
      compute(taps).forEach((v: number, j: number) => (codes[signal][place(signals[signal], origin[0] + y, origin[1] + x, channel + j)] = v));
    });
  } else if (op.kind === 'wire') {
    const to = signals[op.output];
    each3(to.shape, (y, x, c) => (codes[op.output][place(to, y, x, c)] = pick(to.code.zero, c)));
    for (const p of op.pieces) {
      each3(p.size, (i, j, k) => {
        const from = [i, j, k].map((n, d) => p.from[d] + n * p.step[d]);
        codes[op.output][place(to, p.to[0] + i, p.to[1] + j, p.to[2] + k)] = codes[p.signal][place(signals[p.signal], from[0], from[1], from[2])];
      });
    }
  } else {
    const strides = op.view.map((_: number, d: number) => op.view.slice(d + 1).reduce((a: number, b: number) => a * b, 1));
    const shape: number[] = op.axes.map((a: number) => op.view[a]);
    codes[op.output].forEach((_, i) => {
      let [rest, from] = [i, 0];
      for (let d = shape.length - 1; d >= 0; d--) {
        from += (rest % shape[d]) * strides[op.axes[d]];
        rest = Math.floor(rest / shape[d]);
      }
      codes[op.output][i] = codes[op.signal][from];
    });
  }
}

/** Codes of each tap, each a list of channels. */
function gather(g: Json, signal: Json, codes: number[], y: number, x: number): number[][] {
  const taps: number[][] = [];
  for (let ky = 0; ky < g.kernel[0]; ky++) {
    for (let kx = 0; kx < g.kernel[1]; kx++) {
      const row = g.origin[0] + y * g.stride[0] + ky * g.dilation[0];
      const column = g.origin[1] + x * g.stride[1] + kx * g.dilation[1];
      const inside = row >= 0 && row < signal.shape[0] && column >= 0 && column < signal.shape[1];
      const tap: number[] = [];
      for (let c = g.channels[0]; c < g.channels[1]; c++) tap.push(inside ? codes[place(signal, row, column, c)] : g.fill ?? pick(signal.code.zero, c));
      taps.push(tap);
    }
  }
  return taps;
}

function coreOp(artefact: RawArtefact, op: Json): (taps: number[][]) => number[] {
  const { arithmetic, inputs } = artefact.chip;
  const weights = artefact.tensor(op.weights);
  const preload = op.preload === null ? new Array(op.columns).fill(0) : artefact.tensor(op.preload);
  const table = op.table === null ? null : artefact.tensor(op.table);
  const [lo, hi] = op.config.clamp;
  const column = { window, composed, 'ideal-limits': ideal }[arithmetic.kind as 'window' | 'composed' | 'ideal-limits'];
  return (taps) => {
    const x = [...taps.flat(), ...new Array(op.constantRows).fill(inputs[0][1])];
    return preload.map((b: number, j: number) => {
      const v = clamp(column(x, x.map((_, i) => weights[i * op.columns + j]), b, op.config, arithmetic), lo, hi);
      return table === null ? v : table[v - lo];
    });
  };
}

function dot(x: number[], w: number[]): number {
  return x.reduce((sum, v, i) => sum + v * w[i], 0);
}

function window(x: number[], w: number[], b: number, config: Json, a: Json): number {
  const limit = 2 ** (a.accumulatorBits - 1);
  return Math.floor(clamp(b + dot(x, w), -limit, limit - 1) / 2 ** config.shift);
}

function ideal(x: number[], w: number[], b: number, config: Json): number {
  return Math.floor((b + dot(x, w)) / 2 ** config.shift);
}

function composed(x: number[], w: number[], _: number, config: Json, a: Json): number {
  const part = (v: number, k: number, bits: number): number => Math.floor(v / 2 ** (k * bits)) % 2 ** bits;
  const convert = (d: number, k: number): number => Math.sign(d) * Math.min(Math.floor(Math.abs(d) / 2 ** k), 2 ** a.converterBits - 1);
  let sum = 0;
  for (let v = 0; v < a.weightBits / a.cellBits; v++) {
    for (let u = 0; u < a.inputBits / a.phaseBits; u++) {
      const shift = a.fullScaleShift - config.gain - a.cellBits * v - a.phaseBits * u;
      const parts = x.map((xi, i) => Math.sign(w[i]) * part(Math.abs(w[i]), v, a.cellBits) * part(xi, u, a.phaseBits));
      const [plus, minus] = [1, -1].map((sign) => parts.reduce((s, p) => (Math.sign(p) === sign ? s + Math.abs(p) : s), 0));
      sum += a.polarity === 'subtract' ? convert(plus - minus, shift) : convert(plus, shift) - convert(minus, shift);
    }
  }
  return sum;
}
