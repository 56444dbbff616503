/** How text looks where it is shown: the one place of colour, and the widths. */
import picocolors from 'picocolors';

export interface Style {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly good: (text: string) => string;
  readonly doubtful: (text: string) => string;
  readonly bad: (text: string) => string;
  /** Columns that a table may take. */
  readonly width: number;
  /** Columns that lines of words take: at most 80, which read well. */
  readonly text: number;
}

const TEXT = 80;
const LEAST = 40;
const MOST = 160;

/** `colour`: whether the text goes to a terminal that shows colours. `columns`: that terminal's; below 40 lines are broken by the terminal. */
export function styleOf(colour: boolean, columns: number = TEXT): Style {
  const { bold, dim, green, yellow, red } = picocolors.createColors(colour);
  const width = Math.min(MOST, Math.max(LEAST, columns));
  return { strong: bold, faint: dim, good: green, doubtful: yellow, bad: red, width, text: Math.min(TEXT, width) };
}

export const PLAIN: Style = styleOf(false);
