/** The table of a sweep: what was varied, then what came of it. A row stands for good: its hash says of what it is. */
import { canonicalJson } from '../cores/json.js';
import { fail } from '../diagnostics.js';
import type { SweepPoint, SweepResult } from '../evaluate/study.js';
import { csvLine } from '../report/csv-line.js';
import { parseCsv } from '../report/csv.js';

const RESULTS = ['top1', 'floatTop1', 'drop', 'agreement', 'logitSqnrDb', 'coreOps', 'cores', 'samples', 'seconds', 'status'] as const;

export class SweepTable {
  private readonly lines: string[] = [];
  private readonly hashes = new Set<string>();

  /** `text`: the table so far, or nothing. Refuses (T301) a table of other columns. */
  constructor(private readonly varied: readonly string[], text: string | undefined, place: string) {
    if (text === undefined) return;
    const { columns, rows } = parseCsv(text, place);
    if (columns.join() !== this.columns().join()) {
      fail('T301', place, `the table has columns ${columns.join(', ')}`, {
        limit: this.columns().join(', '), remedy: 'Write to another file, or vary what the table varies',
      });
    }
    for (const row of rows) {
      this.lines.push(csvLine(row));
      this.hashes.add(row[row.length - 1]);
    }
  }

  private columns(): string[] {
    return [...this.varied, ...RESULTS, 'hash'];
  }

  has(hash: string): boolean {
    return this.hashes.has(hash);
  }

  add(point: SweepPoint, result: SweepResult, hash: string): void {
    this.lines.push(csvLine([...this.varied.map((name) => point[name]), ...RESULTS.map((key) => result[key] ?? ''), hash]));
    this.hashes.add(hash);
  }

  text(): string {
    return csvLine(this.columns()) + this.lines.join('');
  }
}

/** What a point's result depends on, as JSON to be hashed. */
export function pointKey(parts: Readonly<Record<string, unknown>>): string {
  return canonicalJson(parts);
}
