/** Kernels on operands that lie ready in one memory. */
import { compileKernels, createMemory, instantiateKernels } from '../dist/kernels/instance.js';
import { Arena, int16View } from '../dist/kernels/memory.js';
import { compileRelaxed } from '../dist/kernels/self-test.js';
import { CORE_KERNELS, RELAXED_KERNELS, pickKernel } from '../dist/kernels/table.js';
import { v8Version } from '../dist/data/engine.js';
import { kernelBytes } from '../dist/data/files.js';

const relaxed = compileRelaxed(kernelBytes('relaxed'), v8Version());
const instance = instantiateKernels(compileKernels(kernelBytes()), createMemory(), relaxed);
const kernels = relaxed === null ? CORE_KERNELS : [...CORE_KERNELS, ...RELAXED_KERNELS];
const arena = new Arena(instance.memory, instance.heapBase);

/** All kernels of this engine that take the tile. */
export function kernelsFor(spec) {
  return kernels.filter((kernel) => kernel.supports(spec));
}

/** The one of them that is picked. */
export function pickedFor(spec) {
  return pickKernel(spec, undefined, relaxed !== null);
}

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
