/**
 * How far signals reach on a chip, predicted from its description and the golden values, before anything is tuned: a core's weights have a greatest
 * value and its exponents a least one, so that one row has a greatest gain. Where an operation needs more, its output keeps to few codes, and what reads
 * it has still fewer to work with.
 */
import { activationFunction, type Activation } from '../cores/activation.js';
import { permutedCode, wiredCode } from '../cores/derive.js';
import { writeOf } from '../cores/ops.js';
import { linearStage, weightPeak, type LinearStage } from '../cores/realise.js';
import { stepOf, tileScales } from '../cores/scales.js';
import type { Code, CoreOp } from '../cores/types.js';
import type { Calibration, EdgeSamples } from '../encode/types.js';
import type { Chip } from '../chip/types.js';
import type { Expansion, LayerDraft, Stage } from '../expand/types.js';

/** What a layer's output can be at best. */
export interface Reach {
  readonly name: string;
  /** 10 log10(signal / error) of golden values in the finest codes that the core's gain allows; 999 where nothing is lost. */
  readonly sqnrDb: number;
  /** Codes that the greatest golden value is away from the code of 0. */
  readonly codes: number;
  /** How often the gain of a row that the chip has is contained in the one that the code chosen for this output asks for; 1 where it suffices. */
  readonly short: number;
}

/** Reach of all layers, in order; empty on chips without integers. */
export function predictReach(expansion: Expansion, calibration: Calibration): Reach[] {
  const stage = linearStage(expansion.chip);
  return stage === null ? [] : new Predictor(expansion, calibration, stage).run();
}

/** Gain of one row at its greatest weight and least exponent. */
export function rowGain(stage: LinearStage): number {
  return Math.min(stage.weights.hi, -stage.weights.lo) / 2 ** stage.exponents[0];
}

class Predictor {
  private readonly draft: Expansion;

  constructor(expansion: Expansion, private readonly calibration: Calibration, private readonly stage: LinearStage) {
    // Codes are made coarser as the prediction goes on: on a copy.
    this.draft = { ...expansion, signals: [...expansion.signals] };
  }

  run(): Reach[] {
    const layerAt = new Map(this.draft.layers.map((layer): [number, LayerDraft] => [layer.ops[0], layer]));
    const reaches: Reach[] = [];
    for (let i = 0; i < this.draft.ops.length; ) {
      const layer = layerAt.get(i);
      if (layer === undefined) this.derive(i++);
      else {
        reaches.push(this.layer(layer));
        i += layer.ops.length;
      }
    }
    return reaches;
  }

  private derive(index: number): void {
    const { ops, signals, sameCode } = this.draft;
    const op = ops[index];
    const output = writeOf(op);
    const source = sameCode.get(output) ?? (op.kind === 'maximum' ? op.gathers[0].signal : undefined);
    const code = op.kind === 'wire' ? wiredCode(op, signals) : op.kind === 'permute' ? permutedCode(op, signals)
      : source === undefined ? signals[output].code : signals[source].code;
    signals[output] = { ...signals[output], code };
  }

  private layer(layer: LayerDraft): Reach {
    for (const stage of layer.stages.slice(0, -1)) {
      const step = this.leastStep(stage);
      for (const signal of stage.signals) this.setCode(signal, { ...this.codeOf(signal), step: [step] });
    }
    const code = this.codeOf(layer.output);
    const least = this.leastStep(layer.stages[layer.stages.length - 1]) * slopeOf(layer.activation);
    const coarse = { ...code, step: code.step.map((s) => Math.max(s, least)) };
    const short = Math.max(1, ...code.step.map((s) => least / s));
    const golden = this.calibration.get(layer.edge);
    if (golden === undefined) throw new Error(`no golden values of ${layer.edge.name}`);
    // Codes that wiring joins stay as they are: then it is the weights that are cut, and the values shrink.
    const fixed = this.draft.fixedCode.has(layer.output);
    if (!fixed) this.setCode(layer.output, coarse);
    return { name: layer.name, short, ...quality(golden, coarse, conversions(this.draft.chip) - 1, fixed ? 1 - 1 / short : 0) };
  }

  /** The finest step of a stage's sums at which the greatest weight fits at the least exponent. */
  private leastStep(stage: Stage): number {
    const peaks = stage.tiles.map((tile) => {
      const op = this.draft.ops[tile.op] as CoreOp;
      return weightPeak(tile.real(1), tileScales(op.gathers, op.columns, null, this.draft.signals));
    });
    return Math.max(Number.MIN_VALUE, ...peaks) / rowGain(this.stage);
  }

  private codeOf(signal: number): Code {
    const { code } = this.draft.signals[signal];
    if (code === null) throw new Error('no code');
    return code;
  }

  private setCode(signal: number, code: Code): void {
    this.draft.signals[signal] = { ...this.draft.signals[signal], code };
  }
}

/** Truncated results that one output code is the sum of. */
function conversions({ arithmetic }: Chip): number {
  if (arithmetic.kind !== 'composed') return 1;
  return (arithmetic.weightBits / arithmetic.cellBits) * (arithmetic.inputBits / arithmetic.phaseBits);
}

/** Greatest slope of the function behind a sum: by so much its output's steps are coarser than the sum's, or finer. */
function slopeOf(activation: Activation | null): number {
  if (activation === null || activation.op === 'Clip') return 1;
  const f = activationFunction(activation, 0);
  let slope = 0;
  for (let x = -4; x < 4; x += 0.125) slope = Math.max(slope, Math.abs(f(x + 0.125) - f(x)) / 0.125);
  return slope;
}

/**
 * Error of golden values in a code: rounding, `extra` further truncated parts of 1/12 of a squared step each, and values that are a share `lost` too
 * small. No value has more error than itself: a core can always give 0.
 */
function quality({ edge, values }: EdgeSamples, code: Code, extra: number, lost: number): Pick<Reach, 'sqnrDb' | 'codes'> {
  const [channels] = edge.shape;
  let signal = 0;
  let error = 0;
  let codes = 0;
  for (let i = 0; i < values.length; i++) {
    const v = values[i];
    if (v === 0) continue;
    const step = stepOf(code, i % channels);
    const e = Math.floor(v / step + 0.5) * step - v;
    signal += v * v;
    error += Math.min(v * v, e * e + (extra / 12) * step * step + v * v * lost * lost);
    codes = Math.max(codes, Math.abs(v) / step);
  }
  return { sqnrDb: error === 0 ? 999 : 10 * Math.log10(Math.max(signal, Number.MIN_VALUE) / error), codes };
}
