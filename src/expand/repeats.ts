/** Weights repeated in rows that a core has to spare: rows that share a weight make it that much finer. */
import type { Chip } from '../chip/types.js';
import { linearStage, type LinearStage } from '../cores/realise.js';
import type { SumNode } from '../reform/types.js';
import { CORRECTION_ROWS, SHIFT_ROWS } from './constant-rows.js';

/** Two bits more: what is left is then below the rounding of the results. */
export const MOST_REPEATS = 4;

/** Rows that repeated ones leave to shifts of the parts of composed sums, which are worth more. */
export function keptForShifts({ parts }: LinearStage): number {
  return parts === null ? 0 : SHIFT_ROWS;
}

/**
 * How often a core repeats the rows of a sum, about, before it is expanded: of one that fits into cores whole, and has no groups. `shared`: by term, rows that
 * each weight has anyway.
 */
export function repeatsOf(chip: Chip, { terms }: SumNode, shared: readonly number[] = []): number {
  const stage = linearStage(chip);
  if (stage === null || chip.core.rows === null || terms.some((t) => t.groups > 1)) return 1;
  const kept = keptForShifts(stage) + (stage.bias === 'rows' ? CORRECTION_ROWS : 0);
  const rows = terms.reduce((n, t, i) => n + t.input.shape[0] * t.kernel[0] * t.kernel[1] * (shared[i] ?? 1), 0);
  return Math.max(1, Math.min(MOST_REPEATS, Math.floor((chip.core.rows - kept) / rows)));
}
