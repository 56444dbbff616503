/** The CSV of a list of images: a header line `file,label` or `file`, then a line an image. */
import { TrestleError, type Diagnostic } from '../../diagnostics.js';
import { leavesFolder, readText } from '../files.js';

export interface ImageList {
  readonly files: readonly string[];
  /** Classes; `null` where the header names none. */
  readonly labels: Int32Array | null;
}

/** Bytes of a list: ImageNet's training set takes 50 MB. */
const LIST_LIMIT = 2 ** 28;
/** Problems that are reported one by one. */
const MOST_PROBLEMS = 100;
const MOST_LABEL = 2 ** 31 - 1;

/** A file name, quoted where it has commas, and a label. */
const ROW = /^(?:"((?:[^"]|"")*)"|([^",]*))(?:,([^,]*))?$/;

/** Refuses (T301), with their lines: another header, rows without a label, labels that are no classes, files outside the root. */
export function readImageList(path: string): ImageList {
  const lines = readText(path, LIST_LIMIT).split('\n').map((line) => line.replace(/\r$/, ''));
  const header = lines[0];
  if (header !== 'file,label' && header !== 'file') {
    throw new TrestleError([problem(path, 1, `the header line is "${header}"`, 'file,label or, without labels, file')]);
  }
  const labelled = header === 'file,label';
  const files: string[] = [];
  const labels: number[] = [];
  const problems: Diagnostic[] = [];
  for (let i = 1; i < lines.length && problems.length < MOST_PROBLEMS; i++) {
    if (lines[i] === '') continue;
    const row = parseRow(lines[i], labelled);
    if ('wrong' in row) problems.push(problem(path, i + 1, row.wrong, row.limit));
    files.push('wrong' in row ? '' : row.file);
    labels.push('wrong' in row ? 0 : row.label);
  }
  if (files.length === 0) problems.push(problem(path, 1, 'the list is empty', 'at least one image'));
  if (problems.length > 0) throw new TrestleError(problems);
  return { files, labels: labelled ? Int32Array.from(labels) : null };
}

function parseRow(line: string, labelled: boolean): { file: string; label: number } | { wrong: string; limit: string } {
  const match = ROW.exec(line);
  const [, quoted, plain, text] = match ?? [];
  if (match === null || (text === undefined) === labelled) return { wrong: `the row is "${line}"`, limit: labelled ? 'a file and a label' : 'a file' };
  const file = quoted?.replaceAll('""', '"') ?? plain;
  if (file === '' || leavesFolder(file)) return { wrong: `the file is "${file}"`, limit: 'a path inside the root' };
  const label = labelled ? Number(text) : 0;
  if (labelled && (!/^\d{1,10}$/.test(text) || label > MOST_LABEL)) return { wrong: `the label is "${text}"`, limit: `a class number, 0..${MOST_LABEL}` };
  return { file, label };
}

function problem(path: string, line: number, message: string, limit: string): Diagnostic {
  return { code: 'T301', severity: 'error', place: `${path}:${line}`, message, limit, remedy: 'Correct the line' };
}
