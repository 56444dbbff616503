/** What studies find: rows of an ablation, points of a sweep. */
import type { Diagnostic } from '../diagnostics.js';

/** What a network does with some steps on. Shares are of 1; `top1` and `drop` only with labels. */
export interface AblationRow {
  readonly name: string;
  readonly steps: readonly string[];
  readonly top1?: number;
  readonly drop?: number;
  readonly agreement: number;
  readonly logitSqnrDb: number;
  readonly coreOps: number;
  /** Of compiling. */
  readonly seconds: number;
  /** On the calibration data, as `compile` reports them. */
  readonly layers: readonly { readonly name: string; readonly sqnrDb: number }[];
}

export interface Ablation {
  readonly samples: number;
  /** Of the float network; only with labels. */
  readonly floatTop1?: number;
  readonly rows: readonly AblationRow[];
  /** Each once, of all compilations and evaluations. */
  readonly diagnostics: readonly Diagnostic[];
}

/** One value for each parameter. */
export type SweepPoint = Readonly<Record<string, string>>;

export interface SweepResult {
  /** `done`, or the code of what refused the point. */
  readonly status: string;
  readonly top1?: number;
  readonly floatTop1?: number;
  readonly drop?: number;
  readonly agreement?: number;
  readonly logitSqnrDb?: number;
  readonly coreOps?: number;
  readonly cores?: number;
  readonly samples?: number;
  /** Of compiling. */
  readonly seconds?: number;
  readonly diagnostics: readonly Diagnostic[];
}
