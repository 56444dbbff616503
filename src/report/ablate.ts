/** What each step of tuning is worth: as a table, and as comma-separated values with the layers. */
import type { Ablation, AblationRow } from '../evaluate/study.js';
import type { Style } from './colour.js';
import { csvLine } from './csv-line.js';
import { count, decibels, percent, points } from './numbers.js';
import { table, type Column } from './table.js';

export function ablationReport(a: Ablation, style: Style): string {
  const right = { align: 'right' as const };
  const labelled = a.floatTop1 !== undefined;
  const columns: Column[] = [
    { head: 'steps', name: true }, ...(labelled ? [{ head: 'top-1', ...right }, { head: 'drop', ...right }] : []), { head: 'agreement', ...right },
    { head: 'logits dB', ...right }, { head: 'core-ops', ...right }, { head: 'seconds', ...right },
  ];
  const float = ['float network', ...(labelled ? [percent(a.floatTop1 ?? 0), '-'] : []), '-', '-', '-', '-'];
  const rows = a.rows.map((r) => [
    r.name, ...(labelled ? [percent(r.top1 ?? 0), points(r.drop ?? 0)] : []), percent(r.agreement), decibels(r.logitSqnrDb), count(r.coreOps),
    r.seconds.toFixed(1),
  ]);
  return `${table(columns, [float, ...rows], style)}\n${count(a.samples)} samples\n`;
}

/** A row for each of the ablation, a column for each layer. */
export function ablationCsv({ rows }: Ablation): string {
  const layers = rows[0].layers.map(({ name }) => name);
  const head = ['name', 'steps', 'top1', 'drop', 'agreement', 'logitSqnrDb', 'coreOps', 'seconds', ...layers.map((name) => `sqnrDb ${name}`)];
  const line = (r: AblationRow): string => csvLine([
    r.name, r.steps.join(' '), r.top1 ?? '', r.drop ?? '', r.agreement, r.logitSqnrDb, r.coreOps, r.seconds,
    ...layers.map((name) => r.layers.find((l) => l.name === name)?.sqnrDb ?? ''),
  ]);
  return csvLine(head) + rows.map(line).join('');
}
