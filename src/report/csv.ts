/** Tables of comma-separated values with a header line (RFC 4180), as sweeps write them. */
import { fail } from '../diagnostics.js';

export interface CsvTable {
  /** Name in diagnostics and titles. */
  readonly place: string;
  readonly columns: readonly string[];
  /** One text a column. */
  readonly rows: readonly (readonly string[])[];
}

const MOST_ROWS = 100_000;
const MOST_COLUMNS = 200;

/** Refuses (T301) what has no header, no rows, columns of one name, or rows of another length. */
export function parseCsv(text: string, place: string): CsvTable {
  const [columns = [], ...rows] = recordsOf(text, place);
  const twice = columns.find((name, i) => columns.indexOf(name) !== i);
  if (columns.length < 2) fail('T301', place, 'the header line names fewer than two columns', { limit: 'a header line, as trestle sweep writes it' });
  if (twice !== undefined) fail('T301', place, `two columns are named ${twice}`, { limit: 'a name for each column' });
  if (columns.length > MOST_COLUMNS) fail('T301', place, `${columns.length} columns`, { limit: `${MOST_COLUMNS} columns` });
  if (rows.length === 0) fail('T301', place, 'there are no rows below the header line', { limit: 'at least one row' });
  if (rows.length > MOST_ROWS) fail('T301', place, `${rows.length} rows`, { limit: `${MOST_ROWS} rows` });
  const wrong = rows.findIndex((row) => row.length !== columns.length);
  if (wrong >= 0) fail('T301', `${place}, row ${wrong + 1}`, `${rows[wrong].length} values`, { limit: `${columns.length}, one a column` });
  return { place, columns, rows };
}

function recordsOf(text: string, place: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let value = '';
  let quoted = false;
  const endRecord = (): void => {
    record.push(value);
    if (record.length > 1 || record[0] !== '') records.push(record);
    record = [];
    value = '';
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted && c === '"' && text[i + 1] === '"') value += text[i++];
    else if (c === '"' && (quoted || value === '')) quoted = !quoted;
    else if (quoted) value += c;
    else if (c === ',') value = (record.push(value), '');
    else if (c === '\n') endRecord();
    else if (c !== '\r') value += c;
  }
  if (quoted) fail('T301', place, 'a quoted value has no end', { limit: 'a quotation mark on both sides' });
  endRecord();
  return records;
}
