/** The engine's codes, or those of an outside model, against the slow reference: counted, and the first difference located. */
import type { Codes, CoreGraph, Op } from '../cores/types.js';
import { writeOf } from '../cores/ops.js';
import { readAll } from '../data/read.js';
import { sizeOf, type DataSet } from '../data/types.js';
import { valuesDataSet } from '../data/values.js';
import { fail } from '../diagnostics.js';
import { encodeInput } from './edges.js';
import { referenceRun } from './reference.js';

/** One code that differs, with all that is needed to find it. */
export interface CodeDifference {
  readonly sample: number;
  readonly signal: string;
  /** The operation that wrote it, and its kind; `null` for the codes of the input. */
  readonly op: string | null;
  readonly kind: Op['kind'] | null;
  /** Place in the signal. */
  readonly position: readonly [y: number, x: number];
  readonly channel: number;
  /** What the reference gives, and what was found. */
  readonly expected: number;
  readonly found: number;
}

export interface Verification {
  readonly samples: number;
  /** Codes compared, and those of them that differ. */
  readonly codes: number;
  readonly differing: number;
  /** The signals that were compared, in the artefact's order. */
  readonly signals: readonly { readonly name: string; readonly codes: number; readonly differing: number }[];
  /** Of the first sample that differs, the first in the order of execution; within an operation's output by position, then channel. */
  readonly first: CodeDifference | null;
}

/** Codes of one signal for several samples; absent where it is not compared. */
type FoundCodes = ArrayLike<number> | undefined;

/** Codes of another model: RTL, silicon. */
export interface OutsideCodes {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
  /** Name in diagnostics. */
  readonly place?: string;
}

/** Samples that are verified unless the caller says otherwise: the reference takes its time. */
export const DEFAULT_VERIFIED = 10;

export interface VerificationOptions {
  /** Samples at most, from the first on; default `DEFAULT_VERIFIED`, with `codes` all. */
  readonly samples?: number;
  /** Codes of another model (RTL, silicon) to compare in place of the engine's, by name of the signal: [N, height, width, channels], N all samples. */
  readonly codes?: ReadonlyMap<string, OutsideCodes>;
  readonly progress?: (done: number, total: number) => void;
}

/** Runs a data set through the engine, all signals kept; `done` gets the codes of each part with the number of its first sample. */
export type EngineRun = (set: DataSet, done: (codes: readonly Codes[], first: number) => void) => Promise<void>;

/** Compares all signals of the first samples. Refuses (T505) chips of floats, whose sums agree up to rounding only. */
export async function verifyOn(graph: CoreGraph, data: DataSet, engine: EngineRun, options: VerificationOptions = {}): Promise<Verification> {
  const { codes, progress } = options;
  const samples = options.samples ?? (codes === undefined ? DEFAULT_VERIFIED : data.count);
  if (!Number.isInteger(samples) || samples < 1) fail('T302', data.place, `${samples} samples to verify`, { limit: 'at least 1' });
  if (graph.chip.arithmetic.kind === 'float') {
    fail('T505', graph.chip.name, 'sums of floats agree up to rounding only', { remedy: 'Compile for a chip of integers' });
  }
  const count = Math.min(data.count, samples);
  const inputs = await readAll(data, Array.from({ length: count }, (_, i) => i));
  const verifier = new Verifier(graph, inputs);
  if (codes === undefined) {
    const size = sizeOf(graph.signals[graph.input].shape);
    await engine(valuesDataSet(data.place, data.sampleShape, inputs), (found, first) => {
      const done = verifier.add(found, first, found[graph.input].length / size);
      progress?.(done, count);
    });
  } else {
    verifier.addOutside(codes, data.count, (done) => progress?.(done, count));
  }
  return verifier.result();
}

export class Verifier {
  private readonly counts: { codes: number; differing: number }[];
  private samples = 0;
  private first: CodeDifference | null = null;

  /** `inputs`: the samples that the codes belong to, one after the other. */
  constructor(private readonly graph: CoreGraph, private readonly inputs: Float32Array) {
    this.counts = graph.signals.map(() => ({ codes: 0, differing: 0 }));
  }

  /** Compares the codes of `count` samples from number `first` on, by signal, as the engine gives them. In any order; gives the samples done so far. */
  add(found: readonly FoundCodes[], first: number, count: number): number {
    for (let n = 0; n < count; n++) this.sample(found, n, first + n);
    return this.samples;
  }

  /**
   * Compares codes of an outside model on the samples of the set, by name of the signal, [`total`, height, width, channels]; signals that are not
   * among them are not compared. Refuses (T302) no signals at all, names of none and other shapes.
   */
  addOutside(codes: ReadonlyMap<string, OutsideCodes>, total: number, progress: (done: number) => void): void {
    const { signals } = this.graph;
    const names = signals.map(({ name }) => name);
    const stray = [...codes.keys()].find((name) => !names.includes(name));
    if (stray !== undefined) fail('T302', stray, 'no signal of the artefact has this name', { limit: names.join(', ') });
    if (codes.size < 1) fail('T302', 'codes', 'there are none to compare', { limit: 'one signal at least', remedy: 'Name files as trace does' });
    const found = signals.map(({ name, shape }): FoundCodes => {
      const one = codes.get(name);
      const wanted = [total, ...shape].join(', ');
      if (one === undefined) return undefined;
      if (one.shape.join(', ') !== wanted || one.data.length !== total * sizeOf(shape)) {
        fail('T302', one.place ?? name, `its codes have shape [${one.shape.join(', ')}]`, { limit: `[${wanted}], samples first` });
      }
      return one.data;
    });
    for (let n = 0; n < this.inputs.length / sizeOf(this.graph.inputShape); n++) {
      this.sample(found, n, n);
      progress(this.samples);
    }
  }

  result(): Verification {
    const signals = this.graph.signals.map(({ name }, id) => ({ name, ...this.counts[id] })).filter(({ codes }) => codes > 0);
    const total = (key: 'codes' | 'differing'): number => signals.reduce((n, signal) => n + signal[key], 0);
    return { samples: this.samples, codes: total('codes'), differing: total('differing'), signals, first: this.first };
  }

  /** `index`: of the sample in what was found. */
  private sample(found: readonly FoundCodes[], index: number, sample: number): void {
    const { graph } = this;
    const size = sizeOf(graph.inputShape);
    const input = this.inputs.subarray(sample * size, (sample + 1) * size);
    const expected = referenceRun(graph, encodeInput(input, graph.signals[graph.input], 1), 1);
    this.samples++;
    const wrong = new Map<number, number[]>();
    for (const [signal, reference] of expected) {
      const codes = found[signal];
      if (codes === undefined) continue;
      const offset = index * reference.length;
      const at: number[] = [];
      for (let i = 0; i < reference.length; i++) if (codes[offset + i] !== reference[i]) at.push(i);
      this.counts[signal].codes += reference.length;
      this.counts[signal].differing += at.length;
      if (at.length > 0) wrong.set(signal, at);
    }
    if (wrong.size === 0 || (this.first !== null && this.first.sample <= sample)) return;
    const { signal, op, element } = this.earliest(wrong);
    const reference = expected.get(signal) ?? [];
    this.first = {
      sample, signal: this.graph.signals[signal].name, op: op?.name ?? null, kind: op?.kind ?? null, ...this.place(signal, element),
      expected: reference[element], found: Number(found[signal]?.[index * reference.length + element]),
    };
  }

  /** The first wrong element in the order of execution. */
  private earliest(wrong: ReadonlyMap<number, readonly number[]>): { signal: number; op: Op | null; element: number } {
    const { graph } = this;
    const input = wrong.get(graph.input);
    if (input !== undefined) return { signal: graph.input, op: null, element: input[0] };
    for (const op of graph.ops) {
      const signal = writeOf(op);
      const element = wrong.get(signal)?.find((i) => this.writes(op, i));
      if (element !== undefined) return { signal, op, element };
    }
    throw new Error('a signal that no operation writes');
  }

  private place(signal: number, element: number): { position: readonly [number, number]; channel: number } {
    const [, width, channels] = this.graph.signals[signal].shape;
    const point = Math.floor(element / channels);
    return { position: [Math.floor(point / width), point % width], channel: element % channels };
  }

  /** Whether an op writes that element of its signal. */
  private writes(op: Op, element: number): boolean {
    if (op.kind === 'wire' || op.kind === 'permute') return true;
    const { position: [y, x], channel } = this.place(op.output.signal, element);
    const { origin, channel: from } = op.output;
    const columns = op.kind === 'core' ? op.columns : op.gathers[0].channels[1] - op.gathers[0].channels[0];
    const within = (v: number, start: number, length: number): boolean => v >= start && v < start + length;
    return within(y, origin[0], op.positions[0]) && within(x, origin[1], op.positions[1]) && within(channel, from, columns);
  }
}
