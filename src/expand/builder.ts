/** Collects the signals, ops and layers of a core-op network as it is expanded. */
import type { Chip } from '../chip/types.js';
import { repeated } from '../cores/copies.js';
import { linearStage, type LinearStage } from '../cores/realise.js';
import type { Code, CoreOp, Destination, FloatFunction, Gather, MapShape, Op, Signal } from '../cores/types.js';
import { fail, type Diagnostic } from '../diagnostics.js';
import type { Edge } from '../reform/types.js';
import { ONE_EACH, type CopyPlan, type LayerCopies } from './copies.js';
import type { PlannedTile } from './tiles.js';
import type { LayerDraft, TileDraft } from './types.js';

/** Rows and columns of a core; unlimited chips are filled in blocks of 256, so that block-diagonal weights stay small. */
const UNLIMITED_BLOCK = 256;

export class ExpansionBuilder {
  readonly signals: Signal[] = [];
  readonly ops: Op[] = [];
  readonly layers: LayerDraft[] = [];
  readonly signalOf = new Map<Edge, number>();
  readonly diagnostics: Diagnostic[] = [];
  private readonly names = new Set<string>();
  /** `null` on float chips. */
  readonly stage: LinearStage | null;

  /** Tiles get no weights. Not where biases take rows: then sizes follow from the weights. */
  readonly sizesOnly: boolean;

  /** `repeatsRows`: whether weights are repeated in rows that a core has to spare. */
  constructor(readonly chip: Chip, readonly copies: CopyPlan | null = null, sizesOnly = false, readonly repeatsRows = false) {
    this.stage = linearStage(chip);
    this.sizesOnly = sizesOnly && this.stage?.bias === 'preload';
    if (this.stage === null && chip.arithmetic.kind !== 'float') {
      fail('T400', `chip ${chip.name}`, `this network has no spikes, and the chip computes with nothing else`, {
        limit: 'a chip of float, window, composed or ideal-limits arithmetic',
        remedy: 'Choose a chip whose cores take integer codes, such as tianji or prime',
      });
    }
  }

  get rowLimit(): number {
    return this.chip.core.rows ?? Number.POSITIVE_INFINITY;
  }

  get columnLimit(): number {
    return this.chip.core.columns ?? Number.POSITIVE_INFINITY;
  }

  /** Limits for block-diagonal tiles. */
  get blockRows(): number {
    return Math.min(this.rowLimit, this.chip.core.rows === null ? UNLIMITED_BLOCK : this.rowLimit);
  }

  get blockColumns(): number {
    return Math.min(this.columnLimit, this.chip.core.columns === null ? UNLIMITED_BLOCK : this.columnLimit);
  }

  addSignal(name: string, shape: MapShape, code: Code | null, golden: string | null = null): number {
    this.signals.push({ name: this.uniqueName(name), shape, code, golden, copies: 1 });
    return this.signals.length - 1;
  }

  /** A signal with `copies` codes for each value of a map of this shape and code, side by side. */
  addCopied(name: string, [height, width, channels]: MapShape, code: Code | null, golden: string | null, copies: number): number {
    if (copies === 1) return this.addSignal(name, [height, width, channels], code, golden);
    const wide = code === null ? null : { ...code, step: repeated(code.step, copies), zero: repeated(code.zero, copies) };
    this.signals.push({ name: this.uniqueName(name), shape: [height, width, channels * copies], code: wide, golden, copies });
    return this.signals.length - 1;
  }

  /** A signal like one of another expansion. */
  addLike(signal: Signal): number {
    this.signals.push({ ...signal, name: this.uniqueName(signal.name), golden: null });
    return this.signals.length - 1;
  }

  /** The network's input as digits to a base, two for each value. */
  addInput(name: string, shape: MapShape, code: Code, golden: string | null, digits: number): number {
    this.signals.push({ name: this.uniqueName(name), shape, code, golden, copies: 2, digits });
    return this.signals.length - 1;
  }

  /** Copies that the signal of an edge has. */
  unitsOf(edge: Edge): number {
    return this.signals[this.signal(edge)].copies;
  }

  /** Copies in and around the sum that makes an edge. */
  copiesOf(edge: Edge): LayerCopies {
    return this.copies?.get(edge) ?? ONE_EACH;
  }

  /** Signal that carries an edge. */
  signal(edge: Edge): number {
    const id = this.signalOf.get(edge);
    if (id === undefined) throw new Error(`edge ${edge.name} is read before it is made`);
    return id;
  }

  addOp(op: Op): number {
    this.ops.push(op);
    return this.ops.length - 1;
  }

  /** A core-op; its integers are filled in by `realise`. */
  addTile(spec: {
    name: string; layer: string; gathers: readonly Gather[]; constantRows: number; positions: readonly [number, number];
    plan: PlannedTile; output: Destination; function: FloatFunction | null;
  }): TileDraft {
    const { plan, ...rest } = spec;
    const real = this.stage === null ? plan.make(1) : null;
    const op: CoreOp = {
      ...rest,
      kind: 'core',
      columns: plan.columns,
      weights: real !== null ? Float32Array.from(real.weights) : new Int16Array(this.sizesOnly ? 0 : (plan.rows + spec.constantRows) * plan.columns),
      preload: real !== null ? Float32Array.from(real.bias) : null,
      config: {},
      table: null,
    };
    return { op: this.addOp(op), real: plan.make };
  }

  private uniqueName(name: string): string {
    let unique = name;
    for (let n = 2; this.names.has(unique); n++) unique = `${name}~${n}`;
    this.names.add(unique);
    return unique;
  }
}
