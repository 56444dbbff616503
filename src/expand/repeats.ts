/** Weights repeated in rows that a core has to spare: rows that share a weight make it that much finer. */
import type { Chip } from '../chip/types.js';
import { linearStage } from '../cores/realise.js';
import type { SumNode } from '../reform/types.js';

/** Two bits more: what is left is then below the rounding of the results. */
const MOST_REPEATS = 4;

/** How often a core repeats `rows` rows. Not where biases take rows: sums are composed of truncated parts there, and finer weights help little. */
export function repeatsIn(chip: Chip, rows: number): number {
  const stage = linearStage(chip);
  if (stage === null || stage.bias === 'rows' || chip.core.rows === null) return 1;
  return Math.max(1, Math.min(MOST_REPEATS, Math.floor(chip.core.rows / rows)));
}

/** The same of a sum before it is expanded, about: one that fits into cores whole, and has no groups. */
export function repeatsOf(chip: Chip, { terms }: SumNode): number {
  if (terms.some((t) => t.groups > 1)) return 1;
  return repeatsIn(chip, terms.reduce((rows, t) => rows + t.input.shape[0] * t.kernel[0] * t.kernel[1], 0));
}
