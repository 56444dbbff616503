/** Tables and lines of words that fit a terminal. */
import Table from 'cli-table3';
import { oneLine } from '../diagnostics.js';
import { PLAIN, type Style } from './colour.js';
import { columnsOf, shorten } from './width.js';

export interface Column {
  readonly head: string;
  readonly align?: 'left' | 'right';
  /** Names, from files: in one line, and long ones give way, in the middle, when the table is too wide. */
  readonly name?: true;
}

/** A cell, one or more lines, and how it is coloured; colour never changes the width. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string };

const GAP = 2;
const LEAST_NAME = 8;
/** Names are told apart where a width of so much does it, even if the table becomes too wide. */
const MOST_DISTINCT = 24;

const NO_FRAME = {
  top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '',
  left: '', 'left-mid': '', mid: '─', 'mid-mid': '─'.repeat(GAP), right: '', 'right-mid': '', middle: ' '.repeat(GAP),
};

/** The table with its head, every line ended by a line break. */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[], style: Style = PLAIN): string {
  const texts = rows.map((row) => row.map((cell, i) => {
    const text = typeof cell === 'string' ? cell : cell.text;
    return columns[i].name ? oneLine(text) : text;
  }));
  const widths = columns.map(({ head }, i) => widthOf([head, ...texts.map((row) => row[i])]));
  const limits = nameLimits(columns, texts, widths, style.width);
  const drawn = new Table({
    head: columns.map(({ head }) => style.strong(head)), chars: NO_FRAME, colAligns: columns.map(({ align }) => align ?? 'left'),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
  });
  rows.forEach((row, r) => drawn.push(row.map((cell, i) => {
    const text = texts[r][i].split('\n').map((line) => shorten(line, limits[i])).join('\n');
    return typeof cell === 'string' ? text : cell.paint(text);
  })));
  return `${drawn.toString().split('\n').map((line) => line.trimEnd()).join('\n')}\n`;
}

function widthOf(texts: readonly string[]): number {
  return texts.reduce((most, text) => text.split('\n').reduce((n, line) => Math.max(n, columnsOf(line)), most), 0);
}

/** The least width at which names that differ still do once they are shortened, if one up to `MOST_DISTINCT` does it; else `LEAST_NAME`. */
function distinctWidth(names: readonly string[]): number {
  const all = [...new Set(names)];
  for (let width = LEAST_NAME; width <= MOST_DISTINCT; width++) {
    if (new Set(all.map((name) => shorten(name, width))).size === all.length) return width;
  }
  return LEAST_NAME;
}

/** Widths allowed to each column of a table of `width`: names share what is too much, as far as they stay apart. */
function nameLimits(columns: readonly Column[], texts: readonly (readonly string[])[], widths: readonly number[], width: number): readonly number[] {
  let excess = widths.reduce((a, b) => a + b, GAP * (columns.length - 1)) - width;
  if (excess <= 0) return widths;
  const limits = [...widths];
  const least = columns.map(({ name }, i) => (name ? distinctWidth(texts.map((row) => row[i])) : widths[i]));
  while (excess > 0) {
    const widest = limits.reduce((best, limit, i) => (limit > least[i] && (best < 0 || limit > limits[best]) ? i : best), -1);
    if (widest < 0) break;
    limits[widest]--;
    excess--;
  }
  return limits;
}

/** Words in lines of a terminal's width, separated by `separator`. */
export function wrap(words: readonly string[], style: Style = PLAIN, separator = ', '): string {
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    if (line === undefined || columnsOf(line) + separator.length + columnsOf(word) >= style.text) lines.push(word);
    else lines[lines.length - 1] = line + separator + word;
  }
  return lines.join(`${separator.trimEnd()}\n`);
}

const LONGEST_NAME = 40;

/** A name from a file, as it stands among words: on one line, its middle left out if it is long. */
export function nameIn(text: string): string {
  return shorten(oneLine(text), LONGEST_NAME);
}

/** Which functions no core computes. */
export function hostLine(names: readonly string[], style: Style): string {
  return wrap(names.map((name, i) => `${i === 0 ? 'left to the host: ' : ''}${nameIn(name)}`), style);
}
