/** Kernels on operands that lie ready in one memory: rows of codes, or maps that the engine collects them from. */
import { compileKernels, createMemory, instantiateKernels } from '../dist/kernels/instance.js';
import { Arena, int16View } from '../dist/kernels/memory.js';
import { compileRelaxed, usableKernels } from '../dist/kernels/self-test.js';
import { CORE_KERNELS, MAP_KERNELS, pickKernel } from '../dist/kernels/table.js';
import { Engine } from '../dist/emulate/engine.js';
import { planEngine } from '../dist/emulate/plan.js';
import { v8Version } from '../dist/data/engine.js';
import { kernelBytes } from '../dist/data/files.js';

const relaxed = compileRelaxed(kernelBytes('relaxed'), v8Version());
const plain = compileKernels(kernelBytes());
const instance = instantiateKernels(plain, createMemory(), relaxed);
const usable = relaxed === null ? [] : usableKernels(plain, relaxed);
const kernels = [...CORE_KERNELS, ...usable];
const arena = new Arena(instance.memory, instance.heapBase);

/** All kernels of this engine that take the tile. */
export function kernelsFor(spec) {
  return kernels.filter((kernel) => kernel.supports(spec));
}

/** The one of them that is picked. */
export function pickedFor(spec) {
  return pickKernel(spec, undefined, usable);
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

/** Names of all kernels of this engine that take a tile over maps, but the scalar ones. */
export function kernelsOver(graph) {
  const names = [...MAP_KERNELS, ...kernels].map(({ name }) => name).filter((name) => !name.endsWith('/scalar'));
  return names.filter((name) => kernelOver(graph, 1, name) === name);
}

/** The kernel that the engine takes for a network of one tile on `batch` samples: the one of that name, if it takes the tile. */
export function kernelOver(graph, batch, name) {
  return planOver(graph, batch, name).steps[0].tile.kernel;
}

function planOver(graph, batch, kernel) {
  return planEngine(graph, instance.memory, arena.allocate, { batch, keep: 'all', relaxed: usable, ...(kernel === undefined ? {} : { kernel }) });
}

/** A network of one tile on `batch` samples of its signals, with a kernel of that name. `maps`: codes of every signal that is read. */
export function placedOver(graph, name, maps, batch) {
  const plan = planOver(graph, batch, name);
  const engine = new Engine(plan, instance.memory, instance.exports, arena.allocate(plan.arenaBytes));
  maps.forEach((codes, signal) => engine.load(signal, codes, batch));
  return { name, run: () => engine.execute(batch), outputs: () => engine.read(graph.output, batch) };
}

export function expectSame(a, b, what) {
  for (let k = 0; k < Math.min(a.length, b.length); k++) if (a[k] !== b[k]) throw new Error(`${what} differ at ${k}: ${a[k]}, ${b[k]}`);
}
