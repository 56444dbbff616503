/** The core-op network while it is being made: the final structure, with real weights beside the integers still to be tuned. */
import type { RealTile } from '../cores/realise.js';
import type { CoreGraph, HostOp, Op, Signal } from '../cores/types.js';
import type { Chip } from '../chip/types.js';
import type { Activation } from '../cores/activation.js';
import type { Edge } from '../reform/types.js';

/** A core-op whose integers follow from real weights. */
export interface TileDraft {
  /** Index in `ops`. */
  readonly op: number;
  /**
   * Makes its real weights, anew each time: they take four times the room of the integers, and those of all tiles at once are not needed. `segments`: those
   * of its output (cores/scales.ts).
   */
  readonly real: (segments: number) => RealTile;
}

/** Tiles that write one set of signals: the row blocks of a split sum, a level of merges, or the last sum of a layer. */
export interface Stage {
  readonly kind: 'partial' | 'final';
  readonly tiles: readonly TileDraft[];
  /** Signals written, whose code the tuning may choose. */
  readonly signals: readonly number[];
}

/** What becomes of one weighted sum: its stages in order. Only the last applies the activation. */
export interface LayerDraft {
  readonly name: string;
  readonly edge: Edge;
  readonly output: number;
  readonly activation: Activation | null;
  readonly stages: readonly Stage[];
  /** All of its ops, in order. */
  readonly ops: readonly number[];
}

/** A function that cores of its own compute; errors are of the values' range, on calibration samples that its lines were not fitted to. */
export interface FunctionReport {
  readonly name: string;
  readonly function: string;
  /** ReLUs on the chip, of all channels at one position. */
  readonly chipUnits: number;
  readonly tolerance: number;
  readonly meanError: number;
  readonly maxError: number;
}

/** A core-op network with its drafts; `ops` and `signals` are replaced entry by entry as tuning goes on. */
export interface Expansion {
  readonly chip: Chip;
  readonly signals: Signal[];
  readonly ops: Op[];
  readonly layers: readonly LayerDraft[];
  readonly functions: readonly FunctionReport[];
  /** Signal of each edge. */
  readonly signalOf: ReadonlyMap<Edge, number>;
  /** Signals that always have the code of another: results of maxima. */
  readonly sameCode: ReadonlyMap<number, number>;
  /** Signals whose code must stay as encoded: wiring lays them into one map with others, or a function of their codes is already in integers. */
  readonly fixedCode: ReadonlySet<number>;
  readonly input: number;
  readonly output: number;
  /** Signal of the sum that alone makes the output, if one does. */
  readonly outputSum: number | null;
  readonly hostOps: readonly HostOp[];
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
}

/** The network as it stands. */
export function coreGraphOf(e: Expansion): CoreGraph {
  const { chip, signals, ops, input, output, hostOps, inputShape, outputShape } = e;
  return { chip, signals: [...signals], ops: [...ops], input, output, hostOps, inputShape, outputShape };
}
