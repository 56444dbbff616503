/** How often signals, partial sums and rows are there: as the options ask, or chosen for them. */
import { fail } from '../diagnostics.js';
import { loadChip } from '../data/chips.js';
import { coreOpsOf } from '../cores/ops.js';
import type { LinearStage } from '../cores/realise.js';
import { encodeInput } from '../emulate/edges.js';
import { newKernels } from '../emulate/pool.js';
import { planCopies } from '../expand/budget.js';
import { evenCopies, type CopyPlan, type LayerCopies } from '../expand/copies.js';
import { expand } from '../expand/expand.js';
import { MOST_REPEATS } from '../expand/repeats.js';
import { sensitivities } from '../tune/sensitivity.js';
import { DEFAULT_BUDGET, emulateWith, expandOptions, MOST_COPIES, need, repeatsIn, stepsOf, type Compilation } from './compilation.js';

/** Signals of fewer levels get copies where they cost little (`inner-copies`); core-ops that those may add, as a share of the network's. */
const INNER_LEVELS = 256;
const INNER_SHARE = 0.1;
const EVERYTHING: readonly (keyof LayerCopies)[] = ['output', 'partials', 'rows'];
/** Samples on which the choice of copies measures what each signal's error does to the output, and values of all signals together that it holds. */
const SENSITIVITY_SAMPLES = 32;
const SENSITIVITY_VALUES = 2 ** 27;

/** Copies inside the network, as the options ask for them. */
export async function copiesStage(c: Compilation, outputCopies: number, stage: LinearStage): Promise<CopyPlan | null> {
  const { options, chip } = c;
  const { copies } = options;
  const graph = need(c.reformed);
  if (copies !== undefined && copies !== 'auto') return evenCopies(graph, copies);
  const { most, what } = copies === 'auto' ? { most: MOST_COPIES, what: EVERYTHING } : unasked(c, stage);
  const codes = need(c.codes);
  if (codes === null || most === 1) return null;
  const base = expand(graph, chip, codes, { outputCopies, sizesOnly: true, ...expandOptions(c) });
  const least = coreOpsOf(base).length;
  const budget = copies === 'auto' ? budgetOf(c, least) : Math.floor((1 + INNER_SHARE) * least);
  const float = expand(graph, loadChip('ideal'), null, { outputCopies: 1 });
  const values = float.signals.reduce((n, { shape: [h, w, channels] }) => n + h * w * channels, 0);
  const count = Math.max(1, Math.min(need(c.samples), SENSITIVITY_SAMPLES, Math.floor(SENSITIVITY_VALUES / values)));
  const inputs = need(c.inputs);
  const input = encodeInput(inputs.subarray(0, (inputs.length / need(c.samples)) * count), float.signals[float.input], count);
  const kernels = newKernels(float.chip, options.kernel);
  const sensitivity = await sensitivities(float, codes, kernels, emulateWith(kernels, options), count, input);
  return planCopies({ graph, stage, codes, calibration: need(c.calibration), sensitivity, base, budget, most, what, repeats: repeatsIn(c) });
}

/**
 * What is copied unasked, and how often at most. Inner signals of composed sums get twice as many copies, for their truncation costs a bit more than rounding
 * does. Without copies of signals, composed sums may still have rows that share a weight: their converters have a greatest gain, which clips heavy weights.
 */
function unasked(c: Compilation, { parts, output: { lo, hi } }: LinearStage): { most: number; what: readonly (keyof LayerCopies)[] } {
  const steps = stepsOf(c);
  const levels = (hi - lo + 1) / (parts === null ? 1 : 2);
  if (steps.has('inner-copies')) return { most: Math.max(1, Math.ceil(INNER_LEVELS / levels)), what: EVERYTHING };
  return { most: parts !== null && steps.has('row-copies') ? MOST_REPEATS : 1, what: ['rows'] };
}

/** Core-ops that `auto` may use, of a network that takes `least` without copies. Refuses (T409) fewer. */
function budgetOf({ chip, options: { budgetCores = DEFAULT_BUDGET } }: Compilation, least: number): number {
  const budget = typeof budgetCores === 'number' ? budgetCores : Math.floor(Number(budgetCores.slice(0, -1)) * least);
  if (budget < least) {
    fail('T409', `chip ${chip.name}`, `${budget} cores are given for copies`, { limit: `at least ${least}, which the network takes without any` });
  }
  return budget;
}
