/**
 * The one table of kernels, and the one place that picks among them.
 */
import { fail } from '../diagnostics.js';
import { idealBands, windowBands } from './bands.js';
import { composedScalar, composedSimd } from './composed.js';
import { idealBytes, windowBytes } from './bytes.js';
import { composedDiagonal, idealDiagonal, windowDiagonal } from './diagonal.js';
import { floatKernels } from './float.js';
import type { Twin } from './gather.js';
import { idealMerge, windowMerge } from './merge.js';
import { composedPacked } from './packed.js';
import { idealScalar, idealSimd, windowScalar, windowSimd } from './product.js';
import { composedRelaxed } from './quads.js';
import { radixScalar, radixSimd, type RadixKernel, type RadixSpec } from './radix.js';
import { idealRelaxed, windowRelaxed } from './relaxed.js';
import { spikingScalar, spikingSimd, type SpikingKernel, type SpikingSpec } from './spiking.js';
import type { CoreKernel, MapKernel, MapSpec, TileSpec } from './types.js';
import { idealWinograd, windowWinograd } from './winograd.js';

export const CORE_KERNELS: readonly CoreKernel[] = [
  windowSimd, windowDiagonal, windowBands, windowScalar, idealSimd, idealDiagonal, idealBands, idealScalar,
  composedPacked, composedDiagonal, composedSimd, composedScalar,
  ...floatKernels,
];

/** Kernels that read maps themselves. */
export const MAP_KERNELS: readonly MapKernel[] = [windowWinograd, idealWinograd, windowMerge, idealMerge];

/** Kernels of the relaxed module: candidates only where they are worth having (self-test.ts). */
export const RELAXED_KERNELS: readonly CoreKernel[] = [windowRelaxed, idealRelaxed, windowBytes, idealBytes, composedRelaxed];

/** Best first. */
export const SPIKING_KERNELS: readonly SpikingKernel[] = [spikingSimd, spikingScalar];

/** Best first. */
export const RADIX_KERNELS: readonly RadixKernel[] = [radixSimd, radixScalar];

/** Cost of collecting one code of a row. */
const COLLECTING = 0.4;

/** Names of all kernels that can be forced. Maxima have the same two twins (gather.ts). */
const NAMES: readonly string[] = [...CORE_KERNELS, ...MAP_KERNELS, ...RELAXED_KERNELS, ...SPIKING_KERNELS, ...RADIX_KERNELS].map((kernel) => kernel.name)
  .concat('maximum/simd', 'maximum/scalar');

/** Names that stand for all kernels of a kind: `simd` for those that every engine has. */
export const VARIANTS = ['simd', 'scalar'] as const;

/** Every name that `checkKernelName` takes. */
export const KERNEL_NAMES: readonly string[] = [...VARIANTS, ...NAMES];

/** `scalar` for the twins, `simd` for all others: which wiring (gather.ts) goes with a forced name. */
export function twinOf(forced: string | undefined): Twin {
  return variantOf(forced ?? 'simd') === 'scalar' ? 'scalar' : 'simd';
}

function variantOf(name: string): Twin | 'relaxed' {
  const variant = name.slice(name.indexOf('/') + 1);
  if (variant.startsWith('relaxed')) return 'relaxed';
  return variant === 'scalar' ? variant : 'simd';
}

/** Whether a choice with this forced name may fall on a kernel of the relaxed module. */
export function takesRelaxed(forced: string | undefined): boolean {
  return forced === undefined || variantOf(forced) === 'relaxed';
}

/** Kernel of a tile packed for maps. */
export function mapKernelByName(name: string): MapKernel {
  return MAP_KERNELS.find((kernel) => kernel.name === name) ?? unknownName(name);
}

/** Kernel of a packed tile. Refuses an unknown name with T503. */
export function kernelByName(name: string): CoreKernel {
  return [...CORE_KERNELS, ...RELAXED_KERNELS].find((kernel) => kernel.name === name) ?? unknownName(name);
}

/** Refuses with T503 a name that is neither a variant nor a kernel. */
export function checkKernelName(name: string): void {
  if (!NAMES.includes(name) && !VARIANTS.some((variant) => variant === name)) unknownName(name);
}

function unknownName(name: string): never {
  return fail('T503', `kernel ${name}`, 'no such kernel', {
    limit: `${VARIANTS.join(', ')}, or a name that trestle conformance prints, such as window/simd`, remedy: 'Leave --kernel out, or give simd or scalar',
  });
}

/** The kernel of that name, else the first of its variant, else the first. */
function choose<K extends { readonly name: string }>(supported: readonly K[], forced: string | undefined): K | undefined {
  if (forced === undefined) return supported[0];
  checkKernelName(forced);
  const named = supported.find((kernel) => kernel.name === forced);
  return named ?? supported.find((kernel) => variantOf(kernel.name) === variantOf(forced)) ?? supported[0];
}

function none(what: string, limit: string): never {
  return fail('T503', what, 'no kernel computes this exactly', { limit });
}

/**
 * The cheapest kernel that computes the tile exactly. `forced` is a variant (`simd`, `scalar`) or a kernel's full name: where it does not
 * support the tile, the cheapest of the same variant that does, else the cheapest of all. `relaxed`: kernels of the relaxed module that may be chosen.
 * Refuses with T503 an unknown name, and a tile that no kernel computes.
 */
export function pickKernel(spec: TileSpec, forced?: string, relaxed: readonly CoreKernel[] = []): CoreKernel {
  const supported = [...CORE_KERNELS, ...relaxed].filter((kernel) => kernel.supports(spec)).map((kernel) => ({ kernel, cost: kernel.cost(spec) }))
    .sort((a, b) => a.cost - b.cost).map(({ kernel }) => kernel);
  const what = `${spec.arithmetic.kind} tile of ${spec.rows} x ${spec.columns}`;
  return choose(supported, forced) ?? none(what, 'int16 codes and weights, settings in the chip\'s range, sums that fit the arithmetic');
}

/**
 * The kernel that reads the maps of this tile itself, if it is the cheapest of all that compute it exactly and `forced` names no
 * other; else `null`, and `pickKernel` has the choice.
 */
export function pickMapKernel(spec: MapSpec, forced?: string, relaxed: readonly CoreKernel[] = []): MapKernel | null {
  if (variantOf(forced ?? 'simd') !== 'simd') return null;
  const kernel = MAP_KERNELS.find((k) => k.supports(spec));
  if (kernel === undefined || kernel.name === forced) return kernel ?? null;
  const rows = pickKernel(spec, forced, relaxed);
  return rows.name === forced || rows.cost(spec) + COLLECTING * spec.rows <= kernel.cost(spec) ? null : kernel;
}

/** The same for a core of neurons. */
export function pickSpikingKernel(spec: SpikingSpec, forced?: string): SpikingKernel {
  const supported = SPIKING_KERNELS.filter((kernel) => kernel.supports(spec));
  const what = `spiking core of ${spec.rows} x ${spec.columns}`;
  return choose(supported, forced) ?? none(what, 'potentials of up to 31 bits, settings in the chip\'s range');
}

/** The same for a radix-coded core. */
export function pickRadixKernel(spec: RadixSpec, forced?: string): RadixKernel {
  const supported = RADIX_KERNELS.filter((kernel) => kernel.supports(spec));
  return choose(supported, forced) ?? none(`radix-coded core of ${spec.rows} x ${spec.columns}`, 'up to 15 planes, sums of 32 bits');
}
