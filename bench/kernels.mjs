/**
 * Kernels of core-ops on a 256 x 256 core, batch 1,024: SIMD variants, their scalar twins, and onnxruntime-web's MatMulInteger of the same size.
 * What is measured is checked first: all kernels of a tile against each other, the window's sums against the peer's.
 */
import { readFileSync } from 'node:fs';
import { PRIME } from '../dist/chip/arithmetic/composed.js';
import { compileKernels, createMemory, instantiateKernels } from '../dist/kernels/instance.js';
import { Arena, int16View } from '../dist/kernels/memory.js';
import { CORE_KERNELS } from '../dist/kernels/table.js';
import { measure, summarise } from './harness.mjs';
import { matMulInteger } from './matmul-integer.mjs';

const BATCH = 1024;
const ROWS = 256;
const COLUMNS = 256;
/** Rows that a scalar twin computes: it is slow, and its time is proportional. */
const TWIN_BATCH = 32;
const PEER = 'onnxruntime-web';
const SHIFT = 9;

/** Deterministic codes in lo..hi. */
function codes(length, lo, hi, seed) {
  let state = seed;
  return Int16Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return lo + Math.floor((state / 2 ** 32) * (hi - lo + 1));
  });
}

function windowTile() {
  return {
    arithmetic: { kind: 'window', accumulatorBits: 24, windowBits: 8, greatestShift: 16 }, rows: ROWS, columns: COLUMNS,
    weights: codes(ROWS * COLUMNS, -128, 127, 1), preload: new Int32Array(COLUMNS), config: { shift: SHIFT, clamp: [-128, 127] },
    table: Int16Array.from({ length: 256 }, (_, k) => Math.max(0, k - 128)), input: { lo: 0, hi: 255 },
  };
}

function composedTile(gain) {
  return {
    arithmetic: PRIME, rows: ROWS, columns: COLUMNS, weights: codes(ROWS * COLUMNS, -255, 255, 2), preload: null, config: { gain }, table: null,
    input: { lo: 0, hi: 63 },
  };
}

/** The kernel on the tile in memory of its own, and its outputs. */
function prepare(kernel, spec, x, { instance, arena }) {
  const batch = kernel.name.endsWith('/scalar') ? TWIN_BATCH : BATCH;
  const tile = kernel.pack(spec, instance.memory, arena.allocate);
  const xAddress = arena.allocate(BATCH * ROWS * 2);
  const yAddress = arena.allocate(BATCH * COLUMNS * 2);
  const scratch = arena.allocate(tile.scratchBytes);
  int16View(instance.memory, xAddress, BATCH * ROWS).set(x);
  const run = () => kernel.run(tile, instance.exports, xAddress, ROWS, batch, yAddress, COLUMNS, scratch);
  return { name: kernel.name, batch, run, outputs: () => int16View(instance.memory, yAddress, batch * COLUMNS) };
}

function expectSame(a, b, what) {
  for (let k = 0; k < Math.min(a.length, b.length); k++) if (a[k] !== b[k]) throw new Error(`${what} differ at ${k}: ${a[k]}, ${b[k]}`);
}

async function group(title, spec, kernels, peer, options) {
  const x = codes(BATCH * ROWS, spec.input.lo, spec.input.hi, 3);
  const prepared = CORE_KERNELS.filter((kernel) => kernel.supports(spec)).map((kernel) => prepare(kernel, spec, x, kernels));
  prepared.forEach(({ run }) => run());
  prepared.forEach((p) => expectSame(p.outputs(), prepared[0].outputs(), `${p.name} and ${prepared[0].name}`));
  if (peer.check) await peer.check(prepared[0].outputs());
  const medians = await measure([...prepared, { name: PEER, run: peer.run, waits: true }], options);
  for (const { name, batch } of prepared) medians.set(name, (medians.get(name) * BATCH) / batch);
  const twin = prepared.find(({ name }) => name.endsWith('/scalar'));
  return summarise(title, medians, { work: BATCH * ROWS * COLUMNS, unit: 'products', yardsticks: [PEER, twin.name] });
}

/** All groups. `options` as for `measure`. */
export async function kernelBenchmarks(options) {
  const instance = instantiateKernels(compileKernels(readFileSync(new URL('../dist/wasm/kernels.wasm', import.meta.url))), createMemory());
  const kernels = { instance, arena: new Arena(instance.memory, instance.heapBase) };
  const window = windowTile();
  const x = Uint8Array.from(codes(BATCH * ROWS, 0, 255, 3));
  const run = await matMulInteger(Int8Array.from(window.weights), x, BATCH, ROWS, COLUMNS);
  const check = async (outputs) => {
    const expected = (await run()).map((sum) => Math.min(Math.max(sum >> SHIFT, 0), 127));
    expectSame(outputs, expected, 'the window kernel and the peer');
  };
  return [
    await group('window, ReLU epilogue', window, kernels, { run, check }, options),
    await group('composed, three partials (gain 0)', composedTile(0), kernels, { run }, options),
    await group('composed, four partials (gain 7)', composedTile(7), kernels, { run }, options),
  ];
}
