/**
 * Conformance: every variant of every kernel, and the references, against a vector file (spec/chips.md, section 9).
 */
import { composedReference, PRIME } from './chip/arithmetic/composed.js';
import { idealReference } from './chip/arithmetic/ideal.js';
import type { CoreLimits, Product } from './chip/arithmetic/limits.js';
import { maximumReference } from './chip/arithmetic/maximum.js';
import { radixReference } from './chip/arithmetic/radix.js';
import { spikingReference } from './chip/arithmetic/spiking.js';
import { windowRange, windowReference } from './chip/arithmetic/window.js';
import type { CodeRange, ComposedArithmetic, IdealLimitsArithmetic, SpikingArithmetic, WindowArithmetic } from './chip/types.js';
import { throwIfErrors, TrestleError, type Diagnostic } from './diagnostics.js';
import { pauseFor, sayingInterrupted, type Pause } from './interrupt.js';
import { Bench } from './kernels/apply.js';
import { checkKernelName, CORE_KERNELS, MAP_KERNELS, RADIX_KERNELS, SPIKING_KERNELS, twinOf, VARIANTS } from './kernels/table.js';
import type { TileSpec } from './kernels/types.js';
import type {
  ComposedCase, IdealCase, MaximumCase, RadixCase, SpikingCase, VectorCase, VectorFile, WindowCase,
} from './vectors.js';

export { readVectors } from './vectors.js';

export interface ConformanceReport {
  readonly cases: number;
  /** Cases that each kernel supports, and those it reproduces exactly. References are named `family/reference`. */
  readonly kernels: readonly { readonly kernel: string; readonly cases: number; readonly exact: number }[];
  readonly mismatches: readonly { readonly kernel: string; readonly case: string }[];
}

export interface ConformanceOptions {
  /** A variant or a kernel's full name: that and the references only. */
  readonly kernel?: string;
  readonly signal?: AbortSignal;
}

/** One way of computing a case; `run` gives all results in one list, `null` where the kernel does not support the case. */
interface Attempt {
  readonly kernel: string;
  readonly run: () => ArrayLike<number> | null;
}

interface Trial {
  readonly expected: readonly number[];
  /** The reference; refuses with T401 what breaks a limit. */
  readonly reference: Attempt;
  readonly attempts: readonly Attempt[];
}

/** What section 9 fixes of each arithmetic, and the size of a core (section 1). */
export const CORE = { rows: 256, columns: 256 } as const;
export const BYTE: CodeRange = { lo: 0, hi: 255 };
export const SIGNED_BYTE: CodeRange = { lo: -128, hi: 127 };
export const INT16: CodeRange = { lo: -32768, hi: 32767 };
export const WINDOW: WindowArithmetic = { kind: 'window', accumulatorBits: 24, windowBits: 8, greatestShift: 16 };
const IDEAL: IdealLimitsArithmetic = { kind: 'ideal-limits', greatestShift: 31 };
const SPIKES: CodeRange = { lo: 0, hi: 1 };

/**
 * Runs every case through everything that supports it. Refuses with T401 a file that holds cases outside the limits of their arithmetic,
 * naming them all, and with T503 an unknown kernel; with T507 once the signal is raised.
 */
export async function runConformance(
  vectors: VectorFile, module: WebAssembly.Module, { kernel, signal }: ConformanceOptions = {},
): Promise<ConformanceReport> {
  if (kernel !== undefined) checkKernelName(kernel);
  const pause = pauseFor(signal);
  let done = 0;
  return sayingInterrupted('conformance', () => `interrupted after ${done} of ${vectors.cases.length} cases`, () => (
    checkCases(vectors, module, kernel, () => (done++, pause()))));
}

async function checkCases(vectors: VectorFile, module: WebAssembly.Module, kernel: string | undefined, pause: Pause): Promise<ConformanceReport> {
  const bench = new Bench(module);
  const counts = new Map<string, { cases: number; exact: number }>();
  const mismatches: { kernel: string; case: string }[] = [];
  const refusals: Diagnostic[] = [];
  for (const one of vectors.cases) {
    const trial = trialOf(one, bench);
    for (const attempt of [trial.reference, ...trial.attempts.filter((a) => isChosen(a.kernel, kernel))]) {
      const results = attemptOrRefuse(attempt, refusals);
      if (results === 'refused') break;
      const count = counts.get(attempt.kernel) ?? { cases: 0, exact: 0 };
      counts.set(attempt.kernel, count);
      if (results === null) continue;
      count.cases++;
      if (equal(results, trial.expected)) count.exact++;
      else mismatches.push({ kernel: attempt.kernel, case: one.name });
    }
    await pause();
  }
  throwIfErrors(refusals);
  const kernels = [...counts].map(([kernel, count]) => ({ kernel, ...count })).sort((a, b) => (a.kernel < b.kernel ? -1 : 1));
  return { cases: vectors.cases.length, kernels, mismatches };
}

function isChosen(name: string, kernel: string | undefined): boolean {
  if (kernel === undefined || name === kernel) return true;
  return VARIANTS.some((variant) => variant === kernel) && twinOf(name) === twinOf(kernel);
}

function attemptOrRefuse(attempt: Attempt, refusals: Diagnostic[]): ArrayLike<number> | null | 'refused' {
  try {
    return attempt.run();
  } catch (error) {
    if (!(error instanceof TrestleError)) throw error;
    refusals.push(...error.diagnostics);
    return 'refused';
  }
}

function equal(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function trialOf(c: VectorCase, bench: Bench): Trial {
  switch (c.arithmetic) {
    case 'window': return windowTrial(c, bench);
    case 'composed': return composedTrial(c, bench);
    case 'ideal': return idealTrial(c, bench);
    case 'spiking': return spikingTrial(c, bench);
    case 'radix': return radixTrial(c, bench);
    case 'maximum': return maximumTrial(c, bench);
  }
}

function product(c: { name: string; w: number[][] }, x: number[][], input: CodeRange, weights: CodeRange): Product {
  const limits: CoreLimits = { ...CORE, input, weights };
  const [rows, columns] = [c.w.length, c.w[0]?.length ?? 0];
  return { place: c.name, batch: x.length, rows, columns, x: Int32Array.from(x.flat()), w: Int32Array.from(c.w.flat()), limits };
}

/** A trial of the core-op kernels of one family. */
function coreTrial(
  family: string, p: Product, expected: number[][], reference: () => Int32Array, rest: Omit<TileSpec, 'rows' | 'columns' | 'weights'>,
  bench: Bench,
): Trial {
  const ofFamily = ({ name }: { readonly name: string }): boolean => name.startsWith(`${family}/`);
  const spec = (): TileSpec => ({ rows: p.rows, columns: p.columns, weights: Int16Array.from(p.w), ...rest });
  const x = Int16Array.from(p.x);
  return {
    expected: expected.flat(),
    reference: { kernel: `${family}/reference`, run: reference },
    attempts: [
      ...CORE_KERNELS.filter(ofFamily).map((kernel) => ({
        kernel: kernel.name, run: () => (kernel.supports(spec()) ? bench.core(kernel, spec(), x, p.batch) : null),
      })),
      ...MAP_KERNELS.filter(ofFamily).map((kernel) => ({ kernel: kernel.name, run: () => bench.window(kernel, spec(), x, p.batch) })),
    ],
  };
}

function windowTrial(c: WindowCase, bench: Bench): Trial {
  const input = c.inputSigned ? SIGNED_BYTE : BYTE;
  const p = product(c, c.x, input, SIGNED_BYTE);
  const { lo, hi } = windowRange(WINDOW.windowBits, c.windowSigned);
  const preload = Int32Array.from(c.bias);
  const output = c.lut.some((code) => code < 0) ? SIGNED_BYTE : BYTE;
  const settings = { arithmetic: WINDOW, preload, shift: c.windowShift, windowSigned: c.windowSigned, table: c.lut, output };
  const config = { shift: c.windowShift, clamp: [lo, hi] as const };
  const rest = { arithmetic: WINDOW, preload, config, table: Int16Array.from(c.lut), input };
  return coreTrial('window', p, c.y, () => windowReference(p, settings), rest, bench);
}

function composedTrial(c: ComposedCase, bench: Bench): Trial {
  const { shift, ...given } = c.parameters ?? {};
  const parts: ComposedArithmetic = { ...PRIME, ...given, fullScaleShift: shift ?? PRIME.fullScaleShift };
  const least = parts.fullScaleShift - (parts.inputBits - parts.phaseBits) - (parts.weightBits - parts.cellBits);
  const arithmetic: ComposedArithmetic = { ...parts, greatestGain: Math.max(least, 0) };
  const input = { lo: 0, hi: 2 ** arithmetic.inputBits - 1 };
  const greatest = 2 ** arithmetic.weightBits - 1;
  const p = product(c, c.x, input, { lo: -greatest, hi: greatest });
  const table = c.table ?? null;
  const rest = { arithmetic, preload: null, config: { gain: c.gain }, table: table === null ? null : Int16Array.from(table), input };
  return coreTrial('composed', p, c.y, () => composedReference(p, { arithmetic, gain: c.gain, table }), rest, bench);
}

/** Section 6 names no range of inputs or weights: they are the file's own, within int16. */
function idealTrial(c: IdealCase, bench: Bench): Trial {
  const p = product(c, c.x, INT16, INT16);
  const preload = Int32Array.from(c.bias);
  const output = { lo: c.lo, hi: c.hi };
  const input = { lo: p.x.reduce((a, b) => Math.min(a, b), 0), hi: p.x.reduce((a, b) => Math.max(a, b), 0) };
  const rest = { arithmetic: IDEAL, preload, config: { shift: c.windowShift, clamp: [c.lo, c.hi] as const }, table: null, input };
  return coreTrial('ideal', p, c.y, () => idealReference(p, { arithmetic: IDEAL, preload, shift: c.windowShift, output }), rest, bench);
}

function spikingTrial(c: SpikingCase, bench: Bench): Trial {
  const arithmetic: SpikingArithmetic = {
    kind: 'spiking', accumulatorBits: 24, reset: c.reset, floor: c.vFloor, leak: INT16, threshold: { lo: 1, hi: 32767 },
  };
  const p = product(c, c.spikes, SPIKES, SIGNED_BYTE);
  const settings = {
    arithmetic, leak: Int32Array.from(c.leak), threshold: Int32Array.from(c.threshold), initial: c.v0 ? Int32Array.from(c.v0) : null,
  };
  const reference = (): number[] => {
    const { spikes, membrane } = spikingReference(p, settings);
    return [...spikes, ...membrane];
  };
  return {
    expected: [...c.y.flat(), ...c.v],
    reference: { kernel: 'spiking/reference', run: reference },
    attempts: SPIKING_KERNELS.map((kernel) => ({
      kernel: kernel.name,
      run: () => {
        const spec = { ...settings, rows: p.rows, columns: p.columns, weights: Int16Array.from(p.w) };
        if (!kernel.supports(spec)) return null;
        const { spikes, membrane } = bench.spiking(kernel, spec, Int16Array.from(p.x), p.batch);
        return [...spikes, ...membrane];
      },
    })),
  };
}

function radixTrial(c: RadixCase, bench: Bench): Trial {
  const p = product(c, c.spikes, SPIKES, INT16);
  const preload = Int32Array.from(c.bias);
  return {
    expected: c.y,
    reference: { kernel: 'radix/reference', run: () => radixReference(p, { preload, shift: c.windowShift, greatestShift: 31 }) },
    attempts: RADIX_KERNELS.map((kernel) => ({
      kernel: kernel.name,
      run: () => {
        const spec = { rows: p.rows, columns: p.columns, weights: Int16Array.from(p.w), preload, bits: c.bits, shift: c.windowShift };
        return kernel.supports(spec) ? bench.radix(kernel, spec, Int16Array.from(p.x), 1) : null;
      },
    })),
  };
}

function maximumTrial(c: MaximumCase, bench: Bench): Trial {
  const outputs = c.y[0]?.length ?? 0;
  const x = Int32Array.from(c.x.flat());
  // The kernels take the four codes of a channel a row of channels apart.
  const tapOf = (row: readonly number[], tap: number): number[] => Array.from({ length: outputs }, (_, j) => row[4 * j + tap] as number);
  const rows = Int16Array.from(c.x.flatMap((row) => [0, 1, 2, 3].flatMap((tap) => tapOf(row, tap))));
  return {
    expected: c.y.flat(),
    reference: { kernel: 'maximum/reference', run: () => maximumReference(c.name, x, c.x.length, outputs, 4, INT16) },
    attempts: (['simd', 'scalar'] as const).map((twin) => ({
      kernel: `maximum/${twin}`,
      run: () => bench.maximum(twin, rows, c.x.length, 4, outputs),
    })),
  };
}
