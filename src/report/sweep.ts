/** The points of a sweep that were computed. */
import type { SweepPoint, SweepResult } from '../evaluate/study.js';
import type { Style } from './colour.js';
import { count, decibels, percent, plural } from './numbers.js';
import { table } from './table.js';

export interface SweptPoint {
  readonly point: SweepPoint;
  readonly result: SweepResult;
}

export function sweepReport(done: readonly SweptPoint[], points: number, output: string, style: Style): string {
  const kept = points - done.length;
  const note = kept === 0 ? '' : `; ${kept === 1 ? 'one was' : `${count(kept)} were`} there already`;
  const last = `${plural(points, 'point')}${note}\nwritten: ${output}\n`;
  if (done.length === 0) return last;
  const right = { align: 'right' as const };
  const names = Object.keys(done[0].point);
  const columns = [
    ...names.map((head) => ({ head, ...right })), { head: 'top-1', ...right }, { head: 'agreement', ...right }, { head: 'logits dB', ...right },
    { head: 'core-ops', ...right }, { head: 'status' },
  ];
  const share = (v: number | undefined): string => (v === undefined ? '-' : percent(v));
  const rows = done.map(({ point, result: r }) => [
    ...names.map((name) => point[name]), share(r.top1), share(r.agreement), decibels(r.logitSqnrDb), r.coreOps === undefined ? '-' : count(r.coreOps), r.status,
  ]);
  return `${table(columns, rows, style)}\n${last}`;
}
