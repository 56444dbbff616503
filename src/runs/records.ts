/** Results of an evaluation as lines of JSON: a header that says of what they are, and a line a sample (docs/long-runs.md). */
import { z } from 'zod';
import { fail, type Diagnostic } from '../diagnostics.js';
import type { SampleResult } from '../evaluate/evaluate.js';
import { parseShard, shardRange, type SampleRange } from '../evaluate/shard.js';

export const FORMAT = 'trestle-results/1';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const name = z.string();
const whole = z.int().min(0);

const headerSchema = z.strictObject({
  format: z.literal(FORMAT),
  trestle: z.string(),
  artefact: z.strictObject({ sha256: hash, chip: name, model: z.strictObject({ file: name, sha256: hash }) }),
  data: z.strictObject({ file: name, sha256: hash }),
  against: z.strictObject({ file: name, sha256: hash }).nullable(),
  /** Samples of all shards together, outputs of one, whether they have labels, and the seed of the bootstrap. */
  samples: whole, outputs: whole, labelled: z.boolean(), seed: whole,
  shard: z.string().refine((text) => parseShard(text) !== undefined),
});

/** Everything that determines the results; names of files are for people alone. */
export type Header = z.output<typeof headerSchema>;

const what = { sample: whole, file: z.string().optional() };
const measured = { ...what, chip: whole };
const golden = { float: whole, signal: z.number().nullable(), error: z.number().nullable() };
const label = { label: whole, chipTop5: z.boolean() };
const resultSchema = z.union([
  z.strictObject({ ...measured, ...label, ...golden, floatTop5: z.boolean() }),
  z.strictObject({ ...measured, ...label }),
  z.strictObject({ ...measured, ...golden }),
  z.strictObject(measured),
  z.strictObject({ ...what, failed: z.string() }),
]);

export function headerLine(header: Header): string {
  return `${JSON.stringify(header)}\n`;
}

export function rangeOf({ samples, shard }: Header): SampleRange {
  return shardRange(samples, parseShard(shard));
}

/** The header in the first line of a file; T510 if it is none. */
export function parseHeader(text: string, place: string): Header {
  const found = headerSchema.safeParse(jsonOf(text));
  return found.success ? found.data : fail('T510', place, 'it does not begin with the header of results', { limit: `format ${FORMAT}` });
}

/** What of `found` is not as it should be, one T511 each. `shard`: whether it must be the same shard too. */
export function differences(found: Header, wanted: Header, place: string, shard: boolean): Diagnostic[] {
  const parts: [string, unknown, unknown][] = [
    ['artefact', found.artefact.sha256, wanted.artefact.sha256], ['data', found.data.sha256, wanted.data.sha256],
    ['float network', found.against?.sha256 ?? 'none', wanted.against?.sha256 ?? 'none'], ['number of samples', found.samples, wanted.samples],
    ['seed', found.seed, wanted.seed], ['version of trestle', found.trestle, wanted.trestle],
    ...(shard ? [['shard', found.shard, wanted.shard] as [string, string, string]] : []),
  ];
  return parts.filter(([, a, b]) => a !== b).map(([what, a, b]) => (
    { code: 'T511', severity: 'error', place, message: `its results are of another ${what}: ${a}`, limit: `${what} ${b}` }));
}

export function resultLine(result: SampleResult): string {
  return `${JSON.stringify(plainResult(result))}\n`;
}

/** One flat record of a sample; what is not known is left out. Numbers that are not finite are null. */
export type PlainResult = z.output<typeof resultSchema>;

export function plainResult(result: SampleResult): PlainResult {
  const sample = placeOf(result);
  if ('failed' in result) return { ...sample, failed: result.failed };
  const { label: found, chip, chipTop5, golden: float } = result.measured;
  const labelled = found >= 0;
  return {
    ...sample, ...(labelled ? { label: found } : {}), chip, ...(labelled ? { chipTop5 } : {}),
    ...(float === undefined ? {} : { float: float.class, ...(labelled ? { floatTop5: float.top5 } : {}), signal: float.signal, error: float.error }),
  };
}

/** The result in a line that is number `line` of its file; T510 if it is none, or none of `sample`. */
export function parseResult(text: string, sample: number, place: string, line: number): SampleResult {
  const found = resultSchema.safeParse(jsonOf(text));
  const where = `${place}:${line}`;
  if (!found.success) return fail('T510', where, 'the line is no result', { limit: `the result of sample ${sample}` });
  if (found.data.sample !== sample) return fail('T510', where, `the result of sample ${found.data.sample}`, { limit: `the result of sample ${sample}` });
  return resultOf(found.data);
}

function resultOf(record: PlainResult): SampleResult {
  const sample = placeOf(record);
  if ('failed' in record) return { ...sample, failed: record.failed };
  const found = { label: 'label' in record ? record.label : -1, chip: record.chip, chipTop5: 'chipTop5' in record && record.chipTop5 };
  if (!('float' in record)) return { ...sample, measured: found };
  const { float, signal, error } = record;
  const top5 = 'floatTop5' in record && record.floatTop5;
  return { ...sample, measured: { ...found, golden: { class: float, top5, signal: signal ?? NaN, error: error ?? NaN } } };
}

function placeOf({ sample, file }: { readonly sample: number; readonly file?: string }): { sample: number; file?: string } {
  return { sample, ...(file === undefined ? {} : { file }) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
