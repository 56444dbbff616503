/**
 * Functions of one code by sums of ReLUs: as few as keep to a tolerance, each choice tried on every code through the chip's own arithmetic, so that the
 * errors stated are those of the integers.
 */
import type { Chip } from '../chip/types.js';
import type { LinearStage } from '../cores/realise.js';
import { runTile } from './arithmetic.js';
import { addKnots, integerLines, valuesAt, type Lines } from './lines.js';
import { shares, type UnitMaker } from './units.js';

/** A function on codes 0..n-1 of an input, in codes of the output, and how often calibration has shown each. */
export interface Wanted {
  /** Exact results in output codes, not rounded, within the output's range. */
  readonly target: Float64Array;
  /** Counts on the part of the samples that lines are fitted to, and on the part that is held back. */
  readonly fit: Float64Array;
  readonly held: Float64Array;
  /** The code of 0, or 0 if it is at an end: lines are drawn from it to both sides. */
  readonly pivot: number;
}

/** The bias of a column that adds up units. */
export interface Bias {
  readonly preload: number;
  readonly constants: readonly number[];
}

/** One function in integers. */
export interface Drawing {
  readonly lines: Lines;
  readonly bias: Bias;
  /** Result for every code of the input. */
  readonly codes: Int32Array;
  /** Greatest error in output codes, over all codes between the least and the greatest that calibration has shown. */
  readonly greatest: number;
  /** Sum of squared errors, each code as often as the samples for fitting show it. */
  readonly squares: number;
}

/** Functions that share a layer, and so the exponent of its cores. */
export interface Drawings {
  readonly k: number;
  readonly each: readonly Drawing[];
}

/** Numbers of knots tried, until the tolerance is met. */
const WIDTHS = [3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64, 96, 128, 192, 256];
/** Exponents tried, from the greatest at which slopes fit; composed arithmetic takes long to try, and loses much at the lower ones. */
const EXPONENTS = 5;
const COMPOSED_EXPONENTS = 2;
/** Weight of codes that calibration has not shown, together: within the range seen, and outside. */
const INSIDE = 0.1;
const OUTSIDE = 0.001;
/** Biases tried around the nominal one where they are rows. */
const BIAS_RANGE = 4;

/**
 * The narrowest drawings whose errors stay within `tolerance` output codes, else those of the least error. `most`: units that one function may have. `null`
 * if not even the fewest units fit.
 */
export function draw(
  chip: Chip, stage: LinearStage, wanted: readonly Wanted[], makers: readonly UnitMaker[], tolerance: number, most: number,
): Drawings | null {
  const seen = wanted.map(seenRange);
  let knots = wanted.map(({ target, pivot }) => [...new Set([0, pivot, target.length - 1])]);
  let best: Drawings | null = null;
  for (const width of WIDTHS) {
    knots = wanted.map(({ target }, i) => addKnots(knots[i], target, seen[i], width));
    for (const { k, grain } of settings(chip, stage, wanted)) {
      const each = wanted.map((w, i) => drawOne(chip, stage, w, seen[i], makers[i], knots[i], k, grain));
      const fits = each.every(({ lines, bias }) => lines.units.length + bias.constants.length <= most);
      if (fits && (best === null || better(each, best.each))) best = { k, each };
    }
    if (best !== null && worst(best.each) <= tolerance) return best;
    if (width >= Math.max(...wanted.map((w) => w.target.length))) break;
  }
  return best;
}

/** Codes from the least to the greatest that calibration has shown. */
function seenRange({ fit, held, target }: Wanted): boolean[] {
  const shown = Array.from(fit, (n, q) => n + (held[q] as number) > 0);
  const [first, last] = [shown.indexOf(true), shown.lastIndexOf(true)];
  return Array.from(target, (_, q) => q >= first && q <= last);
}

function worst(drawings: readonly Drawing[]): number {
  return Math.max(...drawings.map((d) => d.greatest));
}

function better(a: readonly Drawing[], b: readonly Drawing[]): boolean {
  const squares = (drawings: readonly Drawing[]): number => drawings.reduce((sum, d) => sum + d.squares, 0);
  return worst(a) < worst(b) || (worst(a) === worst(b) && squares(a) < squares(b));
}

/** Exponents and grains of slopes: on composed cores slopes of whole high cells lose least where converters cut off. */
function settings(chip: Chip, stage: LinearStage, wanted: readonly Wanted[]): { k: number; grain: number }[] {
  const composed = chip.arithmetic.kind === 'composed';
  const steepest = Math.max(1e-6, ...wanted.map(({ target }) => target.reduce((m, t, q) => (q === 0 ? m : Math.max(m, Math.abs(t - target[q - 1]))), 0)));
  // Steeper slopes than the range are shared by several units.
  const fitting = stage.exponents.filter((k) => steepest * 2 ** k <= 2 * stage.weights.hi);
  const exponents = fitting.length === 0 ? [stage.exponents[0]] : fitting.slice(-(composed ? COMPOSED_EXPONENTS : EXPONENTS));
  if (!composed && !exponents.includes(stage.exponents[0])) exponents.unshift(stage.exponents[0]);
  const grains = chip.arithmetic.kind === 'composed' ? [1, 2 ** chip.arithmetic.cellBits] : [1];
  return exponents.flatMap((k) => grains.map((grain) => ({ k, grain })));
}

function drawOne(
  chip: Chip, stage: LinearStage, wanted: Wanted, seen: readonly boolean[], maker: UnitMaker, knots: readonly number[], k: number, grain: number,
): Drawing {
  const { target, pivot, fit } = wanted;
  const total = Math.max(1, fit.reduce((a, b) => a + b, 0));
  const weight = fit.map((n, q) => n / total + (seen[q] ? INSIDE : OUTSIDE) / target.length);
  const unit = 2 ** k;
  const limit = Math.max(grain, Math.floor(Math.min(stage.weights.hi, -stage.weights.lo) / grain) * grain);
  const lines = integerLines(knots, valuesAt(knots, target, weight), pivot, unit, grain, limit);
  const errors = (codes: Int32Array, columns: number, j: number): { greatest: number; squares: number } => {
    let [greatest, squares] = [0, 0];
    for (let q = 0; q < target.length; q++) {
      const e = Math.abs((codes[q * columns + j] as number) - (target[q] as number));
      if (seen[q]) greatest = Math.max(greatest, e);
      squares += (weight[q] as number) * e * e;
    }
    return { greatest, squares };
  };
  const biases = biasesOf(stage, lines.base, unit);
  const codes = sumCodes(chip, stage, lines, maker, biases, k, target.length);
  const tried = biases.map((_, j) => errors(codes, biases.length, j));
  let best = 0;
  tried.forEach(({ greatest, squares }, j) => {
    const least = tried[best];
    if (greatest < least.greatest || (greatest === least.greatest && squares < least.squares)) best = j;
  });
  return { lines, bias: biases[best], codes: Int32Array.from(target, (_, q) => codes[q * biases.length + best] as number), ...tried[best] };
}

/** Biases to try: with a preload the one that rounds, else several sums of weights that see the greatest code. */
function biasesOf(stage: LinearStage, base: number, unit: number): Bias[] {
  const rounded = base + Math.floor(unit / 2);
  if (stage.bias === 'preload') return [{ preload: rounded, constants: [] }];
  const nominal = Math.round(rounded / stage.input.hi);
  const totals = new Set([0, ...Array.from({ length: 2 * BIAS_RANGE + 1 }, (_, i) => nominal + i - BIAS_RANGE)]);
  return [...totals].map((total) => ({ preload: 0, constants: shares(total, stage.weights.hi) }));
}

/** Codes [inputs x biases] of the sum of a drawing's units. */
function sumCodes(
  chip: Chip, stage: LinearStage, { units, weights }: Lines, maker: UnitMaker, biases: readonly Bias[], k: number, count: number,
): Int32Array {
  const constants = Math.max(...biases.map((b) => b.constants.length));
  const rows = Math.max(1, units.length + constants);
  const columns = biases.length;
  const x = new Int32Array(count * rows).fill(stage.input.hi);
  units.forEach((unit, i) => maker.column(unit).codes.forEach((code, q) => (x[q * rows + i] = code)));
  const w = new Int32Array(rows * columns);
  biases.forEach((bias, j) => {
    weights.forEach((weight, i) => (w[i * columns + j] = weight));
    bias.constants.forEach((weight, i) => (w[(units.length + i) * columns + j] = weight));
  });
  const preload = stage.bias === 'preload' ? Int32Array.from(biases, (b) => b.preload) : null;
  return runTile(chip, stage, { rows, columns, weights: w, preload, k }, x);
}
