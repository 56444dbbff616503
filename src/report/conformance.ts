/** Kernels against a vector file; a vector file that was written. */
import type { Style } from './colour.js';
import { count, plural } from './numbers.js';
import { nameIn, table } from './table.js';

export interface ConformanceFacts {
  readonly cases: number;
  readonly kernels: readonly { readonly kernel: string; readonly cases: number; readonly exact: number }[];
  readonly mismatches: readonly { readonly kernel: string; readonly case: string }[];
}

/** Mismatches that are named; the JSON has all. */
const SHOWN = 20;

export function conformanceReport({ cases, kernels, mismatches }: ConformanceFacts, style: Style): string {
  const columns = [{ head: 'kernel', name: true as const }, { head: 'cases', align: 'right' as const }, { head: 'exact', align: 'right' as const }];
  const rows = kernels.filter((k) => k.cases > 0).map((k) => [
    k.kernel, count(k.cases), { text: count(k.exact), paint: k.exact === k.cases ? style.good : style.bad },
  ]);
  const wrong = mismatches.slice(0, SHOWN).map((m) => `${style.bad('differs')}: ${m.kernel}, case ${nameIn(m.case)}\n`).join('');
  const more = mismatches.length > SHOWN ? `and ${count(mismatches.length - SHOWN)} more\n` : '';
  const verdict = mismatches.length === 0 ? 'every result is exact' : plural(mismatches.length, 'mismatch', 'mismatches');
  return `${table(columns, rows, style)}\n${plural(cases, 'case')}: ${verdict}\n${wrong}${more}`;
}

export interface ExportFacts {
  readonly output: string;
  readonly bytes: number;
  readonly tiles: readonly { readonly arithmetic: string; readonly rows: number }[];
}

export function exportReport({ output, bytes, tiles }: ExportFacts): string {
  const kinds = [...new Set(tiles.map(({ arithmetic }) => arithmetic))];
  const counts = kinds.map((kind) => `${count(tiles.filter(({ arithmetic }) => arithmetic === kind).length)} ${kind}`).join(', ');
  const rows = tiles.reduce((n, one) => n + one.rows, 0);
  return `written: ${output}, ${count(bytes)} bytes
${plural(tiles.length, 'case')} (${counts}) of ${plural(rows, 'row')}
every output is the same from the engine and from the reference
`;
}
