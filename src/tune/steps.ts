/**
 * The steps of tuning, each with a name by which it can be switched on or off, in the order in which an ablation adds them. Without any, weights are
 * rounded to nearest with ranges from minimum to maximum.
 */
import { fail } from '../diagnostics.js';

export interface TuningStep {
  readonly name: string;
  /** What it does, for help and tables. */
  readonly what: string;
  /** Whether it is part of the default: docs/tuning.md has the measurements behind the choice. */
  readonly byDefault: boolean;
}

export const TUNING_STEPS: readonly TuningStep[] = [
  { name: 'half', what: 'half an LSB before every floor', byDefault: true },
  { name: 'range', what: 'ranges of edges by squared error, not from minimum to maximum', byDefault: true },
  { name: 'gain', what: 'gain or window, output step and steps of partial sums searched through the real arithmetic', byDefault: true },
  { name: 'bias', what: 'mean errors of the layer taken out of its biases', byDefault: true },
  { name: 'channels', what: 'steps by channel where that promises less error', byDefault: true },
  { name: 'output-copies', what: 'copies of the network\'s output, up to a fifth more core-ops', byDefault: true },
  { name: 'inner-copies', what: 'copies of inner signals of few levels, up to a tenth more core-ops', byDefault: true },
  { name: 'digits', what: 'the network\'s input as two digits where a core takes fewer levels than data have', byDefault: true },
  { name: 'row-copies', what: 'weights repeated in rows that a core has to spare, so that they are finer', byDefault: true },
  { name: 'spacing', what: 'weights in the highest cell alone where a composed sum then loses less', byDefault: true },
  { name: 'shift', what: 'parts of composed sums moved away from 0, where truncation errs most', byDefault: true },
  { name: 'free', what: 'real weights fitted by ridge regression to the codes that the layers before really give', byDefault: true },
  { name: 'second-order', what: 'rows rounded one after the other, each making up for those before (GPTQ)', byDefault: false },
  { name: 'rounding', what: 'weights trained through the rounding, on the codes that the layers before really give', byDefault: true },
  { name: 'up-down', what: 'training may round each weight up or down, and move it no further (as AdaRound does)', byDefault: false },
];

/** Names of all steps, in the order of the table. */
export const STEP_NAMES: readonly string[] = TUNING_STEPS.map((s) => s.name);

/** Names of the steps that are on by default. */
export const DEFAULT_STEPS: readonly string[] = TUNING_STEPS.filter((s) => s.byDefault).map((s) => s.name);

/** These steps in the order of the table, each once. Refuses (T406) a name that is none. */
export function stepsOf(names: readonly string[]): string[] {
  for (const name of names) {
    if (STEP_NAMES.includes(name)) continue;
    fail('T406', name === '' ? '(no name)' : name, 'there is no such step of tuning', { limit: STEP_NAMES.join(', ') });
  }
  return STEP_NAMES.filter((name) => names.includes(name));
}
