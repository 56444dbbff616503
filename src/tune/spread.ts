/** Copies of a composed sum: how the shifts of their parts are spread, so that truncation takes something else from each. */
import { groupErrors, groupMeans, groupsOf } from './errors.js';
import type { ColumnChoice, TileTarget, TunedTile } from './tile.js';

/**
 * Copies whose parts lose the same to truncation are no finer than one: one copy after the other gets that of the `shifts` which makes the mean of all best.
 * `start`: the tile tuned column by column, with the choice `first`. The result's total is the error of the means.
 */
export function spreadCopies(
  target: TileTarget, start: TunedTile, first: ColumnChoice, shifts: readonly number[], attempt: (choice: ColumnChoice) => TunedTile,
): TunedTile {
  const groups = groupsOf(target, first.shift.length);
  let choice = first;
  let error = groupErrors(target, start.codes, groups);
  for (let copy = 0; copy < target.copies; copy++) {
    const own = (j: number): boolean => (target.channel + j) % target.copies === copy;
    for (const u of [0, ...shifts]) {
      const shift = choice.shift.map((v, j) => (own(j) ? u : v));
      const mean = groupMeans(target, attempt({ ...choice, shift }).codes, groups);
      // One copy makes up for the mean error of all.
      const offset = choice.offset.map((o, j) => (own(j) ? o - mean[groups[j]] * target.copies : o));
      const tried = groupErrors(target, attempt({ shift, offset }).codes, groups);
      const better = (j: number): boolean => tried[groups[j]] < error[groups[j]];
      choice = { shift: choice.shift.map((v, j) => (better(j) ? shift[j] : v)), offset: choice.offset.map((v, j) => (better(j) ? offset[j] : v)) };
      error = error.map((e, g) => Math.min(e, tried[g]));
    }
  }
  return { ...attempt(choice), total: error.reduce((a, b) => a + b, 0) };
}
