/** HTML from templates: whatever is put into one is escaped, unless it is HTML from a template itself. */
import { oneLine } from '../../diagnostics.js';

/** Text that is HTML already. */
export class Html {
  constructor(readonly text: string) {}
}

export type Part = Html | string | number | null | undefined | readonly Part[];

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text, which a file may have brought in, for a place between tags or in a quoted attribute. */
export function escape(text: string): string {
  return oneLine(text).replaceAll(/[&<>"']/g, (c) => ESCAPES[c]);
}

function textOf(part: Part): string {
  if (part === null || part === undefined) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'string') return escape(part);
  if (typeof part === 'number') return String(part);
  return part.map(textOf).join('');
}

/** A template of HTML. */
export function html(parts: TemplateStringsArray, ...values: readonly Part[]): Html {
  return new Html(parts.map((text, i) => text + (i < values.length ? textOf(values[i]) : '')).join(''));
}

/** Names come from files: isolated, so that right-to-left ones do not disturb what stands beside them. */
export function name(text: string): Html {
  return html`<bdi>${text}</bdi>`;
}
