/**
 * Diagnostics: numbered findings about a user's input. Stages collect them and stop at their end, so that a user sees all at once.
 */

export type Severity = 'error' | 'warning' | 'note';

export interface Diagnostic {
  /** Stable number from the table below, shown as `T101`. */
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  /** Where: a file, a node, a dimension, a key path. */
  readonly place: string;
  /** What is wrong, with the value that was found. */
  readonly message: string;
  /** The limit that the value breaks, where there is one. */
  readonly limit?: string;
  /** The nearest thing that would work. */
  readonly remedy?: string;
}

/** The one table of numbers. Hundreds are stages: 1 files and models, 2 chips, 3 data, 4 compiling, 5 artefacts and running, 6 vectors. */
export const DIAGNOSTICS = {
  T100: 'file cannot be read or written',
  T101: 'not a valid ONNX model',
  T102: 'operator not supported',
  T103: 'attribute or operand of an operator not supported',
  T104: 'shape does not fit',
  T105: 'tensor data malformed',
  T106: 'external data refused',
  T107: 'operator set version not supported',
  T200: 'unknown chip',
  T201: 'chip description malformed',
  T202: 'chip combination not defined',
  T300: 'data card malformed',
  T301: 'data file malformed',
  T302: 'data does not fit the model',
  T400: 'operation cannot run on this chip',
  T401: 'core-op outside a limit of the chip',
  T402: 'calibration data unusable',
  T403: 'accuracy of a signal is poor',
  T404: 'operation is left to the host',
  T405: 'network and chip cannot meet',
  T500: 'artefact malformed',
  T501: 'artefact does not match',
  T502: 'input value outside its range',
  T503: 'kernel not usable here',
  T504: 'worker failed',
  T505: 'possible with integer codes only',
  T506: 'emulation differs from its reference',
  T600: 'vector file malformed',
  T601: 'no vectors of this operation',
} as const;

export type DiagnosticCode = keyof typeof DIAGNOSTICS;

/** Thrown at the end of a stage that cannot go on; carries everything that the stage found. */
export class TrestleError extends Error {
  constructor(readonly diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(formatDiagnostic).join('\n'));
    this.name = 'TrestleError';
  }
}

/** One error with one diagnostic, for the readers that cannot collect more than one. */
export function fail(code: DiagnosticCode, place: string, message: string, extra: { limit?: string; remedy?: string } = {}): never {
  throw new TrestleError([{ code, severity: 'error', place, message, ...extra }]);
}

/** `error T102 conv1 (Conv): ... (limit: ...). Remedy: ...`, one line. */
export function formatDiagnostic(d: Diagnostic): string {
  const limit = d.limit ? ` (limit: ${d.limit})` : '';
  const remedy = d.remedy ? ` Remedy: ${d.remedy}` : '';
  return `${d.severity} ${d.code} ${d.place}: ${d.message}${limit}.${remedy}`;
}

/** Throws if any of the diagnostics is an error. */
export function throwIfErrors(diagnostics: readonly Diagnostic[]): void {
  if (diagnostics.some((d) => d.severity === 'error')) throw new TrestleError(diagnostics);
}
