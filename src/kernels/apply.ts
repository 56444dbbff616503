/**
 * Kernels on plain arrays: places operands in memory, runs, takes the results out. For conformance and tests; the emulator keeps its data
 * in memory.
 */
import { maximum, type Twin } from './gather.js';
import { createMemory, instantiateKernels, type KernelInstance } from './instance.js';
import { Arena, int16View, int32View } from './memory.js';
import type { RadixKernel, RadixSpec } from './radix.js';
import { beginSample, stateBytes, type SpikingKernel, type SpikingSpec } from './spiking.js';
import type { CoreKernel, TileSpec } from './types.js';

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

  /** Rows at a pitch of a multiple of 8 elements. */
  #placeRows(x: Int16Array, width: number): [address: number, pitch: number] {
    const pitch = Math.ceil(width / 8) * 8;
    const rows = x.length / width;
    const address = this.#arena.allocate(rows * pitch * 2);
    const view = int16View(this.#instance.memory, address, rows * pitch);
    for (let r = 0; r < rows; r++) view.set(x.subarray(r * width, (r + 1) * width), r * pitch);
    return [address, pitch];
  }
}
