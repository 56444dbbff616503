/** Codes of signals for all calibration samples, in parts: what an op reads for the last time goes part by part, while the op's results come. */
import type { KeptCodes } from '../cores/types.js';

/** Samples of a part: enough that what is done once for each, such as packing weights, stays small. */
const PART = 64;

export class SampleCodes {
  /** How many parts there are. */
  readonly parts: number;
  private readonly bySignal = new Map<number, (KeptCodes | null)[]>();

  constructor(private readonly samples: number) {
    this.parts = Math.ceil(samples / PART);
  }

  /** Signals of which some part is kept. */
  get signals(): readonly number[] {
    return [...this.bySignal.keys()];
  }

  /** Samples of a part. */
  samplesOf(part: number): number {
    return Math.min(PART, this.samples - part * PART);
  }

  /** Keeps the codes of a signal for all samples. */
  keep(signal: number, codes: KeptCodes): void {
    const size = codes.length / this.samples;
    for (let p = 0; p < this.parts; p++) this.keepPart(signal, p, codes.subarray(p * PART * size, (p * PART + this.samplesOf(p)) * size));
  }

  keepPart(signal: number, part: number, codes: KeptCodes): void {
    const parts = this.bySignal.get(signal) ?? new Array<KeptCodes | null>(this.parts).fill(null);
    parts[part] = codes;
    this.bySignal.set(signal, parts);
  }

  /** Codes of a signal for the samples of a part; throws if they are not kept any more. */
  part(signal: number, part: number): KeptCodes {
    const codes = this.bySignal.get(signal)?.[part];
    if (codes === undefined || codes === null) throw new Error(`no codes of signal ${signal} any more`);
    return codes;
  }

  /** Codes among which those of a sample are, and how many samples stand before it. */
  around(signal: number, sample: number): readonly [codes: KeptCodes, before: number] {
    return [this.part(signal, Math.floor(sample / PART)), sample % PART];
  }

  /** Forgets the codes of a signal for the samples of a part. */
  drop(signal: number, part: number): void {
    const parts = this.bySignal.get(signal);
    if (parts === undefined) return;
    parts[part] = null;
    if (parts.every((codes) => codes === null)) this.bySignal.delete(signal);
  }
}
