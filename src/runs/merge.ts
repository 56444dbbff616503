/** merge: results of shards put together, as if one process had run them all. */
import { TrestleError, throwIfErrors, type Diagnostic } from '../diagnostics.js';
import { failureOf, type Failure } from '../evaluate/evaluate.js';
import { Scorer, type Scores } from '../evaluate/score.js';
import { readHeader, readResults } from './journal.js';
import { differences, headerLine, rangeOf, type Header } from './records.js';

export interface Merged extends Scores {
  readonly failed: readonly Failure[];
}

/** A file and what its header says. */
export interface Part {
  readonly path: string;
  readonly header: Header;
}

/**
 * The files in the order of their samples. Refuses, all at once, files of different runs (T511), samples that no file is to hold (T512) and samples that
 * two are to hold (T513); throws T100, T510.
 */
export function partsOf(paths: readonly string[]): Part[] {
  const found: Diagnostic[] = [];
  const parts = paths.flatMap((path) => collected(found, () => [{ path, header: readHeader(path) }]));
  throwIfErrors(found);
  throwIfErrors(parts.slice(1).flatMap(({ path, header }) => differences(header, parts[0].header, path, false)));
  const sorted = parts.sort((a, b) => rangeOf(a.header).first - rangeOf(b.header).first || rangeOf(a.header).end - rangeOf(b.header).end);
  throwIfErrors(holes(sorted));
  return sorted;
}

/** Where the ranges of files in order leave a hole, or lie over one another. */
function holes(parts: readonly Part[]): Diagnostic[] {
  const found: Diagnostic[] = [];
  let covered = 0;
  let last: Part | undefined;
  for (const part of parts) {
    const { first, end } = rangeOf(part.header);
    if (first > covered) found.push(missing(covered, first));
    if (last !== undefined && first < Math.min(end, covered)) {
      const most = Math.min(end, covered) - 1;
      found.push({ code: 'T513', severity: 'error', place: part.path, message: `it holds samples ${first}..${most}, and so does ${last.path}` });
    }
    if (end > covered) [covered, last] = [end, part];
  }
  const samples = parts[0]?.header.samples ?? 0;
  return covered < samples ? [...found, missing(covered, samples)] : found;
}

function missing(first: number, end: number): Diagnostic {
  return { code: 'T512', severity: 'error', place: `samples ${first}..${end - 1}`, message: 'they are in none of the files' };
}

/** Scores of all samples of files that `partsOf` gave, summed in the order of the samples. Throws T510, and T512 for files that end too early. */
export function mergeParts(parts: readonly Part[]): Merged {
  const [{ header }] = parts;
  const scorer = new Scorer(header.samples, header.outputs, header.labelled, header.against !== null);
  const failed: Failure[] = [];
  const found: Diagnostic[] = [];
  for (const part of parts) {
    let count = 0;
    collected(found, () => {
      for (const { result } of readResults(part.path, part.header)) {
        count++;
        if ('failed' in result) failed.push(failureOf(result));
        else scorer.add(result.measured);
      }
      return tooFew(part, count);
    }).forEach((d) => found.push(d));
  }
  throwIfErrors(found);
  return { ...scorer.scores(header.seed), failed };
}

function tooFew({ path, header }: Part, count: number): Diagnostic[] {
  const { first, end } = rangeOf(header);
  if (count === end - first) return [];
  return [{
    code: 'T512', severity: 'error', place: path, message: `it ends after ${count} of its ${end - first} samples`,
    limit: `samples ${first}..${end - 1}, shard ${header.shard}`,
  }];
}

/** The text of one file that holds what these hold: the same bytes as if one process had written it. */
export function* mergedText(parts: readonly Part[]): Generator<string> {
  yield headerLine({ ...parts[0].header, shard: '1/1' });
  for (const { path, header } of parts) {
    for (const { text } of readResults(path, header)) yield `${text}\n`;
  }
}

/** What `work` gives; what it refuses goes to `found`, and it gives nothing. */
function collected<T>(found: Diagnostic[], work: () => T[]): T[] {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TrestleError)) throw error;
    found.push(...error.diagnostics);
    return [];
  }
}
