/** What fuzz targets have in common: seeds, one attempt at an input, and what an attempt may end in. */
import { DIAGNOSTICS, formatDiagnostic, TrestleError, type Diagnostic } from '../../src/diagnostics.js';
import type { Draw } from './draw.js';

/** A good input, from which cases are made. */
export interface Seed {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Ending of a file that holds it. */
  readonly ending: string;
}

export interface Target {
  readonly name: string;
  /** Good inputs. `real`: folder of outside files to add, where there is one; `folder`: where files may be put that inputs name. */
  seeds(folder: string, real?: string): Promise<readonly Seed[]>;
  /** The input of one case. `other` is a second seed. */
  change(draw: Draw, seed: Seed, other: Seed): Uint8Array;
  /** Does with an input what users do. Files may be written to `folder`. */
  attempt(bytes: Uint8Array, trial: Trial, folder: string, ending: string): Promise<void>;
}

/** A fault: something that no input may lead to. */
export class Fault extends Error {
  override readonly name = 'Fault';
}

/** How far one attempt came, and what it was told. */
export class Trial {
  readonly diagnostics: Diagnostic[] = [];
  /** Steps that were done. */
  readonly done: string[] = [];

  /** Runs a step; gives `undefined` if it refuses. Whatever else it throws is a fault of the program. */
  async step<T>(name: string, run: () => T | Promise<T>): Promise<T | undefined> {
    try {
      const result = await run();
      this.done.push(name);
      return result;
    } catch (error) {
      if (!(error instanceof TrestleError)) throw error;
      if (error.diagnostics.length === 0) throw new Fault(`${name}: an error without diagnostics`);
      this.note(error.diagnostics);
      return undefined;
    }
  }

  /** Takes diagnostics down; ill-formed ones are a fault. */
  note(diagnostics: readonly Diagnostic[]): void {
    for (const diagnostic of diagnostics) {
      const wrong = illFormed(diagnostic);
      if (wrong !== null) throw new Fault(`${wrong}: ${JSON.stringify(diagnostic)}`);
    }
    this.diagnostics.push(...diagnostics);
  }
}

/** Longest diagnostic as a line of text. */
const LONGEST = 4000;
/** Values that were found and are no numbers are named so; what is no JSON is quoted. */
const FOUND = /(?:\b(?:is|found|holds) -?NaN\b|not (?:valid )?JSON: .*)/g;

/** What is wrong with a diagnostic, or `null`. */
export function illFormed(diagnostic: Diagnostic): string | null {
  const { code, severity, message, limit, remedy } = diagnostic;
  const text = formatDiagnostic(diagnostic);
  if (!Object.hasOwn(DIAGNOSTICS, code)) return 'an unknown number';
  if (!['error', 'warning', 'note'].includes(severity)) return 'an unknown severity';
  if (message.trim() === '') return 'no message';
  if (severity === 'error' && !(limit && remedy)) return 'no limit or no remedy';
  if (/\bundefined\b|\[object /.test(text) || /\bNaN\b/.test(text.replace(FOUND, ''))) return 'a value of the program shows through';
  if (/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(text)) return 'control characters';
  if (text.length > LONGEST) return `${text.length} characters`;
  return null;
}

/** What is printed for a user holds lines of text and nothing of the program. */
export function checkReport(text: string): void {
  if (/(?!\n)\p{Cc}/u.test(text)) throw new Fault(`control characters in a report: ${JSON.stringify(text)}`);
  if (/\bundefined\b|\bNaN\b|\[object /.test(text)) throw new Fault(`a value of the program shows through in a report: ${text}`);
}
