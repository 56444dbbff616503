/** ablate: one network on one chip, the steps of tuning switched on one after the other. */
import { compile, type Compiled } from '../api/compile.js';
import { evaluate } from '../api/evaluate.js';
import type { Model } from '../api/model.js';
import { poolOptions } from '../api/options.js';
import { coreOpsOf } from '../cores/ops.js';
import type { Chip } from '../chip/types.js';
import type { DataSet } from '../data/types.js';
import { TrestleError, type Diagnostic } from '../diagnostics.js';
import type { Evaluation } from '../evaluate/evaluate.js';
import { interruption } from '../interrupt.js';
import type { Ablation, AblationRow } from '../evaluate/study.js';
import type { CompileOptions } from '../pipeline/compilation.js';
import { DEFAULT_STEPS, STEP_NAMES } from '../tune/steps.js';

/** How a network is compiled and evaluated in a study. */
export interface StudyOptions extends CompileOptions {
  /** Samples of the evaluation at most, from the first on. */
  readonly limit?: number;
}

/** Which steps are on in which row, by the row's name. */
export function ablationSteps(each: boolean): { name: string; steps: readonly string[] }[] {
  const added = DEFAULT_STEPS.map((step, i) => ({ name: `+ ${step}`, steps: DEFAULT_STEPS.slice(0, i + 1) }));
  const optional = STEP_NAMES.filter((step) => !DEFAULT_STEPS.includes(step));
  return [
    { name: 'none', steps: [] }, ...added,
    ...optional.map((step) => ({ name: `default + ${step}`, steps: STEP_NAMES.filter((s) => s === step || DEFAULT_STEPS.includes(s)) })),
    ...(each ? DEFAULT_STEPS.map((step) => ({ name: `default - ${step}`, steps: DEFAULT_STEPS.filter((s) => s !== step) })) : []),
  ];
}

/**
 * A network on a chip with the steps of tuning switched on one after the other: none, then those of the default in their order, then each that is not;
 * with `each`, the default without each of its steps too.
 */
export async function ablate(
  model: Model, chip: Chip, calibration: DataSet, data: DataSet, options: StudyOptions & { readonly each?: boolean } = {},
): Promise<Ablation> {
  const { each = false, limit, progress, ...compiling } = options;
  const plan = ablationSteps(each);
  const rows: AblationRow[] = [];
  const told = new Map<string, Diagnostic>();
  let samples = 0;
  let floatTop1: number | undefined;
  for (const { name, steps } of plan) {
    progress?.('ablate', rows.length, plan.length);
    const choice = { ...compiling, steps, ...(limit === undefined ? {} : { limit }) };
    const { result, compiled, seconds } = await measured(model, chip, calibration, data, choice);
    for (const d of [...compiled.diagnostics, ...result.diagnostics]) told.set(`${d.code} ${d.place}`, d);
    samples = result.samples;
    floatTop1 = result.float?.top1;
    rows.push({
      name, steps, agreement: result.agreement ?? 0, logitSqnrDb: result.logitSqnrDb ?? 0, coreOps: coreOpsOf(compiled.artefact.graph).length, seconds,
      layers: compiled.layers.map((l) => ({ name: l.name, sqnrDb: l.sqnrDb })),
      ...(result.chip === undefined ? {} : { top1: result.chip.top1 }), ...(result.drop === undefined ? {} : { drop: result.drop.top1 }),
    });
  }
  progress?.('ablate', plan.length, plan.length);
  return { samples, rows, diagnostics: [...told.values()], ...(floatTop1 === undefined ? {} : { floatTop1 }) };
}


/** Compiles and evaluates once. An evaluation that was interrupted is no result: throws T507. */
export async function measured(
  model: Model, chip: Chip, calibration: DataSet, data: DataSet, { limit, ...compiling }: StudyOptions,
): Promise<{ compiled: Compiled; result: Evaluation & { readonly diagnostics: readonly Diagnostic[] }; seconds: number }> {
  const start = performance.now();
  const compiled = await compile(model, chip, calibration, compiling);
  const seconds = (performance.now() - start) / 1000;
  const result = await evaluate(compiled.artefact, data, {
    against: model, ...(limit === undefined ? {} : { limit }), ...poolOptions(compiling),
  });
  if (result.interrupted === true) throw new TrestleError([interruption(data.place, 'interrupted in an evaluation')]);
  return { compiled, result, seconds };
}
