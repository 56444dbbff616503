/** What goes to standard output and standard error, and how. */
import { formatDiagnostic, type Diagnostic } from '../diagnostics.js';
import { styleOf, type Style } from '../report/colour.js';

function colourful(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
}

let quiet = false;

/** Whether the command was told to print nothing that it was not asked for: reports, progress and notes. */
export function isQuiet(): boolean {
  return quiet;
}

export function setQuiet(value: boolean): void {
  quiet = value;
}

/** Style of what is written to standard output. */
export function outputStyle(): Style {
  return styleOf(colourful(process.stdout), process.stdout.isTTY ? process.stdout.columns : undefined);
}

/** One JSON document, or a report; nothing else of a command goes to standard output, except what it exists to print (`print`). */
export function emit(json: boolean | undefined, document: () => unknown, text: (style: Style) => string): void {
  if (json === true) print(`${JSON.stringify(document(), null, 2)}\n`);
  else if (!quiet) print(text(outputStyle()));
}

/** What a command was asked for: printed even if it is to be quiet. */
export function print(text: string): void {
  process.stdout.write(text);
}

/** A file that is wrong throughout has more findings than anybody reads. */
const MOST_SHOWN = 100;

/** One line each, on standard error, the first hundred; notes only if the command is not quiet. */
export function report(diagnostics: readonly Diagnostic[]): void {
  const style = styleOf(colourful(process.stderr));
  const paint = { error: style.bad, warning: style.doubtful, note: style.faint };
  const told = diagnostics.filter((d) => !quiet || d.severity !== 'note');
  for (const d of told.slice(0, MOST_SHOWN)) {
    const line = formatDiagnostic(d);
    process.stderr.write(`${paint[d.severity](line.slice(0, d.severity.length))}${line.slice(d.severity.length)}\n`);
  }
  if (told.length > MOST_SHOWN) process.stderr.write(`and ${told.length - MOST_SHOWN} more like these\n`);
}
