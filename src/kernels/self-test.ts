/**
 * The relaxed module: where it may be compiled, and the test that it must pass before it is used. Nothing else asks about the engine.
 */
import type { ComposedArithmetic } from '../chip/types.js';
import { Bench } from './apply.js';
import { idealBytes, windowBytes } from './bytes.js';
import { composedScalar } from './composed.js';
import { createMemory, instantiateKernels } from './instance.js';
import { idealScalar, windowScalar, type Family } from './product.js';
import { composedRelaxed } from './quads.js';
import { idealRelaxed, windowRelaxed } from './relaxed.js';
import type { CoreKernel, TileSpec } from './types.js';

/** Node 20 (V8 11) takes relaxed SIMD behind a flag only, and its baseline compiler has been seen to get some of it wrong. */
const LEAST_V8 = 12;

/** Compiles the module where the engine is known to take it; else `null`. `v8`: version of the engine, empty if it is another. */
export function compileRelaxed(bytes: Uint8Array, v8: string): WebAssembly.Module | null {
  const own = Uint8Array.from(bytes);
  return Number.parseInt(v8, 10) >= LEAST_V8 && WebAssembly.validate(own) ? new WebAssembly.Module(own) : null;
}

/** Runs of each tile before the last check: in all about three times what the engine takes to compile the kernels once more, optimised. */
const WARM_UP = 400;
/** Sizes that meet all edges of blocks, quads and groups of rows. */
const SIZE = { rows: 67, columns: 11, count: 7 };

type Range = readonly [lo: number, hi: number];

/** Codes of the weights and of the inputs: anything, and extremes, with sums of every width. */
const FILLS: readonly (readonly [weights: Range, inputs: Range])[] = [
  [[-128, 127], [0, 127]],
  [[-128, -128], [127, 127]],
  [[127, 127], [127, 127]],
  [[-16, 15], [0, 31]],
  [[-1, 7], [127, 127]],
];

/** The same for bytes of any value, and for codes with a sign. */
const BYTE_FILLS: typeof FILLS = [
  [[-128, 127], [0, 255]],
  [[-128, -128], [255, 255]],
  [[127, 127], [255, 255]],
  [[-128, 127], [-128, 127]],
];

/** Arithmetic of PRIME's parts with a converter that hides nothing of small partials, gains at which low x low counts and at which it does not. */
const COMPOSED: ComposedArithmetic = {
  kind: 'composed', inputBits: 6, phaseBits: 3, weightBits: 8, cellBits: 4, converterBits: 12, fullScaleShift: 16, greatestGain: 9, outputBits: 15,
  polarity: 'subtract',
};
const GAINS = [9, 0];

/** A relaxed kernel, its twin, and what both are given. */
interface Trial {
  readonly relaxed: CoreKernel;
  readonly scalar: CoreKernel;
  readonly spec: TileSpec;
  readonly x: Int16Array;
}

function trials(): Trial[] {
  const { rows, columns, count } = SIZE;
  let state = 1;
  const codes = (length: number, [lo, hi]: Range): Int16Array => new Int16Array(length).fill(lo).map((v) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return v + Math.floor((state / 2 ** 32) * (hi - lo + 1));
  });
  const composed = GAINS.map((gain): Trial => {
    const spec: TileSpec = {
      arithmetic: COMPOSED, rows, columns, weights: codes(rows * columns, [-255, 255]), preload: null, table: null, config: { gain }, input: { lo: 0, hi: 63 },
    };
    return { spec, x: codes(count * rows, [0, 63]), relaxed: composedRelaxed, scalar: composedScalar };
  });
  const products = (fills: typeof FILLS, kernels: Record<Family, CoreKernel>): Trial[] => fills.map(([weights, [lo, hi]], i) => {
    const tile = {
      rows, columns, weights: codes(rows * columns, weights), preload: null, table: null, input: { lo, hi },
      config: { shift: 5, clamp: [-32768, 32767] as const },
    };
    const x = codes(count * rows, [lo, hi]);
    const window = { kind: 'window', accumulatorBits: 24, windowBits: 16, greatestShift: 16 } as const;
    const ideal = { kind: 'ideal-limits', greatestShift: 31 } as const;
    // Both families run one function: they take turns.
    return i % 2 === 0
      ? { spec: { ...tile, arithmetic: window }, x, relaxed: kernels.window, scalar: windowScalar }
      : { spec: { ...tile, arithmetic: ideal }, x, relaxed: kernels.ideal, scalar: idealScalar };
  });
  return [
    ...products(FILLS, { window: windowRelaxed, ideal: idealRelaxed }), ...products(BYTE_FILLS, { window: windowBytes, ideal: idealBytes }), ...composed,
  ];
}

/**
 * Compares kernels of the relaxed module with their scalar twins, cold and warm: some twenty milliseconds. Gives the name of one that
 * differs, or `null`.
 */
export function differingKernel(kernels: WebAssembly.Module, relaxed: WebAssembly.Module, usable = usableKernels(kernels, relaxed)): string | null {
  const bench = new Bench(kernels, relaxed);
  const all = trials().filter((trial) => usable.includes(trial.relaxed));
  const expected = all.map(({ scalar, spec, x }) => bench.core(scalar, spec, x, SIZE.count));
  for (const times of [1, WARM_UP]) {
    const wrong = all.find(({ relaxed: kernel, spec, x }, i) => {
      const found = bench.core(kernel, spec, x, SIZE.count, times);
      return found.some((code, k) => code !== expected[i]?.[k]);
    });
    if (wrong !== undefined) return wrong.relaxed.name;
  }
  return null;
}

/** What `dotOfBytes` says of the relaxed product that adds: that it is one instruction, and that it takes bytes of 0..255. */
interface Machine {
  readonly adds: boolean;
  readonly bytes: boolean;
}

/** Sums of `dotOfBytes` where pairs of products saturate, and where nothing does and bytes have no sign. */
const SATURATED = 2 * 32767;
const EXACT = 4 * 127 * 255;

/**
 * What relaxed instructions do beyond their definition is a choice of the machine, and stays the same while a program runs (WebAssembly core specification 3.0,
 * "Relaxed Operations").
 */
function machineOf(kernels: WebAssembly.Module, relaxed: WebAssembly.Module): Machine {
  const { exports, heapBase } = instantiateKernels(kernels, createMemory(), relaxed);
  const sum = exports.dotOfBytes?.(heapBase);
  return { adds: sum !== undefined && sum !== SATURATED, bytes: sum === EXACT };
}

/** Kernels of the relaxed module that are exact on this machine, and faster than those that every engine has. */
export function usableKernels(kernels: WebAssembly.Module, relaxed: WebAssembly.Module): readonly CoreKernel[] {
  const { adds, bytes } = machineOf(kernels, relaxed);
  return [windowRelaxed, idealRelaxed, ...(adds ? [composedRelaxed] : []), ...(bytes ? [windowBytes, idealBytes] : [])];
}
