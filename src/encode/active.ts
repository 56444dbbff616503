import type { EdgeSamples } from './types.js';

/** Share of an edge's values that no function holds at the least of them: there alone errors pass. */
export function activeShare({ values, min }: EdgeSamples): number {
  return values.reduce((n, v) => n + (v > min ? 1 : 0), 0) / Math.max(1, values.length);
}
