/** How many copies the network's output has: with few levels, classes that are close get the same code, and the first of them wins. */
import type { LinearStage } from '../cores/realise.js';

/** The output gets copies until it has this many levels, but not more than `MOST`. */
const LEVELS = 1024;
const MOST = 8;
/** Core-ops that they may add, as a share of the network's. */
const SHARE = 0.2;

/** `coresWith`: core-ops of the network with so many copies of its output. */
export function chooseOutputCopies({ output: { lo, hi } }: LinearStage, coresWith: (copies: number) => number): number {
  const wanted = Math.min(MOST, Math.ceil(LEVELS / (hi - lo + 1)));
  const most = coresWith(1) * (1 + SHARE);
  for (let copies = wanted; copies > 1; copies--) if (coresWith(copies) <= most) return copies;
  return 1;
}
