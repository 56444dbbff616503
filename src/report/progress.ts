/** One line that says how far a stage is. */
import { count, percent, seconds } from './numbers.js';
import { shorten } from './width.js';

export interface Stand {
  readonly stage: string;
  readonly done: number;
  /** What was done when the stage began: by a run that ended before, for example. Default 0. */
  readonly from?: number;
  /** At least 1. */
  readonly total: number;
  /** Since the stage began. */
  readonly elapsedMs: number;
}

const WIDEST_BAR = 24;
const LEAST_BAR = 8;

/** The line in at most `columns - 1` columns, so that no terminal breaks it; what is least needed is left out first. */
export function progressLine({ stage, done, from = 0, total, elapsedMs }: Stand, columns: number): string {
  const room = Math.max(4, columns - 1);
  const share = percent(done / total, 0).padStart(5);
  const amount = `${count(done)}/${count(total)}`;
  const rate = rateText((1000 * (done - from)) / Math.max(1, elapsedMs));
  const left = `${seconds((elapsedMs * (total - done)) / Math.max(1, done - from) / 1000)} left`;
  const name = stage.padEnd(9);
  for (const rest of [[share, amount, rate, left], [share, rate, left], [share, left]]) {
    const text = rest.join(' | ');
    const bar = room - name.length - text.length - 2;
    if (bar >= LEAST_BAR) return `${name} ${barOf(done / total, Math.min(WIDEST_BAR, bar))} ${text}`;
  }
  const short = [`${stage} ${share.trim()} | ${left}`, `${stage} ${share.trim()}`].find((text) => text.length <= room);
  return short ?? shorten(share.trim(), room);
}

/** One digit after the point where whole numbers say too little. */
function rateText(perSecond: number): string {
  return `${perSecond < 9.95 ? perSecond.toFixed(1) : count(perSecond)}/s`;
}

function barOf(share: number, width: number): string {
  const full = Math.round(width * Math.min(1, share));
  return '█'.repeat(full) + '░'.repeat(width - full);
}
