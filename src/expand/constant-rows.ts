/** Constant rows that tiles are planned with where a core has no preload. */

/** Kept free in tiles without a bias of their own, for the half LSB and the correction of truncation. */
export const CORRECTION_ROWS = 2;
/** More of them, where a core has them, for shifts of the parts of composed sums (cores/realise.ts). */
export const SHIFT_ROWS = 20;
/** As many are kept free in merges that take rows of the sum too. */
export const MERGE_SHIFT_ROWS = 12;
