/** Kernels on operands that lie ready in one memory. */
import { compileKernels, createMemory, instantiateKernels } from '../dist/kernels/instance.js';
import { Arena, int16View } from '../dist/kernels/memory.js';
import { kernelBytes } from '../dist/data/files.js';

const instance = instantiateKernels(compileKernels(kernelBytes()), createMemory());
const arena = new Arena(instance.memory, instance.heapBase);

/** The kernel on `batch` rows of `x` ([rows of codes x the tile's rows]); weights packed. `outputs` gives a view of the results. */
export function placed(kernel, spec, x, batch) {
  const tile = kernel.pack(spec, instance.memory, arena.allocate);
  // Kernels may read up to the next multiple of 8 codes.
  const xAddress = arena.allocate(x.byteLength + 16);
  const yAddress = arena.allocate(batch * spec.columns * 2);
  const scratch = arena.allocate(tile.scratchBytes);
  int16View(instance.memory, xAddress, x.length).set(x);
  const run = () => kernel.run(tile, instance.exports, xAddress, spec.rows, batch, yAddress, spec.columns, scratch);
  return { name: kernel.name, batch, run, outputs: () => int16View(instance.memory, yAddress, batch * spec.columns) };
}

export function expectSame(a, b, what) {
  for (let k = 0; k < Math.min(a.length, b.length); k++) if (a[k] !== b[k]) throw new Error(`${what} differ at ${k}: ${a[k]}, ${b[k]}`);
}
