/**
 * Files that grow line by line while long work goes on. A process that is killed leaves whole lines, and at most one that is torn; whoever goes on cuts
 * that off first.
 */
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { fail, TrestleError } from '../diagnostics.js';
import { opened, refuseReading, refuseWriting } from './files.js';

const CHUNK = 1 << 20;
/** Far above any line that is written here; bounds what a file without line ends takes of the memory. */
const LONGEST_LINE = 1 << 20;
const NEWLINE = 10;
/** What a machine that loses its power may forget. A process that is killed forgets nothing that it has written. */
const SYNC_EVERY_MS = 1000;

export interface Line {
  /** Without its end. */
  readonly text: string;
  /** Where the next line begins, in bytes. */
  readonly end: number;
  /** Whether the file ends before the line does. */
  readonly torn: boolean;
}

/** The lines of a file, a stretch of the file in memory at a time. Throws T100. */
export function* readLines(path: string): Generator<Line, void> {
  const fd = opened(path, 'T100');
  try {
    yield* linesOf(fd, path);
  } finally {
    closeSync(fd);
  }
}

/** The first line; nothing of an empty file. */
export function firstLine(path: string): Line | undefined {
  const lines = readLines(path);
  const first = lines.next();
  lines.return();
  return first.done === true ? undefined : first.value;
}

function* linesOf(fd: number, path: string): Generator<Line, void> {
  let rest: Buffer = Buffer.alloc(0);
  let end = 0;
  for (let at = 0; ;) {
    const chunk = readChunk(fd, at, path);
    if (chunk.length === 0) break;
    at += chunk.length;
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let to = rest.indexOf(NEWLINE); to >= 0; to = rest.indexOf(NEWLINE, from)) {
      end += to + 1 - from;
      yield { text: rest.toString('utf8', from, to), end, torn: false };
      from = to + 1;
    }
    rest = rest.subarray(from);
    if (rest.length > LONGEST_LINE) fail('T510', path, `a line of more than ${LONGEST_LINE} bytes`);
  }
  if (rest.length > 0) yield { text: rest.toString('utf8'), end: end + rest.length, torn: true };
}

function readChunk(fd: number, at: number, path: string): Buffer {
  const chunk = Buffer.allocUnsafe(CHUNK);
  try {
    return chunk.subarray(0, readSync(fd, chunk, 0, CHUNK, at));
  } catch (error) {
    return refuseReading(path, error);
  }
}

/** A file that this process appends lines to. */
export class LineFile {
  private size: number;
  private synced = performance.now();

  private constructor(private readonly path: string, private readonly fd: number) {
    this.size = fstatSync(fd).size;
  }

  /** Opens a file, and makes it where there is none. Throws T100. */
  static open(path: string): LineFile {
    try {
      // Not `a`: appending could not say where.
      return new LineFile(path, openSync(path, 'r+'));
    } catch (error) {
      if (!isMissing(error)) return refuseWriting(path, error);
    }
    try {
      return new LineFile(path, openSync(path, 'wx+'));
    } catch (error) {
      return refuseWriting(path, error);
    }
  }

  /** Leaves the first `bytes` bytes. */
  cut(bytes: number): void {
    this.checkAlone();
    if (bytes === this.size) return;
    this.attempt(() => ftruncateSync(this.fd, bytes));
    this.size = bytes;
  }

  /** Writes whole lines, each with its end, behind what is there. Refuses (T514) if somebody else has written meanwhile; throws T100. */
  append(lines: string): void {
    this.checkAlone();
    const bytes = Buffer.from(lines);
    this.attempt(() => {
      for (let at = 0; at < bytes.length;) at += writeSync(this.fd, bytes, at, bytes.length - at, this.size + at);
    });
    this.size += bytes.length;
    if (performance.now() - this.synced >= SYNC_EVERY_MS) this.sync();
  }

  close(): void {
    try {
      this.sync();
    } finally {
      closeSync(this.fd);
    }
  }

  private sync(): void {
    this.attempt(() => fsyncSync(this.fd));
    this.synced = performance.now();
  }

  private checkAlone(): void {
    if (fstatSync(this.fd).size !== this.size) fail('T514', this.path, 'another process has written to it meanwhile');
  }

  private attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      refuseWriting(this.path, error);
    }
  }
}

function isMissing(error: unknown): boolean {
  return !(error instanceof TrestleError) && error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
