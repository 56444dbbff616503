/** The relaxed module of this process: loaded where a chip can use it, dropped as a whole if one of its kernels computes anything wrong. */
import type { Chip } from '../chip/types.js';
import { linearStage } from '../cores/realise.js';
import { v8Version } from '../data/engine.js';
import { kernelBytes } from '../data/files.js';
import { DIAGNOSTICS, type Diagnostic } from '../diagnostics.js';
import { within } from '../kernels/bounds.js';
import { RELAXED_INPUT } from '../kernels/relaxed.js';
import { addsInOne, compileRelaxed, differingKernel } from '../kernels/self-test.js';
import { hasPrimeParts } from '../kernels/sharing.js';
import { takesRelaxed } from '../kernels/table.js';

interface Loaded {
  /** `null`: this engine does not take it, or it has been dropped. */
  readonly module: WebAssembly.Module | null;
  readonly notes: readonly Diagnostic[];
  /** Whether its kernel of composed arithmetic is worth having here. */
  readonly addsInOne: boolean;
}

const NOTHING: Loaded = { module: null, notes: [], addsInOne: false };
let once: Loaded | null = null;

/** Whether tiles of a chip can meet what the relaxed kernels take. */
export function couldUseRelaxed(chip: Chip): boolean {
  if (hasPrimeParts(chip.arithmetic)) return true;
  const { kind } = chip.arithmetic;
  if (kind !== 'window' && kind !== 'ideal-limits') return false;
  const stage = linearStage(chip);
  return stage !== null && within(stage.input, RELAXED_INPUT);
}

/** Compiles and tests the module. `kernels`: the plain one, whose scalar twins it is tested against. */
export function loadRelaxed(kernels: WebAssembly.Module, bytes: Uint8Array, v8: string): Loaded {
  const module = compileRelaxed(bytes, v8);
  if (module === null) return NOTHING;
  const wrong = differingKernel(kernels, module);
  return wrong === null ? { module, notes: [], addsInOne: addsInOne(kernels, module) } : { ...NOTHING, notes: [dropped(wrong)] };
}

function dropped(kernel: string): Diagnostic {
  const { limit, remedy } = DIAGNOSTICS.T508;
  const message = 'it gives other codes than its scalar twin on this machine; no kernel in relaxed SIMD is used';
  return { code: 'T508', severity: 'note', place: `kernel ${kernel}`, message, limit, remedy };
}

/**
 * The module for a chip, made once a process, and notes about it; nothing where the chip or the forced kernel has no use for it, or the machine is no faster
 * with it.
 */
export function relaxedFor(kernels: WebAssembly.Module, chip: Chip, forced: string | undefined): Loaded {
  if (!takesRelaxed(forced) || !couldUseRelaxed(chip)) return NOTHING;
  once ??= loadRelaxed(kernels, kernelBytes('relaxed'), v8Version());
  return hasPrimeParts(chip.arithmetic) && !once.addsInOne ? { ...once, module: null } : once;
}
