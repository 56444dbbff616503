/** Tables for a terminal of 80 columns. */
import Table from 'cli-table3';
import { oneLine } from '../diagnostics.js';
import { PLAIN, type Style } from './colour.js';

export interface Column {
  readonly head: string;
  readonly align?: 'left' | 'right';
  /** Names, from files: in one line, and long ones give way, in the middle, when the table is too wide. */
  readonly name?: true;
}

/** A cell, one or more lines, and how it is coloured; colour never changes the width. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string };

const WIDTH = 80;
const GAP = 2;
const LEAST_NAME = 8;

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
  const limits = nameLimits(columns, widths);
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
  return texts.reduce((most, text) => text.split('\n').reduce((n, line) => Math.max(n, line.length), most), 0);
}

/** Widths allowed to each column: names share what is too much. */
function nameLimits(columns: readonly Column[], widths: readonly number[]): number[] {
  const limits = [...widths];
  let excess = widths.reduce((a, b) => a + b, GAP * (columns.length - 1)) - WIDTH;
  while (excess > 0) {
    const widest = limits.reduce((best, width, i) => (columns[i].name && (best < 0 || width > limits[best]) ? i : best), -1);
    if (widest < 0 || limits[widest] <= LEAST_NAME) break;
    limits[widest]--;
    excess--;
  }
  return limits;
}

/** Words in lines of a terminal's width, separated by `separator`. */
export function wrap(words: readonly string[], separator = ', '): string {
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    if (line === undefined || line.length + separator.length + word.length >= WIDTH) lines.push(word);
    else lines[lines.length - 1] = line + separator + word;
  }
  return lines.join(`${separator.trimEnd()}\n`);
}

/** The text in at most `width` characters; what is too much is left out in the middle. */
export function shorten(text: string, width: number): string {
  if (text.length <= width) return text;
  const front = Math.ceil((width - 1) / 2);
  return `${text.slice(0, front)}…${text.slice(text.length - (width - 1 - front))}`;
}
