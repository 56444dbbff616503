/** The kernels of training: what they compute, in plain loops of float32; SIMD and scalar twins bit for bit. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateNode } from '../../src/graph/infer.js';
import { responseTerms } from '../../src/graph/ops/lrn.js';
import { sigmoid, tanh } from '../../src/graph/ops/exponential.js';
import { float32View } from '../../src/kernels/memory.js';
import { generator, loadKernels } from '../kernels/setup.js';

const { instance: { memory, exports }, arena } = loadKernels();
const round = Math.fround;

function floats(seed: number, length: number): Float32Array {
  const next = generator(seed);
  return Float32Array.from({ length }, () => next(-1000, 1000) / 256);
}

function place(values: Float32Array): number {
  const address = arena.allocate(values.byteLength + 64);
  float32View(memory, address, values.length).set(values);
  return address;
}

/** Calls both twins on outputs that begin as `start`, between guards; gives what SIMD made of it. */
function both(name: string, start: Float32Array, call: (f: (...args: number[]) => number, to: number) => void): Float32Array {
  const [simd, scalar] = ['Simd', 'Scalar'].map((variant) => {
    const at = arena.allocate((start.length + 16) * 4);
    const view = float32View(memory, at, start.length + 16).fill(12345);
    view.set(start, 4);
    call(exports[name + variant]!, at + 16);
    expect([...view.subarray(0, 4), ...view.subarray(start.length + 4)].every((v) => v === 12345)).toBe(true);
    return view.slice(4, start.length + 4);
  }) as [Float32Array, Float32Array];
  expect(new Int32Array(simd.buffer)).toEqual(new Int32Array(scalar.buffer));
  return simd;
}

const size = fc.integer({ min: 1, max: 19 });
const gap = fc.integer({ min: 0, max: 3 });

/** Four running sums, element k to sum k modulo 4. */
function fourSums(length: number, term: (k: number) => number): number {
  const sums = [0, 0, 0, 0];
  for (let k = 0; k < length; k++) sums[k % 4] = round(sums[k % 4]! + term(k));
  return round(round(sums[0]! + sums[1]!) + round(sums[2]! + sums[3]!));
}

describe('products with a transposed operand', () => {
  it('A^T * B adds its products in order', () => {
    fc.assert(fc.property(size, size, size, gap, (rows, columns, depth, more) => {
      const mark = arena.mark();
      const [a, b] = [floats(rows, depth * (rows + more)), floats(columns + 50, depth * (columns + more))];
      const [pa, pb] = [place(a), place(b)];
      const pitch = columns + more;
      const c = both('outerFloat', new Float32Array(rows * pitch), (f, to) => f(rows, columns, depth, pa, rows + more, pb, columns + more, to, pitch));
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          let sum = 0;
          for (let k = 0; k < depth; k++) sum = round(sum + round(a[k * (rows + more) + i]! * b[k * (columns + more) + j]!));
          expect(c[i * pitch + j]).toBe(sum);
        }
      }
      arena.release(mark);
    }), { numRuns: 60, seed: 1 });
  });

  it('A * B^T adds to what is there, in four running sums', () => {
    fc.assert(fc.property(size, size, size, gap, (rows, columns, depth, more) => {
      const mark = arena.mark();
      const pitch = depth + more;
      const [a, b, start] = [floats(rows, rows * pitch), floats(columns + 50, columns * pitch), floats(depth + 99, rows * columns)];
      const [pa, pb] = [place(a), place(b)];
      const c = both('innerFloat', start, (f, to) => f(rows, columns, depth, pa, pitch, pb, pitch, to, columns));
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          const sum = fourSums(depth, (k) => round(a[i * pitch + k]! * b[j * pitch + k]!));
          expect(c[i * columns + j]).toBe(round(start[i * columns + j]! + sum));
        }
      }
      arena.release(mark);
    }), { numRuns: 60, seed: 2 });
  });

  it('panels hold the matrix, by rows or by columns, and zeros', () => {
    fc.assert(fc.property(size, size, fc.boolean(), (depth, columns, transposed) => {
      const mark = arena.mark();
      const b = floats(depth, depth * columns);
      const width = Math.ceil(columns / 8) * 8;
      const to = place(new Float32Array(depth * width).fill(NaN));
      const [rowStep, columnStep] = transposed ? [1, depth] : [columns, 1];
      exports['packPanels']!(place(b), depth, columns, rowStep, columnStep, 2, to);
      const panels = float32View(memory, to, depth * width);
      for (let k = 0; k < depth; k++) {
        for (let j = 0; j < width; j++) {
          const expected = j < columns ? 2 * b[k * rowStep + j * columnStep]! : 0;
          expect(panels[(Math.floor(j / 8) * depth + k) * 8 + (j % 8)]).toBe(expected);
        }
      }
      arena.release(mark);
    }), { numRuns: 40, seed: 3 });
  });
});

describe('windows', () => {
  const side = fc.integer({ min: 1, max: 9 });
  const step = fc.integer({ min: 1, max: 3 });

  it('scattered are the adjoint of windows gathered: <gather x, y> = <x, scatter y>', () => {
    fc.assert(fc.property(side, side, step, step, step, step, gap, gap, (height, width, kh, kw, stride, dilation, top, left) => {
      const rows = Math.floor((height + 2 * top - (kh - 1) * dilation - 1) / stride) + 1;
      const columns = Math.floor((width + 2 * left - (kw - 1) * dilation - 1) / stride) + 1;
      fc.pre(rows > 0 && columns > 0);
      const mark = arena.mark();
      const [channels, depth, count] = [2, 2 * kh * kw, rows * columns];
      const [x, y] = [floats(height, channels * height * width), floats(width + 9, depth * count)];
      const [px, py, windows] = [place(x), place(y), place(new Float32Array(depth * count))];
      const geometry = [channels, height, width, kh, kw, stride, stride, dilation, dilation, top, left, columns, 0, rows];
      exports['gatherWindows']!(px, ...geometry, windows, count);
      const spread = both('scatterWindows', new Float32Array(x.length), (f, to) => f(to, ...geometry, py, count));
      const gathered = float32View(memory, windows, depth * count);
      const left64 = gathered.reduce((sum, v, i) => sum + v * y[i]!, 0);
      const right64 = x.reduce((sum, v, i) => sum + v * spread[i]!, 0);
      // The values are multiples of 1/256 below 4: sums and products are exact.
      expect(left64).toBe(right64);
      arena.release(mark);
    }), { numRuns: 60, seed: 4 });
  });
});

describe('functions', () => {
  const special = [0, -0, 1e-30, -1e-30, 0.16, 0.18, -0.17, 19.9, 20.1, -25, 88, -88, 104, -104, 700, -701, 1e30, -1e30, Infinity, -Infinity, NaN];
  const values = Float32Array.from([...special, ...floats(5, 4000), ...floats(6, 1000).map((v) => v * 10)]);

  it.each([['tanhFloat', tanh], ['sigmoidFloat', sigmoid]] as const)('%s has the bits of the plain function', (name, f) => {
    const [x, y] = [place(values), place(values)];
    exports[name]!(x, y, values.length);
    const expected = values.map(f);
    expect(new Int32Array(memory.buffer, y, values.length)).toEqual(new Int32Array(expected.buffer));
  });

  it('local response normalisation has the bits of the plain evaluation', () => {
    for (const [channels, plane, size, alpha, beta, bias] of [[7, 5, 5, 0.7, 0.75, 1.5], [6, 4, 4, 30, 1.25, 0.001], [3, 9, 9, 0, 0.1, 2]] as const) {
      const attributes = { size, alpha, beta, bias };
      const x = floats(channels, 2 * channels * plane).map((v) => v * v * v);
      const [expected] = evaluateNode('LRN', attributes, [{ type: 'float32', shape: [2, channels, plane], data: x }], 13);
      const { before, after, alpha: a, beta: b, bias: c } = responseTerms({ attributes });
      const y = place(new Float32Array(x.length));
      exports['responseFloat']!(place(x), y, 2, channels, plane, before, after, a / size, b, c);
      expect(new Int32Array(memory.buffer, y, x.length)).toEqual(new Int32Array((expected!.data as Float32Array).buffer));
    }
  });

  it('sums of planes: of values, and of products', () => {
    const [planes, channels] = [6, 3];
    for (const length of [1, 3, 4, 7, 16]) {
      const [x, y, start] = [floats(length, planes * length), floats(length + 1, planes * length), floats(2, channels)];
      const [px, py] = [place(x), place(y)];
      for (const other of [0, py]) {
        const sums = both('sumPlanes', start, (f, to) => f(px, other, planes, length, channels, to));
        const expected = start.slice();
        for (let p = 0; p < planes; p++) {
          const sum = fourSums(length, (k) => (other ? round(x[p * length + k]! * y[p * length + k]!) : x[p * length + k]!));
          expected[p % channels] = round(expected[p % channels]! + sum);
        }
        expect(sums).toEqual(expected);
      }
    }
  });
});

describe('steps of optimisers', () => {
  it('twins give the same bits', () => {
    const [w, g] = [floats(1, 23), floats(2, 23)];
    const state = (seed: number): number => place(floats(seed, 23).map(Math.abs));
    both('momentumStep', w, (f, to) => f(to, place(g), state(3), 23, 0.1, 0.9, 0.01));
    both('adamStep', w, (f, to) => f(to, place(g), state(3), state(4), 23, 0.01, 0.9, 0.999, 1e-8, 0.001));
  });
});
