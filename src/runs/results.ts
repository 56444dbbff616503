/** Files of results: what is in their headers, and the forms that they have. */
import { artefactPieces, type Artefact } from '../cores/artefact.js';
import { sha256OfPieces, writeWhole } from '../data/files.js';
import { packageVersion } from '../data/package.js';
import { sizeOf, type DataSet } from '../data/types.js';
import { fail } from '../diagnostics.js';
import type { Shard } from '../evaluate/shard.js';
import { readHeader } from './journal.js';
import { mergedText, type Part } from './merge.js';
import { FORMAT, type Header } from './records.js';

export interface RunOptions {
  readonly against: { readonly file: string; readonly sha256: string } | undefined;
  readonly limit: number | undefined;
  readonly seed: number | undefined;
  readonly shard: Shard | undefined;
}

/** Of what an evaluation gives results. Refuses (T302) data that do not say which they are. */
export function headerOf(artefact: Artefact, data: DataSet, { against, limit, seed = 0, shard = { index: 1, of: 1 } }: RunOptions): Header {
  const { graph, provenance: { model } } = artefact;
  const identity = data.identity?.() ?? fail('T302', data.place, 'the data set does not say which samples it holds', {
    limit: 'a data set with an identity', remedy: 'Load it from a data card, or give it an identity of its own',
  });
  return {
    format: FORMAT, trestle: packageVersion(),
    artefact: { sha256: sha256OfPieces(artefactPieces(artefact)), chip: graph.chip.name, model: { file: model.file, sha256: model.sha256 } },
    data: { file: data.place.split(/[/\\]/).at(-1) || data.place, sha256: identity },
    against: against === undefined ? null : { file: against.file, sha256: against.sha256 },
    samples: Math.min(data.count, limit ?? data.count), outputs: sizeOf(graph.outputShape), labelled: data.labels !== null, seed,
    shard: `${shard.index}/${shard.of}`,
  };
}

const PARQUET = /\.parquet$/i;

/** Where the lines of a file of results are: beside the table, where that is asked for, for a table cannot grow. */
export function linesPath(results: string): string {
  return results.replace(PARQUET, '.jsonl');
}

/** Writes the table of results whose lines are whole, if it was a table that was asked for. */
export async function tableOf(results: string): Promise<void> {
  const path = linesPath(results);
  if (path !== results) await writeMerged([{ path, header: readHeader(path) }], results);
}

/** Writes the results of parts, which are in order, into one file: a table, or JSON lines. */
export async function writeMerged(parts: readonly Part[], output: string): Promise<void> {
  if (!PARQUET.test(output)) return writeWhole(output, mergedText(parts));
  // Loaded late: few need it.
  const { parquetOf } = await import('./parquet.js');
  writeWhole(output, parquetOf(parts));
}
