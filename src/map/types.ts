/** Where core-ops run. */
import type { CoreGraph } from '../cores/types.js';

/** One core-op's place: its core, and the turn in which that core takes its weights (0 = first). */
export interface Assignment {
  readonly op: string;
  readonly core: number;
  readonly turn: number;
}

/** A core's place: the chip, and the coordinates of both in their meshes. */
export interface CorePlace {
  readonly chip: number;
  readonly chipAt: readonly [x: number, y: number];
  readonly at: readonly [x: number, y: number];
}

export interface Mapping {
  readonly assignments: readonly Assignment[];
  readonly places: readonly CorePlace[];
  readonly chips: number;
  /** Logical cores in use, and the physical arrays that they occupy. */
  readonly cores: number;
  readonly mats: number;
  /** Greatest number of core-ops that share one core in time. */
  readonly turns: number;
  /** Weights held, as a share of the cells of all cores over all turns. */
  readonly utilisation: number;
  /** Uses of cores for one sample: positions, summed over core-ops; and of the busiest core. */
  readonly usesPerSample: number;
  readonly busiestCoreUses: number;
}

/** A core-op network with its placement. */
export interface Program {
  readonly graph: CoreGraph;
  readonly mapping: Mapping;
}
