/** What goes to standard output and standard error, and how. */
import { formatDiagnostic, type Diagnostic } from '../diagnostics.js';
import { styleOf, type Style } from '../report/colour.js';

function colourful(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
}

/** Style of what is written to standard output. */
export function outputStyle(): Style {
  return styleOf(colourful(process.stdout));
}

/** One JSON document, or a text; nothing else of a command goes to standard output. */
export function emit(json: boolean | undefined, document: () => unknown, text: (style: Style) => string): void {
  process.stdout.write(json === true ? `${JSON.stringify(document(), null, 2)}\n` : text(outputStyle()));
}

/** One line each, on standard error. */
export function report(diagnostics: readonly Diagnostic[]): void {
  const style = styleOf(colourful(process.stderr));
  const paint = { error: style.bad, warning: style.doubtful, note: style.faint };
  for (const d of diagnostics) {
    const line = formatDiagnostic(d);
    process.stderr.write(`${paint[d.severity](line.slice(0, d.severity.length))}${line.slice(d.severity.length)}\n`);
  }
}
