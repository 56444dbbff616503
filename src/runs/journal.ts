/** Results that are written as the work goes, and taken up again where a process that was killed has left them. */
import { firstLine, LineFile, readLines } from '../data/lines.js';
import { fail, throwIfErrors } from '../diagnostics.js';
import type { Journal, SampleResult } from '../evaluate/evaluate.js';
import { differences, headerLine, parseHeader, parseResult, rangeOf, resultLine, type Header } from './records.js';

/** The header of a file of results. Throws T100, T510. */
export function readHeader(path: string): Header {
  const line = firstLine(path);
  if (line === undefined || line.torn) fail('T510', path, line === undefined ? 'it is empty' : 'it ends in its header');
  return parseHeader(line.text, path);
}

/** A result, its line without the end, and the byte of the file where the next one begins. */
export interface ResultLine {
  readonly result: SampleResult;
  readonly text: string;
  readonly end: number;
}

/** The results of a file that has this header, in order; a torn last line is left out. Throws T100, T510. */
export function* readResults(path: string, header: Header): Generator<ResultLine> {
  const { first, end } = rangeOf(header);
  let number = 0;
  for (const line of readLines(path)) {
    if (line.torn) return;
    number++;
    if (number === 1) continue;
    const sample = first + number - 2;
    if (sample >= end) fail('T510', `${path}:${number}`, 'there are more results than samples', { limit: `${end - first} samples, as its header has it` });
    yield { result: parseResult(line.text, sample, path, number), text: line.text, end: line.end };
  }
}

/** A file that an evaluation keeps its results in. */
export class ResultsFile implements Journal {
  /** Results that were there already; known when they have all been read. */
  resumed = 0;

  private constructor(private readonly path: string, private readonly file: LineFile, private readonly header: Header) {}

  /** Begins a file, or goes on with it; whatever a killed process has left of a header or a line is cut off. Throws T100, T510, T511. */
  static open(path: string, header: Header): ResultsFile {
    const file = LineFile.open(path);
    try {
      if (isBegun(path, header)) throwIfErrors(differences(readHeader(path), header, path, true));
      else {
        file.cut(0);
        file.append(headerLine(header));
      }
      return new ResultsFile(path, file, header);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  get known(): Iterable<SampleResult> {
    return this.taken();
  }

  private *taken(): Generator<SampleResult> {
    let whole = firstLine(this.path)?.end ?? 0;
    for (const { result, end } of readResults(this.path, this.header)) {
      whole = end;
      this.resumed++;
      yield result;
    }
    this.file.cut(whole);
  }

  add(results: readonly SampleResult[]): void {
    this.file.append(results.map(resultLine).join(''));
  }

  close(): void {
    this.file.close();
  }
}

/** Whether a file has more than a part of this header. */
function isBegun(path: string, header: Header): boolean {
  const line = firstLine(path);
  return line !== undefined && !(line.torn && headerLine(header).startsWith(line.text));
}
