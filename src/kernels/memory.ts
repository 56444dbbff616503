/**
 * Places in the shared memory: an allocator that only moves up, and typed views of what it gave.
 */
import { fail } from '../diagnostics.js';
import { PAGE_BYTES } from './instance.js';

/** Every allocation starts at a multiple of this. */
export const ALIGNMENT = 16;

const FOUR_GIB = 2 ** 32;

/** Bump allocator: memory that stays until a mark below it is released. Grows the memory when needed. */
export class Arena {
  #top: number;

  /** Hands out bytes `start`..`limit - 1` of the memory. */
  constructor(readonly memory: WebAssembly.Memory, start: number, readonly limit: number = FOUR_GIB) {
    this.#top = align(start);
  }

  /** Address of `bytes` new bytes, a multiple of 16. Their content is undefined. Refuses with T503 what goes beyond the limit. */
  readonly allocate = (bytes: number): number => {
    if (!Number.isSafeInteger(bytes) || bytes < 0) fail('T503', 'memory', `${bytes} bytes asked for`, { limit: 'a natural number' });
    const address = this.#top;
    const top = align(address + bytes);
    if (top > Math.min(this.limit, FOUR_GIB)) {
      fail('T503', 'memory', `${bytes} bytes asked for, ${address} in use`, {
        limit: `${this.limit} bytes`,
        remedy: 'use a smaller batch',
      });
    }
    this.#grow(top);
    this.#top = top;
    return address;
  };

  /** The present end of what is in use, for `release`. */
  mark(): number {
    return this.#top;
  }

  /** Gives back everything allocated since `mark()` gave this value. */
  release(mark: number): void {
    this.#top = mark;
  }

  #grow(top: number): void {
    const missing = top - this.memory.buffer.byteLength;
    if (missing <= 0) return;
    try {
      this.memory.grow(Math.ceil(missing / PAGE_BYTES));
    } catch {
      fail('T503', 'memory', `the machine does not give ${missing} more bytes`, { remedy: 'use a smaller batch' });
    }
  }
}

function align(address: number): number {
  return Math.ceil(address / ALIGNMENT) * ALIGNMENT;
}

/** View of `length` int16 codes at `address`; stays valid when the memory grows, but does not reach what is new. */
export function int16View(memory: WebAssembly.Memory, address: number, length: number): Int16Array {
  return new Int16Array(memory.buffer, address, length);
}

/** View of `length` int32 integers at `address`. */
export function int32View(memory: WebAssembly.Memory, address: number, length: number): Int32Array {
  return new Int32Array(memory.buffer, address, length);
}

/** View of `length` float32 values at `address`. */
export function float32View(memory: WebAssembly.Memory, address: number, length: number): Float32Array {
  return new Float32Array(memory.buffer, address, length);
}

/** Copies codes into new memory; 0 for `null`. */
export function place16(memory: WebAssembly.Memory, allocate: (bytes: number) => number, codes: Int16Array | null): number {
  if (codes === null) return 0;
  const address = allocate(codes.byteLength);
  int16View(memory, address, codes.length).set(codes);
  return address;
}
