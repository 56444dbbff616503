/** Copies of a composed sum: how the shifts of their parts are spread, so that truncation takes something else from each. */
import { STRONG, type Judge } from './errors.js';
import type { TileTarget } from './target.js';
import type { ColumnChoice, TunedTile } from './trial.js';

/** Shifts that are tried of one copy after the other: those between differ little. */
const APART = 3;

/**
 * Copies whose parts lose the same to truncation are no finer than one. Neighbouring shifts differ in what truncation takes from every part, so that the
 * copies of a value first get shifts side by side; then one copy after the other gets that of some shifts 0..-`most` which makes the mean of all best, as
 * `judge` has it. `start`: the tile tuned column by column.
 */
export function spreadCopies(
  target: Pick<TileTarget, 'channel' | 'copies'>, judge: Judge, start: TunedTile, most: number,
  codesOf: (choice: ColumnChoice) => Int16Array,
): ColumnChoice {
  const { groups } = judge;
  const copyOf = (j: number): number => (target.channel + j) % target.copies;
  let choice: ColumnChoice = { shift: start.shift, offset: start.offset };
  let error = judge.groupErrors(start.codes, STRONG);
  /** `moved`: the copy whose shift is another, or `null` for all: what is moved makes up for the mean error of all copies. */
  const keepBetter = (shift: Int32Array, moved: number | null): void => {
    const mean = judge.groupMeans(codesOf({ ...choice, shift }));
    const offset = choice.offset.map((o, j) => (moved === null ? o - mean[groups[j]] : copyOf(j) === moved ? o - mean[groups[j]] * target.copies : o));
    const tried = judge.groupErrors(codesOf({ shift, offset }), STRONG);
    const better = (j: number): boolean => tried[groups[j]] < error[groups[j]];
    choice = { shift: choice.shift.map((v, j) => (better(j) ? shift[j] : v)), offset: choice.offset.map((v, j) => (better(j) ? offset[j] : v)) };
    error = error.map((e, g) => Math.min(e, tried[g]));
  };
  const highest = start.shift.map((u) => Math.min(0, u + Math.floor((target.copies - 1) / 2)));
  keepBetter(highest.map((u, j) => Math.max(-most, u - copyOf(j))), null);
  for (let copy = 0; copy < target.copies; copy++) {
    for (let u = 0; u <= most; u += APART) keepBetter(choice.shift.map((v, j) => (copyOf(j) === copy ? -u : v)), copy);
  }
  return choice;
}
