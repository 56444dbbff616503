/**
 * The WASM module: compiled once, one shared memory, one instance a thread. Takes bytes; whoever reads the file stands elsewhere.
 */
import { fail } from '../diagnostics.js';
import type { CoreKernel, KernelExports } from './types.js';

/** Bytes of one page of linear memory. */
export const PAGE_BYTES = 65536;

/** Limits of the memory that the module imports (asconfig.json); linking fails on any other. */
const INITIAL_PAGES = 16;
const MAXIMUM_PAGES = 65536;

/** One thread's kernels. */
export interface KernelInstance {
  readonly memory: WebAssembly.Memory;
  readonly exports: KernelExports;
  /** First byte of the memory that is free for data. */
  readonly heapBase: number;
  /** Kernels of the relaxed module that may be chosen. */
  readonly relaxed: readonly CoreKernel[];
}

/** Compiles the module. Refuses with T503 bytes that are none, and an engine that lacks SIMD or shared memory. */
export function compileKernels(bytes: Uint8Array): WebAssembly.Module {
  try {
    return new WebAssembly.Module(Uint8Array.from(bytes));
  } catch (error) {
    return fail('T503', 'kernels', `the WebAssembly module cannot be compiled: ${reason(error)}`, {
      remedy: 'build the kernels again, or use an engine with SIMD and threads',
    });
  }
}

/** The memory that all instances of all threads share. Refuses with T503 where the address space does not allow it. */
export function createMemory(): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAXIMUM_PAGES, shared: true });
  } catch (error) {
    return fail('T503', 'kernels', `no shared memory to be had: ${reason(error)}`, {
      limit: `${MAXIMUM_PAGES * PAGE_BYTES} bytes of address space`,
    });
  }
}

/**
 * One instance of the module, and of the relaxed one (self-test.ts) if it is given, over a memory of `createMemory`; `usable` are the kernels of that which
 * may be chosen. Refuses with T503 a module that does not link.
 */
export function instantiateKernels(
  module: WebAssembly.Module, memory: WebAssembly.Memory, relaxed: WebAssembly.Module | null = null, usable: readonly CoreKernel[] = [],
): KernelInstance {
  let exports: KernelExports;
  try {
    const instances = [module, ...(relaxed === null ? [] : [relaxed])].map((m) => new WebAssembly.Instance(m, { env: { memory } }));
    exports = Object.assign({}, ...instances.map((instance) => instance.exports)) as KernelExports;
  } catch (error) {
    return fail('T503', 'kernels', `the WebAssembly module cannot be linked: ${reason(error)}`);
  }
  const { heapBase } = exports;
  if (heapBase === undefined) return fail('T503', 'kernels', 'the WebAssembly module is not one of kernels');
  return { memory, exports, heapBase: heapBase(), relaxed: usable };
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
