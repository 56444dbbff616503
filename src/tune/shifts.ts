/** Shifts of the parts of a composed sum, which lie further from 0 with them, where truncation toward zero takes more evenly. */
import { roundHalfUp, shiftRows, type LinearStage } from '../cores/realise.js';
import { STRONG } from './errors.js';
import { codesFor, type ColumnChoice, type TileForm, type TunedTile } from './trial.js';

/** Codes by which a shift should lower the second part of a composed sum, and rows kept for the bias. */
const PART_SHIFTS = [0.9, 1.75, 2.6, 3.5, 4.4, 5.2, 6.1, 7];
/** The most by which one may raise it: the first part rises with it, eight times as far on PRIME. */
const MOST_RAISED = 4.2;
const BIAS_ROWS = 2;

/** Shifts worth trying at an exponent, as far as there are constant rows for them. */
export function shiftsFor(stage: LinearStage, k: number, constantRows: number): number[] {
  const { parts } = stage;
  if (parts === null) return [];
  const unit = parts.second / 2 ** k;
  const most = mostShift(stage, constantRows);
  const sizes = [...new Set(PART_SHIFTS.map((t) => Math.max(1, roundHalfUp(t / unit))))].filter((u) => u <= most);
  return sizes.flatMap((u) => (u * unit <= MOST_RAISED ? [-u, u] : [-u]));
}

/** The greatest shift that the weights of a constant row and the number of these rows allow. */
export function mostShift(stage: LinearStage, constantRows: number): number {
  let most = stage.parts === null ? 0 : Math.floor(stage.weights.hi / stage.parts.top);
  while (most > 0 && shiftRows(stage, most) + BIAS_ROWS > constantRows) most--;
  return most;
}

/** The greatest sums are further out than any seen, by about so much: the converter cuts off the first part where a shift raises it further. */
const BEYOND_SEEN = 1.5;

/** Of each column the shift after which truncation takes most evenly, and the offset that makes up for its mean. `start` has no shifts. */
export function chooseShifts(form: TileForm, start: TunedTile, shifts: readonly number[]): ColumnChoice {
  const { target, k, bench: { stage } } = form;
  const columns = start.shift.length;
  const judge = form.judge.besideSums;
  // Segments are shifted alike, and those below are always exceeded.
  const room = target.segments > 1 ? new Float64Array(columns) : judge.roomAbove(BEYOND_SEEN);
  const least = new Float64Array(columns).fill(Infinity);
  const best = { shift: new Int32Array(columns), offset: Float64Array.from(start.offset) };
  for (const u of [0, ...shifts]) {
    const shift = new Int32Array(columns).fill(u);
    const mean = judge.meanError(u === 0 ? start.codes : codesFor(form, { offset: start.offset, shift }));
    const offset = start.offset.map((o, j) => o - mean[j]);
    judge.columnErrors(codesFor(form, { shift, offset }), STRONG).forEach((error, j) => {
      if (error >= least[j] || firstPart(stage, k, u) > room[j]) return;
      least[j] = error;
      best.shift[j] = u;
      best.offset[j] = offset[j];
    });
  }
  return best;
}

/** Codes by which a shift raises the first part of a composed sum: less than nothing where it lowers it. */
function firstPart({ parts }: LinearStage, k: number, shift: number): number {
  return parts === null ? 0 : (shift * parts.first) / 2 ** k;
}
