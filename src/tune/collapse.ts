/** Whether a chip can carry a network's signals at all, said before anything is tuned. */
import { linearStage, type LinearStage } from '../cores/realise.js';
import type { Chip } from '../chip/types.js';
import type { Diagnostic } from '../diagnostics.js';
import { rowGain, type Reach } from './reach.js';

/** Below this an output holds less than half of what it should: what reads it can do little. */
export const COLLAPSE_DB = 3;
/** An operation that asks for so much more gain than there is collapses for that reason. */
const MUCH_SHORT = 1.5;

/** A warning (T405) that names the first operation whose output is predicted to collapse, and why; nothing if none is. */
export function collapseWarning(reaches: readonly Reach[], chip: Chip): Diagnostic[] {
  const stage = linearStage(chip);
  const first = reaches.findIndex((r) => r.sqnrDb < COLLAPSE_DB);
  if (stage === null || first < 0) return [];
  const reach = reaches[first];
  const others = reaches.slice(first + 1).filter((r) => r.sqnrDb < COLLAPSE_DB).length;
  const { cause, limit, remedy } = causeOf(reach, chip, stage);
  return [{
    code: 'T405', severity: 'warning', place: reach.name,
    message: `the first operation whose output collapses: predicted SQNR ${reach.sqnrDb.toFixed(1)} dB, its values reach ${codesText(reach.codes)}; `
      + cause + (others > 0 ? `; ${others} of the operations after it collapse too` : ''),
    limit: `${COLLAPSE_DB} dB, ${limit}`, remedy,
  }];
}

function codesText(codes: number): string {
  return codes < 0.95 ? `${codes.toPrecision(1)} of one code` : `${codes.toFixed(1)} codes`;
}

function causeOf({ short }: Reach, { core: { rows } }: Chip, stage: LinearStage): { cause: string; limit: string; remedy: string } {
  const gain = rowGain(stage);
  if (short < MUCH_SHORT) {
    const { lo, hi } = stage.output;
    return {
      cause: `codes ${lo}..${hi} are too few for it`, limit: 'codes that tell its values apart',
      remedy: 'Use a chip with more bits a signal, or copies of the signal',
    };
  }
  const remedy = 'Use a chip whose converters have a gain, such as prime';
  if (rows !== null && rows * gain < 1) {
    return {
      cause: `all ${rows} rows of a core together have a gain of ${(rows * gain).toFixed(3)}, so signals shrink at every operation`,
      limit: 'a gain of 1 or more', remedy,
    };
  }
  return {
    cause: `a row of a core has a gain of ${gain.toPrecision(3)} at most, and this operation asks for ${(gain * short).toPrecision(3)}`,
    limit: `a gain of ${(gain * short).toPrecision(3)} in one row`, remedy: 'Use a chip with a lower least shift, or wider weights',
  };
}
