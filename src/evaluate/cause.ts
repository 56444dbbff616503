/** Why a layer's output is poor: which limit caused most of its error, and what lifting it would buy back. */
import type { Diagnostic } from '../diagnostics.js';
import type { LayerCost } from './explain.js';

/** Below this a signal carries little of what it should. */
const POOR_DB = 6;
/** A layer so far below all before it, and below what still does well, is out of line. */
const FALL_DB = 10;
const DOUBTFUL_DB = 15;
/** A share of clipped values that no range should have. */
const MUCH_SATURATED = 0.05;

/** The first layer out of line: poor, far worse than any before it, or saturated. */
export function outOfLine<T extends { readonly sqnrDb: number; readonly saturated: number }>(layers: readonly T[]): T | undefined {
  let worst = Number.POSITIVE_INFINITY;
  for (const layer of layers) {
    if (layer.sqnrDb < POOR_DB || (layer.sqnrDb < DOUBTFUL_DB && (layer.sqnrDb < worst - FALL_DB || layer.saturated > MUCH_SATURATED))) return layer;
    worst = Math.min(worst, layer.sqnrDb);
  }
  return undefined;
}

export interface Cause {
  readonly text: string;
  readonly remedy: string;
  /** SQNR predicted if this limit alone is lifted, less the present one. */
  readonly gainDb: number;
}

/**
 * The limit behind most of a layer's error. Lifting it is worked out on the layer's real inputs: without what it inherits; without clipping; with codes
 * of one bit more; with exact weights and arithmetic, where only the rounding to its codes is left.
 */
export function causeOf(cost: Pick<LayerCost, 'introducedDb' | 'inheritedDb' | 'roundedDb' | 'clippedShare'>): Cause {
  const introduced = noise(cost.introducedDb);
  const inherited = noise(cost.inheritedDb);
  const rounded = noise(cost.roundedDb);
  const clipped = rounded * cost.clippedShare;
  const gain = (left: number): number => 10 * Math.log10((introduced + inherited) / Math.max(left, 1e-12));
  if (inherited >= introduced) {
    return { text: 'what it inherits from the layers before it', remedy: 'Look at those first: trestle explain ranks them', gainDb: gain(introduced) };
  }
  if (clipped >= introduced / 2) {
    return { text: 'values beyond the ends of its codes', remedy: 'Calibrate with more samples', gainDb: gain(introduced - clipped + inherited) };
  }
  if (rounded >= introduced / 2) {
    const gainDb = gain(introduced - 0.75 * rounded + inherited);
    return { text: 'the bits of its output codes', remedy: 'Use a chip with one bit a signal more, or copies', gainDb };
  }
  return {
    text: 'the bits of its weights and the arithmetic of its cores', remedy: 'Use finer weights, a core with exact sums, or more steps of tuning',
    gainDb: gain(rounded + inherited),
  };
}

function noise(db: number): number {
  return db >= 999 ? 0 : 10 ** (-db / 10);
}

/** A warning (T403) of a layer out of line; with its cause, where that could be measured. */
export function poorWarning(layer: { readonly name: string; readonly sqnrDb: number }, cost: LayerCost | undefined, samples: number): Diagnostic {
  const place = layer.name;
  const begin = `the first layer out of line: SQNR ${layer.sqnrDb.toFixed(1)} dB`;
  const limit = `${POOR_DB} dB, and no fall of more than ${FALL_DB} dB`;
  if (cost === undefined) return { code: 'T403', severity: 'warning', place, message: begin, limit };
  const { text, remedy, gainDb } = causeOf(cost);
  return {
    code: 'T403', severity: 'warning', place, limit, remedy: `${remedy}; predicted gain here: ${gainDb.toFixed(1)} dB at most`,
    message: `${begin}; most of its error is ${text} (introduced here ${cost.introducedDb.toFixed(1)} dB, inherited ${cost.inheritedDb.toFixed(1)} dB, `
      + `its codes alone ${cost.roundedDb.toFixed(1)} dB, on ${samples} samples)`,
  };
}
