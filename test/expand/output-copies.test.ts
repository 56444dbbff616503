/** Copies of the network's output: as many as levels ask for, and as core-ops allow. */
import { describe, expect, it } from 'vitest';
import { linearStage } from '../../src/cores/realise.js';
import { loadChip } from '../../src/data/chips.js';
import { chooseOutputCopies } from '../../src/expand/output-copies.js';

describe('copies of the output', () => {
  const tianji = linearStage(loadChip('tianji'))!;
  const prime = linearStage(loadChip('prime'))!;

  it('are as many as 1,024 levels ask for, at most eight, where they are free', () => {
    expect([tianji, prime].map((stage) => chooseOutputCopies(stage, () => 20))).toEqual([4, 8]);
  });

  it('add no more than a fifth to the core-ops', () => {
    expect(chooseOutputCopies(tianji, (copies) => 80 + 6 * (copies - 1))).toBe(3);
    expect(chooseOutputCopies(tianji, (copies) => 10 + 3 * (copies - 1))).toBe(1);
  });
});
