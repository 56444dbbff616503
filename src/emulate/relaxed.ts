/** The relaxed module of this process: loaded where a chip can use it, dropped as a whole if one of its kernels computes anything wrong. */
import type { Chip } from '../chip/types.js';
import { linearStage } from '../cores/realise.js';
import { v8Version } from '../data/engine.js';
import { kernelBytes } from '../data/files.js';
import { DIAGNOSTICS, type Diagnostic } from '../diagnostics.js';
import { within } from '../kernels/bounds.js';
import { BYTE_INPUTS, idealBytes, windowBytes } from '../kernels/bytes.js';
import { composedRelaxed } from '../kernels/quads.js';
import { idealRelaxed, RELAXED_INPUT, windowRelaxed } from '../kernels/relaxed.js';
import { compileRelaxed, differingKernel, usableKernels } from '../kernels/self-test.js';
import { hasPrimeParts } from '../kernels/sharing.js';
import { takesRelaxed } from '../kernels/table.js';
import type { CoreKernel } from '../kernels/types.js';

interface Loaded {
  /** `null`: this engine does not take it, no kernel of it is of use, or it has been dropped. */
  readonly module: WebAssembly.Module | null;
  /** Kernels of it that may be chosen. */
  readonly kernels: readonly CoreKernel[];
  readonly notes: readonly Diagnostic[];
}

/** Nothing of the relaxed module. */
export const NO_RELAXED: Loaded = { module: null, kernels: [], notes: [] };
let once: Loaded | null = null;

/** Relaxed kernels that tiles of a chip can meet, whatever the machine. */
export function relaxedKernelsOf(chip: Chip): readonly CoreKernel[] {
  if (hasPrimeParts(chip.arithmetic)) return [composedRelaxed];
  const { kind } = chip.arithmetic;
  const stage = kind === 'window' || kind === 'ideal-limits' ? linearStage(chip) : null;
  if (stage === null) return [];
  const { lo, hi } = stage.input;
  return [...(within(stage.input, RELAXED_INPUT) ? [windowRelaxed, idealRelaxed] : []), ...(hi - lo < BYTE_INPUTS ? [windowBytes, idealBytes] : [])];
}

/** Compiles and tests the module. `kernels`: the plain one, whose scalar twins it is tested against. */
export function loadRelaxed(kernels: WebAssembly.Module, bytes: Uint8Array, v8: string): Loaded {
  const module = compileRelaxed(bytes, v8);
  if (module === null) return NO_RELAXED;
  const usable = usableKernels(kernels, module);
  const wrong = differingKernel(kernels, module, usable);
  return wrong === null ? { module, kernels: usable, notes: [] } : { ...NO_RELAXED, notes: [dropped(wrong)] };
}

function dropped(kernel: string): Diagnostic {
  const { limit, remedy } = DIAGNOSTICS.T508;
  const message = 'it gives other codes than its scalar twin on this machine; no kernel in relaxed SIMD is used';
  return { code: 'T508', severity: 'note', place: `kernel ${kernel}`, message, limit, remedy };
}

/** The module for a chip, made once a process, and notes about it; nothing where the chip, the machine or the forced kernel has no use for it. */
export function relaxedFor(plain: WebAssembly.Module, chip: Chip, forced: string | undefined): Loaded {
  const met = takesRelaxed(forced) ? relaxedKernelsOf(chip) : [];
  if (met.length === 0) return NO_RELAXED;
  once ??= loadRelaxed(plain, kernelBytes('relaxed'), v8Version());
  const kernels = once.kernels.filter((kernel) => met.includes(kernel));
  return { module: kernels.length > 0 ? once.module : null, kernels, notes: once.notes };
}
