/** Accuracy of an artefact, the float network's beside it. */
import type { Evaluation } from '../evaluate/evaluate.js';
import type { Scores } from '../evaluate/score.js';
import type { Style } from './colour.js';
import { count, megabytes, percent, plural, points, ratio, seconds, short } from './numbers.js';
import { table, wrap, type Cell } from './table.js';

export function evaluationReport(e: Evaluation, chip: string, style: Style): string {
  const lines = [partial(e), accuracyTable(e, chip, style), ...comparison(e), failures(e, style), speed(e), memory(e)];
  return `${lines.filter((line) => line !== '').join('\n')}\n`;
}

/** The same scores from files of results, which know no times. */
export function mergeReport(m: Merged, chip: string, { files, results }: { readonly files: number; readonly results?: string }, style: Style): string {
  const written = results === undefined ? '' : `written: ${results}`;
  const lines = [accuracyTable(m, chip, style), ...comparison(m), failures(m, style), `${plural(m.samples, 'sample')}, from ${plural(files, 'file')}`, written];
  return `${lines.filter((line) => line !== '').join('\n')}\n`;
}

/** Scores, and samples that could not be read. */
type Merged = Scores & Pick<Evaluation, 'failed'>;

/** What an interrupted evaluation has done; everything below it is of that alone. */
function partial({ interrupted, requested = 0, samples, failed }: Evaluation): string {
  return interrupted === true ? `interrupted: the first ${count(samples + failed.length)} of ${plural(requested, 'sample')} only` : '';
}

function memory({ memoryBytes }: Evaluation): string {
  return `memory: ${megabytes(memoryBytes)} at most, and the data`;
}

function accuracyTable(e: Scores, chip: string, style: Style): string {
  if (e.chip === undefined) return '';
  const row = (name: string, a: { top1: number; top5: number }): Cell[] => [name, percent(a.top1), percent(a.top5)];
  const rows = [...(e.float === undefined ? [] : [row('float', e.float)]), row(chip, e.chip)];
  return table([{ head: '', name: true }, { head: 'top-1', align: 'right' }, { head: 'top-5', align: 'right' }], rows, style);
}

function comparison(e: Scores): string[] {
  const lines: string[] = [];
  if (e.drop !== undefined) {
    const [lo, hi] = e.drop.ci95;
    lines.push(`drop in top-1: ${points(e.drop.top1)} points (95 % interval ${points(lo)} to ${points(hi)})`);
  }
  if (e.logitSqnrDb === undefined) return lines;
  if (e.agreement !== undefined && e.chip !== undefined) lines.push(`same class as the float network: ${percent(e.agreement)}`);
  const error = e.meanSquaredError === undefined ? '' : `; mean squared error ${e.meanSquaredError.toPrecision(4)}`;
  lines.push(`output SQNR: ${ratio(e.logitSqnrDb)}${error}`);
  return lines;
}

function failures({ failed }: Pick<Evaluation, 'failed'>, style: Style): string {
  if (failed.length === 0) return '';
  const first = failed.slice(0, 3).map((f) => `${f.file ?? f.sample} (${f.reason})`);
  const about = `${plural(failed.length, 'sample')} could not be read (not counted): ${first[0]}`;
  return wrap([about, ...first.slice(1), ...(failed.length > 3 ? ['...'] : [])], style);
}

function speed(e: Evaluation): string {
  const macs = e.macsPerSecond > 0 ? `, ${short(e.macsPerSecond)} multiplications/s` : '';
  const workers = e.workers === 0 ? 'no worker' : plural(e.workers, 'worker');
  const before = e.resumed === undefined || e.resumed === 0 ? '' : `, ${count(e.resumed)} of them before`;
  return `${count(e.samples)} samples${before} in ${seconds(e.seconds)}: ${count(e.samplesPerSecond)} samples/s${macs}, ${workers}`;
}
