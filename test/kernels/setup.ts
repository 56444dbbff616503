/** Kernels of the built module, and tiles run through them with everything around the outputs watched. */
import { existsSync, readFileSync } from 'node:fs';
import { compileKernels, createMemory, instantiateKernels, type KernelInstance } from '../../src/kernels/instance.js';
import { Arena, int16View } from '../../src/kernels/memory.js';
import type { CoreKernel, TileSpec } from '../../src/kernels/types.js';

const WASM = new URL('../../dist/wasm/kernels.wasm', import.meta.url);

export function readModule(): Uint8Array {
  if (!existsSync(WASM)) throw new Error('dist/wasm/kernels.wasm is missing: npx asc --config asconfig.json');
  return readFileSync(WASM);
}

export function loadModule(): WebAssembly.Module {
  return compileKernels(readModule());
}

export function loadKernels(relaxed: WebAssembly.Module | null = null): { instance: KernelInstance; arena: Arena } {
  const instance = instantiateKernels(loadModule(), createMemory(), relaxed);
  return { instance, arena: new Arena(instance.memory, instance.heapBase) };
}

/** Deterministic integers in lo..hi (mulberry32). */
export function generator(seed: number): (lo: number, hi: number) => number {
  let state = seed >>> 0;
  return (lo, hi) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    const unit = ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    return lo + Math.floor(unit * (hi - lo + 1));
  };
}

export function randomCodes(next: (lo: number, hi: number) => number, length: number, lo: number, hi: number): Int16Array {
  return Int16Array.from({ length }, () => next(lo, hi));
}

export interface Placement {
  /** Elements between rows beyond the least. */
  readonly xGap: number;
  readonly yGap: number;
  /** Elements by which the first row is off a 16-byte boundary. */
  readonly xShift: number;
  readonly yShift: number;
}

export const TIGHT: Placement = { xGap: 0, yGap: 0, xShift: 0, yShift: 0 };
export const LOOSE: Placement = { xGap: 5, yGap: 3, xShift: 3, yShift: 5 };

const SENTINEL = 0x5a5b;

/** Runs a kernel on `count` rows; throws where anything but the outputs was written. */
export function runTile(
  kernel: CoreKernel, spec: TileSpec, kernels: { instance: KernelInstance; arena: Arena }, x: Int16Array, count: number,
  at: Placement = TIGHT,
): Int16Array {
  const { instance, arena } = kernels;
  const mark = arena.mark();
  const tile = kernel.pack(spec, instance.memory, arena.allocate);
  const xPitch = Math.ceil(spec.rows / 8) * 8 + at.xGap;
  const yPitch = spec.columns + at.yGap;
  const xLength = count * xPitch + at.xShift + 8;
  const yLength = count * yPitch + at.yShift + 64;
  const xAddress = arena.allocate(xLength * 2);
  const yAddress = arena.allocate(yLength * 2);
  const scratch = arena.allocate(tile.scratchBytes);
  const input = int16View(instance.memory, xAddress, xLength).fill(SENTINEL);
  for (let r = 0; r < count; r++) input.set(x.subarray(r * spec.rows, (r + 1) * spec.rows), at.xShift + r * xPitch);
  const before = input.slice();
  const output = int16View(instance.memory, yAddress, yLength).fill(SENTINEL);
  kernel.run(tile, instance.exports, xAddress + at.xShift * 2, xPitch, count, yAddress + at.yShift * 2, yPitch, scratch);
  const y = new Int16Array(count * spec.columns);
  for (let k = 0; k < yLength; k++) {
    const place = k - at.yShift;
    const row = Math.floor(place / yPitch);
    const column = place - row * yPitch;
    if (place >= 0 && row < count && column < spec.columns) y[row * spec.columns + column] = output[k] as number;
    else if (output[k] !== SENTINEL) throw new Error(`${kernel.name} wrote beyond its outputs, at row ${row}, column ${column}`);
  }
  if (!input.every((code, k) => code === before[k])) throw new Error(`${kernel.name} wrote to its inputs`);
  arena.release(mark);
  return y;
}

/** Sizes at which block edges are met. */
export const ODD_SIZES = [1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 64, 65, 129, 255, 256] as const;

/** A module with a `productRelaxed` of the right form that does nothing. */
export function idleModule(): Uint8Array<ArrayBuffer> {
  const name = [...new TextEncoder().encode('productRelaxed')];
  const parameters = new Array<number>(17).fill(0x7f);
  return Uint8Array.of(
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    1, parameters.length + 4, 1, 0x60, parameters.length, ...parameters, 0,
    3, 2, 1, 0,
    7, name.length + 4, 1, name.length, ...name, 0, 0,
    10, 4, 1, 2, 0, 0x0b,
  );
}
