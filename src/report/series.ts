/** A sweep's table as lines of a plot. */
import type { CsvTable } from './csv.js';

export interface SweepLines {
  /** The first of what was varied that has several values, and the others that have. */
  readonly along: string;
  readonly others: readonly string[];
  /** Whether `x` are numbers. */
  readonly numeric: boolean;
  readonly values: readonly { readonly x: number | string; readonly series: string; readonly y: number }[];
}

/** Points of a column of results, a line for each combination of what else was varied; a seed is a repetition: its rows are averaged. */
export function sweepLines({ columns, rows }: CsvTable, varied: readonly string[], column: string): SweepLines {
  const at = (name: string): number => columns.indexOf(name);
  const several = varied.filter((name) => name !== 'seed' && new Set(rows.map((row) => row[at(name)])).size > 1);
  const [along = varied[0], ...others] = several;
  const points = new Map<string, { x: string; series: string; sum: number; n: number }>();
  for (const row of rows) {
    const y = row[at(column)] === '' ? Number.NaN : Number(row[at(column)]);
    if (!Number.isFinite(y)) continue;
    const x = row[at(along)];
    const series = others.map((name) => `${name} ${row[at(name)]}`).join(', ');
    const key = JSON.stringify([x, series]);
    const { sum, n } = points.get(key) ?? { sum: 0, n: 0 };
    points.set(key, { x, series, sum: sum + y, n: n + 1 });
  }
  const all = [...points.values()];
  const numeric = all.every(({ x }) => x !== '' && Number.isFinite(Number(x)));
  return { along, others, numeric, values: all.map(({ x, series, sum, n }) => ({ x: numeric ? Number(x) : x, series, y: sum / n })) };
}
