/** What each layer costs: a row a layer in the order of the network, and the costliest ones by name. */
import type { Explanation } from '../evaluate/explain.js';
import type { Style } from './colour.js';
import { count, decibels, percent, points, ratio, seconds } from './numbers.js';
import { nameIn, table, wrap, type Column } from './table.js';

/** Names in the ranking. */
const RANKED = 5;

export function explanationReport(e: Explanation, style: Style): string {
  const right = { align: 'right' as const };
  const labelled = e.asIs.chip !== undefined;
  const columns: Column[] = [
    { head: 'layer', name: true }, { head: 'core-ops', ...right }, { head: 'SQNR dB', ...right }, { head: 'introduced', ...right },
    { head: 'inherited', ...right }, { head: 'saturated', ...right }, ...(labelled ? [{ head: 'top-1', ...right }] : []), { head: 'agreement', ...right },
    { head: 'logits dB', ...right },
  ];
  const rows = e.layers.map(({ name, coreOps, sqnrDb, introducedDb, inheritedDb, saturated, cost }) => [
    name, count(coreOps), decibels(sqnrDb), decibels(introducedDb), decibels(inheritedDb), percent(saturated),
    ...(labelled ? [points(cost.top1 ?? 0)] : []), points(cost.agreement), signed(cost.logitDb),
  ]);
  const lines = [
    `the network: ${[
      ...(e.asIs.chip === undefined ? [] : [`top-1 ${percent(e.asIs.chip.top1)}`]),
      ...(e.asIs.agreement === undefined ? [] : [`agreement ${percent(e.asIs.agreement)}`]),
      `output SQNR ${ratio(e.asIs.logitSqnrDb)}`,
    ].join(', ')}`,
    wrap(e.ranking.slice(0, RANKED).map((name, i) => `${i === 0 ? 'costliest first: ' : ''}${nameIn(name)}`), style),
    ...(e.joined.length === 0 ? [] : [wrap(e.joined.map((name, i) => `${i === 0 ? 'counted with a layer after them: ' : ''}${nameIn(name)}`), style)]),
    `the last ${labelled ? 'three' : 'two'} columns: what the network gains if this layer alone computes in float`,
    `${count(e.samples)} samples in ${seconds(e.seconds)}`,
  ];
  return `${table(columns, rows, style)}\n${lines.join('\n')}\n`;
}

function signed(db: number): string {
  const text = db.toFixed(1);
  return Number(text) > 0 ? `+${text}` : Number(text) === 0 ? '0.0' : text;
}
