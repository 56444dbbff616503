/** The best integers of one tile for given scales: exponent, half LSB and bias correction by squared error through the real arithmetic. */
import { weightPeak, type RealTile, type TileScales } from '../cores/realise.js';
import { Judge } from './errors.js';
import { chooseShifts, mostShift, shiftsFor } from './shifts.js';
import { spreadCopies } from './spread.js';
import type { TileTarget } from './target.js';
import { codesFor, evaluate, formOf, settled, type TileForm, type TunedTile } from './trial.js';
import { each, type Rows, type Workbench } from './workbench.js';

/** A form whose first error is at most so many times the least is looked at in full: offsets, biases and shifts can turn the order round. */
export const WORTH_A_LOOK = 1.5;

/** The offset that truncation of parts starts with, for it loses more than half an LSB, and others that are tried. */
const FIRST_OFFSET = 1;
const OTHER_OFFSETS = [0, 0.5, 1.5];
const CORRECTION_ROUNDS = 2;

/** Exponents worth trying: the largest whose weights fit, the next (clipping some weights), and the one below. */
export function exponentsFor(bench: Workbench, real: RealTile, scales: TileScales): number[] {
  const { stage } = bench;
  const peak = weightPeak(real, scales);
  const limit = Math.min(stage.weights.hi, -stage.weights.lo);
  let most = stage.exponents[0];
  for (const k of stage.exponents) if (peak * 2 ** k <= limit + 0.5) most = k;
  return (bench.steps.has('gain') ? [most - 1, most, most + 1] : [most]).filter((k) => stage.exponents.includes(k));
}

/** The best of all exponents; `thorough` adds offsets and bias correction by column. */
export async function tuneTile(
  bench: Workbench, real: RealTile, constantRows: number, rows: Rows, target: TileTarget, thorough: boolean,
): Promise<TunedTile> {
  const spacings = bench.steps.has('spacing') ? bench.stage.spacings : [1];
  const judge = new Judge(target, real.columns);
  const forms = exponentsFor(bench, real, target.scales).flatMap((k) => spacings.map((spacing) => ({ k, spacing })));
  const tune = async (form: typeof forms[number], all: boolean): Promise<TunedTile> => {
    await bench.pause();
    return bench.scoped(() => tuneAt(formOf(bench, real, constantRows, rows, target, judge, form), all));
  };
  // Of composed sums a search in full takes dozens of products, and forms are many.
  const first = thorough && bench.stage.parts !== null ? await each(forms, (form) => tune(form, false)) : null;
  const least = first === null ? 0 : Math.min(...first.map(({ total }) => total));
  const tried = await each(forms.filter((_, i) => first === null || first[i].total <= WORTH_A_LOOK * least), (form) => tune(form, thorough));
  return tried.reduce((best, tuned) => (tuned.total < best.total ? tuned : best));
}

function tuneAt(form: TileForm, thorough: boolean): TunedTile {
  const { bench, real, target, judge } = form;
  const truncates = bench.stage.bias === 'rows';
  const half = bench.steps.has('half');
  let best = evaluate(form, {
    offset: target.offset.map((o) => o + (half ? 0 : -0.5) + (half && truncates ? FIRST_OFFSET - 0.5 : 0)), shift: new Int32Array(real.columns),
  });
  if (!thorough) return settled(best);
  const keepBetter = (offset: Float64Array): void => {
    const tried = evaluate(form, { shift: best.shift, offset });
    best = best.withColumns(tried, (j) => tried.error[j] < best.error[j]);
  };
  const correct = (rounds: number): void => {
    if (!bench.steps.has('bias')) return;
    for (let round = 0; round < rounds; round++) {
      const mean = judge.meanError(best.codes);
      keepBetter(best.offset.map((o, j) => o - mean[j]));
    }
  };
  if (truncates && half) for (const more of OTHER_OFFSETS) keepBetter(target.offset.map((o) => o - 0.5 + more));
  correct(CORRECTION_ROUNDS);
  const shifting = bench.stage.parts !== null && bench.steps.has('shift');
  const shifts = shifting ? shiftsFor(bench.stage, form.k, form.constantRows) : [];
  if (shifts.length > 0) {
    best = evaluate(form, chooseShifts(form, best, shifts));
    correct(CORRECTION_ROUNDS);
  }
  return settled(best);
}

/** A tuned tile with the shifts of copies spread, where its sums are composed. */
export function spreadTile(bench: Workbench, real: RealTile, constantRows: number, rows: Rows, target: TileTarget, tuned: TunedTile): TunedTile {
  if (bench.stage.parts === null || !bench.steps.has('shift') || target.copies === 1) return tuned;
  return bench.scoped(() => {
    const judge = new Judge(target, real.columns);
    const form = formOf(bench, real, constantRows, rows, target, judge, tuned);
    const choice = spreadCopies(target, judge.besideSums, tuned, mostShift(bench.stage, constantRows), (tried) => codesFor(form, tried));
    return settled(evaluate(form, choice));
  });
}
