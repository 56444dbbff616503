/** Kernels on operands that lie ready in one memory. */
import { compileKernels, createMemory, instantiateKernels } from '../dist/kernels/instance.js';
import { Arena, int16View } from '../dist/kernels/memory.js';
import { kernelBytes } from '../dist/data/files.js';

const instance = instantiateKernels(compileKernels(kernelBytes()), createMemory());
const arena = new Arena(instance.memory, instance.heapBase);

/** The kernel on the first `batch` rows of codes of `x`, laid out as the engine does; weights packed. `outputs` gives a view of the results. */
export function placed(kernel, spec, x, batch) {
  const tile = kernel.pack(spec, instance.memory, arena.allocate);
  const pitch = Math.ceil(spec.rows / 8) * 8;
  const xAddress = arena.allocate(batch * pitch * 2);
  const yAddress = arena.allocate(batch * spec.columns * 2);
  const scratch = arena.allocate(tile.scratchBytes);
  const rows = int16View(instance.memory, xAddress, batch * pitch);
  for (let r = 0; r < batch; r++) rows.set(x.subarray(r * spec.rows, (r + 1) * spec.rows), r * pitch);
  const run = () => kernel.run(tile, instance.exports, xAddress, pitch, batch, yAddress, spec.columns, scratch);
  return { name: kernel.name, batch, run, outputs: () => int16View(instance.memory, yAddress, batch * spec.columns) };
}

export function expectSame(a, b, what) {
  for (let k = 0; k < Math.min(a.length, b.length); k++) if (a[k] !== b[k]) throw new Error(`${what} differ at ${k}: ${a[k]}, ${b[k]}`);
}
