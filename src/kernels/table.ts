/**
 * The one table of kernels, and the one place that picks among them.
 */
import { fail } from '../diagnostics.js';
import { composedPacked, composedScalar, composedSimd } from './composed.js';
import { idealScalar, idealSimd, windowScalar, windowSimd } from './product.js';
import type { CoreKernel, TileSpec } from './types.js';

/** Best first within each family. */
export const CORE_KERNELS: readonly CoreKernel[] = [
  windowSimd, windowScalar, idealSimd, idealScalar, composedPacked, composedSimd, composedScalar,
];

/** Names that `pickKernel` takes besides those of kernels. */
export const VARIANTS = ['simd', 'scalar'] as const;

/** `scalar` for the twins, `simd` for all others. */
function variantOf(name: string): string {
  return name === 'scalar' || name.endsWith('/scalar') ? 'scalar' : 'simd';
}

/** Kernel of a packed tile. Refuses an unknown name with T503. */
export function kernelByName(name: string): CoreKernel {
  return CORE_KERNELS.find((kernel) => kernel.name === name) ?? unknownName(name);
}

/** Refuses with T503 a name that is neither a variant nor a kernel. */
export function checkKernelName(name: string): void {
  const known: readonly string[] = [...VARIANTS, ...CORE_KERNELS.map((kernel) => kernel.name)];
  if (!known.includes(name)) unknownName(name);
}

function unknownName(name: string): never {
  return fail('T503', `kernel ${name}`, 'no such kernel', { remedy: `choose ${[...VARIANTS, ...CORE_KERNELS.map((k) => k.name)].join(', ')}` });
}

/**
 * The best kernel that computes the tile exactly. `forced` is a variant (`simd`, `scalar`) or a kernel's full name: where it does not support the tile,
 * the best of the same variant that does, else the best of all. Refuses with T503 an unknown name, and a tile that no kernel computes.
 */
export function pickKernel(spec: TileSpec, forced?: string): CoreKernel {
  if (forced !== undefined) checkKernelName(forced);
  const supported = CORE_KERNELS.filter((kernel) => kernel.supports(spec));
  const wanted = supported.find((kernel) => kernel.name === forced)
    ?? supported.find((kernel) => forced !== undefined && variantOf(kernel.name) === variantOf(forced))
    ?? supported[0];
  return wanted ?? fail('T503', `tile of ${spec.rows} x ${spec.columns}`, `no kernel computes this ${spec.arithmetic.kind} tile exactly`, {
    limit: 'int16 codes and sums that fit the arithmetic',
  });
}
