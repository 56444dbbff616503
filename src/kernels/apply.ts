/**
 * Kernels on plain arrays: places operands in memory, runs, takes the results out. For conformance and tests; the emulator keeps its data
 * in memory.
 */
import { maximum, type Twin } from './gather.js';
import { createMemory, instantiateKernels, type KernelInstance } from './instance.js';
import { Arena, int16View, int32View } from './memory.js';
import type { RadixKernel, RadixSpec } from './radix.js';
import { beginSample, stateBytes, type SpikingKernel, type SpikingSpec } from './spiking.js';
import type { CoreKernel, MapKernel, MapSpec, TileSpec } from './types.js';

/** A memory and an instance of its own; every call leaves the memory as it was. */
export class Bench {
  readonly #instance: KernelInstance;
  readonly #arena: Arena;

  /** `relaxed`: the module of the kernels in relaxed SIMD, if they are to be run too. */
  constructor(module: WebAssembly.Module, relaxed: WebAssembly.Module | null = null) {
    this.#instance = instantiateKernels(module, createMemory(), relaxed);
    this.#arena = new Arena(this.#instance.memory, this.#instance.heapBase);
  }

  /** Output codes [count x columns] of input codes [count x rows], of the last of `times` runs. */
  core(kernel: CoreKernel, spec: TileSpec, x: Int16Array, count: number, times = 1): Int16Array {
    return this.#scoped((arena, { memory, exports }) => {
      const tile = kernel.pack(spec, memory, arena.allocate);
      const [address, pitch] = this.#placeRows(x, spec.rows);
      const scratch = arena.allocate(tile.scratchBytes);
      const y = arena.allocate(count * spec.columns * 2);
      for (let k = 0; k < times; k++) kernel.run(tile, exports, address, pitch, count, y, spec.columns, scratch);
      return int16View(memory, y, count * spec.columns).slice();
    });
  }

  /**
   * The same through a kernel that reads maps: each row is a map of 3 x 3 pixels under one window, its last channels filled up with zeros that have weights of
   * 0, or one pixel whose channels are terms of every column. `null` if the kernel supports neither.
   */
  window(kernel: MapKernel, spec: TileSpec, x: Int16Array, count: number): Int16Array | null {
    const channels = Math.ceil(spec.rows / WINDOW);
    const map = [windowSpec(spec, channels), ...termsSpec(spec)].find((each) => kernel.supports(each));
    if (map === undefined) return null;
    return this.#scoped((arena, { memory, exports }) => {
      const tile = kernel.pack(map, memory, arena.allocate);
      const [address] = this.#placeRows(x, spec.rows, map.rows);
      const scratch = arena.allocate(tile.scratchBytes);
      const fill = arena.allocate(Math.ceil(channels / 8) * 16);
      const y = arena.allocate(count * spec.columns * 2);
      const windows = map.windows.map((w) => ({ ...w, map: address, sampleStep: map.rows * 2, fill }));
      const step = spec.columns * 2;
      kernel.run(tile, exports, memory, windows, { address: y, sampleStep: step, lineStep: step, columnStep: step, positions: [1, 1] }, count, scratch);
      return int16View(memory, y, count * spec.columns).slice();
    });
  }

  /** Output spikes [steps x columns] of input spikes [steps x rows], and the potentials after the last step. */
  spiking(kernel: SpikingKernel, spec: SpikingSpec, x: Int16Array, steps: number): { spikes: Int16Array; membrane: Int32Array } {
    return this.#scoped((arena, { memory, exports }) => {
      const tile = kernel.pack(spec, memory, arena.allocate);
      const [address, pitch] = this.#placeRows(x, spec.rows);
      const scratch = arena.allocate(tile.scratchBytes);
      const state = arena.allocate(stateBytes(tile));
      const y = arena.allocate(steps * spec.columns * 2);
      beginSample(tile, memory, state);
      kernel.run(tile, exports, address, pitch, steps, y, spec.columns, state, scratch);
      return { spikes: int16View(memory, y, steps * spec.columns).slice(), membrane: int32View(memory, state, spec.columns).slice() };
    });
  }

  /** Output codes [count x columns] of binary planes [count x bits x rows]. */
  radix(kernel: RadixKernel, spec: RadixSpec, x: Int16Array, count: number): Int16Array {
    return this.#scoped((arena, { memory, exports }) => {
      const tile = kernel.pack(spec, memory, arena.allocate);
      const [address, pitch] = this.#placeRows(x, spec.rows);
      const scratch = arena.allocate(tile.scratchBytes);
      const y = arena.allocate(count * spec.columns * 2);
      kernel.run(tile, exports, address, pitch, count, y, spec.columns, scratch);
      return int16View(memory, y, count * spec.columns).slice();
    });
  }

  /** Greatest codes [count x channels] of codes [count x taps x channels]. */
  maximum(twin: Twin, x: Int16Array, count: number, taps: number, channels: number): Int16Array {
    return this.#scoped((arena, { memory, exports }) => {
      const [address, pitch] = this.#placeRows(x, taps * channels);
      const y = arena.allocate(count * channels * 2);
      maximum(exports, twin, 2, address, pitch, count, taps, channels, y, channels);
      return int16View(memory, y, count * channels).slice();
    });
  }

  #scoped<T>(run: (arena: Arena, instance: KernelInstance) => T): T {
    const mark = this.#arena.mark();
    try {
      return run(this.#arena, this.#instance);
    } finally {
      this.#arena.release(mark);
    }
  }

  /** Rows at a pitch of a multiple of 8 elements, or the one given; zeros between them, and room behind. */
  #placeRows(x: Int16Array, width: number, pitch = Math.ceil(width / 8) * 8): [address: number, pitch: number] {
    const rows = x.length / width;
    const address = this.#arena.allocate(rows * pitch * 2 + 16);
    const view = int16View(this.#instance.memory, address, rows * pitch).fill(0);
    for (let r = 0; r < rows; r++) view.set(x.subarray(r * width, (r + 1) * width), r * pitch);
    return [address, pitch];
  }
}

/** Pixels of a window. */
const WINDOW = 9;

/** A tile whose rows are those of one window of 3 x 3 pixels of `channels` channels, the last of which have weights of 0. */
function windowSpec(spec: TileSpec, channels: number): MapSpec {
  const rows = WINDOW * channels;
  const weights = new Int16Array(rows * spec.columns);
  weights.set(spec.weights);
  const input = { lo: Math.min(spec.input.lo, 0), hi: Math.max(spec.input.hi, 0) };
  const window = { from: 0, to: channels, kernel: [3, 3], stride: [1, 1], dilation: [1, 1], origin: [0, 0], shape: [3, 3, channels] } as const;
  return { ...spec, rows, weights, input, windows: [window], positions: [1, 1], samples: 1 };
}

/** A tile whose rows are channels of one pixel, as many for each term as it has columns; nothing where that does not come out even. */
function termsSpec(spec: TileSpec): MapSpec[] {
  const { rows, columns } = spec;
  if (rows % columns !== 0) return [];
  const windows = Array.from({ length: rows / columns }, (_, t) => ({
    from: t * columns, to: (t + 1) * columns, kernel: [1, 1], stride: [1, 1], dilation: [1, 1], origin: [0, 0], shape: [1, 1, rows],
  } as const));
  return [{ ...spec, windows, positions: [1, 1], samples: 1 }];
}
