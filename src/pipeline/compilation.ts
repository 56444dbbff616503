/** What a compilation is asked for, and what it has made so far. */
import type { Chip } from '../chip/types.js';
import type { Code, CoreGraph } from '../cores/types.js';
import type { Diagnostic } from '../diagnostics.js';
import type { DataSet } from '../data/types.js';
import { runOver } from '../emulate/over.js';
import type { PoolOptions } from '../emulate/pool.js';
import type { Calibration } from '../encode/types.js';
import type { CopyPlan } from '../expand/copies.js';
import type { ExpandOptions } from '../expand/expand.js';
import { repeatsOf } from '../expand/repeats.js';
import type { Expansion } from '../expand/types.js';
import type { Graph } from '../graph/types.js';
import { pauseFor } from '../interrupt.js';
import type { KernelInstance } from '../kernels/instance.js';
import type { Program } from '../map/types.js';
import type { Edge, Reformed, SumNode } from '../reform/types.js';
import { DEFAULT_STEPS, stepsOf as checkedSteps } from '../tune/steps.js';
import type { Emulate } from '../tune/workbench.js';

export interface CompileOptions {
  /** Calibration samples at most, taken evenly over the data set. */
  readonly samples?: number;
  readonly seed?: number;
  /** Worker threads; 0: the calling thread. */
  readonly workers?: number;
  /** Names of the steps of tuning to take (tune/steps.ts); default those marked so there. */
  readonly steps?: readonly string[];
  /** Cores at hand; default one a core-op. */
  readonly cores?: number;
  /**
   * Copies of every inner signal, 1..16, and as many rows for every weight; `auto`: chosen for each within `budgetCores`. Absent: copies of the
   * network's output, and of inner signals what the step `inner-copies` gives them.
   */
  readonly copies?: number | 'auto';
  /** With `auto`: core-ops at most, or so many times those without copies (default `4x`). */
  readonly budgetCores?: number | `${number}x`;
  /** Kernel variant and samples at once of the emulation; results do not depend on them. */
  readonly kernel?: string;
  readonly batch?: number;
  /** Greatest error of functions that cores approximate, as a share of the range of their results; default 0.01, and never less than one step. */
  readonly tolerance?: number;
  readonly progress?: (stage: string, done: number, total: number) => void;
  /** Stops the work soon, with T507. */
  readonly signal?: AbortSignal;
}

/** One layer's row of the report. */
export interface LayerReport {
  readonly name: string;
  readonly coreOps: number;
  readonly positions: number;
  readonly sqnrDb: number;
  readonly saturated: number;
}

/** What a compilation has made so far. */
export interface Compilation {
  /** The float network; from the stage `reform` on with those operators decomposed that no core computes: golden values are of this one. */
  graph: Graph;
  readonly chip: Chip;
  readonly data: DataSet;
  readonly options: CompileOptions;
  readonly diagnostics: Diagnostic[];
  reformed?: Reformed;
  inputs?: Float32Array;
  samples?: number;
  calibration?: Calibration;
  /** `null` on chips without limits. */
  codes?: ReadonlyMap<Edge, Code> | null;
  /** Copies inside the network; `null` without. */
  copies?: CopyPlan | null;
  expansion?: Expansion;
  cores?: CoreGraph;
  program?: Program;
  layers?: LayerReport[];
  logitSqnrDb?: number;
}

/** Calibration samples unless the options say otherwise. */
export const DEFAULT_SAMPLES = 512;
/** Copies of an inner signal that may be asked for. */
export const MOST_COPIES = 16;
/** Budget of copies `auto` may use, unless the options say otherwise. */
export const DEFAULT_BUDGET = '4x';

export function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a stage ran before what it needs');
  return value;
}

/** Names of the steps of tuning that are on. */
export function stepsOf({ options }: Compilation): ReadonlySet<string> {
  return new Set(options.steps === undefined ? DEFAULT_STEPS : checkedSteps(options.steps));
}

export function poolOf({ workers, kernel, batch, signal }: CompileOptions): Pick<PoolOptions, 'workers' | 'kernel' | 'batch' | 'signal'> {
  return {
    ...(workers === undefined ? {} : { workers }), ...(kernel === undefined ? {} : { kernel }), ...(batch === undefined ? {} : { batch }),
    ...(signal === undefined ? {} : { signal }),
  };
}

/** Emulation of a core graph in the making, over the worker pool. */
export function emulateWith(kernels: KernelInstance, options: CompileOptions): Emulate {
  const pause = pauseFor(options.signal);
  return (graph, inputs, keep, count, arena) => runOver(kernels, graph, inputs, keep, count, arena, { ...poolOf(options), pause });
}

/** How often the core-ops of a sum repeat their rows. */
export function repeatsIn(c: Compilation): (node: SumNode, shared?: readonly number[]) => number {
  const repeating = stepsOf(c).has('row-copies');
  return (node, shared) => (repeating ? repeatsOf(c.chip, node, shared) : 1);
}

/** Whether rows are repeated, and what functions need that have cores of their own. */
export function expandOptions(c: Compilation): Pick<ExpandOptions, 'calibration' | 'tolerance' | 'repeatsRows'> {
  const { calibration, options: { tolerance } } = c;
  return {
    repeatsRows: stepsOf(c).has('row-copies'), ...(calibration === undefined ? {} : { calibration }), ...(tolerance === undefined ? {} : { tolerance }),
  };
}
