/**
 * The relaxed module: where it may be compiled, and the test that it must pass before it is used. Nothing else asks about the engine.
 */
import type { ComposedArithmetic } from '../chip/types.js';
import { Bench } from './apply.js';
import { composedScalar } from './composed.js';
import { createMemory, instantiateKernels } from './instance.js';
import { idealScalar, windowScalar } from './product.js';
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
  const products = FILLS.flatMap(([weights, [lo, hi]], i): Trial[] => {
    const tile = {
      rows, columns, weights: codes(rows * columns, weights), preload: null, table: null, input: { lo, hi },
      config: { shift: 5, clamp: [-32768, 32767] as const },
    };
    const x = codes(count * rows, [lo, hi]);
    const window = { kind: 'window', accumulatorBits: 24, windowBits: 16, greatestShift: 16 } as const;
    const ideal = { kind: 'ideal-limits', greatestShift: 31 } as const;
    const pair = [
      { spec: { ...tile, arithmetic: window }, x, relaxed: windowRelaxed, scalar: windowScalar },
      { spec: { ...tile, arithmetic: ideal }, x, relaxed: idealRelaxed, scalar: idealScalar },
    ];
    // Both families run one function: they take turns.
    return pair.slice(i % 2, (i % 2) + 1);
  });
  return [...products, ...composed];
}

/**
 * Compares the kernels of the relaxed module with their scalar twins, cold and warm: some ten milliseconds. Gives the name of one that
 * differs, or `null`.
 */
export function differingKernel(kernels: WebAssembly.Module, relaxed: WebAssembly.Module): string | null {
  const bench = new Bench(kernels, relaxed);
  const all = trials();
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

/** Whether the relaxed product that adds, of which composed/relaxed is made, is one instruction of this machine: else composed/packed is the faster. */
export function addsInOne(kernels: WebAssembly.Module, relaxed: WebAssembly.Module): boolean {
  const { exports, heapBase } = instantiateKernels(kernels, createMemory(), relaxed);
  return exports.addsInOne?.(heapBase) === 1;
}
