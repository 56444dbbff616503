/** Scores of outputs: classes, agreement, error; accumulated sample by sample in order. */
import { random32 } from '../prng.js';

export interface Accuracy {
  readonly top1: number;
  readonly top5: number;
}

export interface Scores {
  readonly samples: number;
  /** Absent without labels. */
  readonly chip?: Accuracy;
  readonly float?: Accuracy;
  readonly drop?: { readonly top1: number; readonly ci95: readonly [number, number] };
  readonly agreement?: number;
  readonly logitSqnrDb?: number;
  /** Mean squared error of the outputs against the float network's. */
  readonly meanSquaredError?: number;
}

/** Classes of one sample: the chip's, the float network's and the label; -1 for what is not known. */
export interface FoundClasses {
  readonly chip: number;
  readonly float: number;
  readonly label: number;
}

/** The largest value's index, ties to the lowest; and whether `label` is among the five first by the same order. */
export function rank(values: ArrayLike<number>, from: number, count: number, label: number): { best: number; inTop5: boolean } {
  let best = 0;
  let before = 0;
  for (let j = 0; j < count; j++) {
    if (values[from + j] > values[from + best]) best = j;
    if (label >= 0 && (values[from + j] > values[from + label] || (values[from + j] === values[from + label] && j < label))) before++;
  }
  return { best, inTop5: label >= 0 && before < 5 };
}

/** What is kept of one sample: all that scores are made of. */
export interface Measured {
  /** Class of the data, -1 if unknown. */
  readonly label: number;
  /** Class that the chip finds, and whether the label is among its five first. */
  readonly chip: number;
  readonly chipTop5: boolean;
  readonly golden?: GoldenMeasured;
}

/** The float network's side of a sample. */
export interface GoldenMeasured {
  readonly class: number;
  readonly top5: boolean;
  /** Sums over the outputs: of g^2, and of (d - g)^2; NaN where they are not finite. */
  readonly signal: number;
  readonly error: number;
}

/** Outputs of one sample, `classes` values from `from` on, beside those of the float network. */
export function measure(chip: ArrayLike<number>, float: ArrayLike<number> | null, from: number, classes: number, label: number): Measured {
  const mine = rank(chip, from, classes, label);
  const found = { label, chip: mine.best, chipTop5: mine.inTop5 };
  if (float === null) return found;
  const golden = rank(float, from, classes, label);
  let [signal, error] = [0, 0];
  for (let j = from; j < from + classes; j++) {
    signal += float[j] * float[j];
    error += (chip[j] - float[j]) * (chip[j] - float[j]);
  }
  // JSON knows one number that is none.
  const finite = (value: number): number => (Number.isFinite(value) ? value : NaN);
  return { ...found, golden: { class: golden.best, top5: golden.inTop5, signal: finite(signal), error: finite(error) } };
}

const RESAMPLES = 1000;

/** Adds samples up in the order in which they come: whoever wants the same sums to the last bit adds them in the order of the data. */
export class Scorer {
  private readonly chipRight: Uint8Array;
  private readonly floatRight: Uint8Array;
  private chipTop5 = 0;
  private floatTop5 = 0;
  private agreed = 0;
  private signal = 0;
  private error = 0;
  private seen = 0;

  /** `count`: samples at most; `classes`: values of one output. */
  constructor(count: number, private readonly classes: number, private readonly labelled: boolean, private readonly against: boolean) {
    this.chipRight = new Uint8Array(count);
    this.floatRight = new Uint8Array(count);
  }

  add({ label, chip, chipTop5, golden }: Measured): void {
    this.chipRight[this.seen] = chip === label ? 1 : 0;
    if (chipTop5) this.chipTop5++;
    if (golden !== undefined) {
      this.floatRight[this.seen] = golden.class === label ? 1 : 0;
      if (golden.top5) this.floatTop5++;
      if (golden.class === chip) this.agreed++;
      this.signal += golden.signal;
      this.error += golden.error;
    }
    this.seen++;
  }

  scores(seed: number): Scores {
    const n = this.seen;
    const right = (flags: Uint8Array): number => flags.subarray(0, this.seen).reduce((a, b) => a + b, 0) / n;
    if (this.seen === 0) return { samples: 0 };
    const chip = { top1: right(this.chipRight), top5: this.chipTop5 / n };
    const float = { top1: right(this.floatRight), top5: this.floatTop5 / n };
    return {
      samples: this.seen,
      ...(this.labelled ? { chip } : {}),
      ...(this.labelled && this.against ? { float, drop: { top1: float.top1 - chip.top1, ci95: this.interval(seed) } } : {}),
      ...(this.against ? this.closeness(n) : {}),
    };
  }

  private closeness(n: number): Pick<Scores, 'agreement' | 'logitSqnrDb' | 'meanSquaredError'> {
    return { agreement: this.agreed / n, logitSqnrDb: decibel(this.signal, this.error), meanSquaredError: this.error / (n * this.classes) };
  }

  /** Paired bootstrap of float - chip: samples drawn with replacement, seeded; the 2.5 and 97.5 percentiles. */
  private interval(seed: number): [number, number] {
    const n = this.seen;
    const drops = Float64Array.from({ length: RESAMPLES }, (_, r) => {
      let sum = 0;
      // One draw of 32 bits starts a multiplicative walk; the walk's state picks samples.
      let state = random32(seed, r) | 1;
      for (let i = 0; i < n; i++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        const pick = Math.floor((state / 4294967296) * n);
        sum += this.floatRight[pick] - this.chipRight[pick];
      }
      return sum / n;
    }).sort();
    return [drops[Math.floor(RESAMPLES * 0.025)], drops[Math.ceil(RESAMPLES * 0.975) - 1]];
  }
}

/**
 * 10 log10(signal / error), to a millionth, because engines differ in the last digits of a logarithm and reports go into artefacts; 999 where there
 * is no error at all, which JSON can hold.
 */
export function decibel(signal: number, error: number): number {
  if (error === 0) return 999;
  return Math.round(1e7 * Math.log10(Math.max(signal, Number.MIN_VALUE) / error)) / 1e6;
}
