/** Float32 kernels: SIMD against the scalar twin, bit for bit, at sizes where tiles end; and against the operators' plain evaluation. */
import { describe, expect, it } from 'vitest';
import { floatKernels } from '../../src/kernels/float.js';
import { float32View } from '../../src/kernels/memory.js';
import type { TileSpec } from '../../src/kernels/types.js';
import { generator, loadKernels } from '../kernels/setup.js';

const kernels = loadKernels();
const { instance, arena } = kernels;
const GUARD = 12345;

function floats(next: (lo: number, hi: number) => number, length: number): Float32Array {
  return Float32Array.from({ length }, () => next(-1000, 1000) / 256);
}

function place(values: Float32Array): number {
  const address = arena.allocate(values.byteLength + 64);
  float32View(instance.memory, address, values.length).set(values);
  return address;
}

/** Calls both twins with an output of `length` floats between guards; gives what SIMD wrote. */
function both(name: string, length: number, call: (f: (...args: number[]) => number, y: number) => void): Float32Array {
  const results = ['Simd', 'Scalar'].map((variant) => {
    const at = arena.allocate((length + 16) * 4);
    const view = float32View(instance.memory, at, length + 16).fill(GUARD);
    call(instance.exports[name + variant]!, at + 16);
    expect([...view.subarray(0, 4), ...view.subarray(length + 4)].every((v) => v === GUARD)).toBe(true);
    return view.slice(4, length + 4);
  }) as [Float32Array, Float32Array];
  expect(new Int32Array(results[0].buffer)).toEqual(new Int32Array(results[1].buffer));
  return results[0];
}

describe('products', () => {
  const next = generator(1);
  for (const [rows, columns, depth] of [[1, 1, 1], [1, 35, 9], [2, 64, 3], [3, 33, 17], [4, 8, 5], [5, 7, 64], [9, 12, 31], [17, 30, 2], [8, 5, 0]] as const) {
    it(`${rows} x ${depth} x ${columns}`, () => {
      const mark = arena.mark();
      const [a, b, bias] = [floats(next, rows * (depth + 3)), floats(next, depth * (columns + 2)), floats(next, Math.max(rows, columns))];
      const [pa, pb, ps] = [place(a), place(b), place(bias)];
      const scratch = arena.allocate(depth * 32 + 32);
      const y = both('productFloat', rows * columns, (f, to) => {
        f(rows, columns, depth, pa, depth + 3, pb, columns + 2, ps, 1, to, columns, scratch);
      });
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          let sum = bias[i]!;
          for (let k = 0; k < depth; k++) sum = Math.fround(sum + Math.fround(a[i * (depth + 3) + k]! * b[k * (columns + 2) + j]!));
          expect(y[i * columns + j]).toBe(sum);
        }
      }
      arena.release(mark);
    });
  }
});

describe('float core kernels', () => {
  const next = generator(2);
  for (const [rows, columns, count] of [[1, 1, 1], [7, 9, 3], [33, 40, 2], [16, 31, 6], [64, 65, 5]] as const) {
    it(`${rows} x ${columns}, ${count} rows of input`, () => {
      const weights = floats(next, rows * columns);
      const preload = floats(next, columns);
      const spec: TileSpec = { arithmetic: { kind: 'float' }, rows, columns, weights, preload, config: {}, table: null, input: { lo: 0, hi: 0 } };
      const x = floats(next, count * (rows + 9));
      const from = place(x);
      const results = floatKernels.map((kernel) => {
        expect(kernel.supports(spec)).toBe(true);
        const tile = kernel.pack(spec, instance.memory, arena.allocate);
        const to = place(new Float32Array(count * (columns + 5)).fill(GUARD));
        kernel.run(tile, instance.exports, from, rows + 9, count, to, columns + 5, 0);
        return float32View(instance.memory, to, count * (columns + 5)).slice();
      }) as [Float32Array, Float32Array];
      expect(results[0]).toEqual(results[1]);
      for (let r = 0; r < count; r++) {
        for (let j = 0; j < columns + 5; j++) {
          let sum = j < columns ? preload[j]! : GUARD;
          for (let k = 0; k < rows && j < columns; k++) sum = Math.fround(sum + Math.fround(x[r * (rows + 9) + k]! * weights[k * columns + j]!));
          expect(results[0][r * (columns + 5) + j]).toBe(sum);
        }
      }
    });
  }
});

describe('windows', () => {
  const next = generator(3);
  const cases = [[3, 3, 1, 1, 1, 1], [3, 3, 2, 2, 1, 1], [2, 5, 1, 2, 2, 1], [1, 1, 3, 3, 1, 1], [5, 2, 3, 3, 1, 2]] as const;
  for (const [kh, kw, sh, sw, dh, dw] of cases) {
    for (const [rows, columns] of [[1, 1], [3, 4], [2, 7], [5, 13]] as const) {
      it(`${kh} x ${kw}, stride ${sh} x ${sw}, dilation ${dh} x ${dw}, to ${rows} x ${columns}`, () => {
        const pitch = (columns - 1) * sw + (kw - 1) * dw + 1;
        const height = (rows - 1) * sh + (kh - 1) * dh + 1;
        const plane = floats(next, height * pitch + 4 * sw + 8);
        const weights = floats(next, kh * kw);
        const counts = Float32Array.from({ length: rows * columns }, (_, i) => 1 + (i % 3));
        const [p, w, c] = [place(plane), place(weights), place(counts)];
        const window = [p, pitch, kh, kw, sh, sw, dh, dw];
        const weighted = both('depthwise', rows * columns, (f, y) => f(...window, w, 0.5, y, rows, columns));
        const greatest = both('windowMaximum', rows * columns, (f, y) => f(...window, y, rows, columns));
        const mean = both('windowMean', rows * columns, (f, y) => f(...window, c, y, rows, columns));
        for (let oy = 0; oy < rows; oy++) {
          for (let ox = 0; ox < columns; ox++) {
            let [sum, most, total] = [0.5, -Infinity, 0];
            for (let ky = 0; ky < kh; ky++) {
              for (let kx = 0; kx < kw; kx++) {
                const v = plane[(oy * sh + ky * dh) * pitch + ox * sw + kx * dw]!;
                sum = Math.fround(sum + Math.fround(v * weights[ky * kw + kx]!));
                most = Math.max(most, v);
                total = Math.fround(total + v);
              }
            }
            const i = oy * columns + ox;
            expect([weighted[i], greatest[i], mean[i]]).toEqual([sum, most, Math.fround(total / counts[i]!)]);
          }
        }
      });
    }
  }
});

describe('element-wise', () => {
  const next = generator(4);
  for (const n of [0, 1, 3, 4, 7, 8, 9, 31]) {
    it(`${n} elements`, () => {
      const a = floats(next, n);
      if (n > 3) a[2] = NaN;
      const b = floats(next, n);
      const [pa, pb] = [place(a), place(b)];
      expect(both('clampFloat', n, (f, y) => f(pa, y, n, -1, 2))).toEqual(a.map((v) => Math.min(Math.max(v, -1), 2)));
      expect(both('addFloat', n, (f, y) => f(pa, pb, y, n))).toEqual(a.map((v, i) => v + b[i]!));
      const [factors, offsets] = [place(floats(next, 3)), place(floats(next, 3))];
      const many = place(floats(next, 5 * n));
      both('scalePlanes', 5 * n, (f, y) => f(many, y, 5, n, 3, factors, offsets));
      both('meanPlanes', 5, (f, y) => n > 0 && f(many, y, 5, n));
    });
  }

  it('8-bit codes round ties to even, clamp, and come back', () => {
    const x = Float32Array.from([0.5, 1.5, 2.5, -0.5, -1.5, 300, -300, 0.24, 0.26, 127, -128, Infinity, -Infinity]);
    const at = place(x);
    for (const [zero, lo, hi] of [[0, -128, 127], [128, 0, 255], [-3, -128, 127]] as const) {
      const codes = arena.allocate(64);
      both('quantize8', 16, (f, y) => {
        f(at, y, x.length, 1, zero, lo, hi);
        new Uint8Array(instance.memory.buffer, codes, 16).set(new Uint8Array(instance.memory.buffer, y, 16));
      });
      const view = lo < 0 ? new Int8Array(instance.memory.buffer, codes, 13) : new Uint8Array(instance.memory.buffer, codes, 13);
      const even = [0, 2, 2, 0, -2, 300, -300, 0, 0, 127, -128, 1000, -1000];
      expect(Array.from(view)).toEqual(even.map((v) => Math.min(Math.max(v + zero, lo), hi)));
      const back = both('dequantize8', 13, (f, y) => f(codes, y, 13, 0.5, zero, lo < 0 ? 1 : 0));
      expect(Array.from(back)).toEqual(Array.from(view, (code) => (code - zero) * 0.5));
    }
  });
});
