/** An evaluation as jobs for a cluster: parts that each run one shard, and one that merges their results when all have ended well. */
import { commandOf, quoted } from './shell.js';

export interface JobOptions {
  /** Words that call trestle where the jobs run. */
  readonly trestle: readonly string[];
  /** Absolute paths. */
  readonly artefact: string;
  readonly data: string;
  readonly against?: string;
  /** Where the files of the jobs and their results are. */
  readonly folder: string;
  /** Of the jobs, in letters that every cluster takes. */
  readonly name: string;
  readonly parts: number;
  readonly limit?: number;
  readonly workers?: number;
}

/** A file to be written into the folder of the jobs. */
export type JobFile = readonly [name: string, text: string];

/** What submits the jobs, when the others are there. */
export const SUBMIT = 'submit.sh';
/** Results of all parts. */
export const RESULTS = 'results.jsonl';
/** The document of `merge --json`. */
export const EVALUATION = 'evaluation.json';

const TAKEN_UP = '# A part that is started again goes on where its results end.';

/** Shell script of a part; `number` is what the shell makes its number of, from 1 on. */
export function partScript({ trestle, artefact, data, against, folder, parts, limit, workers }: JobOptions, number: string): string {
  const options = [
    '--data', data, ...(against === undefined ? [] : ['--against', against]), ...(limit === undefined ? [] : ['--limit', String(limit)]),
    ...(workers === undefined ? [] : ['--workers', String(workers)]),
  ];
  return `${TAKEN_UP}
part=${number}
exec ${commandOf([...trestle, 'evaluate', artefact, ...options])} \\
  --shard "$part/${parts}" --results ${quoted(`${folder}/part-`)}"$part.jsonl"
`;
}

/** Shell script of the merge. The document is there whole or not at all. */
export function mergeScript({ trestle, folder }: JobOptions): string {
  // The shell names the files: a script with thousands of names is longer than a command may be.
  const files = `${quoted(folder)}/part-*.jsonl`;
  const draft = `${folder}/.${EVALUATION}.new`;
  return `set -e
${commandOf([...trestle, 'merge', '-o', `${folder}/${RESULTS}`, '--json'])} ${files} > ${quoted(draft)}
mv ${quoted(draft)} ${quoted(`${folder}/${EVALUATION}`)}
`;
}

/** A name that Slurm and Kubernetes take: small letters, digits and hyphens, at most `most` of them. */
export function jobName(text: string, most = 50): string {
  const fit = text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').slice(0, most);
  return fit.replaceAll(/^-+|-+$/g, '') || 'trestle';
}
