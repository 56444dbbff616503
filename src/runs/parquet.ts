/** Results as a table in Parquet, a row a sample: for whoever goes on with pandas, DuckDB or Spark. */
import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import { readResults } from './journal.js';
import type { Part } from './merge.js';
import { plainResult, type PlainResult } from './records.js';

/** Rows that are encoded at once, and so are in memory as they are. */
const GROUP = 1 << 16;

/** In this order; all but the number of the sample may be null. */
const COLUMNS = [
  ['sample', 'INT32'], ['file', 'STRING'], ['label', 'INT32'], ['chip', 'INT32'], ['chipTop5', 'BOOLEAN'], ['float', 'INT32'],
  ['floatTop5', 'BOOLEAN'], ['signal', 'DOUBLE'], ['error', 'DOUBLE'], ['failed', 'STRING'],
] as const;

/** A file of all samples of the parts, which are in order; the header stands in its metadata, under `trestle`. Throws T510. */
export function parquetOf(parts: readonly Part[]): Uint8Array {
  const bytes = new ByteWriter();
  const schema = [{ name: 'root', num_children: COLUMNS.length }, ...COLUMNS.map(([name, type]) => columnOf(name, type))];
  const writer = new ParquetWriter({ writer: bytes, schema, kvMetadata: [{ key: 'trestle', value: JSON.stringify(parts[0].header) }] });
  let rows: PlainResult[] = [];
  const flush = (): void => {
    if (rows.length === 0) return;
    void writer.write({ columnData: COLUMNS.map(([name]) => ({ name, data: rows.map((row) => valueOf(row, name)) })) });
    rows = [];
  };
  for (const { path, header } of parts) {
    for (const { result } of readResults(path, header)) {
      rows.push(plainResult(result));
      if (rows.length === GROUP) flush();
    }
  }
  flush();
  void writer.finish();
  return bytes.getBytes();
}

function columnOf(name: string, type: (typeof COLUMNS)[number][1]): SchemaElement {
  const repetition = { repetition_type: name === 'sample' ? 'REQUIRED' : 'OPTIONAL' } as const;
  return type === 'STRING' ? { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', ...repetition } : { name, type, ...repetition };
}

function valueOf(row: PlainResult, name: string): number | string | boolean | null {
  return (row as Readonly<Record<string, number | string | boolean | null | undefined>>)[name] ?? null;
}
