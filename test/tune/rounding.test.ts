/** Training through the rounding: what it must keep, and what it must gain. */
import { describe, expect, it } from 'vitest';
import { loadChip } from '../../src/data/chips.js';
import { compile } from '../../src/pipeline.js';
import { DEFAULT_STEPS } from '../../src/tune/steps.js';
import { example } from '../flow/setup.js';

describe('training through the rounding', () => {
  const compiled = (chip: string, steps: readonly string[]) => {
    const { graph, calibration } = example();
    return compile(graph, loadChip(chip), calibration, { samples: 40, workers: 0, steps });
  };
  const without = DEFAULT_STEPS.filter((s) => s !== 'rounding');

  it.each(['prime', 'tianji', 'prime-ideal'])('moves single weights by a little, and lowers the error of the outputs, on %s', async (chip) => {
    const [plain, trained] = [await compiled(chip, without), await compiled(chip, DEFAULT_STEPS)];
    expect(trained.logitSqnrDb).toBeGreaterThan(plain.logitSqnrDb! + 0.2);
    const first = plain.cores!.ops.findIndex((op) => op.kind === 'core');
    const [a, b] = [plain, trained].map(({ cores }) => cores!.ops[first]!);
    if (a?.kind !== 'core' || b?.kind !== 'core') throw new Error('a core-op is expected');
    expect(b.config).toEqual(a.config);
    const moved = Array.from(a.weights, (w, i) => Math.abs(w - b.weights[i]!));
    expect(Math.max(...moved)).toBeGreaterThan(0);
    expect(Math.max(...moved)).toBeLessThan(120);
  });
});
