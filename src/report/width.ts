/** Columns that text takes on a terminal: East Asian characters and emoji take two; marks that combine, and codes of colours, take none. */

const WIDE = new RegExp('[\\u1100-\\u115f\\u2e80-\\u303e\\u3041-\\ua4cf\\ua960-\\ua97c\\uac00-\\ud7a3\\uf900-\\ufaff\\ufe30-\\ufe6f\\uff01-\\uff60'
  + '\\uffe0-\\uffe6]|[\\u{1f300}-\\u{1faff}\\u{20000}-\\u{3fffd}]', 'u');
const NONE = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const ASCII = /^[ -~]*$/;
const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, 'g');

const characters = new Intl.Segmenter('en', { granularity: 'grapheme' });

export function columnsOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  return Array.from(text.replaceAll(COLOUR, '')).reduce((n, point) => n + (NONE.test(point) ? 0 : WIDE.test(point) ? 2 : 1), 0);
}

/** The text, which has no colours, in at most `width` columns; what is too much is left out in the middle, between whole characters. */
export function shorten(text: string, width: number): string {
  if (columnsOf(text) <= width) return text;
  const all = Array.from(characters.segment(text), ({ segment }) => segment);
  const front = taken(all, Math.ceil((width - 1) / 2));
  const back = taken(all.reverse(), width - 1 - columnsOf(front.join('')));
  return `${front.join('')}…${back.reverse().join('')}`;
}

/** The first characters that fit. */
function taken(all: readonly string[], width: number): string[] {
  let room = width;
  const end = all.findIndex((character) => (room -= columnsOf(character)) < 0);
  return all.slice(0, end < 0 ? all.length : end);
}
